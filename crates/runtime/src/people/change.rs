//! Changes of a person's factors: kept for a while so that they can be disowned, written into the
//! audit trail, and told to the person wherever they can be reached.

use model::{DeliveryId, FactorId, Method, Person, PersonId, Timestamp};
use ports::store::{Commit, Record, RecordOp, Space};
use serde::{Deserialize, Serialize};

use super::{DISOWN_LIFE, Viewer};
use crate::{
    apply::{Along, Draft, Ended},
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// How many changes are read.
const READ_MAX: u32 = 200;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A factor was added.
    Enrolled,
    /// A factor was removed by its owner.
    Removed,
    /// All factors were taken away by an administrator.
    Reset,
}

impl ChangeKind {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Removed => "removed",
            Self::Reset => "reset",
        }
    }

    fn entry_kind(self) -> &'static str {
        match self {
            Self::Enrolled => "factor.enrolled",
            Self::Removed => "factor.removed",
            Self::Reset => "factor.reset",
        }
    }
}

/// A change, as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorChange {
    /// Its name.
    pub id: DeliveryId,
    /// Whose factor.
    pub person: PersonId,
    /// What was done.
    pub kind: ChangeKind,
    /// To which factors.
    pub factors: Vec<FactorId>,
    /// Of which kind, where it was one.
    pub method: Option<Method>,
    /// The name of the factor, where it was one. May be hostile text.
    pub label: String,
    /// When.
    pub at: Timestamp,
    /// By whom, as the audit trail names them.
    pub by: String,
    /// How far disowning it has come.
    pub standing: Standing,
    /// When it was disowned.
    #[serde(default)]
    pub disowned_at: Option<Timestamp>,
}

/// Whether a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It does.
    Stands,
    /// It was disowned; what follows from that is not all done.
    Disowned,
    /// It was disowned, and everything that follows was done.
    Undone,
}

/// Changes of the records of a person's factors.
pub(super) struct Changing {
    pub(super) change: FactorChange,
    pub(super) records: Vec<RecordOp>,
}

impl Engine {
    /// The viewer's changes of factors that can still be disowned, or were, newest first.
    pub async fn factor_changes(&self, viewer: &Viewer) -> Result<Vec<FactorChange>, EngineError> {
        self.factor_changes_of(viewer.person.id).await
    }

    /// The same of anybody's.
    pub(super) async fn factor_changes_of(
        &self,
        person: PersonId,
    ) -> Result<Vec<FactorChange>, EngineError> {
        let now = self.now();
        let owner = Some(person);
        let records = self.parts.store.records(Space::FactorChange, owner, "", now, READ_MAX).await;
        let mut changes: Vec<FactorChange> =
            records?.iter().map(|record| read(&record.value)).collect::<Result<_, _>>()?;
        changes.reverse();
        Ok(changes)
    }

    /// A change of anybody's.
    pub(super) async fn factor_change(&self, id: DeliveryId) -> Result<FactorChange, EngineError> {
        let key = id.to_string();
        let record = self.parts.store.record(Space::FactorChange, &key, self.now()).await?;
        read(&record.ok_or(EngineError::NotFound)?.value)
    }

    /// A change that is about to be made.
    pub(super) fn new_change(
        &self,
        person: &Person,
        kind: ChangeKind,
        factors: Vec<(FactorId, Method, String)>,
        by: String,
    ) -> FactorChange {
        let at = self.now();
        let id = DeliveryId::from_parts(at, self.parts.entropy.bits());
        let (method, label) = match factors.as_slice() {
            [(_, method, label)] => (Some(*method), label.clone()),
            _ => (None, String::new()),
        };
        let factors = factors.into_iter().map(|(factor, ..)| factor).collect();
        let (standing, disowned_at) = (Standing::Stands, None);
        let person = person.id;
        FactorChange { id, person, kind, factors, method, label, at, by, standing, disowned_at }
    }

    /// Makes a change: in one transaction with its line in the audit trail, its record by which it
    /// can be disowned, the messages that tell of it, and where it takes away the end of every
    /// session.
    pub(super) async fn make_change(
        &self,
        person: &Person,
        changing: Changing,
    ) -> Result<(), EngineError> {
        let Changing { change, mut records } = changing;
        let now = change.at;
        records.push(RecordOp::Insert { record: record_of(&change), now });
        let ids: Vec<String> = change.factors.iter().map(ToString::to_string).collect();
        let text = format!("of person:{}: {}", person.id, ids.join(", "));
        let journal = vec![self.entry(change.kind.entry_kind(), change.by.clone(), text)];
        let outbox = self.notices_of(person, &change);
        if change.kind == ChangeKind::Enrolled {
            let commit = Commit { journal, records, outbox, ..Commit::default() };
            return Ok(self.commit(Draft::plain(commit)).await?);
        }
        let along = Along { journal, records, outbox, ..Along::default() };
        Ok(self.end_sessions(person.id, Ended::All, along).await?)
    }
}

/// A change as a record, which lives as long as it can be disowned, or was lately.
pub(super) fn record_of(change: &FactorChange) -> Record {
    Record {
        space: Space::FactorChange,
        key: change.id.to_string(),
        owner: Some(change.person),
        value: write(change),
        expires_at: Some(DISOWN_LIFE.after(change.disowned_at.unwrap_or(change.at))),
    }
}
