//! Forgetting what was said about a person, under privacy law. The audit chain stays whole: it holds
//! ids, and salted hashes of what is erased beside it.
//!
//! What is still needed stays: open cases, and closed ones that a denial reopens for thirty days.
//! Of somebody who is not of the directory any more, what they signed in and proved with goes too.

use std::collections::BTreeMap;

use model::{CaseId, DeliveryId, PersonId};
use ports::store::{CaseQuery, CaseRow, Commit, JournalEntry, Record, RecordOp, Space};

use crate::{
    analysts::ERASED,
    bytes::{read, write},
    deliveries::Delivery,
    engine::{Engine, EngineError},
};

/// How many cases, entries or records are read at once.
const PAGE: u32 = 200;
/// What belongs to somebody's signing in and proving, the keys of their devices, and who looked at
/// what is theirs.
const OF_SIGN_IN: [Space; 14] = [
    Space::Factor,
    Space::FactorCounter,
    Space::FactorChange,
    Space::ProviderDevice,
    Space::Enrolment,
    Space::Challenge,
    Space::Session,
    Space::Browser,
    Space::SignInLink,
    Space::Binding,
    Space::Form,
    Space::DeviceCode,
    Space::DeviceKey,
    Space::Look,
];

/// What is erased, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// Cases whose texts and journals go.
    pub cases: Vec<CaseId>,
    /// Cases that are still needed: open, or to be denied for a while.
    pub kept: Vec<CaseId>,
    /// Whether the directory has this person: then what they sign in and prove with stays.
    pub is_of_the_directory: bool,
}

impl Engine {
    /// What [`Engine::erase`] would erase of a person now.
    pub async fn erasable(&self, person: PersonId) -> Result<Erasure, EngineError> {
        let now = self.now();
        let mut found = Erasure {
            is_of_the_directory: self.parts.directory.person(person).is_some_and(|it| it.active),
            ..Erasure::default()
        };
        let mut cursor = None;
        loop {
            let query =
                CaseQuery { people: vec![person], cursor, limit: PAGE, ..Default::default() };
            let rows = self.parts.store.cases(&query).await?;
            let Some(last) = rows.last() else { return Ok(found) };
            cursor = Some(last.id);
            for row in rows {
                let case = self.case(row.id).await?;
                if case.is_erasable(now) {
                    found.cases.push(case.id);
                } else if case.erased_at.is_none() {
                    found.kept.push(case.id);
                }
            }
        }
    }

    /// Erases it, case by case: what a stop interrupts is erased by the next try. Only whoever holds
    /// the store can do that, while nobody serves it.
    pub async fn erase(&self, person: PersonId) -> Result<Erasure, EngineError> {
        let erasure = self.erasable(person).await?;
        let mut deliveries = self.deliveries_of(person).await?;
        for id in &erasure.cases {
            let records = deliveries.remove(id).unwrap_or_default();
            self.erase_case(*id, records).await?;
        }
        let is_gone = !erasure.is_of_the_directory;
        if is_gone {
            self.erase_sign_in(person).await?;
        }
        self.erase_from_desk(person, &erasure.cases, is_gone).await?;
        let text = format!("erased {} cases of person:{person}", erasure.cases.len());
        let journal = vec![self.entry("person.erased", "host", text)];
        self.parts.store.commit(Commit { journal, ..Commit::default() }).await?;
        Ok(erasure)
    }

    /// One transaction: the case as it is left, its journal's texts, where its messages were, and
    /// the line that says so.
    async fn erase_case(&self, id: CaseId, records: Vec<RecordOp>) -> Result<(), EngineError> {
        let row = self.parts.store.case(id).await?.ok_or(EngineError::NotFound)?;
        let case: casework::Case = read(&row.snapshot)?;
        let now = self.now();
        let Some(case) = case.erased(now) else { return Ok(()) };
        let erase = self.texts_of(id).await?;
        let case = CaseRow {
            version: row.version + 1,
            title: case.title().to_owned(),
            group_key: case.group_key.clone(),
            snapshot: write(&case),
            ..row
        };
        let line = JournalEntry {
            seq: 0,
            case: Some(id),
            at: now,
            kind: ERASED.to_owned(),
            by: "host".to_owned(),
            salt: self.parts.entropy.bits().to_le_bytes(),
            data: Vec::new(),
        };
        let (case, journal) = (Some(case), vec![line]);
        let commit = Commit { case, journal, records, erase, ..Commit::default() };
        Ok(self.parts.store.commit(commit).await?)
    }

    /// The entries of a case's journal that hold anything.
    async fn texts_of(&self, id: CaseId) -> Result<Vec<u64>, EngineError> {
        let (mut seqs, mut after) = (Vec::new(), 0);
        loop {
            let entries = self.parts.store.journal(Some(id), after, PAGE).await?;
            let Some(last) = entries.last() else { return Ok(seqs) };
            after = last.seq;
            let full = entries.iter().filter(|entry| !entry.data.is_empty());
            seqs.extend(full.map(|entry| entry.seq));
        }
    }

    /// What deletes the records of where messages are, by case.
    async fn deliveries_of(
        &self,
        person: PersonId,
    ) -> Result<BTreeMap<CaseId, Vec<RecordOp>>, EngineError> {
        let records = self.owned(Space::Delivery, person).await?;
        let cases: BTreeMap<&str, CaseId> = records
            .iter()
            .filter_map(|record| Some((record.key.as_str(), casework_of(record)?)))
            .collect();
        let mut found: BTreeMap<CaseId, Vec<RecordOp>> = BTreeMap::new();
        for record in &records {
            // The way back from a place names the message that is there.
            let name = match casework::snapshot::decode::<DeliveryId>(&record.value) {
                Ok(id) => id.to_string(),
                Err(_) => record.key.clone(),
            };
            if let Some(case) = cases.get(name.as_str()) {
                let (space, key) = (record.space, record.key.clone());
                found.entry(*case).or_default().push(RecordOp::Delete { space, key });
            }
        }
        Ok(found)
    }

    async fn erase_sign_in(&self, person: PersonId) -> Result<(), EngineError> {
        for space in OF_SIGN_IN {
            let owned = self.owned(space, person).await?;
            let records =
                owned.into_iter().map(|record| RecordOp::Delete { space, key: record.key });
            let commit = Commit { records: records.collect(), ..Commit::default() };
            self.parts.store.commit(commit).await?;
        }
        Ok(())
    }

    /// What proofs have earned holds facts.
    async fn erase_from_desk(
        &self,
        person: PersonId,
        cases: &[CaseId],
        is_gone: bool,
    ) -> Result<(), EngineError> {
        if self.desk(person).await?.is_none() {
            return Ok(());
        }
        let change = |desk: &mut casework::Desk| {
            cases.iter().for_each(|case| desk.withdraw(*case));
            if is_gone {
                desk.suppressions.clear();
            }
            Vec::new()
        };
        self.change_desk(person, change).await
    }

    /// All records of a space that are this person's.
    pub(super) async fn owned(
        &self,
        space: Space,
        person: PersonId,
    ) -> Result<Vec<Record>, EngineError> {
        let now = self.now();
        let mut all: Vec<Record> = Vec::new();
        loop {
            let after = all.last().map_or("", |record| record.key.as_str());
            let page = self.parts.store.records(space, Some(person), after, now, PAGE).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }
}

fn casework_of(record: &Record) -> Option<CaseId> {
    casework::snapshot::decode::<Delivery>(&record.value).ok().map(|delivery| delivery.case)
}
