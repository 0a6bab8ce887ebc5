//! Everything that a change can matter to.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    DeviceId,
    device::{RecordKey, SourceRecord},
};
use ports::devices::store::{Dossier, FindKey, Inventory, StoredRecord};
use posture::{
    Closure, Decision,
    merge::{Cluster, HOLDERS_MAX, Want},
};

use super::{
    super::{
        Fleet,
        rows::{find_key, record_of},
    },
    Change, Stopped,
};

/// How often records are found to belong to devices of which more is needed.
const ROUNDS_MAX: usize = 16;

/// What was gathered.
pub(super) struct Gathered {
    /// All records, with the software of those that matter.
    pub(super) records: Vec<SourceRecord>,
    /// The devices that they make.
    pub(super) clusters: Vec<Cluster>,
    /// The records that are not as they were kept.
    pub(super) changed: BTreeSet<RecordKey>,
    /// The records that were kept before.
    pub(super) known: BTreeSet<RecordKey>,
    /// The devices that these records made until now.
    pub(super) before: BTreeMap<DeviceId, Dossier>,
}

/// Devices as they are kept, each read once.
#[derive(Default)]
struct Kept {
    dossiers: BTreeMap<DeviceId, Dossier>,
    records: BTreeMap<RecordKey, (DeviceId, SourceRecord)>,
}

impl Kept {
    fn add(&mut self, dossier: Dossier) -> Result<(), Stopped> {
        if self.dossiers.contains_key(&dossier.id) {
            return Ok(());
        }
        for stored in &dossier.records {
            let record = record_of(stored)?;
            self.records.insert(stored.key.clone(), (dossier.id, record));
        }
        self.dossiers.insert(dossier.id, dossier);
        Ok(())
    }

    fn record(&self, key: &RecordKey) -> Option<&SourceRecord> {
        self.records.get(key).map(|(_, record)| record)
    }

    /// The devices of these records.
    fn touched(&self, members: &BTreeSet<&RecordKey>) -> BTreeSet<DeviceId> {
        members.iter().filter_map(|key| self.records.get(*key)).map(|(id, _)| *id).collect()
    }
}

impl Fleet {
    /// Finds what a change can matter to, and merges it.
    pub(super) async fn gather(
        &self,
        change: &Change,
        decisions: &[Decision],
    ) -> Result<Gathered, Stopped> {
        let mut kept = Kept::default();
        for id in &change.devices {
            let found = self.0.store.device(*id).await?;
            found.map(|dossier| kept.add(dossier)).transpose()?;
        }
        let own = kept.records.values().map(|(_, record)| (record.key.clone(), record.clone()));
        let mut start: BTreeMap<RecordKey, SourceRecord> = own.collect();
        let keys = change.records.iter().map(|record| &record.key).chain(&change.about);
        self.fetch_records(&mut kept, keys).await?;
        let about = change.about.iter().filter_map(|key| kept.record(key).cloned());
        start.extend(about.map(|record| (record.key.clone(), record)));
        let mut changed = BTreeSet::new();
        for record in &change.records {
            let mut record = record.clone();
            if let Some(before) = kept.record(&record.key) {
                record.origin = before.origin;
            }
            changed.insert(record.key.clone());
            start.insert(record.key.clone(), record);
        }
        for _ in 0..ROUNDS_MAX {
            let (records, clusters) = self.close(&mut kept, &start, decisions).await?;
            let missing = missing(&kept, &records, &clusters);
            if missing.is_empty() {
                return self.whole(kept, records, clusters, changed).await;
            }
            start.extend(missing.into_iter().map(|record| (record.key.clone(), record)));
        }
        Err(Stopped::Overgrown)
    }

    async fn fetch_records<'k>(
        &self,
        kept: &mut Kept,
        keys: impl Iterator<Item = &'k RecordKey>,
    ) -> Result<(), Stopped> {
        let keys: Vec<FindKey> = keys.map(FindKey::record).collect();
        for dossier in self.0.store.having(&keys, u32::MAX).await? {
            kept.add(dossier)?;
        }
        Ok(())
    }

    /// Follows what hangs together with these records to its end. Where devices claim so much of
    /// each other that there is none, what they claim is left.
    async fn close(
        &self,
        kept: &mut Kept,
        start: &BTreeMap<RecordKey, SourceRecord>,
        decisions: &[Decision],
    ) -> Result<(Vec<SourceRecord>, Vec<Cluster>), Stopped> {
        let now: Vec<SourceRecord> = start.values().cloned().collect();
        let before: Vec<SourceRecord> =
            start.keys().filter_map(|key| kept.record(key).cloned()).collect();
        let rules = &self.0.settings.rules;
        let closure = Closure::start(now.clone(), &before, decisions, rules);
        match self.follow(kept, closure).await {
            Err(Stopped::Overgrown) => {
                let closure = Closure::start(now, &before, decisions, rules).of_managed();
                self.follow(kept, closure).await
            }
            done => done,
        }
    }

    async fn follow(
        &self,
        kept: &mut Kept,
        mut closure: Closure<'_>,
    ) -> Result<(Vec<SourceRecord>, Vec<Cluster>), Stopped> {
        loop {
            let wanted = closure.wanted().map_err(|_| Stopped::Overgrown)?;
            if wanted.is_empty() {
                return Ok(closure.merge());
            }
            let fetched = self.fetch(kept, &wanted).await?;
            closure.add(fetched);
        }
    }

    async fn fetch(&self, kept: &mut Kept, wanted: &[Want]) -> Result<Vec<SourceRecord>, Stopped> {
        let key = |want: &Want| match want {
            Want::Key(key) => find_key(key),
            Want::Record(key) => FindKey::record(key),
        };
        let keys: Vec<FindKey> = wanted.iter().map(key).collect();
        let limit = u32::try_from(HOLDERS_MAX).unwrap_or(u32::MAX);
        let mut fetched = Vec::new();
        for dossier in self.0.store.having(&keys, limit).await? {
            let own: Vec<RecordKey> = dossier.records.iter().map(|it| it.key.clone()).collect();
            kept.add(dossier)?;
            fetched.extend(own.iter().filter_map(|key| kept.record(key).cloned()));
        }
        Ok(fetched)
    }

    /// Reads the software of what stays as it is: checks may judge by it.
    async fn whole(
        &self,
        kept: Kept,
        records: Vec<SourceRecord>,
        clusters: Vec<Cluster>,
        changed: BTreeSet<RecordKey>,
    ) -> Result<Gathered, Stopped> {
        let members = members(&records, &clusters);
        let touched = kept.touched(&members);
        let known = members.into_iter().filter(|key| kept.records.contains_key(*key));
        let known: BTreeSet<RecordKey> = known.cloned().collect();
        let before = kept.dossiers.into_iter().filter(|(id, _)| touched.contains(id));
        let before: BTreeMap<DeviceId, Dossier> = before.collect();
        let mut software = BTreeMap::new();
        for dossier in before.values() {
            let lacks =
                |it: &StoredRecord| it.software == Inventory::Kept && !changed.contains(&it.key);
            if !dossier.records.iter().any(lacks) {
                continue;
            }
            let Some(full) = self.0.store.device(dossier.id).await? else {
                return Err(Stopped::Taken);
            };
            for stored in &full.records {
                software.insert(stored.key.clone(), record_of(stored)?.software);
            }
        }
        let records = records.into_iter().map(|mut record| {
            if !changed.contains(&record.key) && record.software.is_none() {
                record.software = software.remove(&record.key).flatten();
            }
            record
        });
        let records = records.collect();
        Ok(Gathered { records, clusters, changed, known, before })
    }
}

/// The records of touched devices that were not followed: a device is only ever written whole.
fn missing(kept: &Kept, records: &[SourceRecord], clusters: &[Cluster]) -> Vec<SourceRecord> {
    let members = members(records, clusters);
    let touched = kept.touched(&members);
    let of_touched = kept.records.values().filter(|(id, _)| touched.contains(id));
    let left_out = of_touched.filter(|(_, record)| !members.contains(&record.key));
    left_out.map(|(_, record)| record.clone()).collect()
}

fn members<'r>(records: &'r [SourceRecord], clusters: &[Cluster]) -> BTreeSet<&'r RecordKey> {
    clusters.iter().flat_map(|it| &it.members).map(|at| &records[*at].key).collect()
}
