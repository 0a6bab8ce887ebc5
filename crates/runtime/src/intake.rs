//! Alerts in.

use casework::input::Actor;
use model::{AlertId, CaseId, Facts, PersonId, Severity};
use ports::source::{AlertDraft, Rejected};

use crate::engine::{Engine, EngineError};

/// What became of one request of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// One entry for each accepted alert, in order.
    pub alerts: Vec<AcceptedAlert>,
    /// Index and problem of each that was not; kept in the dead-letter list.
    pub rejected: Vec<(usize, String)>,
}

/// An accepted alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedAlert {
    /// Its id; the first one's for a duplicate.
    pub id: AlertId,
    /// Whether it was known already.
    pub is_duplicate: bool,
    /// The case it belongs to.
    pub case: CaseId,
}

/// A question by hand.
#[derive(Debug, Clone)]
pub struct ManualQuestion {
    /// Whom to ask: e-mail, alias or id.
    pub person: String,
    /// One line.
    pub title: String,
    /// More.
    pub message: Option<String>,
    /// How grave.
    pub severity: Severity,
    /// Details.
    pub facts: Facts,
}

impl Engine {
    /// Takes alerts of a source; durable when it returns.
    pub async fn accept(
        &self,
        _source: &str,
        _drafts: Vec<Result<AlertDraft, Rejected>>,
    ) -> Result<Accepted, EngineError> {
        unimplemented!()
    }

    /// Asks a person something by hand.
    pub async fn ask_by_hand(
        &self,
        _by: Actor,
        _question: ManualQuestion,
    ) -> Result<CaseId, EngineError> {
        unimplemented!()
    }

    /// The open questions, then the latest others, of one person.
    pub async fn cases_of(
        &self,
        _person: PersonId,
        _limit: u32,
    ) -> Result<Vec<casework::Case>, EngineError> {
        unimplemented!()
    }
}
