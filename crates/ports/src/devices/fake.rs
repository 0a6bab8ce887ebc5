//! The fake: a source whose pages, answers and failures are told to it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use model::{Span, Timestamp};

use super::{Cursor, DevicePage, DeviceSource, Next, Pace, Read, Rechecked};
use crate::Failure;

/// A source in memory that lists what it was given, two records a page.
#[derive(Debug, Default)]
pub struct FakeDeviceSource(Mutex<World>);

#[derive(Debug, Default)]
struct World {
    records: BTreeMap<String, Read>,
    failures: VecDeque<Failure>,
    asked: Vec<String>,
}

/// How many records a page has.
const PAGE: usize = 2;

impl FakeDeviceSource {
    /// A source that lists nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lists a record, in place of an earlier one of the same id.
    pub fn put(&self, read: Read) {
        self.lock().records.insert(read.record.key.id.clone(), read);
    }

    /// Lists it no more.
    pub fn remove(&self, id: &str) {
        self.lock().records.remove(id);
    }

    /// The next call fails so; several wait in line.
    pub fn fail_next(&self, failure: Failure) {
        self.lock().failures.push_back(failure);
    }

    /// The ids of devices that were asked about again.
    #[must_use]
    pub fn rechecked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    fn fail(&mut self) -> Result<(), Failure> {
        self.failures.pop_front().map_or(Ok(()), Err)
    }
}

fn fetched(read: &Read, now: Timestamp) -> Read {
    let mut read = read.clone();
    read.record.fetched_at = now;
    read
}

#[async_trait]
impl DeviceSource for FakeDeviceSource {
    fn pace(&self) -> Pace {
        Pace { every: Span::minutes(15), pause: Duration::ZERO }
    }

    async fn page(&self, after: Option<&Cursor>, now: Timestamp) -> Result<DevicePage, Failure> {
        let mut world = self.lock();
        world.fail()?;
        let after = after.map_or("", |cursor| cursor.0.as_str());
        let rest = world.records.iter().filter(|(id, _)| id.as_str() > after);
        let taken: Vec<(&String, &Read)> = rest.take(PAGE + 1).collect();
        let next = match taken.get(PAGE) {
            Some(_) => Next::More(Cursor(taken[PAGE - 1].0.clone())),
            None => Next::End { is_whole: true },
        };
        let records = taken.iter().take(PAGE).map(|(_, read)| fetched(read, now)).collect();
        Ok(DevicePage { records, unread: Vec::new(), next })
    }

    async fn recheck(&self, id: &str, now: Timestamp) -> Result<Rechecked, Failure> {
        let mut world = self.lock();
        world.fail()?;
        world.asked.push(id.to_owned());
        let found = world.records.get(id).map(|read| fetched(read, now));
        Ok(found.map_or(Rechecked::Gone, |read| Rechecked::Record(Box::new(read))))
    }

    async fn check(&self) -> Result<String, Failure> {
        self.lock().fail()?;
        Ok("the fake".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use model::device::{RecordKey, SourceRecord};

    use super::*;
    use crate::devices::{Problems, Sweep};

    #[test]
    fn a_sweep_of_the_fake_finds_everything_once() {
        let source = FakeDeviceSource::new();
        let now = Timestamp::UNIX_EPOCH;
        for id in ["a", "b", "c", "d"] {
            let record = SourceRecord::new(RecordKey::new("fake", id), now);
            source.put(Read { record, problems: Problems::default() });
        }
        source.fail_next(Failure::retry("down"));
        block_on(async {
            assert!(source.page(None, now).await.is_err());
            let mut sweep = Sweep::begin(now);
            let finished = loop {
                let page = source.page(sweep.cursor(), now).await.expect("a page");
                if let Some(finished) = sweep.take(&page) {
                    break finished;
                }
            };
            assert_eq!((finished.records, finished.is_whole), (4, true));
            source.remove("b");
            assert_eq!(source.recheck("b", now).await, Ok(Rechecked::Gone));
            assert_eq!(source.rechecked(), ["b"]);
        });
    }
}
