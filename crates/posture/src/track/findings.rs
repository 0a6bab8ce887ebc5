//! What got worse and what got better.

use model::device::Practice;
use serde::{Deserialize, Serialize};

use crate::{
    check::{Check, State},
    evaluate::{CheckResult, Evaluation},
    policy::Checks,
};

/// Something about a device that is other than it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// About what; nothing for the device as a whole.
    pub practice: Option<Practice>,
    /// What changed.
    pub change: Change,
    /// The verdict that was last known.
    pub from: Option<State>,
    /// The state now.
    pub to: State,
    /// Whether it is worth an alert. Never for something that nobody knows.
    pub is_alert: bool,
}

/// How something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A device that was never seen.
    NewDevice,
    /// It fails, or fails worse than it was last known to.
    Worse,
    /// It fails less, or no longer.
    Better,
    /// Nobody can tell any more.
    Lost,
}

impl Finding {
    pub(super) fn new_device() -> Self {
        let (from, to) = (None, State::Unknown);
        Self { practice: None, change: Change::NewDevice, from, to, is_alert: true }
    }
}

/// What was before a result.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Before {
    /// The state; nothing when it was never judged.
    pub(super) state: Option<State>,
    /// The last verdict, through times in which there was none.
    pub(super) known: Option<State>,
}

/// What a result says against what was before.
pub(super) fn finding(before: Before, result: &CheckResult, check: &Check) -> Option<Finding> {
    let known = before.known;
    let change = if result.state.is_missing() {
        // Told once, when it is lost; what was never known is not lost.
        let is_new = before.state.is_some_and(|state| !state.is_missing());
        known.filter(|_| is_new).map(|_| Change::Lost)
    } else {
        change(known, result.underlying)
    }?;
    Some(Finding {
        practice: Some(result.practice.clone()),
        change,
        from: known,
        to: result.state,
        is_alert: change == Change::Worse && result.state == State::Warn && check.is_alerting,
    })
}

/// Verdicts are ordered, the worst last. What was never known is taken as good, so that the first
/// failure is told and the first success is not.
fn change(from: Option<State>, to: State) -> Option<Change> {
    let from = from.unwrap_or(State::Ok);
    match to {
        State::Nudge | State::Warn if to > from => Some(Change::Worse),
        State::Ok | State::Nudge if to < from => Some(Change::Better),
        State::NotApplicable if from.is_failing() => Some(Change::Better),
        _ => None,
    }
}

/// What changed between two evaluations of one device, such as under two policies; nothing before
/// is a new device. For what changes over time [`super::Track::advance`] knows more.
#[must_use]
pub fn diff(
    before: Option<&Evaluation>,
    after: &Evaluation,
    checks: &Checks,
    groups: &[String],
) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        before.is_none().then(Finding::new_device).into_iter().collect();
    for result in &after.results {
        let Some(check) = checks.check(&result.practice, groups) else { continue };
        let earlier = before.and_then(|before| before.result(&result.practice));
        let known = earlier.filter(|it| !it.state.is_missing()).map(|it| it.underlying);
        let known = known.filter(|state| state.is_verdict());
        let before = Before { state: earlier.map(|it| it.state), known };
        findings.extend(finding(before, result, check));
    }
    findings
}
