//! Answers on our own page.

use casework::{
    Case, Input,
    case::{COMMENTS_KEPT, WEB},
    code,
};
use model::{Answer, AskId, CaseId, PersonId, Personal, StateName};
use ports::store::Space;

use crate::{
    apply::{Along, CodeEntry},
    engine::{Engine, EngineError},
};

/// The longest comment that is kept, in characters.
pub const COMMENT_CHARS_MAX: usize = 2_000;

impl Engine {
    /// A person's own case; another person's is [`EngineError::NotFound`].
    pub async fn own_case(&self, person: PersonId, case: CaseId) -> Result<Case, EngineError> {
        let case = self.case(case).await?;
        let is_theirs = case.subject.as_ref().is_some_and(|subject| subject.person == person);
        if is_theirs { Ok(case) } else { Err(EngineError::NotFound) }
    }

    /// Takes an answer given on the page by the signed-in person.
    pub async fn answer(
        &self,
        person: PersonId,
        case: CaseId,
        answer: Answer,
        revision: u32,
        comment: Option<Personal>,
    ) -> Result<Case, EngineError> {
        let case = self.own_case(person, case).await?;
        let comment = comment.as_ref().and_then(kept_comment);
        let channel = WEB.to_owned();
        self.take_answer(&case, answer, revision, channel, comment, Along::default()).await
    }

    /// Adds a comment to a claim.
    pub async fn comment(
        &self,
        person: PersonId,
        case: CaseId,
        text: Personal,
    ) -> Result<Case, EngineError> {
        let case = self.own_case(person, case).await?;
        let text = kept_comment(&text);
        let text = text.ok_or_else(|| EngineError::Invalid("the comment is empty".to_owned()))?;
        self.require_room_for_comment(&case)?;
        Ok(self.apply(case.id, Input::Comment { text }, Along::default()).await?)
    }

    /// Whether a short code belongs to a question of ours, and whose and which it is.
    pub async fn look_up_code(
        &self,
        typed: &str,
    ) -> Result<Option<(PersonId, CaseId, AskId)>, EngineError> {
        let Some(code) = code::read_code(typed) else { return Ok(None) };
        let record = self.parts.store.record(Space::Code, &code, self.now()).await?;
        let Some(record) = record else { return Ok(None) };
        let entry: CodeEntry = crate::bytes::read(&record.value)?;
        Ok(record.owner.map(|person| (person, entry.case, entry.ask)))
    }

    /// Takes an answer through any channel. What could prove a claim is looked at now: a factor
    /// that comes later does not make it provable.
    pub(crate) async fn take_answer(
        &self,
        case: &Case,
        answer: Answer,
        revision: u32,
        channel: String,
        comment: Option<Personal>,
        along: Along,
    ) -> Result<Case, EngineError> {
        let factors = match (answer, &case.subject) {
            (Answer::Me, Some(subject)) if case.state_name() != StateName::Closed => {
                let person = self.known(subject.person)?;
                self.facts_of(&person).await?
            }
            _ => Vec::new(),
        };
        let input = Input::Answer { answer, channel, revision, factors, comment };
        Ok(self.apply(case.id, input, along).await?)
    }

    /// One input of a case, for the rest of the engine.
    pub(crate) async fn input(&self, case: CaseId, input: Input) -> Result<Case, EngineError> {
        Ok(self.apply(case, input, Along::default()).await?)
    }

    fn require_room_for_comment(&self, case: &Case) -> Result<(), EngineError> {
        let is_open = case.state_name() != StateName::Closed;
        if is_open && case.comments.len() < COMMENTS_KEPT {
            return Ok(());
        }
        Err(EngineError::Invalid("no further comment is taken".to_owned()))
    }
}

/// What is kept of a comment; none where nothing was said.
pub(crate) fn kept_comment(text: &Personal) -> Option<Personal> {
    let kept: String = text.reveal().trim().chars().take(COMMENT_CHARS_MAX).collect();
    (!kept.is_empty()).then(|| Personal::new(kept))
}
