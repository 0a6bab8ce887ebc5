//! Which of several looks at a practice counts.

use model::{Span, Timestamp};

use super::{Circumstances, Verdict};
use crate::{check::State, detail::Note};

/// Which observation counts where sources differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// The newest one that says something.
    #[default]
    Newest,
    /// The best one. It hides problems, so that it has to be asked for.
    Best,
}

/// The one that counts; the newest comes first.
pub(super) fn one(
    verdicts: Vec<Verdict>,
    max_age: Option<Span>,
    circumstances: &Circumstances<'_>,
) -> Verdict {
    let chosen = match circumstances.choice {
        Choice::Newest => newest(&verdicts, max_age, circumstances.now),
        Choice::Best => best(&verdicts),
    };
    let chosen = chosen.cloned();
    chosen.unwrap_or_else(|| Verdict::unknown(Note::NotReported.plain()))
}

/// The newest. One that cannot tell never takes the place of what another source saw, unless that
/// is too old to count.
fn newest(verdicts: &[Verdict], max_age: Option<Span>, now: Timestamp) -> Option<&Verdict> {
    let first = verdicts.first()?;
    if first.state.is_verdict() {
        return Some(first);
    }
    let is_good = |it: &&Verdict| {
        it.state.is_verdict() && it.source != first.source && !it.is_stale(max_age, now)
    };
    verdicts.iter().find(is_good).or(Some(first))
}

/// Unknown, not applicable, nudge, warn, ok, in this order; of equals the newest.
fn best(verdicts: &[Verdict]) -> Option<&Verdict> {
    let rank = |verdict: &Verdict| match verdict.state {
        State::Unknown | State::Stale => 0,
        State::NotApplicable => 1,
        State::Nudge => 2,
        State::Warn => 3,
        State::Exempt => 4,
        State::Ok => 5,
    };
    verdicts.iter().rev().max_by_key(|verdict| rank(verdict))
}

/// The tables' verdict comes first; a source's own judgement counts beside it, and the worse of the
/// two. One that is too old, or cannot tell, leaves it to the other.
pub(super) fn together(
    verdicts: Vec<Verdict>,
    max_age: Option<Span>,
    circumstances: &Circumstances<'_>,
) -> Verdict {
    let mut verdicts = verdicts;
    let stated = verdicts.split_off(1.min(verdicts.len()));
    let stated = (!stated.is_empty()).then(|| one(stated, max_age, circumstances));
    let all: Vec<Verdict> = verdicts.into_iter().chain(stated).collect();
    let is_fresh =
        |it: &&Verdict| it.state.is_verdict() && !it.is_stale(max_age, circumstances.now);
    // States of verdicts are ordered, the worst last.
    let worst = all.iter().filter(is_fresh).max_by_key(|it| it.state);
    let chosen = worst.or_else(|| all.iter().find(|it| it.state.is_verdict())).or(all.first());
    let Some(chosen) = chosen else { return Verdict::unknown(Note::NotReported.plain()) };
    let mut together = chosen.clone();
    for other in all.iter().filter(|it| it.state.is_failing() && is_fresh(it)) {
        let news: Vec<_> =
            other.details.iter().filter(|it| !together.details.contains(it)).cloned().collect();
        together.details.extend(news);
    }
    together.version = all.first().and_then(|it| it.version.clone()).or(together.version);
    together
}
