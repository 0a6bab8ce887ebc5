//! When a step begins: windows that have passed go into the history.

use smallvec::SmallVec;

use super::{
    Place,
    drift::Drift,
    hold, score,
    season::Seasons,
    sketch,
    state::{Ring, State},
};
use crate::baseline::{
    Finding, Lessons, Season, Step, Token,
    history::Bin,
    moment::Local,
    slot::{Slot, Visit},
};

/// What a day adds to the usual is bounded: a quarter more than it was when the day began.
const DAY_GROWTH: f64 = 1.25;
/// Who was seen on fewer days is not yet watched for a rise: most never are.
const DRIFT_DAYS_MIN: u8 = 5;
const DAY_S: u32 = 86_400;
const HOUR_S: u32 = 3_600;

/// What an event turns.
struct Turn<'t> {
    place: &'t Place<'t>,
    step: &'t Step<'t>,
    /// Whether something is under investigation, so that nothing is learned.
    is_frozen: bool,
    is_armed: bool,
    /// Days on which the entity was seen before.
    days: u8,
}

/// A window that has passed.
struct Passed {
    turn: u32,
    /// The most in any window's length that ended in it.
    peak: u32,
    /// Its own events.
    total: u32,
}

/// Moves a state on to the step of an event; what has passed is learned. What comes back is a rise
/// from day to day.
pub(super) fn turn(
    state: &mut State,
    slot: &mut Slot<'_>,
    place: &Place<'_>,
    bucket: u32,
    step: &Step<'_>,
    visit: Visit,
    lessons: &mut Lessons,
) -> Option<Finding> {
    if bucket < state.newest {
        return None;
    }
    let is_frozen = slot.is_frozen(step.moment.seconds);
    let turn = Turn { place, step, is_frozen, is_armed: visit.is_armed, days: visit.days };
    if visit.is_new_day {
        turn.fade(state, visit.last);
    }
    let mut rise = None;
    for passed in turn.passed(state, bucket) {
        turn.learn(state, &passed, lessons);
        rise = rise.or_else(|| turn.watch(state, &passed));
        state.next = passed.turn.saturating_add(1);
    }
    // Yesterday's windows are bounded by what was usual when yesterday began.
    if visit.is_new_day {
        state.reference = state.history.quantile(place.of.quantile);
    }
    if bucket > state.newest {
        let is_same = place.turn_of(bucket) == place.turn_of(state.newest);
        let most = state.most.max(state.in_window(state.newest, place));
        state.most = if is_same { most } else { 0 };
        state.newest = bucket;
        turn.drop_outdated(state, bucket);
    }
    state.hours[0] |= 1 << step.moment.local.hour();
    let (finding, value) = rise?;
    hold(slot, step, value);
    Some(finding)
}

impl Turn<'_> {
    /// Lets what is old weigh less.
    fn fade(&self, state: &mut State, last: u16) {
        let quarter = |day: u16| day / self.place.baseline.memory.quarter_days();
        let passed = quarter(self.step.moment.local.day).saturating_sub(quarter(last));
        if passed > 0 {
            state.history.fade(passed.into());
            state.hours = [0, if passed == 1 { state.hours[0] } else { 0 }];
        }
    }

    /// The windows before a step with something in them, that no event may still come late for.
    fn passed(&self, state: &State, bucket: u32) -> SmallVec<[Passed; 4]> {
        let grains = self.place.window.grains();
        let lag = self.place.window.lag(self.step.moment.lateness_s());
        let due = bucket.saturating_sub(lag) / grains;
        let mut passed: SmallVec<[Passed; 4]> = SmallVec::new();
        match &state.ring {
            Ring::Events(steps) => {
                for (at, count) in steps {
                    note(&mut passed, self.place.turn_of(*at), *count);
                }
            }
            // Of values only the newest step is known, so that a window must be told when it is over.
            Ring::Values(_) => {
                let turn = self.place.turn_of(state.newest);
                if self.place.turn_of(bucket) > turn && turn >= state.next {
                    let most = state.most.max(state.in_window(state.newest, self.place));
                    passed.push(Passed { turn, peak: most, total: most });
                }
                return passed;
            }
            // A sketch is of one window, which is over when the next has begun.
            Ring::Sketch { turn, registers } => {
                if self.place.turn_of(bucket) > *turn && *turn >= state.next {
                    let total = sketch::estimate(&registers[..]) as u32;
                    passed.push(Passed { turn: *turn, peak: total, total });
                }
                return passed;
            }
        }
        passed.retain(|window| window.turn >= state.next && window.turn < due);
        for window in &mut passed {
            let first = window.turn * grains;
            let ends = first..first.saturating_add(grains);
            window.peak = ends.map(|end| state.in_window(end, self.place)).max().unwrap_or(0);
        }
        passed
    }

    fn learn(&self, state: &mut State, passed: &Passed, lessons: &mut Lessons) {
        let alarm = state.alarm.filter(|alarm| alarm.turn == passed.turn);
        if self.is_frozen || (alarm.is_some() && self.step.tuning.is_asked()) {
            return;
        }
        let (place, memory) = (self.place, self.place.baseline.memory);
        let empty = self.empty_windows(state, passed.turn);
        state.history.add(Bin(0), empty);
        let passed_now = u16::try_from(empty).unwrap_or(u16::MAX).saturating_add(1);
        state.windows = state.windows.saturating_add(passed_now);
        let bin = Bin::of(self.bounded(state, passed.peak));
        // Nobody is asked: learned as if it had been confirmed.
        if alarm.is_some() {
            state.history.teach(Bin::of(passed.peak), place.of.quantile);
        } else {
            state.history.add(bin, 1);
        }
        lessons.window(place.baseline, place.window.slot, self.step, bin);
        if place.of.season != Season::None {
            let season = state.season.get_or_insert_with(Seasons::default);
            season.add(self.local(passed.turn), bin, memory.forget_days);
        }
    }

    /// Watches for a rise from day to day; what was found, and what a verdict would be about.
    fn watch(&self, state: &mut State, passed: &Passed) -> Option<(Finding, Token)> {
        if !self.place.is_first || !self.place.of.has_drift || self.days < DRIFT_DAYS_MIN {
            return None;
        }
        let day = self.local(passed.turn).day;
        let drift = state.drift.get_or_insert_with(Drift::default);
        let ended = drift.add(day, passed.total)?;
        if !self.is_armed || self.is_frozen {
            return None;
        }
        let found = score::rise(self.place, self.step, ended)?;
        drift.reset();
        Some(found)
    }

    /// A day teaches so much and no more, once something is usual.
    fn bounded(&self, state: &State, peak: u32) -> u32 {
        let usual = state.reference.filter(|_| self.is_armed);
        let Some(usual) = usual else { return peak };
        let most = (f64::from(usual.highest()) * DAY_GROWTH).ceil() as u32;
        peak.min(most.max(self.place.of.floor))
    }

    /// How many windows without anything lie between the last that was learned and this one, in
    /// hours that are usually active, on the days of the two.
    fn empty_windows(&self, state: &State, turn: u32) -> u32 {
        if self.place.window.days() > 0 || turn <= state.next {
            return 0;
        }
        let window_s = u32::try_from(self.place.window.span.as_seconds()).unwrap_or(DAY_S);
        let (before, now) = (self.local(state.next.saturating_sub(1)), self.local(turn));
        let from = before.second_of_day.saturating_add(window_s);
        let hours = state.hours[0] | state.hours[1];
        let active_s = if before.day == now.day {
            active_s(hours, from, now.second_of_day)
        } else {
            active_s(hours, from, DAY_S) + active_s(hours, 0, now.second_of_day)
        };
        active_s / window_s
    }

    /// When a window began on the wall clock.
    fn local(&self, turn: u32) -> Local {
        let window = self.place.window;
        let step = turn.saturating_mul(window.grains());
        if window.days() > 0 {
            return Local { day: u16::try_from(step).unwrap_or(u16::MAX), second_of_day: 0 };
        }
        self.step.moment.local_at(step.saturating_mul(window.grain_s()))
    }

    fn drop_outdated(&self, state: &mut State, bucket: u32) {
        let place = self.place;
        let lag = place.window.lag(self.step.moment.lateness_s());
        let grains = place.window.grains();
        // Windows without anything are passed over.
        let due = bucket.saturating_sub(lag) / grains;
        let from = due.max(state.next).saturating_mul(grains).saturating_sub(grains - 1);
        let is_over = match &mut state.ring {
            Ring::Events(steps) => {
                steps.retain(|(step, _)| *step >= from);
                false
            }
            Ring::Values(values) => {
                values.retain(|(_, step)| *step >= from);
                false
            }
            Ring::Sketch { turn, .. } => *turn != place.turn_of(bucket),
        };
        if is_over {
            state.ring = Ring::of(place.of.counted);
        }
    }
}

/// Counts what a window has; windows come in order.
fn note(passed: &mut SmallVec<[Passed; 4]>, turn: u32, count: u32) {
    match passed.last_mut() {
        Some(last) if last.turn == turn => last.total = last.total.saturating_add(count),
        _ => passed.push(Passed { turn, peak: 0, total: count }),
    }
}

/// The seconds of active hours between two seconds of a day.
fn active_s(hours: u32, from: u32, to: u32) -> u32 {
    let in_hour = |hour: u32| {
        let (start, end) = (hour * HOUR_S, (hour + 1) * HOUR_S);
        end.min(to).saturating_sub(start.max(from))
    };
    (0..24).filter(|hour| hours & (1 << hour) != 0).map(in_hour).sum()
}
