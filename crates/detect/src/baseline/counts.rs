//! `volume` and `distinct`: more events, or more different values, in a window than usual.
//!
//! What is compared is the most in any window's length: a window shorter than a day is counted in
//! four steps, so that a burst is not cut in two. Of each window that has passed, the most is kept in a
//! histogram; windows without an event count where the entity is usually active, on days on which
//! it was seen at all. The score is how many times the usual quantile is exceeded, or, with a
//! season, by how many robust deviations the median of that hour.
//!
//! An event in the step that is under way changes a number in place; everything else happens when a
//! step begins or a count could be too high.

mod drift;
mod score;
mod season;
mod sketch;
mod state;
mod turn;

use super::{
    Baseline, Counted, Counts, Finding, Lessons, Moment, Observation, Step, Token, Verdict, Window,
    bytes::{put, u8_at, u32_at},
    history::Bin,
    mark::Standing,
    slot::{Slot, Visit},
    token::hash_64,
};
use state::{CALM, CURRENT, ENTRY_BYTES, HAS_LIMITS, HAS_SKETCH, NEWEST, State, VALUES_MAX};

/// Which window of which baseline.
#[derive(Clone, Copy)]
pub(super) struct Place<'b> {
    pub(super) baseline: &'b Baseline,
    pub(super) of: &'b Counts,
    pub(super) window: Window,
    /// Whether it is the shortest, which looks for a slow rise too.
    pub(super) is_first: bool,
}

/// What an event did to the step that is under way.
enum Quick {
    /// It is counted, and nothing can come of it.
    Counted,
    /// It is counted, and that may be too many.
    High,
    /// It belongs elsewhere.
    Elsewhere,
}

pub(super) fn apply(
    slot: &mut Slot<'_>,
    place: &Place<'_>,
    observation: &Observation,
    step: &Step<'_>,
    visit: Visit,
    lessons: &mut Lessons,
) -> Option<Finding> {
    let bucket = place.bucket(step.moment);
    let values: &[Token] = match place.of.counted {
        Counted::Events => &[Token(0)],
        Counted::Values => &observation.values,
    };
    let mut is_high = false;
    let mut finding = None;
    for value in values {
        let mark = place.mark(*value);
        let quick =
            if visit.is_new_day { Quick::Elsewhere } else { quick(slot, place, bucket, mark) };
        match quick {
            Quick::Counted => {}
            Quick::High => is_high = true,
            Quick::Elsewhere => {
                let mut state = State::read_or_new(slot.body(), bucket, place);
                let drift = turn::turn(&mut state, slot, place, bucket, step, visit, lessons);
                state.add(bucket, mark, place);
                is_high |= state.settle(place, step, visit);
                state.write(slot);
                finding = finding.or(drift);
            }
        }
    }
    if !is_high || visit.is_late {
        return finding;
    }
    score::judge(slot, place, bucket, step, visit).or(finding)
}

/// Counts in the step that is under way, in place.
fn quick(slot: &mut Slot<'_>, place: &Place<'_>, bucket: u32, mark: u32) -> Quick {
    let body = slot.body_mut();
    if body.is_empty() || u32_at(body, NEWEST) != bucket {
        return Quick::Elsewhere;
    }
    let flags = u8_at(body, 0);
    let now = if flags & HAS_SKETCH != 0 {
        sketch::count(body, place.turn_of(bucket), mark)
    } else {
        match place.of.counted {
            Counted::Events => one_more(body),
            Counted::Values => one_value(slot, place, mark),
        }
    };
    let is_compared = flags & HAS_LIMITS != 0;
    match now {
        None => Quick::Elsewhere,
        Some(now) if is_compared && now >= u32_at(slot.body(), CALM).max(place.of.floor) => {
            Quick::High
        }
        Some(_) => Quick::Counted,
    }
}

/// One event more; how many there are in the window now.
fn one_more(body: &mut [u8]) -> Option<u32> {
    let at = body.len().checked_sub(ENTRY_BYTES)?;
    if u8_at(body, at) != 0 {
        return None;
    }
    let count = u32_at(body, at + 1).saturating_add(1);
    put(body, at + 1, count.to_le_bytes());
    Some(u32_at(body, CURRENT).saturating_add(count))
}

/// One value, which may be new to the window; how many there are in it now, where that changed.
fn one_value(slot: &mut Slot<'_>, place: &Place<'_>, mark: u32) -> Option<u32> {
    let body = slot.body_mut();
    let start = state::ring_start(body);
    let ring = body.get_mut(start..)?;
    let found = ring.chunks_exact_mut(ENTRY_BYTES).find(|entry| u32_at(entry, 0) == mark);
    if let Some(entry) = found {
        let age = u8_at(entry, 4);
        put(entry, 4, [0]);
        if u32::from(age) < place.window.grains() {
            return Some(0);
        }
    } else {
        if ring.len() / ENTRY_BYTES >= VALUES_MAX {
            return None;
        }
        let mut entry = [0; ENTRY_BYTES];
        put(&mut entry, 0, mark.to_le_bytes());
        let end = slot.body().len();
        slot.splice(end, 0, &entry);
    }
    let body = slot.body_mut();
    if u8_at(body, 0) & HAS_LIMITS == 0 {
        return Some(0);
    }
    let now = u32_at(body, CURRENT).saturating_add(1);
    put(body, CURRENT, now.to_le_bytes());
    Some(now)
}

/// A confirmed count is usual from now on. A denied one stays unlearned, and is no longer waited
/// for.
pub(super) fn learn(
    slot: &mut Slot<'_>,
    baseline: &Baseline,
    verdict: &Verdict,
    moment: &Moment<'_>,
) {
    let super::Kind::Counts(of) = &baseline.kind else { return };
    let window = of.windows.iter().find(|window| window.slot == verdict.subject.slot);
    let Some(window) = window else { return };
    let place = Place { baseline, of, window: *window, is_first: false };
    for value in &verdict.subject.values {
        slot.unmark(*value);
        let count = value.as_number().and_then(|count| u32::try_from(count).ok());
        // Who confirms so many confirms what it had grown from.
        for open in slot.open_values(moment.seconds) {
            if open.as_number().is_some_and(|open| count.is_some_and(|count| open <= count.into()))
            {
                slot.unmark(open);
            }
        }
        let (true, Some(count)) = (verdict.is_confirmed, count) else { continue };
        let bucket = place.bucket(moment);
        let mut state = State::read_or_new(slot.body(), bucket, &place);
        state.history.teach(Bin::of(count), of.quantile);
        state.write(slot);
    }
}

/// Forgets what takes most room and matters least.
pub(super) fn shed(slot: &mut Slot<'_>) {
    State::shed(slot);
}

/// Marks what was raised, where somebody is asked about it.
fn hold(slot: &mut Slot<'_>, step: &Step<'_>, value: Token) {
    if step.tuning.is_asked() {
        slot.mark(value, Standing::Open, step.moment.seconds);
    }
}

impl Place<'_> {
    /// The step of a time.
    fn bucket(&self, moment: &Moment<'_>) -> u32 {
        if self.window.days() > 0 {
            return u32::from(moment.local.day);
        }
        moment.seconds / self.window.grain_s().max(1)
    }

    /// The window that a step belongs to, where windows do not overlap.
    fn turn_of(&self, bucket: u32) -> u32 {
        bucket / self.window.grains()
    }

    /// The 32 bits by which a value is known within a window.
    fn mark(&self, value: Token) -> u32 {
        match self.of.counted {
            Counted::Events => 0,
            Counted::Values => {
                u32::try_from(hash_64(&value.0.to_le_bytes()) >> 32).unwrap_or_default()
            }
        }
    }

    /// How many past windows must be known.
    pub(super) fn windows_min(&self) -> u32 {
        let learned = u64::from(self.baseline.memory.learn_days) * 86_400;
        let half = learned / self.window.span.as_seconds().max(1) / 2;
        u32::try_from(half.clamp(5, 50)).unwrap_or(50)
    }
}

/// How many windows a slot's own bytes know of.
pub(super) fn windows_known(body: &[u8]) -> u32 {
    if body.is_empty() { 0 } else { State::read(body).windows.into() }
}

#[cfg(test)]
mod tests;
