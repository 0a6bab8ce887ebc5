//! The organisation's guard over automatic actions, as it lies in the store.

use casework::{
    input::Actor,
    ledger::guard::{Guard, Limits},
};
use model::Timestamp;
use ports::store::{Commit, Record, RecordOp, Space};

use crate::{
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// The one record.
const KEY: &str = "actions";
/// How often a change is tried again because another writer was first.
const ATTEMPTS: usize = 8;

/// The guard as it was read.
pub(crate) struct ReadGuard {
    pub(crate) guard: Guard,
    before: Guard,
    stored: Option<Vec<u8>>,
}

impl ReadGuard {
    /// The record's change, where there is one: refused if somebody else has written since.
    pub(crate) fn changed(self, now: Timestamp) -> Option<RecordOp> {
        if self.guard == self.before {
            return None;
        }
        let value = write(&self.guard);
        let record = Record {
            space: Space::Guard,
            key: KEY.to_owned(),
            owner: None,
            value,
            expires_at: None,
        };
        Some(RecordOp::Swap { expected: self.stored, record, now })
    }
}

impl Engine {
    /// How automatic action stands.
    pub async fn guard(&self) -> Result<Guard, EngineError> {
        Ok(self.read_guard().await?.guard)
    }

    /// Stops all automatic action: what is to begin waits for a person.
    pub async fn stop_actions(&self, by: Actor, reason: &str) -> Result<Guard, EngineError> {
        let (now, reason) = (self.now(), reason.trim());
        if reason.is_empty() {
            return Err(EngineError::Invalid("a reason is wanted".to_owned()));
        }
        let line = format!("stopped automatic action: {reason}");
        self.change_guard(&by, &line, |guard| {
            guard.stop(by.clone(), now, reason.to_owned());
        })
        .await
    }

    /// Lets automatic action go on, and closes the breaker.
    pub async fn resume_actions(&self, by: Actor, reason: &str) -> Result<Guard, EngineError> {
        let line = format!("let automatic action go on: {}", reason.trim());
        self.change_guard(&by, &line, Guard::resume).await
    }

    /// How many automatic actions an hour are let through.
    #[must_use]
    pub fn act_limits(&self) -> Limits {
        let people = || self.parts.directory.people().len();
        self.parts.settings.act_limits.unwrap_or_else(|| Limits::of(people()))
    }

    pub(crate) async fn read_guard(&self) -> Result<ReadGuard, EngineError> {
        let record = self.parts.store.record(Space::Guard, KEY, self.now()).await?;
        let guard: Guard = match &record {
            Some(record) => read(&record.value)?,
            None => Guard::default(),
        };
        Ok(ReadGuard { before: guard.clone(), guard, stored: record.map(|record| record.value) })
    }

    async fn change_guard(
        &self,
        by: &Actor,
        line: &str,
        change: impl Fn(&mut Guard),
    ) -> Result<Guard, EngineError> {
        let _one_at_a_time = self.inner.guard_turn.lock().await;
        for _ in 0..ATTEMPTS {
            let mut guard = self.read_guard().await?;
            change(&mut guard.guard);
            let after = guard.guard.clone();
            let records = guard.changed(self.now()).into_iter().collect();
            let journal = vec![self.entry("actions.guard", by.to_string(), line)];
            let commit = Commit { records, journal, ..Commit::default() };
            match self.parts.store.commit(commit).await {
                Ok(()) => return Ok(after),
                Err(ports::store::StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::crowded())
    }
}
