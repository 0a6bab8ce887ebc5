//! The fake: a store of devices in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use model::{DeviceId, Timestamp, device::RecordKey};

use super::{
    Census, DEVICES_OF_ONE_MAX, DayRow, DecisionRow, DeviceCommit, DeviceQuery, DeviceStore,
    DeviceWrite, Dossier, ExemptionRow, FindKey, HistoryRow, Inventory, Owned, Owner,
    PersonDevices, SignalOp, SignalRow, kept_ms,
};
use crate::{
    devices::SourceHealth,
    store::{Day, StoreError},
};

/// Devices in memory. Clones are the same store.
#[derive(Debug, Clone, Default)]
pub struct MemoryDeviceStore(Arc<Mutex<State>>);

#[derive(Debug, Clone, Default)]
struct State {
    revision: u64,
    devices: BTreeMap<DeviceId, (Dossier, BTreeSet<FindKey>)>,
    history: BTreeMap<u64, HistoryRow>,
    days: BTreeMap<Day, DayRow>,
    decisions: BTreeMap<String, DecisionRow>,
    exemptions: BTreeMap<String, ExemptionRow>,
    sources: BTreeMap<String, SourceHealth>,
    signals: BTreeMap<(String, u64), SignalRow>,
    last_seq: u64,
}

impl MemoryDeviceStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn carry_out(&mut self, commit: DeviceCommit) -> Result<(), StoreError> {
        let is_current = match commit.based_on {
            Some(revision) => revision == self.revision,
            None => !commit.is_of_revision(),
        };
        if !is_current {
            return Err(StoreError::Conflict);
        }
        self.revision += u64::from(commit.is_of_revision());
        self.write_devices(commit.devices, &commit.ended)?;
        for row in commit.history {
            self.last_seq += 1;
            let row = HistoryRow { seq: self.last_seq, at: kept_ms(row.at), ..row };
            self.history.insert(row.seq, row);
        }
        self.history.retain(|_, row| !commit.forgotten.contains(&row.device));
        self.decisions.retain(|key, _| !commit.withdrawn.contains(key));
        self.decisions.extend(commit.decisions.into_iter().map(|row| (row.key.clone(), row)));
        self.exemptions.retain(|key, _| !commit.erased_exemptions.contains(key));
        self.exemptions.extend(commit.exemptions.into_iter().map(|row| (row.key.clone(), row)));
        self.sources.retain(|name, _| !commit.dropped_sources.contains(name));
        self.sources.extend(commit.health.into_iter().map(|row| (row.source.clone(), row)));
        self.days.extend(commit.days.into_iter().map(|row| (row.day, row)));
        self.days.retain(|day, _| commit.first_day.is_none_or(|first| *day >= first));
        commit.signals.into_iter().try_for_each(|op| self.signal(op))
    }

    fn write_devices(
        &mut self,
        devices: Vec<DeviceWrite>,
        ended: &[DeviceId],
    ) -> Result<(), StoreError> {
        let written = devices.iter().map(|write| write.dossier.id);
        let mut software: BTreeMap<RecordKey, Inventory> = BTreeMap::new();
        for id in written.chain(ended.iter().copied()) {
            let Some((before, _)) = self.devices.remove(&id) else { continue };
            software.extend(before.records.into_iter().map(|it| (it.key, it.software)));
        }
        for DeviceWrite { mut dossier, keys } in devices {
            dossier.last_seen = dossier.last_seen.map(kept_ms);
            dossier.next_at = dossier.next_at.map(kept_ms);
            for record in &mut dossier.records {
                record.fetched_at = kept_ms(record.fetched_at);
                if record.software == Inventory::Kept {
                    let before = software.get(&record.key).cloned();
                    record.software = before.unwrap_or(Inventory::Absent);
                }
                let has = |(it, _): &(Dossier, _)| it.records.iter().any(|r| r.key == record.key);
                if self.devices.values().any(has) {
                    return Err(StoreError::Conflict);
                }
            }
            let own = dossier.records.iter().map(|record| FindKey::record(&record.key));
            let keys = keys.into_iter().chain(own).collect();
            self.devices.insert(dossier.id, (dossier, keys));
        }
        Ok(())
    }

    fn signal(&mut self, op: SignalOp) -> Result<(), StoreError> {
        match op {
            SignalOp::Add(row) => {
                let is_known = |it: &SignalRow| it.receiver == row.receiver && it.id == row.id;
                if self.signals.values().any(is_known) {
                    return Err(StoreError::Conflict);
                }
                self.last_seq += 1;
                let row = SignalRow { seq: self.last_seq, due: kept_ms(row.due), ..row };
                self.signals.insert((row.receiver.clone(), row.seq), row);
            }
            SignalOp::Done { receiver, id } => {
                self.signals.retain(|_, row| row.receiver != receiver || row.id != id);
            }
            SignalOp::PutBack { receiver, id, due, attempts } => {
                let mut rows = self.signals.values_mut();
                let row = rows.find(|row| row.receiver == receiver && row.id == id);
                let row = row.ok_or(StoreError::Gone)?;
                (row.due, row.attempts) = (kept_ms(due), attempts);
            }
        }
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &Dossier> {
        self.devices.values().map(|(dossier, _)| dossier)
    }

    fn exemptions(&self, devices: Option<&[DeviceId]>, only_open: bool) -> Vec<ExemptionRow> {
        let is_meant = |row: &&ExemptionRow| {
            devices.is_none_or(|ids| ids.contains(&row.device)) && (row.is_open || !only_open)
        };
        self.exemptions.values().filter(is_meant).cloned().collect()
    }
}

fn bare(dossier: &Dossier) -> Dossier {
    let mut bare = dossier.clone();
    for record in &mut bare.records {
        if matches!(record.software, Inventory::Is(_)) {
            record.software = Inventory::Kept;
        }
    }
    bare
}

fn is_of(dossier: &Dossier, owner: &Owner) -> bool {
    let is_person = dossier.owner.is_some() && dossier.owner == owner.person;
    is_person || dossier.email.as_ref().is_some_and(|email| owner.emails.contains(email))
}

fn is_wanted(dossier: &Dossier, query: &DeviceQuery) -> bool {
    let DeviceQuery { grades, check, owned, only_flagged, .. } = query;
    let is_owned = match owned {
        None => true,
        Some(Owned::ByNobody) => dossier.owner.is_none(),
        Some(Owned::By(owner)) => is_of(dossier, owner),
    };
    let stands = |(practice, state): &(String, String)| dossier.checks.get(practice) == Some(state);
    is_owned
        && (grades.is_empty() || grades.contains(&dossier.grade))
        && check.as_ref().is_none_or(stands)
        && (dossier.is_flagged || !only_flagged)
        && query.seen_since.is_none_or(|since| dossier.last_seen.is_some_and(|at| at >= since))
        && query.seen_before.is_none_or(|before| dossier.last_seen.is_none_or(|at| at < before))
        && query.after.is_none_or(|after| dossier.id > after)
}

fn few(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[async_trait]
impl DeviceStore for MemoryDeviceStore {
    async fn commit(&self, commit: DeviceCommit) -> Result<u64, StoreError> {
        let mut state = self.state();
        let mut next = state.clone();
        next.carry_out(commit)?;
        *state = next;
        Ok(state.revision)
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        Ok(self.state().revision)
    }

    async fn having(&self, keys: &[FindKey], per_key: u32) -> Result<Vec<Dossier>, StoreError> {
        let state = self.state();
        let mut found: BTreeMap<DeviceId, Dossier> = BTreeMap::new();
        for key in keys {
            let having = state.devices.values().filter(|(_, keys)| keys.contains(key));
            found.extend(having.take(few(per_key)).map(|(it, _)| (it.id, bare(it))));
        }
        Ok(found.into_values().collect())
    }

    async fn device(&self, id: DeviceId) -> Result<Option<Dossier>, StoreError> {
        let state = self.state();
        let by_id = state.devices.get(&id).map(|(dossier, _)| dossier);
        let by_alias = || state.all().find(|dossier| dossier.aliases.contains(&id));
        Ok(by_id.or_else(by_alias).cloned())
    }

    async fn list(&self, query: &DeviceQuery) -> Result<Vec<Dossier>, StoreError> {
        let state = self.state();
        let wanted = state.all().filter(|dossier| is_wanted(dossier, query));
        Ok(wanted.take(few(query.limit)).map(bare).collect())
    }

    async fn person(&self, owner: &Owner) -> Result<PersonDevices, StoreError> {
        let state = self.state();
        let theirs = state.all().filter(|dossier| is_of(dossier, owner));
        let mut devices: Vec<Dossier> = theirs.take(DEVICES_OF_ONE_MAX + 1).cloned().collect();
        let has_more = devices.len() > DEVICES_OF_ONE_MAX;
        devices.truncate(DEVICES_OF_ONE_MAX);
        let own = devices.iter().flat_map(|it| it.aliases.iter().copied().chain([it.id]));
        let ids: Vec<DeviceId> = own.collect();
        let exemptions = state.exemptions(Some(&ids), false);
        let sources = state.sources.values().cloned().collect();
        Ok(PersonDevices { devices, has_more, exemptions, sources })
    }

    async fn census(&self) -> Result<Census, StoreError> {
        let mut census = Census::default();
        for dossier in self.state().all() {
            census.devices += 1;
            *census.grades.entry(dossier.grade.clone()).or_default() += 1;
            for (practice, state) in &dossier.checks {
                *census.checks.entry((practice.clone(), state.clone())).or_default() += 1;
            }
            census.unowned += u64::from(dossier.owner.is_none());
            census.flagged += u64::from(dossier.is_flagged);
            for record in &dossier.records {
                let (all, gone) = census.records.entry(record.key.source.clone()).or_default();
                *all += 1;
                *gone += u64::from(record.is_gone);
            }
        }
        Ok(census)
    }

    async fn unseen(
        &self,
        source: &str,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeviceId>, StoreError> {
        let before = kept_ms(before);
        let is_unseen = |it: &&Dossier| {
            it.records.iter().any(|record| {
                record.key.source == source && !record.is_gone && record.fetched_at < before
            })
        };
        let state = self.state();
        let unseen = state.all().filter(is_unseen).map(|it| it.id);
        Ok(unseen.take(few(limit)).collect())
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<DeviceId>, StoreError> {
        let state = self.state();
        let timed = state.all().filter_map(|it| Some((it.next_at?, it.id)));
        let mut due: Vec<_> = timed.filter(|(at, _)| *at <= now).collect();
        due.sort_unstable();
        Ok(due.into_iter().take(few(limit)).map(|(_, id)| id).collect())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.state().all().filter_map(|it| it.next_at).min())
    }

    async fn history(
        &self,
        ids: &[DeviceId],
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, StoreError> {
        let state = self.state();
        let below = state.history.range(..before.unwrap_or(u64::MAX)).rev();
        let theirs = below.filter(|(_, row)| ids.contains(&row.device));
        Ok(theirs.take(few(limit)).map(|(_, row)| row.clone()).collect())
    }

    async fn histories(
        &self,
        since: Timestamp,
        after: u64,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, StoreError> {
        let state = self.state();
        let later = state.history.range(after.saturating_add(1)..);
        let recent = later.filter(|(_, row)| row.at >= since);
        Ok(recent.take(few(limit)).map(|(_, row)| row.clone()).collect())
    }

    async fn days(&self, from: Day) -> Result<Vec<DayRow>, StoreError> {
        Ok(self.state().days.range(from..).map(|(_, row)| row.clone()).collect())
    }

    async fn decisions(&self) -> Result<Vec<DecisionRow>, StoreError> {
        Ok(self.state().decisions.values().cloned().collect())
    }

    async fn exemptions(
        &self,
        devices: Option<&[DeviceId]>,
        only_open: bool,
    ) -> Result<Vec<ExemptionRow>, StoreError> {
        Ok(self.state().exemptions(devices, only_open))
    }

    async fn sources(&self) -> Result<Vec<SourceHealth>, StoreError> {
        Ok(self.state().sources.values().cloned().collect())
    }

    async fn signals(
        &self,
        receiver: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SignalRow>, StoreError> {
        let state = self.state();
        let rows = state.signals.values().filter(|row| row.receiver == receiver);
        Ok(rows.take_while(|row| row.due <= now).take(few(limit)).cloned().collect())
    }

    async fn waiting(&self, after: u64, limit: u32) -> Result<Vec<SignalRow>, StoreError> {
        let state = self.state();
        let mut rows: Vec<SignalRow> = state.signals.values().cloned().collect();
        rows.retain(|row| row.seq > after);
        rows.sort_by_key(|row| row.seq);
        rows.truncate(few(limit));
        Ok(rows)
    }

    async fn next_signal_at(&self, receiver: &str) -> Result<Option<Timestamp>, StoreError> {
        let state = self.state();
        let mut rows = state.signals.values().filter(|row| row.receiver == receiver);
        Ok(rows.next().map(|row| row.due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_store_of_devices_keeps_every_promise_of_the_port() {
        futures::executor::block_on(crate::conformance::devices(async || {
            let store: Arc<dyn DeviceStore> = Arc::new(MemoryDeviceStore::new());
            store
        }));
    }
}
