//! One lane for each destination, so that a slow or stuck one never delays another.
//!
//! A lane has its own limit of calls in flight, its own pace and its own pauses. Work reaches it
//! in two ways: handed over in memory right after the commit that decided it (born leased to us),
//! or claimed from the store.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use model::{Method, Span, Timestamp};
use ports::store::{Claimed, OutboxRow};
use tokio::sync::{Notify, mpsc};

use crate::{ahead::Ahead, engine::Parts, stripes::Stripes};

/// Calls in flight to one destination.
pub const CALLS_IN_FLIGHT: usize = 128;
/// Ceremonies followed at once: each waits for a person, not for a server.
pub const CEREMONIES_IN_FLIGHT: usize = 512;
/// Rows that wait in memory for one lane.
pub const HANDED_OVER_MAX: usize = 256;
/// How long claimed work is ours. Longer than any call, so that nobody repeats one in flight.
pub const LEASE: Span = Span::seconds(60);
/// How long one call may take.
pub const CALL_LIMIT: Span = Span::seconds(20);
/// How long work is held for its turn in a lane's pace; for longer it goes back to the store.
pub const SLOT_WAIT_MAX: Span = Span::seconds(10);

/// Where a lane leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LaneKind {
    /// To people, through a chat.
    Chat(String),
    /// To the security team's channel of a chat.
    Report(String),
    /// To a pager.
    Escalate(String),
    /// To a remote verifier.
    Verify(Method),
    /// To a responder.
    Respond(String),
    /// To whoever knows more.
    Enrich,
    /// To a system that keeps track of outcomes.
    Writeback(String),
    /// From one case to another.
    Cases,
}

impl LaneKind {
    /// The name in the store, in metrics and in logs.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Chat(name) => format!("chat.{name}"),
            Self::Report(name) => format!("report.{name}"),
            Self::Escalate(name) => format!("escalate.{name}"),
            Self::Verify(method) => format!("verify.{}", method.name()),
            Self::Respond(name) => format!("respond.{name}"),
            Self::Writeback(name) => format!("writeback.{name}"),
            Self::Enrich => "enrich".to_owned(),
            Self::Cases => "cases".to_owned(),
        }
    }

    fn in_flight(&self) -> usize {
        match self {
            Self::Verify(_) => CEREMONIES_IN_FLIGHT,
            _ => CALLS_IN_FLIGHT,
        }
    }
}

/// A row that its writer carries out itself.
pub(crate) struct Born {
    pub(crate) claimed: Claimed<OutboxRow>,
    pub(crate) leased_until: Timestamp,
    /// The case as it was then.
    pub(crate) ahead: Option<Arc<Ahead>>,
}

/// A lane.
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) kind: LaneKind,
    pub(crate) in_flight: usize,
    handed: mpsc::Sender<Born>,
    pub(crate) born: tokio::sync::Mutex<mpsc::Receiver<Born>>,
    /// Rows wait in the store.
    pub(crate) waiting: Notify,
    /// Messages of one case go one after another: each shows the case as it is then.
    pub(crate) order: Stripes,
    pace: Mutex<Pace>,
    /// Whether the destination refused us last time: said once, not with every message.
    is_refused: AtomicBool,
}

/// When a lane may send.
#[derive(Debug, Clone, Copy)]
struct Pace {
    paused_from: Timestamp,
    paused_until: Timestamp,
    next_slot: Timestamp,
    /// The least time between two calls.
    gap: Duration,
}

/// All lanes, by name.
pub(crate) struct Lanes {
    by_name: BTreeMap<String, Arc<Lane>>,
    /// Whether somebody takes what is handed over; else all work waits in the store.
    is_served: AtomicBool,
}

impl Lanes {
    pub(crate) fn of(parts: &Parts) -> Self {
        let chats = parts.chats.iter().map(|(name, _)| LaneKind::Chat(name.clone()));
        let reporters = parts.settings.reporters.iter().cloned().map(LaneKind::Report);
        let pagers = parts.pagers.keys().cloned().map(LaneKind::Escalate);
        let remote = parts.verifiers.iter().filter(|(_, verifier)| !verifier.is_local());
        let ceremonies = remote.map(|(method, _)| LaneKind::Verify(*method));
        let responders = parts.responders.keys().cloned().map(LaneKind::Respond);
        let writebacks = parts.writebacks.keys().cloned().map(LaneKind::Writeback);
        let own = [LaneKind::Enrich, LaneKind::Cases];
        let kinds = chats.chain(reporters).chain(pagers).chain(ceremonies);
        let kinds = kinds.chain(responders).chain(writebacks).chain(own);
        let rates = &parts.settings.rates;
        let by_name = kinds
            .map(|kind| {
                let rate = rates.get(&kind.name()).copied();
                (kind.name(), Arc::new(Lane::new(kind, rate)))
            })
            .collect();
        Self { by_name, is_served: AtomicBool::new(false) }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Lane>> {
        self.by_name.get(name)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Lane>> {
        self.by_name.values()
    }

    pub(crate) fn serve(&self, is_served: bool) {
        self.is_served.store(is_served, Ordering::Relaxed);
    }

    /// Room in a lane's hand-over, reserved before the commit.
    pub(crate) fn reserve(&self, name: &str, now: Timestamp) -> Option<mpsc::OwnedPermit<Born>> {
        let lane = self.get(name).filter(|_| self.is_served.load(Ordering::Relaxed))?;
        if lane.pause(now).is_some() {
            return None;
        }
        lane.handed.clone().try_reserve_owned().ok()
    }
}

impl Lane {
    fn new(kind: LaneKind, per_second: Option<u32>) -> Self {
        let (handed, born) = mpsc::channel(HANDED_OVER_MAX);
        let gap = per_second.filter(|rate| *rate > 0);
        let gap = gap.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate);
        let (paused_from, paused_until) = (Timestamp::MIN, Timestamp::MIN);
        let next_slot = Timestamp::MIN;
        Self {
            name: kind.name(),
            in_flight: kind.in_flight(),
            kind,
            handed,
            born: tokio::sync::Mutex::new(born),
            waiting: Notify::new(),
            order: Stripes::new(),
            pace: Mutex::new(Pace { paused_from, paused_until, next_slot, gap }),
            is_refused: AtomicBool::new(false),
        }
    }

    /// Until when nothing may be sent, if that is so. A clock that was set back ends a pause rather
    /// than make it longer.
    pub(crate) fn pause(&self, now: Timestamp) -> Option<Timestamp> {
        let pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        (pace.paused_from..pace.paused_until).contains(&now).then_some(pace.paused_until)
    }

    /// Notes whether the destination refuses us; says whether that is news.
    pub(crate) fn note_refused(&self, is_refused: bool) -> bool {
        self.is_refused.swap(is_refused, Ordering::Relaxed) != is_refused
    }

    /// The destination asked for a pause: all of the lane keeps it.
    pub(crate) fn pause_until(&self, now: Timestamp, until: Timestamp) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let is_paused = (pace.paused_from..pace.paused_until).contains(&now);
        pace.paused_until = if is_paused { pace.paused_until.max(until) } else { until };
        pace.paused_from = now;
    }

    /// How long the next call has to wait for its slot; an error with that wait, and no slot taken,
    /// when it is too long to hold the work meanwhile.
    pub(crate) fn take_slot(&self, now: Timestamp) -> Result<Duration, Duration> {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        if pace.gap.is_zero() {
            return Ok(Duration::ZERO);
        }
        // No slot is given further ahead than this: a clock that was set back begins anew.
        let furthest = SLOT_WAIT_MAX.after(now).checked_add(pace.gap).unwrap_or(Timestamp::MAX);
        let slot = if pace.next_slot > furthest { now } else { pace.next_slot.max(now) };
        let wait = Duration::try_from(slot.duration_since(now)).unwrap_or_default();
        if wait > SLOT_WAIT_MAX.as_duration() {
            return Err(wait);
        }
        pace.next_slot = slot.checked_add(pace.gap).unwrap_or(Timestamp::MAX);
        Ok(wait)
    }
}
