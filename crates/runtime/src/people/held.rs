//! What is held about a person, as data for them.

use casework::snapshot;
use model::{CaseId, PersonId};
use ports::store::{CaseQuery, Record, Space};
use serde_json::{Map, Value, json};

use crate::engine::{Engine, EngineError};

/// How many cases, entries or rows are read at once.
const PAGE: u32 = 500;
/// Records that are told as they are.
const TOLD: [Space; 7] = [
    Space::FactorChange,
    Space::ProviderDevice,
    Space::Binding,
    Space::Delivery,
    Space::Factor,
    Space::DeviceKey,
    Space::Look,
];
/// Records that are found by a secret: told without it.
const UNNAMED: [Space; 3] = [Space::Session, Space::Browser, Space::SignInLink];
/// Records that live for minutes, or say nothing that a case does not: counted.
const COUNTED: [Space; 6] = [
    Space::Challenge,
    Space::Enrolment,
    Space::Form,
    Space::Code,
    Space::FactorCounter,
    Space::DeviceCode,
];
/// What no copy of a factor is to hold, although it lies sealed.
const MATERIAL: &str = "material";

impl Engine {
    /// What is held about a person beside their cases. Secrets, also sealed ones, are left out.
    pub async fn held_about(&self, person: PersonId) -> Result<Value, EngineError> {
        let directory = self.parts.directory.person(person);
        let of_directory = self.parts.directory.factors(person).len();
        let mut records = Map::new();
        for space in TOLD.into_iter().chain(UNNAMED) {
            let owned = self.owned(space, person).await?;
            let told = owned.iter().map(|record| told(space, record)).collect();
            records.insert(space.name().to_owned(), Value::Array(told));
        }
        let mut counts = Map::new();
        for space in COUNTED {
            let owned = self.owned(space, person).await?;
            counts.insert(space.name().to_owned(), owned.len().into());
        }
        Ok(json!({
            "id": person,
            "directory": directory.as_deref(),
            "factors_of_the_directory": of_directory,
            "desk": self.desk(person).await?,
            "records": records,
            "other_records": counts,
            "acts": self.acts_of(person).await?,
        }))
    }

    /// The cases about a person, newest first.
    pub async fn case_ids_of(&self, person: PersonId) -> Result<Vec<CaseId>, EngineError> {
        let mut ids: Vec<CaseId> = Vec::new();
        loop {
            let cursor = ids.last().copied();
            let query =
                CaseQuery { people: vec![person], cursor, limit: PAGE, ..Default::default() };
            let rows = self.parts.store.cases(&query).await?;
            if rows.is_empty() {
                return Ok(ids);
            }
            ids.extend(rows.iter().map(|row| row.id));
        }
    }

    /// A case as it is held: its snapshot, and every entry of its journal.
    pub async fn case_held(&self, id: CaseId) -> Result<Value, EngineError> {
        let case = self.case(id).await?;
        let (mut journal, mut after) = (Vec::new(), 0);
        loop {
            let entries = self.parts.store.journal(Some(id), after, PAGE).await?;
            let Some(last) = entries.last() else { break };
            after = last.seq;
            journal.extend(entries.iter().map(|entry| {
                let held = json!({
                    "seq": entry.seq,
                    "at": entry.at,
                    "kind": entry.kind,
                    "by": entry.by,
                });
                with_data(held, "data", &entry.data)
            }));
        }
        Ok(json!({ "case": case, "journal": journal }))
    }

    /// What a person did, by the audit chain: as somebody who was asked, and as an analyst.
    async fn acts_of(&self, person: PersonId) -> Result<Vec<Value>, EngineError> {
        let by = format!("person:{person}");
        let (mut acts, mut after) = (Vec::new(), 0);
        loop {
            let rows = self.parts.store.audit(after, PAGE).await?;
            let Some(last) = rows.last() else { return Ok(acts) };
            after = last.seq;
            let own = rows.iter().filter(|row| row.by == by);
            acts.extend(own.map(
                |row| json!({ "seq": row.seq, "at": row.at, "kind": row.kind, "case": row.case }),
            ));
        }
    }
}

fn told(space: Space, record: &Record) -> Value {
    let key = (!UNNAMED.contains(&space)).then_some(&record.key);
    let held = json!({ "key": key, "expires_at": record.expires_at });
    let mut held = with_data(held, "value", &record.value);
    if let Some(factor) = held["value"].as_object_mut().filter(|_| space == Space::Factor) {
        factor.remove(MATERIAL);
    }
    held
}

/// The same with what bytes hold under a name. Where they cannot be read that is said: nobody is to
/// take it for nothing, which is what was erased.
fn with_data(mut held: Value, name: &str, bytes: &[u8]) -> Value {
    let data: Option<Value> = snapshot::decode(bytes).ok();
    if data.is_none() && !bytes.is_empty() {
        held["unreadable"] = Value::Bool(true);
    }
    held[name] = data.unwrap_or_default();
    held
}
