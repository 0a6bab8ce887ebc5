//! What analysts see and do.

use casework::{Case, Desk, Input, Note, case, input::Actor, policy::TraceLine};
use model::{CaseId, Disposition, PersonId, Personal, StateName, Timestamp};
use ports::store::{CaseQuery, CaseRow, JournalEntry, Record, Space};

use crate::{
    apply::Along,
    engine::{Engine, EngineError},
};

/// The longest note of an analyst that is kept, in characters.
const NOTE_CHARS_MAX: usize = 4_000;
/// Among how many of a case's first steps its decision is looked for.
const TRACED_MAX: u32 = 100;
/// The most rows that one listing returns.
pub const LISTED_MAX: u32 = 1_000;
/// The one kind of line of a case's journal that holds no step but a [`Note`].
pub const REMARK: &str = "case.refused";
/// The entry that says that a case's texts were erased; it has no data.
pub const ERASED: &str = "case.erased";

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
    pub async fn cases(&self, query: &CaseQuery) -> Result<Vec<CaseRow>, EngineError> {
        let query = CaseQuery { limit: query.limit.min(LISTED_MAX), ..query.clone() };
        Ok(self.parts.store.cases(&query).await?)
    }

    /// How many cases stand in each state.
    pub async fn count_cases(&self) -> Result<Vec<(StateName, u64)>, EngineError> {
        Ok(self.parts.store.count_cases().await?)
    }

    /// A case.
    pub async fn case(&self, id: CaseId) -> Result<Case, EngineError> {
        Ok(self.load(id).await?.ok_or(EngineError::NotFound)?.case)
    }

    /// A case's line of the listing, as it stands.
    pub async fn listed(&self, id: CaseId) -> Result<Option<CaseRow>, EngineError> {
        Ok(self.parts.store.case(id).await?)
    }

    /// A case's whole story, oldest first, after a position. A step may have several lines.
    pub async fn story(
        &self,
        id: CaseId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<StoryLine>, EngineError> {
        let limit = limit.min(LISTED_MAX);
        let entries = self.parts.store.journal(Some(id), after, limit).await?;
        Ok(entries.iter().flat_map(lines_of).collect())
    }

    /// The steps of a case as recorded, oldest first, after a position: what a replay needs.
    pub async fn steps(
        &self,
        id: CaseId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<case::Record>, EngineError> {
        let limit = limit.min(LISTED_MAX);
        let entries = self.parts.store.journal(Some(id), after, limit).await?;
        let steps = entries.iter().filter(|entry| entry.kind != REMARK && !entry.data.is_empty());
        steps.map(|entry| crate::bytes::read(&entry.data)).collect()
    }

    /// Why it was decided so, as of the last time it was.
    pub async fn trace(&self, id: CaseId) -> Result<Vec<TraceLine>, EngineError> {
        let steps = self.steps(id, 0, TRACED_MAX).await?;
        let trace = steps.into_iter().rev().find_map(|step| match step.input {
            Input::Open(opening) => Some(opening.trace),
            Input::Decided { decision: Some(decision), .. } => Some(decision.trace),
            _ => None,
        });
        Ok(trace.unwrap_or_default())
    }

    /// Ends a case. With the `revision` that the analyst saw, it is refused as stale where the
    /// facts have changed since.
    pub async fn dispose(
        &self,
        by: Actor,
        case: CaseId,
        revision: Option<u32>,
        disposition: Disposition,
        note: Personal,
    ) -> Result<Case, EngineError> {
        let note = Personal::new(note.reveal().chars().take(NOTE_CHARS_MAX).collect::<String>());
        let input = Input::Dispose { disposition, revision, by, note };
        Ok(self.apply(case, input, Along::default()).await?)
    }

    /// Takes a case over.
    pub async fn take(&self, by: Actor, case: CaseId) -> Result<Case, EngineError> {
        Ok(self.apply(case, Input::Take { by }, Along::default()).await?)
    }

    /// A person's desk: queue, limits, suppressions.
    pub async fn desk(&self, person: PersonId) -> Result<Option<Desk>, EngineError> {
        let row = self.parts.store.desk(person).await?;
        row.map(|row| crate::bytes::read(&row.snapshot)).transpose()
    }

    /// Refused records that were kept, newest last.
    pub async fn dead_letters(&self, after: &str, limit: u32) -> Result<Vec<Record>, EngineError> {
        let (limit, now) = (limit.min(LISTED_MAX), self.now());
        Ok(self.parts.store.records(Space::DeadLetter, None, after, now, limit).await?)
    }

    /// Destinations that have messages waiting, and how many.
    pub async fn outbox_depth(&self) -> Result<Vec<(String, u64)>, EngineError> {
        Ok(self.parts.store.outbox_depth().await?)
    }

    /// Whether new alerts can be taken: the store answers and the disk has room.
    pub async fn readiness(&self) -> Result<(), EngineError> {
        self.parts.store.next_timer_at().await?;
        self.require_room().await
    }
}

/// The lines of a journal entry; one that was erased still says that it was there.
fn lines_of(entry: &JournalEntry) -> Vec<StoryLine> {
    let data = match entry.data.as_slice() {
        [] => serde_json::Value::Null,
        data => crate::bytes::read(data).unwrap_or_default(),
    };
    let line = |kind: &str, by: &str, text: &str| StoryLine {
        seq: entry.seq,
        at: entry.at,
        kind: kind.to_owned(),
        by: by.to_owned(),
        text: text.to_owned(),
        data: serde_json::Value::clone(&data),
    };
    let notes: Vec<Note> = match entry.kind.as_str() {
        REMARK => crate::bytes::read::<Note>(&entry.data).into_iter().collect(),
        _ if entry.data.is_empty() => Vec::new(),
        _ => crate::bytes::read::<case::Record>(&entry.data)
            .map(|record| record.notes)
            .unwrap_or_default(),
    };
    if notes.is_empty() {
        return vec![line(&entry.kind, &entry.by, "")];
    }
    notes.iter().map(|note| line(&note.kind, &note.by, &note.text)).collect()
}
