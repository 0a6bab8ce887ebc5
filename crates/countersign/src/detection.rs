//! Detection over what the configuration names: the event log and what was learned, in their
//! places on the disk.

use std::{path::PathBuf, sync::Arc, thread};

use anyhow::Context as _;
use config::Config;
use event_log::DiskLog;
use ports::{
    Entropy,
    event_log::Position,
    networks::Networks,
    source::{Reads, Source},
    states::States as _,
};
use runtime::{
    Engine,
    detection::{Detection, EventSource, Parts, RuleSet, Settings},
};
use store_sqlite::SqliteStates;

use crate::wire::{Wired, content};

/// The folder of the event log in `server.data_dir`, unless another is named.
const LOG_FOLDER: &str = "events";
/// The file of what was learned.
const STATES_FILE: &str = "detection.db";
/// Alerts of one rule in shadow that are recorded in a UTC day: enough to see what it does, and no
/// more than a rule that matches half of a log may put into the store.
const RECORDED_PER_DAY: u64 = 1_000;

/// What detection is made of, before there is an engine to hand its alerts to.
pub(crate) struct Ingredients {
    rules: RuleSet,
    networks: Arc<dyn Networks>,
    entropy: Arc<dyn Entropy>,
    log: PathBuf,
    states: PathBuf,
    settings: Settings,
}

impl Ingredients {
    /// Takes what detection needs of what is wired.
    pub(crate) fn of(wired: &mut Wired) -> Self {
        let config = &wired.config;
        let data = &config.server.data_dir;
        Self {
            rules: rules(std::mem::take(&mut wired.content.rules)),
            networks: Arc::clone(&wired.networks),
            entropy: Arc::clone(&wired.entropy),
            log: log_folder(config),
            states: data.join(STATES_FILE),
            settings: settings(config),
        }
    }

    /// Detection of these sources, where there is anything to detect in.
    pub(crate) async fn open<'s>(
        self,
        engine: &Engine,
        sources: impl Iterator<Item = &'s Source>,
    ) -> anyhow::Result<Option<Detection>> {
        let sources: Vec<EventSource> = sources.filter_map(event_source).collect();
        if sources.is_empty() {
            return Ok(None);
        }
        let states = SqliteStates::open(&self.states, store_sqlite::Options::default());
        let states = states.with_context(|| format!("the states {}", self.states.display()))?;
        let checkpoint = states.checkpoint().await.context("what detection has learned")?;
        // What the log held before this is known there: no position is given twice.
        let not_before = checkpoint.map_or(Position(0), |checkpoint| checkpoint.position);
        let options = event_log::Options { not_before, ..event_log::Options::default() };
        let log = DiskLog::open(&self.log, options, self.entropy);
        let log = log.with_context(|| format!("the event log {}", self.log.display()))?;
        let detection = Detection::open(Parts {
            engine: engine.clone(),
            log: Arc::new(log),
            states: Arc::new(states),
            networks: self.networks,
            sources,
            rules: self.rules,
            settings: self.settings,
        });
        Ok(Some(detection.await.context("the event log")?))
    }
}

/// Rules as detection takes them.
pub(crate) fn rules(set: content::RuleSet) -> RuleSet {
    RuleSet { rules: set.rules, thresholds: set.thresholds }
}

/// Where the event log of a configuration is.
pub(crate) fn log_folder(config: &Config) -> PathBuf {
    let named = config.event_log.dir.clone();
    named.unwrap_or_else(|| config.server.data_dir.join(LOG_FOLDER))
}

fn event_source(source: &Source) -> Option<EventSource> {
    match &source.reads {
        Reads::Alerts(_) | Reads::Devices(_) => None,
        Reads::Events(map) => Some(EventSource {
            name: source.name.as_str().into(),
            map: Arc::clone(map),
            puller: source.puller.clone(),
        }),
    }
}

fn settings(config: &Config) -> Settings {
    let detection = &config.detection;
    let threads = match usize::try_from(detection.threads).unwrap_or(0) {
        0 => thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    Settings {
        threads,
        residents: usize::try_from(detection.residents).unwrap_or(usize::MAX),
        backlog_records: u64::from(detection.backlog),
        recorded_per_day: RECORDED_PER_DAY,
        keep_age: config.event_log.age,
        keep_bytes: config.event_log.size.as_bytes(),
    }
}
