//! Records in: page by page from sources that are asked, and as they are sent.
//!
//! Everything here is a step that any executor can drive; `watch.rs` has the loops. A source that
//! fails takes nothing away: what it said stays, with its age, and everybody whom it concerns is
//! told since when.

use std::collections::BTreeMap;

use model::{
    DeviceId, Timestamp,
    device::{Field, RecordKey, SourceRecord},
};
use ports::devices::{
    DevicePage, DeviceSource, Finished, Problems, Pushed, Read, SourceHealth, Sweep,
    store::{DeviceCommit, kept_ms},
};

use super::{
    Fleet,
    rows::record_of,
    settle::{Change, Settled},
};
use crate::{engine::EngineError, pause::give_way};

/// How many records are merged at once.
const MERGED_AT_ONCE: usize = 100;
/// How many devices are looked at again at once.
const DEVICES_AT_ONCE: u32 = 50;
/// How many records that were left out are told of one source; the others are counted.
const FILTERED_TOLD_MAX: usize = 200;

/// A sweep through a source that goes on, over failures.
#[derive(Debug, Clone, Default)]
pub struct Sweeping(Option<Sweep>);

/// Records of a source that are no devices of people, since the server started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The source's ids with the models that say so, the first of them.
    pub told: BTreeMap<String, Option<String>>,
    /// How many there are.
    pub count: usize,
}

/// What came of a step through a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stepped {
    /// More pages follow, after the source's pause.
    More,
    /// The sweep is over, or interrupted: to be asked again then.
    Until(Timestamp),
}

/// What became of what was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// How many records were taken.
    pub accepted: usize,
    /// Those that were not, by their place in the body.
    pub rejected: Vec<(usize, String)>,
}

impl Fleet {
    /// One page of a source, taken. A failure is noted, and the sweep goes on where it was.
    pub async fn sweep_step(
        &self,
        name: &str,
        sweeping: &mut Sweeping,
    ) -> Result<Stepped, EngineError> {
        let source = self.0.sources.get(name).ok_or(EngineError::NotFound)?;
        let now = self.now();
        let mut health = self.health(name).await?;
        let sweep = sweeping.0.get_or_insert_with(|| Sweep::begin(now));
        let page = match source.page(sweep.cursor(), now).await {
            Ok(page) => page,
            Err(failure) => {
                let was_failing = health.is_failing();
                health.failed(&failure, source.pace(), self.random(), self.now());
                tracing::warn!(source = name, %failure, "a source of devices fails");
                return self.paused(health, was_failing).await.map(Stepped::Until);
            }
        };
        let is_first_import = health.last_success_at.is_none();
        let mut problems = self.take_page(name, &page, now, is_first_import).await?;
        let Some(mut finished) = sweep.take(&page) else { return Ok(Stepped::More) };
        sweeping.0 = None;
        finished.problems.extend(std::mem::take(&mut problems));
        self.finish(&**source, health, &finished).await.map(Stepped::Until)
    }

    /// What a source sent, taken.
    pub async fn receive(&self, name: &str, pushed: Pushed) -> Result<Received, EngineError> {
        // They were fetched before they came here: what is older than the first of them was not sent.
        let fetched = pushed.records.iter().map(|read| read.record.fetched_at);
        let began_at = fetched.min().unwrap_or_else(|| self.now());
        let mut health = self.health(name).await?;
        let is_first_import = health.last_success_at.is_none();
        let accepted = pushed.records.len();
        let mut problems = Problems::default();
        pushed.records.iter().for_each(|read| problems.extend(read.problems.clone()));
        for (index, rejected) in &pushed.rejected {
            problems.note(format!("[{index}]"), rejected.problem.clone());
        }
        problems.extend(self.take(name, pushed.records, is_first_import).await?);
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let unread = count(pushed.rejected.len());
        let is_whole = pushed.is_snapshot && unread == 0;
        let finished = Finished { began_at, is_whole, records: count(accepted), unread, problems };
        if is_whole {
            self.retire(name, began_at).await?;
        }
        health.received(&finished, self.now());
        self.write_health(health).await?;
        let rejected = pushed.rejected.into_iter().map(|(index, it)| (index, it.problem));
        Ok(Received { accepted, rejected: rejected.collect() })
    }

    /// One record that came by itself, such as of an agent.
    pub async fn receive_one(&self, read: Read) -> Result<(), EngineError> {
        let name = read.record.key.source.clone();
        let pushed = Pushed { records: vec![read], ..Pushed::default() };
        self.receive(&name, pushed).await.map(drop)
    }

    /// A record as it is kept, with its software.
    pub async fn record(&self, key: &RecordKey) -> Result<Option<SourceRecord>, EngineError> {
        let find = ports::devices::store::FindKey::record(key);
        for dossier in self.0.store.having(&[find], DEVICES_AT_ONCE).await? {
            if !dossier.records.iter().any(|stored| stored.key == *key) {
                continue;
            }
            let Some(dossier) = self.0.store.device(dossier.id).await? else { return Ok(None) };
            let stored = dossier.records.iter().find(|stored| stored.key == *key);
            return stored.map(record_of).transpose();
        }
        Ok(None)
    }

    /// Judges again what has fallen due. Says how many devices that were.
    pub async fn look_again(&self) -> Result<usize, EngineError> {
        let due = self.0.store.due(self.now(), DEVICES_AT_ONCE).await?;
        let count = due.len();
        if count > 0 {
            self.settle(Change { devices: due, ..Change::default() }).await?;
        }
        Ok(count)
    }

    /// When the next device is to be judged again.
    pub async fn next_look_at(&self) -> Result<Option<Timestamp>, EngineError> {
        Ok(self.0.store.next_due().await?)
    }

    /// Records that are no devices of people, by source.
    #[must_use]
    pub fn left_out(&self) -> BTreeMap<String, LeftOut> {
        self.0.left_out.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// How a source stands; one that was never asked is new.
    pub(super) async fn health(&self, name: &str) -> Result<SourceHealth, EngineError> {
        let all = self.0.store.sources().await?;
        let known = all.into_iter().find(|health| health.source == name);
        Ok(known.unwrap_or_else(|| SourceHealth::new(name)))
    }

    async fn take_page(
        &self,
        name: &str,
        page: &DevicePage,
        now: Timestamp,
        is_first_import: bool,
    ) -> Result<Problems, EngineError> {
        let mut problems = self.take(name, page.records.clone(), is_first_import).await?;
        for unread in &page.unread {
            let path = unread.id.clone().unwrap_or_default();
            problems.note(path, unread.why.clone());
        }
        // What could not be read and is named is still listed: what is known of it stays.
        let mut listed = Vec::new();
        for key in page.still_listed(name) {
            let record = self.listed_at(&key, now).await?;
            listed.extend(record.map(|record| Read { record, problems: Problems::default() }));
        }
        problems.extend(self.take(name, listed, is_first_import).await?);
        Ok(problems)
    }

    /// Takes records, some at a time. What hangs together with too much is taken alone, or not.
    async fn take(
        &self,
        name: &str,
        reads: Vec<Read>,
        is_first_import: bool,
    ) -> Result<Problems, EngineError> {
        let mut problems = Problems::default();
        let records: Vec<SourceRecord> = reads.into_iter().map(|read| read.record).collect();
        for some in records.chunks(MERGED_AT_ONCE) {
            let settled = self.take_some(some, is_first_import).await?;
            if settled.overgrown.is_empty() {
                self.note_settled(name, some, &settled, &mut problems);
                continue;
            }
            for one in some {
                self.take_alone(name, one, is_first_import, &mut problems).await?;
            }
            give_way().await;
        }
        Ok(problems)
    }

    /// Takes one record. Where it hangs together with too much, what is kept of it stays, as
    /// something that is listed: it was read, and must not be taken for gone.
    async fn take_alone(
        &self,
        name: &str,
        record: &SourceRecord,
        is_first_import: bool,
        problems: &mut Problems,
    ) -> Result<(), EngineError> {
        let one = std::slice::from_ref(record);
        let settled = self.take_some(one, is_first_import).await?;
        self.note_settled(name, one, &settled, problems);
        for key in &settled.overgrown {
            let kept = self.listed_at(key, record.fetched_at).await?;
            self.take_some(kept.as_slice(), is_first_import).await?;
        }
        Ok(())
    }

    /// A record as it is kept, and listed at an instant.
    async fn listed_at(
        &self,
        key: &RecordKey,
        at: Timestamp,
    ) -> Result<Option<SourceRecord>, EngineError> {
        let kept = self.record(key).await?;
        Ok(kept.map(|kept| SourceRecord { fetched_at: at, is_gone: false, ..kept }))
    }

    async fn take_some(
        &self,
        records: &[SourceRecord],
        is_first_import: bool,
    ) -> Result<Settled, EngineError> {
        let records = records.to_vec();
        self.settle(Change { records, is_first_import, ..Change::default() }).await
    }

    fn note_settled(
        &self,
        name: &str,
        records: &[SourceRecord],
        settled: &Settled,
        problems: &mut Problems,
    ) {
        for key in &settled.overgrown {
            problems.note(key.id.clone(), "has identifiers in common with too many others");
        }
        let mut left_out =
            self.0.left_out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for key in &settled.filtered {
            let of_source = left_out.entry(name.to_owned()).or_default();
            let record = records.iter().find(|record| record.key == *key);
            let model = record.and_then(|record| record.fact(Field::Model)).map(str::to_owned);
            let is_known = of_source.told.contains_key(&key.id);
            if !is_known && of_source.told.len() < FILTERED_TOLD_MAX {
                of_source.told.insert(key.id.clone(), model);
            }
            of_source.count += usize::from(!is_known);
        }
    }

    /// A sweep came to its end: what it did not see is no longer listed.
    async fn finish(
        &self,
        source: &dyn DeviceSource,
        health: SourceHealth,
        finished: &Finished,
    ) -> Result<Timestamp, EngineError> {
        let mut health = health;
        let was_failing = health.is_failing();
        let retires = health.swept(finished, source.pace(), self.random(), self.now());
        if retires {
            self.retire(&health.source, finished.began_at).await?;
        }
        self.paused(health, was_failing).await
    }

    /// Writes how a source stands. Where that changed, the times of its devices' deadlines stand
    /// still or go on from now.
    async fn paused(
        &self,
        health: SourceHealth,
        was_failing: bool,
    ) -> Result<Timestamp, EngineError> {
        let next = health.next_at.unwrap_or(Timestamp::MAX);
        let (name, is_turned) = (health.source.clone(), was_failing != health.is_failing());
        self.write_health(health).await?;
        if is_turned {
            self.look_at_devices_of(&name).await?;
        }
        Ok(next)
    }

    async fn write_health(&self, health: SourceHealth) -> Result<(), EngineError> {
        let commit = DeviceCommit { health: vec![health], ..DeviceCommit::default() };
        self.0.store.commit(commit).await?;
        Ok(())
    }

    async fn look_at_devices_of(&self, name: &str) -> Result<(), EngineError> {
        let all = self.0.store.unseen(name, Timestamp::MAX, u32::MAX).await?;
        for devices in all.chunks(DEVICES_AT_ONCE as usize) {
            self.settle(Change { devices: devices.to_vec(), ..Change::default() }).await?;
            give_way().await;
        }
        Ok(())
    }

    /// What a whole sweep did not see is no longer listed; its last facts stay, with their age.
    async fn retire(&self, name: &str, began_at: Timestamp) -> Result<(), EngineError> {
        let began_at = kept_ms(began_at);
        let mut last: Option<Vec<DeviceId>> = None;
        loop {
            let unseen = self.0.store.unseen(name, began_at, DEVICES_AT_ONCE).await?;
            // What stays unseen however often it is retired would be a loop without end.
            if unseen.is_empty() || last.as_ref() == Some(&unseen) {
                return Ok(());
            }
            let mut change = Change::default();
            for id in &unseen {
                let Some(dossier) = self.0.store.device(*id).await? else { continue };
                for stored in &dossier.records {
                    let is_unseen = stored.key.source == name && stored.fetched_at < began_at;
                    if is_unseen && !stored.is_gone {
                        change.records.push(SourceRecord { is_gone: true, ..record_of(stored)? });
                    }
                }
            }
            self.settle(change).await?;
            last = Some(unseen);
            give_way().await;
        }
    }

    fn random(&self) -> u64 {
        let bits = self.0.entropy.bits();
        u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default()
    }
}
