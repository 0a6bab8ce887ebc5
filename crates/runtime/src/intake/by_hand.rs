//! Questions that an analyst asks: the same way as any other, with the analyst on record.

use casework::input::Actor;
use model::{CaseId, Personal};
use ports::source::AlertDraft;

use super::ManualQuestion;
use crate::{
    engine::{Engine, EngineError},
    people::by_person,
};

/// The source and the rule of questions by hand, for policies.
const BY_HAND: &str = "manual";
/// The longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 200;
/// The longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 4_000;
/// Questions that an analyst may ask by hand in an hour: whoever holds their session must not reach
/// the whole company with words of their own.
pub const BY_HAND_PER_HOUR: usize = 30;
/// The most details.
pub const FACTS_MAX: usize = 50;

impl Engine {
    pub(super) async fn open_by_hand(
        &self,
        by: Actor,
        question: ManualQuestion,
    ) -> Result<CaseId, EngineError> {
        check(&question)?;
        let draft = AlertDraft {
            external_id: None,
            rule: BY_HAND.to_owned(),
            title: question.title.trim().to_owned(),
            description: question.message.unwrap_or_default(),
            severity: question.severity,
            time: None,
            person: Some(Personal::new(question.person)),
            url: None,
            facts: question.facts,
            problems: Vec::new(),
        };
        let mut read = self.read(BY_HAND, draft).await;
        if read.person.is_none() {
            return Err(EngineError::Invalid("nobody in the directory has this name".to_owned()));
        }
        if read.treatment.ask().is_none() {
            let policy = &read.treatment.policy;
            return Err(EngineError::Invalid(format!(
                "the policy {policy} does not ask about this"
            )));
        }
        // Each is a question of its own, also when it reads the same.
        read.group_key = format!("{BY_HAND}:{}", read.alert.id);
        let (mut opening, along) = self.opening(&read, None).await?;
        if let Actor::Person(analyst) = &by {
            let keys = vec![by_person("asked-by-hand", *analyst)];
            let _counted = self.count_try(keys, BY_HAND_PER_HOUR).await?;
        }
        opening.asked_by = Some(by);
        Ok(self.open(opening, along, None).await?.id)
    }
}

fn check(question: &ManualQuestion) -> Result<(), EngineError> {
    let invalid = |what: &str| Err(EngineError::Invalid(what.to_owned()));
    let message = question.message.as_deref().unwrap_or_default();
    if question.title.trim().is_empty() {
        return invalid("the title is empty");
    }
    if question.title.chars().count() > TITLE_CHARS_MAX {
        return invalid("the title is too long");
    }
    if message.chars().count() > MESSAGE_CHARS_MAX {
        return invalid("the message is too long");
    }
    if question.facts.len() > FACTS_MAX {
        return invalid("too many facts");
    }
    Ok(())
}
