//! From what the engine raises to an alert, which then goes the way of all others.

use std::sync::PoisonError;

use detect::engine::Raised;
use model::{
    FactValue, Span, Timestamp,
    alert::{RULE_HASH_FACT, SUBJECT_FACT},
};
use ports::source::AlertDraft;

use super::Inner;
use crate::{
    engine::{Engine, EngineError},
    intake::{ALERTS_MAX, OwnDraft},
    meters::Meter,
};

/// What was raised by events that arrived longer ago is not told any more: after a loss of all that
/// was learned the whole log is read again.
const STALE: Span = Span::hours(24);

impl Inner {
    /// Hands over what a batch of a source has raised. What was taken before is known again.
    pub(super) async fn raise(
        &self,
        source: &str,
        received_at: Timestamp,
        raised: &[Raised],
    ) -> Result<(), EngineError> {
        if raised.is_empty() {
            return Ok(());
        }
        if received_at < STALE.before(self.engine.now()) {
            Meter::AlertsStale.add(raised.len() as u64);
            return Ok(());
        }
        for some in raised.chunks(ALERTS_MAX) {
            let drafts = some.iter().map(|raised| self.draft(raised)).collect();
            self.engine.accept_own(source, drafts).await?;
        }
        Ok(())
    }

    fn draft(&self, raised: &Raised) -> OwnDraft {
        let rule = &raised.rule;
        let mut facts = raised.facts.clone();
        facts.extend(raised.explanation.numbers.clone());
        facts.insert(RULE_HASH_FACT.to_owned(), FactValue::Text(rule.hash.clone()));
        if let Some(subject) = &raised.learn {
            facts.insert(SUBJECT_FACT.to_owned(), FactValue::Text(subject.clone()));
        }
        let known = raised.person.and_then(|id| self.engine.parts.directory.person(id));
        let id = raised.id().to_string();
        let draft = AlertDraft {
            external_id: Some(id.clone()),
            rule: rule.id().to_owned(),
            title: rule.head.title.clone(),
            description: description(raised, is_german(&self.engine)),
            severity: raised.severity,
            time: Some(raised.time),
            person: known.map(|it| it.email.clone()).or_else(|| raised.account.clone()),
            url: None,
            facts,
            problems: Vec::new(),
        };
        OwnDraft { id, draft, is_live: raised.mode.is_live() }
    }

    /// What became of rules' matches, to be saved with what was learned.
    pub(super) fn tallies_part(&self) -> (String, Vec<u8>) {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers: Vec<(&str, [u64; 4])> = tallies
            .iter()
            .map(|(rule, it)| (&**rule, [it.matched, it.raised, it.repeated, it.filtered]))
            .collect();
        (TALLIES.to_owned(), serde_json::to_vec(&numbers).unwrap_or_default())
    }

    /// Goes on counting from what was saved.
    pub(super) fn restore_tallies(&self, parts: &[(String, Vec<u8>)]) {
        let part = parts.iter().find(|(name, _)| name == TALLIES);
        let read = part.and_then(|(_, bytes)| serde_json::from_slice(bytes).ok());
        let numbers: Vec<(String, [u64; 4])> = read.unwrap_or_default();
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        *tallies = numbers
            .into_iter()
            .map(|(rule, [matched, raised, repeated, filtered])| {
                (rule, detect::engine::Tally { matched, raised, repeated, filtered })
            })
            .collect();
    }
}

/// The part of a checkpoint that is ours.
const TALLIES: &str = "runtime/tallies";

/// Whether the organisation reads German first.
fn is_german(engine: &Engine) -> bool {
    let first = engine.parts.settings.languages.first();
    first.is_some_and(|tag| tag.split('-').next().is_some_and(|it| it.eq_ignore_ascii_case("de")))
}

/// Why it was raised, and whose the rule is: the licence of the public rules asks for that. It is
/// read by whoever decides about cases, in the organisation's first language.
fn description(raised: &Raised, is_german: bool) -> String {
    let head = &raised.rule.head;
    let german = raised.explanation.german.as_ref().filter(|_| is_german);
    let mut text = german.unwrap_or(&raised.explanation.words).clone();
    let [by, references] =
        if is_german { ["Regel von", "Quellen"] } else { ["Rule by", "References"] };
    if let Some(author) = &head.author {
        text.push_str(&format!("\n{by} {author}."));
    }
    if !head.references.is_empty() {
        text.push_str(&format!("\n{references}: {}", head.references.join(", ")));
    }
    text
}
