//! What the engine is told beside rules and events.

use std::collections::BTreeMap;

use event::Logsource;
use jiff::tz::TimeZone;
use model::{PersonId, Span, Timestamp};

use crate::sigma::Aliases;

/// How much later than a newer one an event may come and still count in windows, where the source
/// says nothing else.
pub const LATENESS: Span = Span::minutes(10);
/// How far the clock of a source may be ahead of ours: an event from beyond that is taken to have
/// happened when it arrived.
pub use crate::baseline::SKEW_MAX;

/// A log that some source carries.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// Which.
    pub log: Logsource,
    /// Other names for fields of its records.
    pub aliases: Aliases,
    /// How far it may lag behind itself: later events are still asked about by every rule, but
    /// count in no window.
    pub lateness: Span,
    /// How long after an event one from before it may still be on its way: rules that want events
    /// in order wait for so long. None for what is pushed, the overlap for what is pulled.
    pub delay: Span,
}

impl Source {
    /// A log that is pushed, with the usual bound.
    #[must_use]
    pub fn pushed(log: Logsource, aliases: Aliases) -> Self {
        Self { log, aliases, lateness: LATENESS, delay: Span::ZERO }
    }
}

/// Where and when a batch arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Its place in the log. Later batches have higher ones.
    pub position: u64,
    /// When it was received, as the log has it.
    pub received_at: Timestamp,
}

/// Thresholds that calibration has chosen, by the ids of baselines' rules.
pub type Thresholds = BTreeMap<String, f64>;

/// The time zones of people, for baselines that know hours of the day.
pub type Zones = BTreeMap<PersonId, TimeZone>;

/// What the engine is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// To find things.
    #[default]
    Detect,
    /// To find out what would have been found: every rule counts as live, and baselines tell
    /// everything above their hard floors.
    Measure,
    /// To test: every rule counts as live, and what is found waits for verdicts.
    Test,
    /// To find out what would be asked: every rule counts as live, and everybody is taken to answer
    /// that it was them, as baselines are calibrated.
    Backtest,
}
