//! What a change of policy would change, before it is made.

use model::{DeviceId, Timestamp, device::Practice};

use crate::{
    check::State,
    currency::Currency,
    device::Device,
    evaluate::{Circumstances, evaluate},
    policy::Checks,
    track::{Compliance, Track},
};

/// A device to look at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The device.
    pub device: &'a Device,
    /// What is remembered of it.
    pub track: &'a Track,
    /// What holds beside it.
    pub circumstances: Circumstances<'a>,
}

/// What a change of policy would change for a check on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Which device.
    pub device: DeviceId,
    /// Which practice.
    pub practice: Practice,
    /// How it is.
    pub before: Outlook,
    /// How it would be.
    pub after: Outlook,
}

/// How a check stands, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outlook {
    /// The state; nothing when it is not judged.
    pub state: Option<State>,
    /// Until when it must be mended.
    pub deadline: Option<Timestamp>,
    /// Whether the device as a whole is compliant.
    pub compliance: Compliance,
}

/// Every check on every device whose state or deadline would change. Changes nothing.
#[must_use]
pub fn dry_run<'a>(
    subjects: impl IntoIterator<Item = Subject<'a>>,
    in_force: &Checks,
    proposed: &Checks,
    currency: &Currency,
) -> Vec<Forecast> {
    let mut forecasts = Vec::new();
    for subject in subjects {
        let before = outlook(subject, in_force, currency);
        let after = outlook(subject, proposed, currency);
        let mut practices: Vec<&Practice> = before.iter().chain(&after).map(|it| &it.0).collect();
        practices.sort();
        practices.dedup();
        let of = |all: &[(Practice, Outlook)], practice: &Practice| {
            let found = all.iter().find(|it| it.0 == *practice);
            found.map(|it| it.1).unwrap_or_default()
        };
        for practice in practices {
            let (before, after) = (of(&before, practice), of(&after, practice));
            if (before.state, before.deadline) != (after.state, after.deadline) {
                let (device, practice) = (subject.device.id, practice.clone());
                forecasts.push(Forecast { device, practice, before, after });
            }
        }
    }
    forecasts
}

fn outlook(subject: Subject<'_>, checks: &Checks, currency: &Currency) -> Vec<(Practice, Outlook)> {
    let evaluation = evaluate(subject.device, checks, currency, &subject.circumstances);
    let step = subject.track.clone().advance(&evaluation, checks, subject.circumstances.groups);
    let of = |result: &crate::evaluate::CheckResult| {
        let outlook = Outlook {
            state: Some(result.state),
            deadline: step.track.deadline(&result.practice),
            compliance: step.track.compliance(),
        };
        (result.practice.clone(), outlook)
    };
    evaluation.results.iter().map(of).collect()
}
