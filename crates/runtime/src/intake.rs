//! Alerts in.
//!
//! An alert is durable, and its case decided, when the caller hears of it. Many at once are
//! decided at once, so that they share the store's commits.

mod accept;

use accept::Incoming;
pub(crate) use accept::Read;
mod by_hand;
mod known;

pub use by_hand::{BY_HAND_PER_HOUR, FACTS_MAX, MESSAGE_CHARS_MAX, TITLE_CHARS_MAX};
pub use known::{CONTENT_LIFE, ID_LIFE};

pub use crate::dead_letters::{DEAD_LETTER_LIFE, DEAD_LETTERS_MAX};

use casework::input::Actor;
use futures::StreamExt;
use model::{AlertId, CaseId, Facts, PersonId, Severity, StateName};
use ports::{
    source::{AlertDraft, Rejected},
    store::CaseQuery,
};

use crate::{
    dead_letters::DeadLetter,
    engine::{Engine, EngineError},
    meters::Meter,
};

/// Alerts of one request that are decided at the same time.
pub const AT_ONCE: usize = 256;
/// Alerts that one request may hold.
pub const ALERTS_MAX: usize = 1_000;

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

/// An alert that our own detection has raised.
#[derive(Debug, Clone)]
pub(crate) struct OwnDraft {
    /// Which: the same whenever it is raised.
    pub(crate) id: String,
    /// What it says.
    pub(crate) draft: AlertDraft,
    /// Whether anything may follow from it; else it is recorded.
    pub(crate) is_live: bool,
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
    /// Takes alerts of a source; durable when it returns. An error refuses all of them, also
    /// those that were taken before it: sent again they are duplicates.
    #[tracing::instrument(name = "alerts.accept", skip_all, fields(source))]
    pub async fn accept(
        &self,
        source: &str,
        drafts: Vec<Result<AlertDraft, Rejected>>,
    ) -> Result<Accepted, EngineError> {
        if drafts.len() > ALERTS_MAX {
            return Err(EngineError::Invalid(format!("more than {ALERTS_MAX} alerts")));
        }
        self.require_room().await?;
        let mut accepted = Accepted::default();
        let mut good = Vec::new();
        for (index, draft) in drafts.into_iter().enumerate() {
            match draft {
                Ok(draft) => good.push(draft),
                Err(rejected) => accepted.rejected.push((index, rejected.problem)),
            }
        }
        self.keep_rejected(source, &accepted.rejected).await?;
        let mut good = good.into_iter().peekable();
        while good.peek().is_some() {
            let drafts = good.by_ref().take(AT_ONCE).collect();
            self.accept_some(source, drafts, &mut accepted.alerts).await?;
        }
        Ok(accepted)
    }

    /// Takes alerts that our own detection has raised, by the name of the source of their events;
    /// durable when it returns. Those that were taken before are duplicates, whatever they say.
    pub(crate) async fn accept_own(
        &self,
        source: &str,
        drafts: Vec<OwnDraft>,
    ) -> Result<(), EngineError> {
        self.require_room().await?;
        let mut accepted = Vec::new();
        let mut drafts = drafts.into_iter().peekable();
        while drafts.peek().is_some() {
            let some: Vec<_> = drafts.by_ref().take(AT_ONCE).collect();
            let incoming: Vec<_> = futures::stream::iter(some)
                .map(|own| self.incoming_own(source, own))
                .buffered(AT_ONCE)
                .collect()
                .await;
            self.accept_incoming(source, incoming, &mut accepted).await?;
        }
        Ok(())
    }

    /// Takes as many alerts as are decided at once.
    async fn accept_some(
        &self,
        source: &str,
        drafts: Vec<AlertDraft>,
        accepted: &mut Vec<AcceptedAlert>,
    ) -> Result<(), EngineError> {
        let incoming: Vec<_> = futures::stream::iter(drafts)
            .map(|draft| self.incoming(source, draft))
            .buffered(AT_ONCE)
            .collect()
            .await;
        self.accept_incoming(source, incoming, accepted).await
    }

    async fn accept_incoming(
        &self,
        source: &str,
        incoming: Vec<Incoming>,
        accepted: &mut Vec<AcceptedAlert>,
    ) -> Result<(), EngineError> {
        let known = self.known_of(&incoming).await?;
        let mut taken = futures::stream::iter(incoming.into_iter().zip(known))
            .map(|(incoming, known)| self.accept_one(incoming, known))
            .buffered(AT_ONCE);
        while let Some(result) = taken.next().await {
            let alert = result?;
            let meter =
                if alert.is_duplicate { Meter::AlertsDuplicate } else { Meter::AlertsAccepted };
            meter.count_by("source", source);
            accepted.push(alert);
        }
        Ok(())
    }

    /// The open questions, then the latest others, of one person.
    pub async fn cases_of(
        &self,
        person: PersonId,
        limit: u32,
    ) -> Result<Vec<casework::Case>, EngineError> {
        let (closed, open): (Vec<_>, Vec<_>) =
            StateName::ALL.iter().copied().partition(|state| !state.is_open());
        let mut cases = Vec::new();
        for states in [open, closed] {
            let room = limit.saturating_sub(u32::try_from(cases.len()).unwrap_or(u32::MAX));
            let query =
                CaseQuery { states, people: vec![person], limit: room, ..CaseQuery::default() };
            for row in self.cases(&query).await? {
                cases.push(self.case(row.id).await?);
            }
        }
        Ok(cases)
    }

    /// Keeps what was refused where analysts see it.
    async fn keep_rejected(
        &self,
        source: &str,
        rejected: &[(usize, String)],
    ) -> Result<(), EngineError> {
        let now = self.now();
        let letter = |(index, problem): &(usize, String)| {
            Meter::AlertsRejected.count_by("source", source);
            DeadLetter::new(source, (*index, problem), None, now)
        };
        self.keep_dead_letters(source, rejected.iter().map(letter).collect()).await
    }

    /// Asks a person something by hand; an analyst at most [`BY_HAND_PER_HOUR`] times an hour.
    pub async fn ask_by_hand(
        &self,
        by: Actor,
        question: ManualQuestion,
    ) -> Result<CaseId, EngineError> {
        self.require_room().await?;
        self.open_by_hand(by, question).await
    }
}
