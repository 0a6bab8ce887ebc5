//! Detection at work: audit events in, durable before they are acknowledged; rules over them in
//! the order of the log; what is raised goes the way of every alert.
//!
//! What is accepted is stored, what is stored is evaluated, each once: a record is known again by
//! its name, a batch by its place in the log, an alert by the place of what raised it. Whatever is
//! lost in memory is read again from the log, through the same code.
//!
//! Start with [`Detection::take`] (in), then `pipeline` (through), `raise` (out), and `verdicts`
//! (back: what people have proven or denied becomes an event of the log). Only [`Detection::run`]
//! spawns loops; taking in uses threads for what is heavy.

mod annotate;
mod dead;
mod handover;
mod intake;
mod keeping;
mod pipeline;
mod pulling;
mod raise;
mod reading;
mod seen;
mod threads;
mod verdicts;
mod view;
mod watched;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use detect::{
    engine::{Purpose, Setup, Source, Tally, Thresholds},
    rule::Rules,
};
use model::Span;
use ports::{
    event_log::{EventLog, LogError},
    events::{EventMap, Puller},
    networks::Networks,
    states::States,
};
use tokio::{sync::watch, task::JoinHandle};

use crate::engine::Engine;
use handover::Handover;
use seen::Seen;
use watched::Recorded;

pub use annotate::{locate, person};
pub use dead::{DeadRecord, ReplayError, Replayed};
pub use intake::{RECORDS_MAX, TakeError, Taken};
pub use reading::read_record;
pub use threads::Threads;
pub use verdicts::VerdictMap;
pub use view::{RuleView, Standing};

/// The name under which our own verdicts are among the events.
pub const OWN_SOURCE: &str = "countersign";
/// How many records are remembered, so that none is taken twice. About half as many again at most.
const SEEN_MAX: usize = 1_000_000;
/// How far a log that is fetched may lag behind itself and still count in windows.
const PULLED_LATENESS: Span = Span::hours(1);
/// How long something earlier may still be on its way where a log is fetched.
const PULLED_DELAY: Span = Span::minutes(15);

/// Everything that detection is joined from.
pub struct Parts {
    /// Where alerts go, and where the store, the clock and the directory are.
    pub engine: Engine,
    /// The history of events.
    pub log: Arc<dyn EventLog>,
    /// What was learned.
    pub states: Arc<dyn States>,
    /// What is known of addresses.
    pub networks: Arc<dyn Networks>,
    /// `[sources.NAME]` of events.
    pub sources: Vec<EventSource>,
    /// The rules in force.
    pub rules: RuleSet,
    /// What is set.
    pub settings: Settings,
}

/// A source of events.
#[derive(Clone)]
pub struct EventSource {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// How it is read.
    pub map: Arc<dyn EventMap>,
    /// Who fetches what it keeps.
    pub puller: Option<Arc<dyn Puller>>,
}

/// Rules, and what calibration has chosen for them.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    /// The rules.
    pub rules: Rules,
    /// Thresholds by rule.
    pub thresholds: Thresholds,
}

/// What the configuration sets for detection.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many threads look at events.
    pub threads: usize,
    /// How many entities stay in memory.
    pub residents: usize,
    /// How many records may wait for detection.
    pub backlog_records: u64,
    /// How many alerts of one rule in shadow are recorded in a UTC day.
    pub recorded_per_day: u64,
    /// How long events are kept.
    pub keep_age: Span,
    /// How much room they may take, in bytes.
    pub keep_bytes: u64,
}

/// Detection. Cheap to clone.
#[derive(Clone)]
pub struct Detection(Arc<Inner>);

struct Inner {
    engine: Engine,
    log: Arc<dyn EventLog>,
    states: Arc<dyn States>,
    networks: Arc<dyn Networks>,
    sources: BTreeMap<Arc<str>, EventSource>,
    rules: ArcSwap<RuleSet>,
    /// Whether the rules have changed since the pipeline took them up.
    has_new_rules: AtomicBool,
    /// Whether the last step did not get done.
    is_stuck: AtomicBool,
    settings: Settings,
    seen: Seen,
    handover: Handover,
    /// Records that are stored and not evaluated yet, as far as this process has stored them.
    backlog: AtomicU64,
    /// The first batch that is not evaluated.
    evaluated: AtomicU64,
    /// The first batch that is not in the stored states.
    saved: AtomicU64,
    tallies: Mutex<BTreeMap<String, Tally>>,
    recorded: Mutex<Recorded>,
}

impl Detection {
    /// Detection over these parts. It reads which records are in the log already; it does nothing
    /// by itself until [`Detection::run`].
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn open(parts: Parts) -> Result<Self, LogError> {
        let recent = parts.log.recent(SEEN_MAX).await?;
        let own = EventSource { name: OWN_SOURCE.into(), map: Arc::new(VerdictMap), puller: None };
        let sources = parts.sources.into_iter().chain([own]);
        Ok(Self(Arc::new(Inner {
            engine: parts.engine,
            log: parts.log,
            states: parts.states,
            networks: parts.networks,
            sources: sources.map(|source| (Arc::clone(&source.name), source)).collect(),
            rules: ArcSwap::from_pointee(parts.rules),
            has_new_rules: AtomicBool::new(false),
            is_stuck: AtomicBool::new(false),
            settings: parts.settings,
            seen: Seen::new(SEEN_MAX, recent),
            handover: Handover::default(),
            backlog: AtomicU64::new(0),
            evaluated: AtomicU64::new(0),
            saved: AtomicU64::new(0),
            tallies: Mutex::default(),
            recorded: Mutex::default(),
        })))
    }

    /// Puts other rules in force. What was learned goes on where they mean what they meant.
    pub fn reload(&self, rules: RuleSet) {
        self.0.rules.store(Arc::new(rules));
        self.0.has_new_rules.store(true, Ordering::Release);
        self.0.handover.wake();
    }

    /// Evaluates what is and was stored, fetches what sources keep and keeps house, until
    /// `shutdown` resolves; then saves what was learned.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stopped) = watch::channel(false);
        let mut loops: Vec<JoinHandle<()>> = Vec::new();
        let inner = || Arc::clone(&self.0);
        loops.push(tokio::spawn(pipeline::run(inner(), stopped.clone())));
        loops.push(tokio::spawn(verdicts::run(inner(), stopped.clone())));
        loops.push(tokio::spawn(keeping::run(inner(), stopped.clone())));
        for source in self.0.sources.values().filter(|source| source.puller.is_some()) {
            loops.push(tokio::spawn(pulling::run(inner(), source.clone(), stopped.clone())));
        }
        shutdown.await;
        stop.send_replace(true);
        self.0.handover.wake();
        for each in loops {
            if let Err(error) = each.await {
                tracing::error!(%error, "a loop of detection ended badly");
            }
        }
    }
}

impl Inner {
    /// An engine of the rules in force that knows nothing yet.
    fn fresh(&self) -> detect::engine::Engine {
        let rules = self.rules.load_full();
        let logs = self.logs();
        let mut engine = detect::engine::Engine::new(&Self::setup(&rules, &logs));
        engine.set_zones(self.zones());
        engine
    }

    fn setup<'s>(rules: &'s RuleSet, logs: &'s [Source]) -> Setup<'s> {
        Setup {
            rules: &rules.rules,
            sources: logs,
            thresholds: &rules.thresholds,
            purpose: Purpose::Detect,
        }
    }

    /// The logs that the sources carry. One that is pushed and fetched counts as fetched.
    fn logs(&self) -> Vec<Source> {
        let mut logs: BTreeMap<_, Source> = BTreeMap::new();
        for source in self.sources.values() {
            for log in source.map.logsources() {
                let pushed = Source::pushed(*log, source.map.aliases());
                let carried = match source.puller {
                    None => pushed,
                    Some(_) => Source { lateness: PULLED_LATENESS, delay: PULLED_DELAY, ..pushed },
                };
                let known = logs.entry(*log).or_insert(carried);
                known.lateness = known.lateness.max(carried.lateness);
                known.delay = known.delay.max(carried.delay);
            }
        }
        logs.into_values().collect()
    }

    /// The people's own zones, for baselines that know hours of the day.
    fn zones(&self) -> detect::engine::Zones {
        let people = self.engine.parts.directory.people();
        let own = people.iter().filter_map(|person| {
            let name = person.time_zone.as_deref()?;
            Some((person.id, jiff::tz::TimeZone::get(name).ok()?))
        });
        own.collect()
    }

    fn count(&self, tallies: BTreeMap<String, Tally>) {
        let mut all = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        for (rule, tally) in tallies {
            let known = all.entry(rule).or_default();
            *known = known.and(tally);
        }
    }
}
