//! Whether an exception is about something in particular. What cannot be told from here, whether it
//! is about too much, its preview tells.

use expr::{Expr, Verdict};
use model::{Alert, AlertId, FactValue, Facts, Person, PersonId, Severity, Timestamp};

use super::{Exception, ExceptionError};
use crate::{known::Known, policy::see::see};

/// What a condition has to compare one of, where nothing beside it names one.
const NAMED: [&str; 3] = ["rule", "source", "facts"];
/// A name that nobody gives anything.
const STRANGE: &str = "\u{e000}\u{e001}\u{e002}\u{e003}\u{e004}\u{e005}\u{e006}\u{e007}";

impl Exception {
    /// Refuses what is about everything.
    pub(super) fn check_narrow(
        &self,
        condition: Option<&Expr>,
        now: Timestamp,
    ) -> Result<(), ExceptionError> {
        let Some(condition) = condition else {
            let is_narrow =
                self.person.is_some() || !self.facts.is_empty() || self.source.is_some();
            return match self.rule.is_some() && is_narrow {
                true => Ok(()),
                false => Err(ExceptionError::TooWide),
            };
        };
        if condition.reads().is_empty() {
            return Err(ExceptionError::Constant);
        }
        if self.rule.is_some() || self.source.is_some() || !self.facts.is_empty() {
            return Ok(());
        }
        let mut reads = condition.reads().iter();
        if !reads.any(|(root, field)| root == "alert" && NAMED.contains(&field.as_str())) {
            return Err(ExceptionError::TooWide);
        }
        match holds_for_a_stranger(condition, now) {
            true => Err(ExceptionError::HoldsAnyway),
            false => Ok(()),
        }
    }
}

/// Whether a condition holds for an alert that nothing which it could name is true of.
fn holds_for_a_stranger(condition: &Expr, now: Timestamp) -> bool {
    let people = [(true, false), (true, true), (false, false), (false, true)];
    let people = people.map(|(active, privileged)| Person { active, privileged, ..stranger() });
    let nobody: Vec<Option<Person>> = [None].into_iter().chain(people.map(Some)).collect();
    let facts = [Facts::new(), Facts::from([(STRANGE.to_owned(), FactValue::from(STRANGE))])];
    nobody.iter().any(|person| {
        facts.iter().any(|facts| {
            Severity::ALL.iter().any(|severity| {
                let alert = strange(*severity, facts.clone(), now);
                let view = see(&alert, person.as_ref(), &Known::default());
                condition.evaluate(&view) == Verdict::Holds
            })
        })
    })
}

fn strange(severity: Severity, facts: Facts, now: Timestamp) -> Alert {
    Alert {
        id: AlertId::from_digest(0),
        source: STRANGE.to_owned(),
        external_id: None,
        rule: STRANGE.to_owned(),
        title: STRANGE.to_owned(),
        description: STRANGE.to_owned(),
        severity,
        time: now,
        person: None,
        url: None,
        facts,
        received_at: now,
        problems: Vec::new(),
    }
}

fn stranger() -> Person {
    Person {
        id: PersonId::from_digest(0),
        subject: STRANGE.into(),
        email: STRANGE.into(),
        name: STRANGE.into(),
        time_zone: None,
        language: None,
        manager: None,
        groups: Vec::new(),
        privileged: false,
        chat: Default::default(),
        aliases: Vec::new(),
        away: Vec::new(),
        active: true,
    }
}
