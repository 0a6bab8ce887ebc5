//! A check on a device, and its history, as pages and the API show them.

use model::{
    Timestamp,
    device::{Platform, Practice},
};
use posture::{
    State,
    check::{Check, Strategy},
    evaluate::CheckResult,
    track::Entry,
};

use super::context::{Context, Judged};

/// How a check stands on a device, in somebody's language.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckView {
    /// What is judged. Its name is the word in addresses and forms.
    pub practice: Practice,
    /// By which check.
    pub check: String,
    /// How it stands.
    pub state: State,
    /// What is beneath an exemption, or the age of what was seen; else the same as `state`.
    pub underlying: State,
    /// How it stands, in a few words.
    pub title: String,
    /// Why it matters.
    pub description: String,
    /// How to mend it on this platform: trusted Markdown.
    pub directions: Option<String>,
    /// What there is to say, one sentence each.
    pub details: Vec<String>,
    /// The version of what was seen.
    pub version: Option<String>,
    /// Which source saw it.
    pub source: Option<String>,
    /// When, as far as the source says.
    pub observed_at: Option<Timestamp>,
    /// Whether its source fails at the moment.
    pub is_source_failing: bool,
    /// Since when it stands so.
    pub since: Option<Timestamp>,
    /// Since when it fails, through short recoveries.
    pub failing_since: Option<Timestamp>,
    /// Until when it must be mended; nothing when there is no such time, or it stands still.
    pub deadline: Option<Timestamp>,
    /// Until when it is excused.
    pub exempt_until: Option<Timestamp>,
    /// Whether somebody asked for an exemption that nobody decided about yet.
    pub is_exemption_asked: bool,
    /// Whether the person sees it.
    pub is_displayed: bool,
    /// Whether it can make the device not compliant.
    pub is_enforced: bool,
}

/// A change of a check's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryView {
    /// When.
    pub at: Timestamp,
    /// Of which practice.
    pub practice: Practice,
    /// Of which single thing, such as a disk.
    pub issue: Option<String>,
    /// What it was; nothing when it was judged for the first time.
    pub from: Option<State>,
    /// What it is.
    pub to: State,
    /// Why, where somebody did it by hand.
    pub reason: Option<String>,
}

impl CheckView {
    pub(super) fn of(
        result: &CheckResult,
        judged: &Judged,
        context: &Context,
        language: &str,
    ) -> Self {
        let words = context.content.texts.words(result, judged.device.platform, language);
        let practice = &result.practice;
        let check = context.content.checks.check(practice, judged.groups());
        let asked = judged.exemptions.iter().map(|kept| &kept.exemption);
        Self {
            practice: practice.clone(),
            check: result.check.clone(),
            state: result.state,
            underlying: result.underlying,
            title: words.title,
            description: words.description,
            directions: words.directions,
            details: words.details,
            version: result.version.clone(),
            source: result.source.clone(),
            observed_at: result.observed_at,
            is_source_failing: result.is_source_failing,
            since: judged.track.since(practice),
            failing_since: judged.track.first_seen(practice),
            deadline: judged.track.deadline(practice),
            exempt_until: result.exempt_until,
            is_exemption_asked: asked.into_iter().any(|it| {
                it.practice == *practice
                    && it.state == posture::exemption::ExemptionState::Requested
            }),
            is_displayed: result.is_displayed,
            is_enforced: check.is_some_and(is_enforced),
        }
    }
}

fn is_enforced(check: &Check) -> bool {
    matches!(check.strategy, Strategy::WarnThenBlock | Strategy::Block)
}

impl From<Entry> for HistoryView {
    fn from(entry: Entry) -> Self {
        let Entry { at, practice, issue, from, to, reason } = entry;
        Self { at, practice, issue, from, to, reason }
    }
}

/// The title of a practice that is not judged on any device at hand: what it is.
pub(super) fn title_of(practice: &Practice, context: &Context, language: &str) -> String {
    let result = CheckResult {
        practice: practice.clone(),
        check: context
            .content
            .checks
            .check(practice, &[])
            .map_or_else(String::new, |it| it.id.clone()),
        state: State::NotApplicable,
        underlying: State::NotApplicable,
        value: None,
        details: Vec::new(),
        version: None,
        source: None,
        observed_at: None,
        exempt_until: None,
        issues: Vec::new(),
        is_displayed: true,
        is_source_failing: false,
    };
    context.content.texts.words(&result, Platform::Unknown, language).title
}
