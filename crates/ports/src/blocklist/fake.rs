//! The fake: lists in memory, with bad days on purpose.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use ipnet::IpNet;
use model::ActionId;

use super::{Blocklist, ENTRIES_MAX, Entry, Reader};
use crate::Failure;

/// Lists in memory.
#[derive(Debug, Default)]
pub struct FakeBlocklist(Mutex<World>);

#[derive(Debug, Default)]
struct World {
    lists: BTreeMap<String, BTreeMap<ActionId, Entry>>,
    readers: Vec<Reader>,
    people: Option<u32>,
    bad: BTreeMap<usize, (Failure, bool)>,
    requests: usize,
    effects: usize,
}

impl FakeBlocklist {
    /// The n-th call from now, counted from 0, fails; `is_done` says whether it takes effect.
    pub fn fail(&self, nth: usize, failure: Failure, is_done: bool) {
        let world = &mut *self.lock();
        world.bad.insert(world.requests + nth, (failure, is_done));
    }

    /// These fetch lists.
    pub fn set_readers(&self, readers: Vec<Reader>) {
        self.lock().readers = readers;
    }

    /// So many people are at every address.
    pub fn set_people(&self, people: Option<u32>) {
        self.lock().people = people;
    }

    /// A list as it is, without a call.
    #[must_use]
    pub fn list(&self, list: &str) -> Vec<Entry> {
        self.lock().list(list)
    }

    /// How many calls came.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    /// How often something was changed.
    #[must_use]
    pub fn effects(&self) -> usize {
        self.lock().effects
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<T>(&self, does: impl FnOnce(&mut World) -> T) -> Result<T, Failure> {
        let world = &mut *self.lock();
        let number = world.requests;
        world.requests += 1;
        match world.bad.remove(&number) {
            None => Ok(does(world)),
            Some((failure, is_done)) => {
                if is_done {
                    does(world);
                }
                Err(failure)
            }
        }
    }
}

impl World {
    fn list(&self, list: &str) -> Vec<Entry> {
        self.lists.get(list).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }
}

#[async_trait]
impl Blocklist for FakeBlocklist {
    async fn entries(&self, list: &str) -> Result<Vec<Entry>, Failure> {
        self.call(|world| world.list(list))
    }

    async fn put(&self, list: &str, entry: Entry) -> Result<(), Failure> {
        self.call(|world| {
            let entries = world.lists.entry(list.to_owned()).or_default();
            if entries.len() >= ENTRIES_MAX {
                return Err(Failure::permanent("the list is full"));
            }
            world.effects += 1;
            entries.insert(entry.id, entry);
            Ok(())
        })?
    }

    async fn remove(&self, list: &str, id: ActionId) -> Result<bool, Failure> {
        self.call(|world| {
            let entries = world.lists.entry(list.to_owned()).or_default();
            let was_there = entries.remove(&id).is_some();
            world.effects += usize::from(was_there);
            was_there
        })
    }

    async fn readers(&self, _list: &str) -> Result<Vec<Reader>, Failure> {
        self.call(|world| world.readers.clone())
    }

    async fn people(&self, _network: IpNet) -> Result<Option<u32>, Failure> {
        self.call(|world| world.people)
    }
}
