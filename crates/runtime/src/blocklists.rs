//! Block lists as they lie in the store, so that a restart forgets none of them.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use async_trait::async_trait;
use casework::{Case, count::address_of, snapshot};
use ipnet::IpNet;
use model::{ActionId, Span};
use ports::{
    Clock, Failure,
    blocklist::{Blocklist, ENTRIES_MAX, Entry, REMEMBERED, Reader},
    store::{CaseQuery, Commit, Record, RecordOp, Space, Store, StoreError},
};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::bytes::read;

/// How many records are read at once.
const PAGE: u32 = 500;
/// In how many cases it is looked for who was seen at an address.
const CASES_LOOKED_AT: u32 = 500;
/// How long somebody who fetched a list is remembered.
const READER_KEPT: Span = Span::days(30);

/// Block lists in the store.
#[derive(Clone)]
pub struct StoredBlocklists {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// Whose turn it is to add an entry: of two at once each would find room.
    adding_turn: Arc<Mutex<()>>,
}

impl StoredBlocklists {
    /// The lists of this store. To be made once for a store, and cloned.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, adding_turn: Arc::default() }
    }

    /// Notes that somebody fetches a list now.
    pub async fn fetched(&self, list: &str, reader: &str) -> Result<(), Failure> {
        let now = self.clock.now();
        let value = snapshot::encode(&Reader { name: reader.to_owned(), fetched_at: now });
        self.write(RecordOp::Put(Record {
            space: Space::BlocklistReader,
            key: key(list, reader),
            owner: None,
            value,
            expires_at: Some(READER_KEPT.after(now)),
        }))
        .await
    }

    async fn write(&self, op: RecordOp) -> Result<(), Failure> {
        let commit = Commit { records: vec![op], ..Commit::default() };
        self.store.commit(commit).await.map_err(|error| failure(&error))
    }

    /// Everything of one list, in the order of its keys.
    async fn all<T: DeserializeOwned>(&self, space: Space, list: &str) -> Result<Vec<T>, Failure> {
        let (now, prefix) = (self.clock.now(), key(list, ""));
        let (mut all, mut after) = (Vec::new(), prefix.clone());
        loop {
            let page = self.store.records(space, None, &after, now, PAGE).await;
            let page = page.map_err(|error| failure(&error))?;
            let count = page.len();
            for record in page {
                if !record.key.starts_with(&prefix) {
                    return Ok(all);
                }
                let value = snapshot::decode(&record.value);
                all.push(value.map_err(|_| Failure::permanent("a block list cannot be read"))?);
                after = record.key;
            }
            if count < PAGE as usize {
                return Ok(all);
            }
        }
    }
}

#[async_trait]
impl Blocklist for StoredBlocklists {
    async fn entries(&self, list: &str) -> Result<Vec<Entry>, Failure> {
        self.all(Space::Blocklist, list).await
    }

    async fn put(&self, list: &str, entry: Entry) -> Result<(), Failure> {
        let _turn = self.adding_turn.lock().await;
        let entries = self.entries(list).await?;
        let is_new = entries.iter().all(|other| other.id != entry.id);
        if is_new && entries.len() >= ENTRIES_MAX {
            return Err(Failure::permanent("the list is full"));
        }
        self.write(RecordOp::Put(Record {
            space: Space::Blocklist,
            key: key(list, &entry.id.to_string()),
            owner: None,
            value: snapshot::encode(&entry),
            expires_at: Some(REMEMBERED.after(entry.expires_at)),
        }))
        .await
    }

    async fn remove(&self, list: &str, id: ActionId) -> Result<bool, Failure> {
        let (space, key) = (Space::Blocklist, key(list, &id.to_string()));
        let taken = RecordOp::Take { space, key, now: self.clock.now() };
        let commit = Commit { records: vec![taken], ..Commit::default() };
        match self.store.commit(commit).await {
            Ok(()) => Ok(true),
            Err(StoreError::Gone) => Ok(false),
            Err(error) => Err(failure(&error)),
        }
    }

    async fn readers(&self, list: &str) -> Result<Vec<Reader>, Failure> {
        self.all(Space::BlocklistReader, list).await
    }

    /// Everybody about whom there was a case from there, as far as the newest [`CASES_LOOKED_AT`]
    /// cases tell. Who was never in a case is not known, so that nobody at all means that nobody
    /// can say.
    async fn people(&self, network: IpNet) -> Result<Option<u32>, Failure> {
        let query = CaseQuery {
            after: Some(REMEMBERED.before(self.clock.now())),
            limit: CASES_LOOKED_AT,
            ..CaseQuery::default()
        };
        let rows = self.store.cases(&query).await.map_err(|error| failure(&error))?;
        let mut people = BTreeSet::new();
        for row in rows.iter().filter(|row| row.person.is_some()) {
            let case = self.store.case(row.id).await.map_err(|error| failure(&error))?;
            let Some(case) = case.and_then(|row| read::<Case>(&row.snapshot).ok()) else {
                continue;
            };
            let addresses = case.alerts.iter().filter_map(|alert| address_of(&alert.facts));
            let mut addresses = addresses.filter_map(|address| address.parse::<IpAddr>().ok());
            if addresses.any(|address| network.contains(&address)) {
                people.extend(row.person);
            }
        }
        Ok(u32::try_from(people.len()).ok().filter(|count| *count > 0))
    }
}

/// Names of lists hold no slash.
fn key(list: &str, rest: &str) -> String {
    format!("{list}/{rest}")
}

fn failure(error: &StoreError) -> Failure {
    match error {
        StoreError::Damaged(_) => Failure::permanent(error.to_string()),
        _ => Failure::retry(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use model::{CaseId, Timestamp};
    use ports::{clock::ManualClock, store::memory::MemoryStore};

    use super::*;

    fn lists() -> StoredBlocklists {
        let clock = ManualClock::at(Timestamp::from_second(1_795_000_000).expect("in range"));
        StoredBlocklists::new(Arc::new(MemoryStore::new()), Arc::new(clock))
    }

    #[test]
    fn stored_lists_keep_what_every_place_of_lists_must_keep() {
        block_on(ports::conformance::blocklist(async || Arc::new(lists()) as Arc<dyn Blocklist>));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_entries_at_once_no_more_are_taken_than_a_list_holds() {
        let lists = lists();
        let entry = |number: u128| Entry {
            id: ActionId::from_digest(number),
            network: "203.0.113.7/32".parse().expect("a network"),
            reason: "a test".to_owned(),
            case: CaseId::from_digest(1),
            added_at: lists.clock.now(),
            expires_at: Span::days(1).after(lists.clock.now()),
        };
        let record = |number: usize| {
            let entry = entry(number as u128);
            RecordOp::Put(Record {
                space: Space::Blocklist,
                key: key("edge", &entry.id.to_string()),
                owner: None,
                value: snapshot::encode(&entry),
                expires_at: Some(entry.expires_at),
            })
        };
        let records = (1..ENTRIES_MAX).map(record).collect();
        let commit = Commit { records, ..Commit::default() };
        lists.store.commit(commit).await.expect("stored");
        let putting = (0..8).map(|number| {
            let (lists, entry) = (lists.clone(), entry(1_000_000 + number));
            tokio::spawn(async move { lists.put("edge", entry).await.is_ok() })
        });
        let taken = futures::future::join_all(putting.collect::<Vec<_>>()).await;
        assert_eq!(taken.iter().filter(|taken| matches!(taken, Ok(true))).count(), 1);
        assert_eq!(lists.entries("edge").await.expect("readable").len(), ENTRIES_MAX);
    }

    #[test]
    fn who_fetched_a_list_is_remembered_for_that_list_alone() {
        let lists = lists();
        block_on(lists.fetched("edge", "fw1")).expect("noted");
        block_on(lists.fetched("edge", "fw1")).expect("noted");
        block_on(lists.fetched("edge-2", "fw2")).expect("noted");
        let names = |list: &str| {
            let readers = block_on(lists.readers(list)).expect("readable");
            readers.into_iter().map(|reader| reader.name).collect::<Vec<_>>()
        };
        assert_eq!(names("edge"), ["fw1"]);
        assert_eq!(names("edge-2"), ["fw2"]);
        assert!(names("edg").is_empty());
    }
}
