//! The overall grade of a device, the order of devices, and what to mend first.

use model::device::Practice;
use serde::{Deserialize, Serialize};

use super::{CheckResult, Evaluation};
use crate::{check::State, device::Device, track::Track};

/// How a device stands overall, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Something is below what is required.
    Critical,
    /// Something is below what is recommended.
    Attention,
    /// Nothing is wrong as far as anybody knows, and not everything is known.
    Incomplete,
    /// All is well.
    Ok,
}

impl Grade {
    /// All, the gravest first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Attention, Self::Incomplete, Self::Ok];

    /// The name in the API and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Attention => "attention",
            Self::Incomplete => "incomplete",
            Self::Ok => "ok",
        }
    }

    pub(super) fn of<'r>(results: impl Iterator<Item = &'r CheckResult> + Clone) -> Self {
        let any = |is: fn(State) -> bool| results.clone().any(|result| is(result.state));
        match () {
            () if any(|state| state == State::Warn) => Self::Critical,
            () if any(|state| state == State::Nudge) => Self::Attention,
            () if any(State::is_missing) => Self::Incomplete,
            // Nothing seen good is nothing known.
            () if !any(|state| state == State::Ok) => Self::Incomplete,
            () => Self::Ok,
        }
    }

    /// The results that make it what it is.
    #[must_use]
    pub fn reasons(self, evaluation: &Evaluation) -> Vec<&CheckResult> {
        let is_reason = |result: &&CheckResult| match self {
            Self::Critical => result.state == State::Warn,
            Self::Attention => result.state == State::Nudge,
            Self::Incomplete => result.state.is_missing(),
            Self::Ok => false,
        };
        evaluation.results.iter().filter(is_reason).collect()
    }
}

/// Devices in the order in which a person sees them: the gravest first, then the newest seen.
pub fn in_order(devices: &mut [(Device, Evaluation)]) {
    devices.sort_by(|(one, its), (other, others)| {
        let gravity = its.shown_grade().cmp(&others.shown_grade());
        gravity.then(other.last_seen.cmp(&one.last_seen)).then(one.id.cmp(&other.id))
    });
}

/// What the person can mend, the most useful first: what is required before what is recommended,
/// what has the nearest deadline, then what protects most. After all failures, what no source has
/// seen for too long.
#[must_use]
pub fn next_steps<'e>(evaluation: &'e Evaluation, track: &Track) -> Vec<&'e CheckResult> {
    let can_help = |result: &&CheckResult| {
        result.is_displayed && (result.state.is_failing() || result.state == State::Stale)
    };
    let mut steps: Vec<&CheckResult> = evaluation.results.iter().filter(can_help).collect();
    steps.sort_by_key(|result| {
        let class = match result.state {
            State::Warn => 0,
            State::Nudge => 1,
            _ => 2,
        };
        let deadline = track.deadline(&result.practice);
        (class, deadline.is_none(), deadline, usefulness(&result.practice), &result.practice)
    });
    steps
}

/// How much a practice protects, the most first.
fn usefulness(practice: &Practice) -> u8 {
    match practice {
        Practice::Jailed => 0,
        Practice::Encryption => 1,
        Practice::UpToDate => 2,
        Practice::Passcode => 3,
        Practice::ScreenLock => 4,
        Practice::Agent(_) => 5,
        Practice::Firewall => 6,
        Practice::AutoUpdate => 7,
        Practice::RemoteLogin => 8,
        Practice::UnknownSources => 9,
        Practice::AdbStatus => 10,
        Practice::SecureBoot => 11,
        Practice::Other(_) => 12,
    }
}
