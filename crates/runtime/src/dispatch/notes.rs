//! What a responder notes of an action between its calls, such as which sessions it ended. Kept
//! sealed, since a note may hold what the action was about.

use casework::ledger::Entry;
use model::{ActionId, PersonId, Span};
use ports::{
    Failure,
    store::{Commit, Record, RecordOp, Space},
};
use serde_json::Value;

use crate::engine::{Engine, EngineError};

/// How long notes are kept: so long an action can be taken back with all that was known.
const NOTES_KEPT: Span = Span::days(365);
/// How often notes are written before the call counts as one whose outcome nobody knows.
const TRIES: usize = 3;

/// The notes of one action, and what the store has of them.
pub(super) struct Notes {
    action: ActionId,
    owner: Option<PersonId>,
    stored: Value,
    /// What the responder is handed.
    pub(super) value: Value,
}

impl Notes {
    /// Reads them. What cannot be opened is an error and is never written over: it may say what
    /// there is to take back.
    pub(super) async fn read(
        engine: &Engine,
        entry: &Entry,
        owner: Option<PersonId>,
    ) -> Result<Self, EngineError> {
        let action = entry.id();
        let key = action.to_string();
        let record = engine.parts.store.record(Space::ActionNotes, &key, engine.now()).await?;
        let stored = match record {
            None => Value::Null,
            Some(record) => opened(engine, action, &record).ok_or_else(|| {
                tracing::error!(%action, "the notes of an action cannot be opened: was \
                     the key of the seal changed? with the former key it goes on, else look at the \
                     account by hand");
                EngineError::Unavailable("the notes of an action cannot be opened".to_owned())
            })?,
        };
        Ok(Self { action, owner, value: stored.clone(), stored })
    }

    /// Writes them down if they have changed. What cannot be written makes the call one whose
    /// outcome is unknown, so that it is looked at.
    pub(super) async fn keep(self, engine: &Engine) -> Result<(), Failure> {
        if self.value == self.stored {
            return Ok(());
        }
        let bytes = serde_json::to_vec(&self.value).expect("a value can be written");
        let now = engine.now();
        let record = Record {
            space: Space::ActionNotes,
            key: self.action.to_string(),
            owner: self.owner,
            value: engine.parts.seal.seal(&about(self.action), &bytes),
            expires_at: Some(NOTES_KEPT.after(now)),
        };
        let commit = Commit { records: vec![RecordOp::Put(record)], ..Commit::default() };
        let mut failure = Failure::retry("the notes of an action cannot be kept").uncertain();
        for _ in 0..TRIES {
            match engine.parts.store.commit(commit.clone()).await {
                Ok(_) => return Ok(()),
                Err(error) => failure.what = format!("notes cannot be kept: {error}"),
            }
        }
        Err(failure)
    }
}

fn opened(engine: &Engine, action: ActionId, record: &Record) -> Option<Value> {
    let bytes = engine.parts.seal.open(&about(action), &record.value)?;
    serde_json::from_slice(&bytes).ok()
}

fn about(action: ActionId) -> String {
    format!("action {action}")
}
