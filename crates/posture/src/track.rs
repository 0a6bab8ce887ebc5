//! What is remembered of a device between evaluations: since when each check stands as it does,
//! until when it must be mended, and what the person was told.
//!
//! ```text
//!            first seen failing ──────────── + grace ──▶ deadline ──▶ not compliant
//!              │  + delay ──▶ told ── + repeat ──▶ told …
//! unknown, stale, exempt, source failing: the time to the deadline stands still
//! mended: everything ends; failing again within a day, everything goes on as if never mended
//! policy made stricter: a full grace from that day; made milder: at once
//! ```
//!
//! A deadline never moves earlier but by [`Track::move_deadline`], which asks for a reason.

mod clock;
mod findings;
mod history;

use std::collections::BTreeMap;

use model::{DeviceId, Span, Timestamp, device::Practice};
use serde::{Deserialize, Serialize};

use crate::{
    check::State,
    evaluate::{CheckResult, Evaluation},
    policy::Checks,
};
pub use clock::{SNOOZE_MAX, SNOOZES_MAX, SnoozeError};
pub use findings::{Change, Finding, diff};
pub use history::{Entry, Mending, newest_first, time_to_mend};

use clock::Clock;

/// Failing again within this time is failing still.
pub const REOPEN_WITHIN: Span = Span::days(1);
/// How many things of one check are told apart.
const ISSUES_MAX: usize = 16;

/// What is remembered of a device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// By practice.
    clocks: BTreeMap<Practice, Clock>,
    /// Whether the device was ever judged.
    is_known: bool,
    /// Whether it is compliant, as it was last said.
    compliance: Compliance,
}

/// Whether a device may be relied on. Published, and enforced by others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compliance {
    /// It may.
    #[default]
    Compliant,
    /// It may not: something is past its deadline.
    NotCompliant,
}

/// What an evaluation changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is remembered now.
    pub track: Track,
    /// What got worse or better.
    pub findings: Vec<Finding>,
    /// What is to be added to the history.
    pub entries: Vec<Entry>,
    /// That relying parties must be told, when they must: once for a change, not for each check.
    pub compliance: Option<ComplianceChange>,
}

/// A change of compliance, for relying parties (CAEP's device-compliance-change). Without details:
/// which check it was is nobody else's matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComplianceChange {
    /// Which device.
    pub device: DeviceId,
    /// What it was.
    pub previous: Compliance,
    /// What it is.
    pub current: Compliance,
    /// Since when.
    pub at: Timestamp,
    /// Who brought it about.
    pub initiator: Initiator,
}

/// Who brought a change of compliance about, in CAEP's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Initiator {
    /// Somebody who excused it.
    Admin,
    /// The policy: a deadline passed, or the rules changed.
    Policy,
    /// The device's owner, who mended it.
    User,
}

impl Track {
    /// What an evaluation changes. `groups` are those of the device's owner.
    #[must_use]
    pub fn advance(mut self, evaluation: &Evaluation, checks: &Checks, groups: &[String]) -> Step {
        let now = evaluation.at;
        let mut findings = Vec::new();
        let mut entries = Vec::new();
        if !self.is_known {
            findings.push(Finding::new_device());
            self.is_known = true;
        }
        let mut is_policy_changed = false;
        for result in &evaluation.results {
            let Some(check) = checks.check(&result.practice, groups) else { continue };
            let clock =
                self.clocks.entry(result.practice.clone()).or_insert_with(|| Clock::new(now));
            is_policy_changed |= clock.is_of_another_policy(check);
            findings.extend(findings::finding(clock.before(), result, check));
            entries.extend(clock.advance(result, check, now));
        }
        // What is no longer judged is no longer held against anybody.
        let is_judged = |practice: &Practice| evaluation.result(practice).is_some();
        let before = self.clocks.len();
        self.clocks.retain(|practice, _| is_judged(practice));
        is_policy_changed |= before != self.clocks.len();
        let compliance = self.comply(evaluation, is_policy_changed);
        Step { track: self, findings, entries, compliance }
    }

    fn comply(
        &mut self,
        evaluation: &Evaluation,
        is_policy_changed: bool,
    ) -> Option<ComplianceChange> {
        let (previous, current) = (self.compliance, self.compliance_at(evaluation.at));
        self.compliance = current;
        let is_excused = evaluation.results.iter().any(|it| it.state == State::Exempt);
        let initiator = match current {
            Compliance::NotCompliant => Initiator::Policy,
            Compliance::Compliant if is_excused => Initiator::Admin,
            Compliance::Compliant if is_policy_changed => Initiator::Policy,
            Compliance::Compliant => Initiator::User,
        };
        let (device, at) = (evaluation.device, evaluation.at);
        let change = ComplianceChange { device, previous, current, at, initiator };
        (previous != current).then_some(change)
    }

    /// Whether the device is compliant at an instant. A deadline may have passed since the last
    /// evaluation; whoever watches it evaluates again then.
    #[must_use]
    pub fn compliance_at(&self, now: Timestamp) -> Compliance {
        let is_blocked = self.clocks.values().any(|clock| clock.is_blocked(now));
        if is_blocked { Compliance::NotCompliant } else { Compliance::Compliant }
    }

    /// Whether the device is compliant, as it was last said.
    #[must_use]
    pub fn compliance(&self) -> Compliance {
        self.compliance
    }

    /// The next instant at which a deadline passes by itself, to evaluate again then.
    #[must_use]
    pub fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let running = self.clocks.values().filter_map(Clock::running_deadline);
        running.filter(|deadline| *deadline > now).min()
    }

    /// Until when a practice must be mended; nothing when there is no such time, or it stands
    /// still.
    #[must_use]
    pub fn deadline(&self, practice: &Practice) -> Option<Timestamp> {
        self.clocks.get(practice).and_then(Clock::running_deadline)
    }

    /// When a practice was first seen failing, through short recoveries.
    #[must_use]
    pub fn first_seen(&self, practice: &Practice) -> Option<Timestamp> {
        self.clocks.get(practice).and_then(Clock::first_seen)
    }

    /// Since when a practice stands as it does.
    #[must_use]
    pub fn since(&self, practice: &Practice) -> Option<Timestamp> {
        self.clocks.get(practice).map(Clock::since)
    }

    /// What the person is to be told now. Short failures, and what they do not see, are not.
    #[must_use]
    pub fn due<'e>(
        &self,
        evaluation: &'e Evaluation,
        checks: &Checks,
        groups: &[String],
        now: Timestamp,
    ) -> Vec<&'e CheckResult> {
        let is_due = |result: &&CheckResult| {
            let check = checks.check(&result.practice, groups);
            let clock = self.clocks.get(&result.practice);
            check.zip(clock).is_some_and(|(check, clock)| clock.is_due(result, check, now))
        };
        evaluation.results.iter().filter(is_due).collect()
    }

    /// Notes that the person was told.
    pub fn told(&mut self, practice: &Practice, now: Timestamp) {
        if let Some(clock) = self.clocks.get_mut(practice) {
            clock.told(now);
        }
    }

    /// Lets a reminder rest, for a time and a number of times. The state is what it is.
    pub fn snooze(
        &mut self,
        practice: &Practice,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), SnoozeError> {
        self.clocks.get_mut(practice).ok_or(SnoozeError::NothingToRest)?.snooze(until, now)
    }

    /// Sets a deadline by hand, with a reason for the history; nothing where nothing is required.
    pub fn move_deadline(
        &mut self,
        practice: &Practice,
        to: Timestamp,
        reason: &str,
        now: Timestamp,
    ) -> Option<Entry> {
        let clock = self.clocks.get_mut(practice)?;
        let is_moved = clock.move_deadline(to);
        is_moved.then(|| Entry::by_hand(practice, clock.state(), reason, now))
    }
}

/// What the person says about a device or a check. None of it changes a state: only a source can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// "I fixed it".
    Fixed,
    /// "This is not my device".
    NotMine,
}

/// What an answer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The sources of a result are to be asked again, for this device.
    Recheck {
        /// Which device.
        device: DeviceId,
        /// Which sources; all that know the device when it is not known which one judged.
        sources: Vec<String>,
    },
    /// A person is to look at whose device it is.
    Review {
        /// Which device.
        device: DeviceId,
    },
}

impl Answer {
    /// What an answer about a result asks for.
    #[must_use]
    pub fn request(self, device: &crate::device::Device, result: Option<&CheckResult>) -> Request {
        match self {
            Self::NotMine => Request::Review { device: device.id },
            Self::Fixed => {
                let judged_by = result.and_then(|result| result.source.clone());
                let all = device.records.iter().filter(|record| !record.is_gone);
                let mut sources: Vec<String> = match judged_by {
                    Some(source) => vec![source],
                    None => all.map(|record| record.key.source.clone()).collect(),
                };
                sources.dedup();
                Request::Recheck { device: device.id, sources }
            }
        }
    }
}

#[cfg(test)]
mod tests;
