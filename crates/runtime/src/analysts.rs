//! What analysts see and do.

use casework::{Case, Desk, input::Actor};
use model::{CaseId, Disposition, PersonId, Personal, StateName, Timestamp};
use ports::store::{CaseQuery, CaseRow, Record};

use crate::engine::{Engine, EngineError};

/// A line of a case's story.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryLine {
    /// The position in the audit chain.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What kind.
    pub kind: String,
    /// Who.
    pub by: String,
    /// In words. May be hostile text.
    pub text: String,
    /// What was recorded, as data.
    pub data: serde_json::Value,
}

impl Engine {
    /// Cases, newest first.
    pub async fn cases(&self, _query: &CaseQuery) -> Result<Vec<CaseRow>, EngineError> {
        unimplemented!()
    }
    /// How many cases stand in each state.
    pub async fn count_cases(&self) -> Result<Vec<(StateName, u64)>, EngineError> {
        unimplemented!()
    }
    /// A case.
    pub async fn case(&self, _id: CaseId) -> Result<Case, EngineError> {
        unimplemented!()
    }
    /// A case's whole story, oldest first, after a position.
    pub async fn story(
        &self,
        _id: CaseId,
        _after: u64,
        _limit: u32,
    ) -> Result<Vec<StoryLine>, EngineError> {
        unimplemented!()
    }
    /// Ends a case.
    pub async fn dispose(
        &self,
        _by: Actor,
        _case: CaseId,
        _disposition: Disposition,
        _note: Personal,
    ) -> Result<Case, EngineError> {
        unimplemented!()
    }
    /// Takes a case over.
    pub async fn take(&self, _by: Actor, _case: CaseId) -> Result<Case, EngineError> {
        unimplemented!()
    }
    /// A person's desk: queue, limits, suppressions.
    pub async fn desk(&self, _person: PersonId) -> Result<Option<Desk>, EngineError> {
        unimplemented!()
    }
    /// Refused records that were kept, newest last.
    pub async fn dead_letters(
        &self,
        _after: &str,
        _limit: u32,
    ) -> Result<Vec<Record>, EngineError> {
        unimplemented!()
    }
    /// Destinations that have messages waiting, and how many.
    pub async fn outbox_depth(&self) -> Result<Vec<(String, u64)>, EngineError> {
        unimplemented!()
    }
    /// Whether new alerts can be taken: the store answers and the disk has room.
    pub async fn readiness(&self) -> Result<(), EngineError> {
        unimplemented!()
    }
}
