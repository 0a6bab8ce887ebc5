//! What a slot of counts holds.
//!
//! ```text
//! flags 1 · newest step 4 · next window 4 · windows 2 · active hours 3
//! · [yesterday's usual 1 · calm 4 · current 4] · [active hours before 3] · [most 1, of values]
//! · [alarm 12] · history · [season] · [drift] · ring
//! ```
//!
//! The ring, what is counted in the newest steps, is last, so that the newest step's count lies at
//! the very end. Its entries are a step's age and its events, or a value and its step's age.

use smallvec::SmallVec;

use super::{
    Place,
    drift::{DRIFT_BYTES, Drift},
    season::Seasons,
    sketch,
};
use crate::baseline::{
    Counted, Step,
    bytes::{Reader, u8_at, u32_at},
    history::{Bin, History},
    slot::{Slot, Visit},
};

pub(super) const NEWEST: usize = 1;
pub(super) const CALM: usize = 15;
pub(super) const CURRENT: usize = 19;
/// How many different values are kept before they are sketched.
pub(super) const VALUES_MAX: usize = 64;
/// The bytes of an entry of the ring.
pub(super) const ENTRY_BYTES: usize = 5;
pub(super) const HAS_SKETCH: u8 = 1;
pub(super) const HAS_LIMITS: u8 = 32;

const HAS_ALARM: u8 = 2;
const HAS_SEASON: u8 = 4;
const HAS_DRIFT: u8 = 8;
const HAS_VALUES: u8 = 16;
const HAS_BEFORE: u8 = 64;
const HEAD_BYTES: usize = 14;
const LIMITS_BYTES: usize = 9;
const HOURS_BYTES: usize = 3;
/// An event is counted at most so many steps behind the newest.
const AGE_MAX: u32 = 63;
const ALARM_BYTES: usize = 12;
const NO_BIN: u8 = u8::MAX;

/// A count that cannot be reached.
pub(super) const NEVER: u32 = u32::MAX;

/// What a slot of counts holds, as numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    /// The usual when the day began: what is learned of one day is bounded by it.
    pub(super) reference: Option<Bin>,
    /// The step of the newest event.
    pub(super) newest: u32,
    /// Fewer than this cannot be too many, whatever the threshold.
    pub(super) calm: u32,
    /// What is in the window beside the newest step: events; or, of values, all that are in it.
    pub(super) current: u32,
    /// The window after the newest that went into the history.
    pub(super) next: u32,
    /// Hours of the day with events: lately, and in the quarter before.
    pub(super) hours: [u32; 2],
    /// The most different values in any window's length that ended in the window under way, before
    /// the newest step: a value that is seen again leaves no trace of when it was seen before.
    pub(super) most: u32,
    /// How many windows have passed since the first.
    pub(super) windows: u16,
    pub(super) alarm: Option<Alarm>,
    pub(super) history: History,
    pub(super) season: Option<Seasons>,
    pub(super) drift: Option<Drift>,
    pub(super) ring: Ring,
}

/// What was raised last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alarm {
    /// Until then more of the same is the same.
    pub(super) quiet_until: u32,
    /// How many it was.
    pub(super) raised: u32,
    /// In which window.
    pub(super) turn: u32,
}

/// What the newest steps hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ring {
    /// Steps with their events, in order.
    Events(SmallVec<[(u32, u32); 32]>),
    /// Values, with the newest step in which each was seen.
    Values(SmallVec<[(u32, u32); 32]>),
    /// The sketch of a window.
    Sketch { turn: u32, registers: Box<[u8; sketch::REGISTERS]> },
}

impl State {
    /// Reads a slot's own bytes; where there are none yet, a slot that begins with this step.
    pub(super) fn read_or_new(body: &[u8], bucket: u32, place: &Place<'_>) -> Self {
        if body.is_empty() { Self::new(bucket, place) } else { Self::read(body) }
    }

    /// Reads a slot's own bytes.
    pub(super) fn read(body: &[u8]) -> Self {
        let mut reader = Reader::of(body);
        let flags = reader.u8();
        let has = |flag: u8| flags & flag != 0;
        let (newest, next, windows) = (reader.u32(), reader.u32(), reader.u16());
        let hours = read_hours(&mut reader);
        let (reference, calm, current) = if has(HAS_LIMITS) {
            (reader.u8(), reader.u32(), reader.u32())
        } else {
            (NO_BIN, NEVER, 0)
        };
        let before = if has(HAS_BEFORE) { read_hours(&mut reader) } else { 0 };
        let most = if has(HAS_VALUES) { u32::from(reader.u8()) } else { 0 };
        Self {
            reference: Some(Bin(reference)).filter(|bin| bin.0 != NO_BIN),
            newest,
            calm,
            current,
            next,
            hours: [hours, before],
            most,
            windows,
            alarm: has(HAS_ALARM).then(|| Alarm {
                quiet_until: reader.u32(),
                raised: reader.u32(),
                turn: reader.u32(),
            }),
            history: History::read(&mut reader),
            season: has(HAS_SEASON).then(|| Seasons::read(&mut reader)),
            drift: has(HAS_DRIFT).then(|| Drift::read(&mut reader)),
            ring: Ring::read(reader.rest(), flags, newest),
        }
    }

    fn new(bucket: u32, place: &Place<'_>) -> Self {
        Self {
            reference: None,
            newest: bucket,
            calm: NEVER,
            current: 0,
            next: place.turn_of(bucket),
            hours: [0, 0],
            most: 0,
            windows: 0,
            alarm: None,
            history: History::default(),
            season: None,
            drift: None,
            ring: Ring::of(place.of.counted),
        }
    }

    pub(super) fn write(&self, slot: &mut Slot<'_>) {
        let mut bytes: SmallVec<[u8; 512]> = SmallVec::new();
        let flag = |is_there: bool, flag: u8| if is_there { flag } else { 0 };
        bytes.push(
            self.ring.flags()
                | flag(self.alarm.is_some(), HAS_ALARM)
                | flag(self.season.is_some(), HAS_SEASON)
                | flag(self.drift.is_some(), HAS_DRIFT)
                | flag(self.has_limits(), HAS_LIMITS)
                | flag(self.hours[1] != 0, HAS_BEFORE),
        );
        bytes.extend_from_slice(&self.newest.to_le_bytes());
        bytes.extend_from_slice(&self.next.to_le_bytes());
        bytes.extend_from_slice(&self.windows.to_le_bytes());
        bytes.extend_from_slice(&self.hours[0].to_le_bytes()[..HOURS_BYTES]);
        if self.has_limits() {
            bytes.push(self.reference.map_or(NO_BIN, |bin| bin.0));
            bytes.extend_from_slice(&self.calm.to_le_bytes());
            bytes.extend_from_slice(&self.current.to_le_bytes());
        }
        if self.hours[1] != 0 {
            bytes.extend_from_slice(&self.hours[1].to_le_bytes()[..HOURS_BYTES]);
        }
        if self.ring.flags() & HAS_VALUES != 0 {
            bytes.push(u8::try_from(self.most).unwrap_or(u8::MAX));
        }
        if let Some(alarm) = self.alarm {
            for number in [alarm.quiet_until, alarm.raised, alarm.turn] {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
        }
        self.history.write(&mut bytes);
        if let Some(season) = &self.season {
            season.write(&mut bytes);
        }
        if let Some(drift) = &self.drift {
            drift.write(&mut bytes);
        }
        self.ring.write(self.newest, &mut bytes);
        slot.replace(&bytes);
    }

    /// Whether there is anything to compare with.
    fn has_limits(&self) -> bool {
        self.calm != NEVER || self.reference.is_some()
    }

    /// Counts an event, or a value, in its step; one that comes too late for that is lost.
    pub(super) fn add(&mut self, bucket: u32, mark: u32, place: &Place<'_>) {
        let oldest = self.newest.saturating_sub(AGE_MAX).max(self.kept_from(place));
        match &mut self.ring {
            _ if bucket < oldest => {}
            Ring::Events(steps) => match steps.binary_search_by_key(&bucket, |(step, _)| *step) {
                Ok(at) => steps[at].1 = steps[at].1.saturating_add(1),
                Err(at) => steps.insert(at, (bucket, 1)),
            },
            Ring::Values(values) => {
                if let Some(value) = values.iter_mut().find(|(value, _)| *value == mark) {
                    value.1 = value.1.max(bucket);
                } else if values.len() < VALUES_MAX {
                    values.push((mark, bucket));
                } else {
                    self.begin_sketch(place);
                    self.add(bucket, mark, place);
                }
            }
            Ring::Sketch { turn, registers } => {
                if *turn == place.turn_of(bucket) {
                    sketch::add(&mut registers[..], mark);
                }
            }
        }
    }

    /// The step before which nothing is needed any more: neither for a window that is not yet in
    /// the history nor for one that overlaps with it.
    fn kept_from(&self, place: &Place<'_>) -> u32 {
        let grains = place.window.grains();
        (self.next.saturating_mul(grains)).saturating_sub(grains - 1)
    }

    /// Sketches the values of the window that is under way. What is left of the one before is
    /// dropped.
    fn begin_sketch(&mut self, place: &Place<'_>) {
        let Ring::Values(values) = &self.ring else { return };
        let turn = place.turn_of(self.newest);
        let mut registers = Box::new([0; sketch::REGISTERS]);
        for (mark, _) in values.iter().filter(|(_, bucket)| place.turn_of(*bucket) == turn) {
            sketch::add(&mut registers[..], *mark);
        }
        self.ring = Ring::Sketch { turn, registers };
    }

    /// Works out what the next events in this step are compared with in place: the floor, until it
    /// has been reached. Whether it has been already.
    pub(super) fn settle(&mut self, place: &Place<'_>, step: &Step<'_>, visit: Visit) -> bool {
        self.calm = if visit.is_armed { 0 } else { NEVER };
        let all = self.in_window(self.newest, place);
        self.current = match &self.ring {
            Ring::Events(steps) => {
                let newest = steps.last().filter(|(step, _)| *step == self.newest);
                all - newest.map_or(0, |(_, count)| (*count).min(all))
            }
            Ring::Values(_) | Ring::Sketch { .. } => all,
        };
        // An event that came late may have filled an earlier window.
        let earlier = place.bucket(step.moment);
        visit.is_armed && self.highest_around(earlier, place) >= place.of.floor
    }

    /// What is in the window that ends with a step.
    pub(super) fn in_window(&self, end: u32, place: &Place<'_>) -> u32 {
        let grains = place.window.grains();
        let is_in = |step: u32| step <= end && end - step < grains;
        match &self.ring {
            Ring::Events(steps) => {
                let counts = steps.iter().filter(|(step, _)| is_in(*step)).map(|(_, count)| *count);
                counts.fold(0, u32::saturating_add)
            }
            Ring::Values(values) => {
                let count = values.iter().filter(|(_, step)| is_in(*step)).count();
                u32::try_from(count).unwrap_or(u32::MAX)
            }
            Ring::Sketch { turn, registers } if *turn == place.turn_of(end) => {
                sketch::at_least(&registers[..])
            }
            Ring::Sketch { .. } => 0,
        }
    }

    /// The most in any window that holds a step.
    pub(super) fn highest_around(&self, step: u32, place: &Place<'_>) -> u32 {
        let last = step.saturating_add(place.window.grains() - 1).min(self.newest);
        (step..=last).map(|end| self.in_window(end, place)).max().unwrap_or(0)
    }

    /// Forgets what takes most room and matters least.
    pub(super) fn shed(slot: &mut Slot<'_>) {
        let mut state = Self::read(slot.body());
        if state.season.as_ref().is_some_and(|season| !season.is_empty()) {
            state.season = Some(Seasons::default());
        } else {
            state.history.shed();
        }
        state.write(slot);
    }
}

impl Ring {
    pub(super) fn of(counted: Counted) -> Self {
        match counted {
            Counted::Events => Self::Events(SmallVec::new()),
            Counted::Values => Self::Values(SmallVec::new()),
        }
    }

    fn read(bytes: &[u8], flags: u8, newest: u32) -> Self {
        let step = |age: u8| newest.saturating_sub(u32::from(age));
        let entries = bytes.chunks_exact(ENTRY_BYTES);
        if flags & HAS_SKETCH != 0 {
            let mut registers = Box::new([0; sketch::REGISTERS]);
            let stored = bytes.get(4..).unwrap_or_default();
            registers.iter_mut().zip(stored).for_each(|(register, stored)| *register = *stored);
            Self::Sketch { turn: u32_at(bytes, 0), registers }
        } else if flags & HAS_VALUES != 0 {
            let values = entries.map(|entry| (u32_at(entry, 0), step(u8_at(entry, 4))));
            Self::Values(values.take(VALUES_MAX).collect())
        } else {
            let steps = entries.map(|entry| (step(u8_at(entry, 0)), u32_at(entry, 1)));
            let mut steps: SmallVec<[(u32, u32); 32]> = steps.collect();
            if !steps.is_sorted_by(|one, next| one.0 < next.0) {
                steps.clear();
            }
            Self::Events(steps)
        }
    }

    fn flags(&self) -> u8 {
        match self {
            Self::Events(_) => 0,
            Self::Values(_) => HAS_VALUES,
            Self::Sketch { .. } => HAS_VALUES | HAS_SKETCH,
        }
    }

    fn write(&self, newest: u32, into: &mut SmallVec<[u8; 512]>) {
        let age = |step: u32| u8::try_from(newest.saturating_sub(step)).unwrap_or(u8::MAX);
        match self {
            Self::Events(steps) => {
                for (step, count) in steps {
                    into.push(age(*step));
                    into.extend_from_slice(&count.to_le_bytes());
                }
            }
            Self::Values(values) => {
                for (mark, step) in values {
                    into.extend_from_slice(&mark.to_le_bytes());
                    into.push(age(*step));
                }
            }
            Self::Sketch { turn, registers } => {
                into.extend_from_slice(&turn.to_le_bytes());
                into.extend_from_slice(&registers[..]);
            }
        }
    }
}

fn read_hours(reader: &mut Reader<'_>) -> u32 {
    u32::from(reader.u16()) | u32::from(reader.u8()) << 16
}

/// Where the ring begins among a slot's own bytes.
pub(super) fn ring_start(body: &[u8]) -> usize {
    let flags = u8_at(body, 0);
    let mut at = HEAD_BYTES;
    if flags & HAS_LIMITS != 0 {
        at += LIMITS_BYTES;
    }
    if flags & HAS_BEFORE != 0 {
        at += HOURS_BYTES;
    }
    at += usize::from(flags & HAS_VALUES != 0);
    if flags & HAS_ALARM != 0 {
        at += ALARM_BYTES;
    }
    at += History::length(body.get(at..).unwrap_or_default());
    if flags & HAS_SEASON != 0 {
        at += Seasons::length(body.get(at..).unwrap_or_default());
    }
    if flags & HAS_DRIFT != 0 {
        at += DRIFT_BYTES;
    }
    at
}
