//! Judges a device: every check once, over what all sources say together.
//!
//! One path for a page and for a batch, so that both give the same answer at the same instant.

mod choose;
mod grade;

use std::{collections::BTreeSet, fmt};

use model::{
    DeviceId, Span, Timestamp,
    device::{Platform, Practice},
};
use serde::{Deserialize, Serialize};

use crate::{
    check::{self, Applies, Check, How, State},
    currency::Currency,
    detail::{Detail, Note},
    device::Device,
    exemption::Exemption,
    policy::Checks,
};
pub use choose::Choice;
pub use grade::{Grade, in_order, next_steps};

/// What holds beside the device and the policy when it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The instant.
    pub now: Timestamp,
    /// The groups of the device's owner.
    pub groups: &'a [String],
    /// Exemptions, of this and other devices.
    pub exemptions: &'a [Exemption],
    /// Sources that fail at the moment: what they said is kept, and nobody is held to it harder.
    pub failing_sources: &'a BTreeSet<String>,
    /// Which of several observations counts.
    pub choice: Choice,
}

impl Circumstances<'_> {
    /// Nothing but an instant.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        static NONE: BTreeSet<String> = BTreeSet::new();
        Self { now, groups: &[], exemptions: &[], failing_sources: &NONE, choice: Choice::Newest }
    }
}

/// How a device stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Which device.
    pub device: DeviceId,
    /// When it was judged.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// What system it runs: texts differ by it.
    pub platform: Platform,
    /// What came of each check: every practice once.
    pub results: Vec<CheckResult>,
}

/// What came of a check.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// What was judged.
    pub practice: Practice,
    /// By which check.
    pub check: String,
    /// How it stands.
    pub state: State,
    /// What is beneath an exemption or the age of what was seen; else the same as `state`.
    pub underlying: State,
    /// What was seen: true is always the good state.
    pub value: Option<bool>,
    /// What there is to say.
    pub details: Vec<Detail>,
    /// The version of what was seen.
    pub version: Option<String>,
    /// Who saw it.
    pub source: Option<String>,
    /// When, as far as the source says.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub observed_at: Option<Timestamp>,
    /// Until when it is excused.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub exempt_until: Option<Timestamp>,
    /// Several things that are wrong, by name: one a disk.
    pub issues: Vec<String>,
    /// Whether the person sees it.
    pub is_displayed: bool,
    /// Whether its source fails at the moment.
    pub is_source_failing: bool,
}

/// Names of disks and lines of sources may tell of people, so that neither reaches a log.
impl fmt::Debug for CheckResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { practice, check, state, underlying, .. } = self;
        write!(f, "CheckResult({practice} by {check}: {state:?} over {underlying:?})")
    }
}

/// What one look at a practice comes to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    pub(crate) value: Option<bool>,
    pub(crate) details: Vec<Detail>,
    pub(crate) version: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) observed_at: Option<Timestamp>,
    /// When it was seen, at the latest.
    pub(crate) seen_at: Option<Timestamp>,
    pub(crate) issues: Vec<String>,
}

impl Verdict {
    pub(crate) fn new(state: State, value: Option<bool>) -> Self {
        Self {
            state,
            value,
            details: Vec::new(),
            version: None,
            source: None,
            observed_at: None,
            seen_at: None,
            issues: Vec::new(),
        }
    }

    pub(crate) fn unknown(why: Detail) -> Self {
        Self { details: vec![why], ..Self::new(State::Unknown, None) }
    }

    pub(crate) fn not_applicable(why: Detail) -> Self {
        Self { details: vec![why], ..Self::new(State::NotApplicable, None) }
    }

    /// The same, by a source.
    pub(crate) fn by(
        self,
        source: &str,
        observed_at: Option<Timestamp>,
        fetched_at: Timestamp,
    ) -> Self {
        let source = Some(source.to_owned()).filter(|source| !source.is_empty());
        Self { source, observed_at, seen_at: Some(observed_at.unwrap_or(fetched_at)), ..self }
    }

    /// Whether it is too old to count.
    pub(crate) fn is_stale(&self, max_age: Option<Span>, now: Timestamp) -> bool {
        let limit = max_age.map(|max_age| max_age.before(now));
        self.seen_at.zip(limit).is_some_and(|(seen_at, limit)| seen_at < limit)
    }
}

/// Judges a device by every check that is for it.
#[must_use]
pub fn evaluate(
    device: &Device,
    checks: &Checks,
    currency: &Currency,
    circumstances: &Circumstances<'_>,
) -> Evaluation {
    let practices = || device.practices.keys();
    let concerned = checks.of(circumstances.groups, practices);
    let result = |(practice, check): (&Practice, &Check)| {
        let verdict = verdict(practice, check, device, currency, circumstances);
        finish(practice, check, device, verdict, circumstances)
    };
    Evaluation {
        device: device.id,
        at: circumstances.now,
        platform: device.platform,
        results: concerned.into_iter().map(result).collect(),
    }
}

fn verdict(
    practice: &Practice,
    check: &Check,
    device: &Device,
    currency: &Currency,
    circumstances: &Circumstances<'_>,
) -> Verdict {
    match check::applies(check, device) {
        Applies::No(why) => return Verdict::not_applicable(why.plain()),
        Applies::Always => {
            let details = vec![Note::BuiltIn.plain()];
            return Verdict { details, ..Verdict::new(State::Ok, Some(true)) };
        }
        Applies::Yes => {}
    }
    let now = circumstances.now;
    match &check.how {
        How::Agent(rule) => check::agent(check, rule, device),
        How::Condition(expr) => check::condition(check, expr, device, now),
        How::Currency(rules) => {
            let verdicts = check::up_to_date(check, rules, device, currency, now);
            choose::together(verdicts, check.max_age, circumstances)
        }
        How::Seen | How::Lock { .. } | How::Foreign => {
            let seen = device.practices.get(practice).map(Vec::as_slice).unwrap_or_default();
            let verdicts = seen.iter().map(|seen| check::judge(check, device.platform, seen));
            choose::one(verdicts.collect(), check.max_age, circumstances)
        }
    }
}

/// Lays age and exemption over a verdict.
fn finish(
    practice: &Practice,
    check: &Check,
    device: &Device,
    verdict: Verdict,
    circumstances: &Circumstances<'_>,
) -> CheckResult {
    let now = circumstances.now;
    let is_stale = verdict.state.is_verdict() && verdict.is_stale(check.max_age, now);
    let excuse = || {
        let all = circumstances.exemptions.iter();
        all.filter_map(|it| it.covers(device, practice, now)).max()
    };
    let exempt_until = if verdict.state.is_failing() && !is_stale { excuse() } else { None };
    let state = match exempt_until {
        Some(_) => State::Exempt,
        None if is_stale => State::Stale,
        None => verdict.state,
    };
    let is_failing = |source: &String| circumstances.failing_sources.contains(source);
    CheckResult {
        practice: practice.clone(),
        check: check.id.clone(),
        state,
        underlying: verdict.state,
        value: verdict.value,
        details: verdict.details,
        version: verdict.version,
        is_source_failing: verdict.source.as_ref().is_some_and(is_failing),
        source: verdict.source,
        observed_at: verdict.observed_at,
        exempt_until,
        issues: verdict.issues,
        is_displayed: check.is_displayed,
    }
}

impl Evaluation {
    /// What came of the check of a practice.
    #[must_use]
    pub fn result(&self, practice: &Practice) -> Option<&CheckResult> {
        self.results.iter().find(|result| result.practice == *practice)
    }

    /// The overall grade.
    #[must_use]
    pub fn grade(&self) -> Grade {
        Grade::of(self.results.iter())
    }

    /// The overall grade by what the person sees.
    #[must_use]
    pub fn shown_grade(&self) -> Grade {
        Grade::of(self.results.iter().filter(|result| result.is_displayed))
    }
}

#[cfg(test)]
mod tests;
