//! The state that belongs to no single entity, as it goes with a checkpoint.

use std::collections::BTreeMap;

use model::Span;

use super::{
    clock::Clocks,
    correlations::{CorrelationState, Correlations},
    ready::Ready,
    repeats::Repeats,
    waiting::Waiting,
};
use crate::{
    baseline::Organisation,
    code::{Reader, Writer},
    correlate::windows::Windows,
};

const CLOCKS: &str = "clocks";
const REPEATS: &str = "repeats";
const ORGANISATION: &str = "organisation";
const WINDOWS: &str = "windows/";
const WAITING: &str = "waiting/";
/// The form in which clocks and repeats are written.
const FORM: u64 = 1;

/// What could not be restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// Correlations that begin anew, by the ids of their rules, each with how much of the past it
    /// would need: for a state that was written by another version or for another meaning, and for
    /// rules that are new.
    pub begun: Vec<(String, Span)>,
    /// Other parts that could not be read, by name, and begin anew.
    pub unreadable: Vec<String>,
}

impl Restored {
    /// How much of the past is to be read again for the correlations that begin anew, see
    /// [`super::Engine::rebuild`].
    #[must_use]
    pub fn past(&self) -> Option<Span> {
        self.begun.iter().map(|(_, past)| *past).max()
    }
}

/// All state but that of entities.
pub(super) struct Whole<'w> {
    pub(super) clocks: &'w Clocks,
    pub(super) repeats: &'w Repeats,
    pub(super) organisation: &'w Organisation,
    pub(super) correlations: &'w Correlations,
}

pub(super) fn write(ready: &Ready, of: &Whole<'_>) -> Vec<(String, Vec<u8>)> {
    let mut parts = Vec::new();
    let mut clocks = Writer::default();
    of.clocks.write(clocks.number(FORM));
    parts.push((CLOCKS.to_owned(), clocks.into_bytes()));
    let mut repeats = Writer::default();
    of.repeats.write(repeats.number(FORM));
    parts.push((REPEATS.to_owned(), repeats.into_bytes()));
    let mut organisation = Vec::new();
    of.organisation.encode(&mut organisation);
    parts.push((ORGANISATION.to_owned(), organisation));
    for (correlation, state) in ready.correlations.iter().zip(&of.correlations.states) {
        let rule = &ready.rules[correlation.rule];
        parts.push((format!("{WINDOWS}{}", rule.id()), state.windows.to_bytes(rule.meaning)));
        if !state.waiting.is_empty() {
            parts.push((format!("{WAITING}{}", rule.id()), state.waiting.to_bytes()));
        }
    }
    parts
}

/// What was read.
pub(super) struct Read {
    pub(super) clocks: Clocks,
    pub(super) repeats: Repeats,
    pub(super) organisation: Organisation,
    pub(super) correlations: Correlations,
    pub(super) restored: Restored,
}

pub(super) fn read(ready: &Ready, parts: &[(String, Vec<u8>)]) -> Read {
    let parts: BTreeMap<&str, &[u8]> =
        parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let mut restored = Restored::default();
    let mut unreadable = |name: &str| restored.unreadable.push(name.to_owned());
    let clocks = of_form(parts.get(CLOCKS), Clocks::read);
    let repeats = of_form(parts.get(REPEATS), Repeats::read);
    let organisation = parts.get(ORGANISATION).map(|bytes| Organisation::decode(bytes));
    let is_bad = |it: Option<bool>| it == Some(false);
    for (name, is_read) in [
        (CLOCKS, parts.get(CLOCKS).map(|_| clocks.is_some())),
        (REPEATS, parts.get(REPEATS).map(|_| repeats.is_some())),
        (ORGANISATION, organisation.as_ref().map(Result::is_ok)),
    ] {
        if is_bad(is_read) {
            unreadable(name);
        }
    }
    let correlations = correlations(ready, &parts, &mut restored);
    Read {
        clocks: clocks.unwrap_or_default(),
        repeats: repeats.unwrap_or_default(),
        organisation: organisation.and_then(Result::ok).unwrap_or_default(),
        correlations,
        restored,
    }
}

fn of_form<T>(bytes: Option<&&[u8]>, read: impl Fn(&mut Reader<'_>) -> Option<T>) -> Option<T> {
    let mut from = Reader::of(bytes?);
    let read = (from.number()? == FORM).then(|| read(&mut from)).flatten();
    read.filter(|_| from.is_at_end())
}

fn correlations(
    ready: &Ready,
    parts: &BTreeMap<&str, &[u8]>,
    restored: &mut Restored,
) -> Correlations {
    let mut states = Vec::new();
    for (at, correlation) in ready.correlations.iter().enumerate() {
        let rule = &ready.rules[correlation.rule];
        let part = |kind: &str| parts.get(format!("{kind}{}", rule.id()).as_str()).copied();
        let windows = part(WINDOWS).and_then(|bytes| Windows::from_bytes(bytes, rule.meaning));
        if windows.is_none() {
            restored.begun.push((rule.id().to_owned(), past(ready, at)));
        }
        // Without its windows, what waits belongs to another meaning.
        let stored = part(WAITING).filter(|_| windows.is_some());
        let waiting = stored.and_then(Waiting::from_bytes);
        if stored.is_some() && waiting.is_none() {
            restored.unreadable.push(format!("{WAITING}{}", rule.id()));
        }
        states.push(CorrelationState {
            windows: windows.unwrap_or_default(),
            waiting: waiting.unwrap_or_default(),
        });
    }
    Correlations { states }
}

/// How much of the past a correlation needs to know what it would know: its own window and bound,
/// and those of the correlations below it.
pub(super) fn past(ready: &Ready, at: usize) -> Span {
    let correlation = &ready.correlations[at];
    let own = u64::from(correlation.plan.window_s())
        + u64::from(correlation.lateness_s)
        + u64::from(correlation.delay_s);
    let is_below = |other: &usize| {
        let parts = &ready.roles[ready.correlations[*other].rule].parts;
        parts.iter().any(|part| part.correlation == at)
    };
    let below = (0..ready.correlations.len()).filter(is_below);
    let below = below.map(|below| past(ready, below).as_seconds()).max().unwrap_or(0);
    Span::seconds(own + below)
}
