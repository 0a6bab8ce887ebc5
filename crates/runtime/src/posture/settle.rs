//! The only way in which devices change: everything that a change can matter to is found, merged
//! anew, judged, and written in one transaction with what follows from it.
//!
//! What follows waits in the same store (`raise.rs`), so that a stop between two steps loses
//! nothing and repeats nothing.

mod gather;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    DeviceId, Span, Timestamp,
    device::{Field, Practice, RecordKey, SourceRecord},
};
use ports::{
    devices::{
        SourceHealth,
        store::{DecisionRow, DeviceCommit, DeviceWrite, Dossier, ExemptionRow},
    },
    store::StoreError,
};
use posture::{
    Device, Track, identity::handles, merge::Cluster, stored::encode_track, track::Step,
};

use super::{
    Fleet,
    context::{Context, Judged},
    raise::{self, Sight},
    rows::{KeptExemption, find_key, history_row, stored, track_of},
};
use crate::engine::EngineError;
use gather::Gathered;

/// How often a change is made again because another writer was first.
const ATTEMPTS: usize = 8;
/// A device is judged again at least this often: what is known of systems changes too.
const LOOK_AGAIN: Span = Span::days(1);
/// Not sooner than this, so that a time that has just passed does not make a loop.
const LOOK_AGAIN_MIN: Span = Span::minutes(1);

/// What is to change.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    /// Records as they are now.
    pub(super) records: Vec<SourceRecord>,
    /// Records as they are kept, to be looked at again.
    pub(super) about: Vec<RecordKey>,
    /// Devices to be looked at again.
    pub(super) devices: Vec<DeviceId>,
    /// What people decided.
    pub(super) decisions: Vec<DecisionRow>,
    /// What they took back.
    pub(super) withdrawn: Vec<String>,
    /// Exemptions as they are now.
    pub(super) exemptions: Vec<ExemptionRow>,
    /// How sources stand now.
    pub(super) health: Vec<SourceHealth>,
    /// What becomes of what is remembered of a device.
    pub(super) edit: Option<(DeviceId, Edit)>,
    /// Whether its source is read for the first time: its devices are new to us only.
    pub(super) is_first_import: bool,
}

/// A change of what is remembered of a device.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    /// A reminder rests.
    Snooze(Practice, Timestamp),
    /// The person was told.
    Told(Vec<Practice>),
}

/// What came of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Devices that were judged.
    pub devices: usize,
    /// Alerts that wait for the intake now.
    pub alerts: usize,
    /// Relying parties that are to be told of something.
    pub signals: usize,
    /// Records that hang together with too many others to be taken: what is known of them stays.
    pub overgrown: Vec<RecordKey>,
    /// Records that are no devices of people, and were left out.
    pub filtered: Vec<RecordKey>,
}

impl Fleet {
    /// Carries out a change.
    pub(super) async fn settle(&self, change: Change) -> Result<Settled, EngineError> {
        let _turn = self.0.turn.lock().await;
        let mut change = change;
        let mut settled = Settled::default();
        let filtered = self.0.settings.filters.apply(std::mem::take(&mut change.records));
        settled.filtered = filtered.removed.into_iter().map(|record| record.key).collect();
        change.records = filtered.kept;
        for _ in 0..ATTEMPTS {
            match self.attempt(&change, &mut settled).await {
                Ok(()) => return Ok(settled),
                Err(Stopped::Taken) => {}
                Err(Stopped::Overgrown) => self.part(&mut change, &mut settled),
                Err(Stopped::Engine(error)) => return Err(error),
            }
        }
        Err(EngineError::crowded())
    }

    /// Of records that hang together with too many nobody knows which one does so: all of them are
    /// left out. Whoever wants the others takes them one by one.
    fn part(&self, change: &mut Change, settled: &mut Settled) {
        let left_out = std::mem::take(&mut change.records);
        tracing::warn!(records = left_out.len(), "records hang together with too many others");
        settled.overgrown.extend(left_out.into_iter().map(|record| record.key));
    }

    async fn attempt(&self, change: &Change, settled: &mut Settled) -> Result<(), Stopped> {
        let based_on = self.0.store.revision().await?;
        let mut context = self.context().await?;
        context.lay_over(&change.decisions, &change.withdrawn)?;
        context.failing.extend(failing(&change.health));
        let decisions = context.decisions();
        let Gathered { records, clusters, changed, known, before } =
            self.gather(change, &decisions).await?;
        let ids: Vec<DeviceId> = clusters.iter().flat_map(ids_of).collect();
        let mut exemptions = self.exemptions_of(&ids).await?;
        lay_over(&mut exemptions, &change.exemptions)?;
        let mut commit = DeviceCommit {
            based_on: Some(based_on),
            decisions: change.decisions.clone(),
            withdrawn: change.withdrawn.clone(),
            exemptions: change.exemptions.clone(),
            health: change.health.clone(),
            ..DeviceCommit::default()
        };
        let stays: BTreeSet<DeviceId> = clusters.iter().map(|cluster| cluster.id).collect();
        commit.ended = before.keys().copied().filter(|id| !stays.contains(id)).collect();
        settled.devices = clusters.len();
        (settled.alerts, settled.signals) = (0, 0);
        for cluster in clusters {
            let members = cluster.members.clone();
            let (track, is_known) = track_for(&cluster, &records, &before, &known)?;
            let device = Device::derive(cluster, &records, &self.0.settings.rules);
            let own = exemptions.iter().filter(|it| device.is_known_as(it.exemption.device));
            let own = own.cloned().collect();
            let track = edited(track, change, &device, context.now);
            let judged = self.judged(device, track, own, &context);
            let step = self.step(&judged, &context);
            let sight = Sight { is_known, is_first_import: change.is_first_import };
            let alerts = raise::alerts(self, &judged, &step, sight, &context);
            settled.alerts += alerts.len();
            let signals = raise::signals(self, &judged, &step);
            settled.signals += signals.len();
            commit.signals.extend(alerts.into_iter().chain(signals));
            if !step.entries.is_empty() {
                commit.history.push(history_row(judged.device.id, context.now, &step.entries));
            }
            let kept = members.iter().map(|at| {
                let record = &records[*at];
                stored(record, changed.contains(&record.key))
            });
            let keys = members.iter().flat_map(|at| {
                let own = handles(&records[*at], &self.0.settings.rules);
                own.iter().map(find_key).collect::<Vec<_>>()
            });
            let dossier = dossier(&judged, &step, kept.collect(), &context);
            commit.devices.push(DeviceWrite { dossier, keys: keys.collect() });
        }
        if !commit.is_of_revision() {
            commit.based_on = None;
        }
        self.0.store.commit(commit).await?;
        Ok(())
    }

    /// What hangs together with something, as it is now. Changes nothing.
    pub(super) async fn look_around(&self, change: &Change) -> Result<Around, EngineError> {
        let context = self.context().await?;
        match self.gather(change, &context.decisions()).await {
            Ok(Gathered { records, clusters, .. }) => Ok(Around { records, clusters }),
            Err(Stopped::Engine(error)) => Err(error),
            Err(Stopped::Taken | Stopped::Overgrown) => {
                Ok(Around { records: Vec::new(), clusters: Vec::new() })
            }
        }
    }

    fn step(&self, judged: &Judged, context: &Context) -> Step {
        let checks = &context.content.checks;
        judged.track.clone().advance(&judged.evaluation, checks, judged.groups())
    }
}

/// Records that hang together, and the devices that they make.
pub(super) struct Around {
    records: Vec<SourceRecord>,
    pub(super) clusters: Vec<Cluster>,
}

impl Around {
    /// The device of a record.
    pub(super) fn device_of(&self, key: &RecordKey) -> Option<DeviceId> {
        let has = |it: &&Cluster| it.members.iter().any(|at| self.records[*at].key == *key);
        self.clusters.iter().find(has).map(|cluster| cluster.id)
    }

    /// What a device is called by one of its records.
    pub(super) fn name(&self, id: DeviceId) -> Option<String> {
        let members = self.clusters.iter().filter(|it| it.id == id).flat_map(|it| &it.members);
        let named = members.filter_map(|at| self.records[*at].fact(Field::Name));
        named.map(str::to_owned).next()
    }
}

/// Why a change was not made at once.
enum Stopped {
    /// Another was first.
    Taken,
    /// Too many records hang together.
    Overgrown,
    Engine(EngineError),
}

impl From<EngineError> for Stopped {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Taken,
            other => Self::Engine(other.into()),
        }
    }
}

fn failing(health: &[SourceHealth]) -> impl Iterator<Item = String> {
    health.iter().filter(|it| it.is_failing()).map(|it| it.source.clone())
}

fn ids_of(cluster: &Cluster) -> Vec<DeviceId> {
    [cluster.id].into_iter().chain(cluster.aliases.iter().copied()).collect()
}

fn lay_over(kept: &mut Vec<KeptExemption>, rows: &[ExemptionRow]) -> Result<(), EngineError> {
    for row in rows {
        kept.retain(|it| it.key != row.key);
        kept.push(KeptExemption::of(row)?);
    }
    Ok(())
}

/// What is remembered of a device, and whether it was known at all: under its id, under one that
/// it had, or because it was part of another until now.
fn track_for(
    cluster: &Cluster,
    records: &[SourceRecord],
    before: &BTreeMap<DeviceId, Dossier>,
    known: &BTreeSet<RecordKey>,
) -> Result<(Track, bool), EngineError> {
    let is_known = cluster.members.iter().any(|at| known.contains(&records[*at].key));
    let dossier = ids_of(cluster).into_iter().find_map(|id| before.get(&id));
    let track = dossier.map(track_of).transpose()?.unwrap_or_default();
    Ok((track, is_known))
}

/// What is remembered, with what is to become of it. Whether that may be was looked at before.
fn edited(track: Track, change: &Change, device: &Device, now: Timestamp) -> Track {
    let mut track = track;
    match &change.edit {
        Some((id, Edit::Snooze(practice, until))) if device.is_known_as(*id) => {
            if let Err(error) = track.snooze(practice, *until, now) {
                tracing::debug!(%error, "a reminder does not rest");
            }
        }
        Some((id, Edit::Told(practices))) if device.is_known_as(*id) => {
            practices.iter().for_each(|practice| track.told(practice, now));
        }
        Some(_) | None => {}
    }
    track
}

fn dossier(
    judged: &Judged,
    step: &Step,
    records: Vec<ports::devices::store::StoredRecord>,
    context: &Context,
) -> Dossier {
    let Judged { device, evaluation, owner, .. } = judged;
    let checks = evaluation.results.iter();
    Dossier {
        id: device.id,
        aliases: device.aliases.clone(),
        // Of somebody who has left it is nobody's, until somebody says whose.
        owner: owner.as_ref().filter(|owner| owner.active).map(|owner| owner.id),
        email: device.owner.as_ref().and_then(|owner| owner.email.clone()),
        grade: evaluation.grade().name().to_owned(),
        checks: checks.map(|it| (it.practice.to_string(), it.state.name().to_owned())).collect(),
        is_flagged: !device.flags.is_empty(),
        last_seen: device.last_seen,
        next_at: Some(next_at(judged, step, context)),
        track: encode_track(&step.track),
        records,
    }
}

/// When a device is to be judged again by itself: when something passes, and once a day.
fn next_at(judged: &Judged, step: &Step, context: &Context) -> Timestamp {
    let now = context.now;
    let ends = judged.exemptions.iter().filter_map(|it| it.exemption.until(now));
    let results = judged.evaluation.results.iter();
    let own = results.filter_map(|result| {
        let check = context.content.checks.check(&result.practice, judged.groups())?;
        let stale = result.observed_at.zip(check.max_age).map(|(at, age)| age.after(at));
        let told = step.track.first_seen(&result.practice).map(|at| check.delay.after(at));
        [stale, told].into_iter().flatten().filter(|at| *at > now).min()
    });
    let all = ends.chain(own).chain(step.track.next_deadline(now));
    let first = all.chain([LOOK_AGAIN.after(now)]).min();
    first.unwrap_or(now).max(LOOK_AGAIN_MIN.after(now))
}
