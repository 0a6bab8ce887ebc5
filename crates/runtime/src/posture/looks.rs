//! Who looked at somebody's data: recorded for the audit trail, and shown to them.

use model::{PersonId, Span, Timestamp};
use ports::store::{Commit, Record, RecordOp, Space};
use serde::{Deserialize, Serialize};

use super::Posture;
use crate::{
    bytes::{read, write},
    engine::EngineError,
    people::{Authority, Viewer},
};

/// How long a person sees who looked. The audit trail keeps it for longer.
pub const LOOK_LIFE: Span = Span::days(90);
/// Looks of one by the same at the same within this time are one.
const SAME_LOOK: Span = Span::minutes(10);
/// How many are told, the newest.
const LOOKS_MAX: usize = 500;
/// How many are read at once.
const PAGE: u32 = 200;

/// Somebody looked at what is held about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// Who: a person's id or the name of a key, as the audit trail has it.
    pub by: String,
    /// The person who looked, where it was one.
    pub person: Option<PersonId>,
    /// At what: `devices`, or one device's id.
    pub what: String,
}

impl Posture {
    /// Records that somebody looks at what is a person's. One's own is nobody else's matter.
    pub async fn note_look(
        &self,
        by: &Authority<'_>,
        of: PersonId,
        what: &str,
    ) -> Result<(), EngineError> {
        if by.is_of(of) {
            return Ok(());
        }
        let now = self.now();
        let name = by.name();
        let window = now.as_second() / i64::try_from(SAME_LOOK.as_seconds()).unwrap_or(i64::MAX);
        let person = match by {
            Authority::Viewer(viewer) => Some(viewer.person.id),
            Authority::Key(_) | Authority::Host => None,
        };
        let look = Look { at: now, by: name.clone(), person, what: what.to_owned() };
        let record = Record {
            space: Space::Look,
            key: format!("{of} {name} {what} {window}"),
            owner: Some(of),
            value: write(&look),
            expires_at: Some(LOOK_LIFE.after(now)),
        };
        let text = format!("looked at {what} of person:{of}");
        let journal = vec![self.engine.entry("person.looked_at", name, text)];
        let records = vec![RecordOp::Insert { record, now }];
        let commit = Commit { records, journal, ..Commit::default() };
        match self.engine.parts.store.commit(commit).await {
            // The same look, a moment ago.
            Ok(()) | Err(ports::store::StoreError::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Who looked at what is held about the viewer, newest first.
    pub async fn looks_at(&self, viewer: &Viewer) -> Result<Vec<Look>, EngineError> {
        let (now, mine) = (self.now(), format!("{} ", viewer.person.id));
        let mut looks: Vec<Look> = Vec::new();
        let mut after = mine.clone();
        loop {
            let store = &self.engine.parts.store;
            let page = store.records(Space::Look, None, &after, now, PAGE).await?;
            let own = page.iter().take_while(|record| record.key.starts_with(&mine));
            let before = looks.len();
            for record in own {
                looks.push(read(&record.value)?);
            }
            match page.last() {
                Some(last) if looks.len() == before + PAGE as usize => after.clone_from(&last.key),
                _ => break,
            }
        }
        looks.sort_by_key(|look| std::cmp::Reverse(look.at));
        looks.truncate(LOOKS_MAX);
        Ok(looks)
    }
}
