//! How unusual a count is.

use model::Span;

use super::{
    Place,
    drift::{Day, LIMIT},
    hold,
    state::{Alarm, NEVER, Ring, State},
};
use crate::baseline::{
    Counted, Explanation, Finding, OutOfSeason, Peers, Season, Step, Token, TooMany,
    explain::{Text, Whose, fill},
    slot::{Slot, Visit},
};

/// While something is raised, more of the same is raised again only when it is so many times more.
const AGAIN: f64 = 2.0;
/// The same while measuring, where the highest score is looked for.
const AGAIN_MEASURED: f64 = 1.05;

/// What a count is compared with.
enum Usual {
    /// A quantile of past windows.
    Quantile {
        /// The entity's own.
        own: u32,
        /// That of all.
        organisation: Option<u32>,
        /// What is still usual.
        allowed: f64,
    },
    /// The median of the hour.
    Hour { median: f64, spread: f64 },
}

/// Raises what is too many, once.
pub(super) fn judge(
    slot: &mut Slot<'_>,
    place: &Place<'_>,
    bucket: u32,
    step: &Step<'_>,
    visit: Visit,
) -> Option<Finding> {
    let mut state = State::read(slot.body());
    let observed = state.highest_around(bucket, place);
    if !visit.is_armed || observed < place.of.floor {
        return None;
    }
    let usual = state.usual(place, step);
    state.calm = usual.as_ref().map_or(NEVER, |usual| usual.calm(place));
    let found = usual.map(|usual| (usual.score(observed), usual));
    let found = found.filter(|(score, _)| {
        step.tuning.is_reached(*score) && !state.is_more_of_the_same(observed, step)
    });
    let Some((score, usual)) = found else {
        // What was worked out holds for the rest of the step.
        state.write(slot);
        return None;
    };
    let span_s = u32::try_from(place.window.span.as_seconds()).unwrap_or(u32::MAX);
    let quiet_until = step.moment.seconds.saturating_add(span_s);
    state.alarm = Some(Alarm { quiet_until, raised: observed, turn: place.turn_of(bucket) });
    let value = Token::number(u64::from(observed));
    let is_estimate = matches!(state.ring, Ring::Sketch { .. });
    state.write(slot);
    hold(slot, step, value);
    let explanation = usual.explain(observed, is_estimate, place, step);
    Some(Finding::new(score, explanation, place.window.slot, &[value]))
}

/// Raises a rise from day to day; what a verdict on it is about is no count of a window.
pub(super) fn rise(place: &Place<'_>, step: &Step<'_>, day: Day) -> Option<(Finding, Token)> {
    // On the scale of the file's threshold, so that a calibrated one moves this too.
    let written = place.of.threshold();
    let score = written * day.sum / LIMIT;
    let threshold = if step.tuning.is_measured() { written } else { step.tuning.threshold() };
    if score < threshold {
        return None;
    }
    let explanation = Explanation::Drift {
        observed: day.count,
        unit: unit(place),
        whose: Whose::of(place.baseline.entity(), step.event),
        usual: day.usual,
    };
    let value = Token::tuple(&[Token::number(u64::from(day.count)), Token::number(0)]);
    Some((Finding::new(score, explanation, place.window.slot, &[value]), value))
}

impl State {
    /// What counts are compared with; nothing while too little is known.
    fn usual(&self, place: &Place<'_>, step: &Step<'_>) -> Option<Usual> {
        let (of, slot) = (place.of, place.window.slot);
        if u32::from(self.windows) < place.windows_min() {
            return None;
        }
        if of.season != Season::None {
            let (median, spread) = self.season.as_ref()?.usual(step.moment.local, of.season)?;
            return Some(Usual::Hour { median, spread });
        }
        let own = self.history.quantile(of.quantile)?.highest();
        let organisation = step.organisation.usual(place.baseline, slot, step, of.quantile);
        let mut allowed = f64::from(own).max(of.base());
        if *place.baseline.peers() != Peers::None {
            allowed = allowed.max(organisation.map_or(0.0, f64::from));
        }
        Some(Usual::Quantile { own, organisation, allowed })
    }

    fn is_more_of_the_same(&self, observed: u32, step: &Step<'_>) -> bool {
        let again = if step.tuning.is_measured() { AGAIN_MEASURED } else { AGAIN };
        self.alarm.is_some_and(|alarm| {
            step.moment.seconds < alarm.quiet_until
                && f64::from(observed) < f64::from(alarm.raised) * again
        })
    }
}

impl Usual {
    /// Fewer than this cannot be too many, whatever the threshold.
    fn calm(&self, place: &Place<'_>) -> u32 {
        let hard = place.baseline.kind.floor();
        let highest = match self {
            Self::Quantile { allowed, .. } => allowed * hard,
            Self::Hour { median, spread } => median + spread * hard,
        };
        // A little less, for what rounding adds.
        (highest - 1e-6).ceil() as u32
    }

    fn score(&self, observed: u32) -> f64 {
        match self {
            Self::Quantile { allowed, .. } => f64::from(observed) / allowed.max(1.0),
            Self::Hour { median, spread } => (f64::from(observed) - median) / spread,
        }
    }

    fn explain(
        &self,
        observed: u32,
        is_estimate: bool,
        place: &Place<'_>,
        step: &Step<'_>,
    ) -> Explanation {
        let whose = Whose::of(place.baseline.entity(), step.event);
        let (unit, window): (String, Span) = (unit(place), place.window.span);
        match *self {
            Self::Quantile { own, organisation, .. } => Explanation::TooMany(TooMany {
                observed,
                is_estimate,
                unit,
                window,
                whose,
                quantile: place.of.quantile,
                days: place.baseline.memory.forget_days,
                usual: own,
                organisation,
            }),
            Self::Hour { median, spread } => Explanation::OutOfSeason(OutOfSeason {
                observed,
                unit,
                window,
                whose,
                usual: median.round() as u32,
                spread,
                deviations: self.score(observed),
            }),
        }
    }
}

/// What is counted, in words.
fn unit(place: &Place<'_>) -> String {
    if let Some(unit) = place.baseline.unit() {
        return unit.to_owned();
    }
    match place.of.counted {
        Counted::Events => Text::Events.template().to_owned(),
        Counted::Values => fill(Text::Values, &[("what", &place.baseline.what())]),
    }
}
