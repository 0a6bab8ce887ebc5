//! The block `countersign:` of a rule.
//!
//! ```yaml
//! countersign:
//!   state: canary(10)                # draft | shadow | canary(percent) | live | deprecated
//!   owner: identity-team
//!   reason: …                        # of a filter: why
//!   expires: 2027-01-31              # of a filter: from that day on it filters nothing
//!   ads: { … }                       # see `rule/ads.rs`
//!   about: target.alternateId        # whom an alert is about; who did it unless set
//!   group: { by: [source.asn], window: 1h }
//!   ask: { …, budget: { per_person: 1, every: 30d } }
//!   tests: [ … ]                     # see `rule/example.rs`
//! ```
//!
//! How an alert is treated (`severity`, `enrich`, `ask`, `notify`, `escalate`, `on`) is the matter
//! of whoever treats it; here these keys are known, and only what detection itself needs of them is
//! read.

use content::{Problems, Section, yaml::list};
use jiff::{civil::Date, tz::TimeZone};
use model::{Severity, Span, Timestamp};
use serde_norway::Value;

use super::{
    ads::{self, Ads},
    example::{self, Example},
};

/// How long the same counts as a repetition when nothing is said.
pub const GROUP_WINDOW: Span = Span::hours(1);
/// The longest such time.
const GROUP_WINDOW_MAX: Span = Span::days(30);
/// The longest period of a budget.
const BUDGET_EVERY_MAX: Span = Span::days(366);
/// The most questions that a budget may allow one person in its period.
const BUDGET_MAX: u32 = 1_000;

const KEYS: [&str; 17] = [
    "state",
    "owner",
    "reason",
    "expires",
    "ads",
    "about",
    "enrich",
    "severity",
    "group",
    "ask",
    "notify",
    "escalate",
    "accept_delay",
    "confidence",
    "do",
    "on",
    "tests",
];

/// What the block says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meta {
    /// How far the rule is in its life.
    pub state: State,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why it is there, where it silences something.
    pub reason: Option<String>,
    /// When it ends, where it silences something.
    pub expires: Option<Timestamp>,
    /// What its readers must know.
    pub ads: Option<Ads>,
    /// The field with the account that an alert is about, where that is not who did it.
    pub about: Option<String>,
    /// What counts as the same again.
    pub group: Group,
    /// How many questions it may cost.
    pub budget: Option<Budget>,
    /// Whether a person is asked.
    pub is_asking: bool,
    /// What decides on the severity.
    pub severity: Vec<Branch>,
    /// The playbooks that it would run, by name.
    pub runs: Vec<String>,
    /// Its tests.
    pub tests: Vec<Example>,
}

/// How far a rule is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Being written: not evaluated.
    Draft,
    /// Evaluated and recorded; nobody is asked, nothing is done.
    #[default]
    Shadow,
    /// Live for so many of a hundred people, in shadow for the rest.
    Canary(u8),
    /// In force.
    Live,
    /// Not evaluated any more.
    Deprecated,
}

/// What counts as the same again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The facts that must be the same beside rule and person; all, where nothing is said.
    pub by: Option<Vec<String>>,
    /// For how long.
    pub window: Span,
    /// Alerts of all rules of this name join one case; for detection each rule's are its own.
    pub name: Option<String>,
}

impl Default for Group {
    fn default() -> Self {
        Self { by: None, window: GROUP_WINDOW, name: None }
    }
}

/// How many questions a rule may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// So many for one person.
    pub per_person: u32,
    /// In so long.
    pub every: Span,
}

/// One branch of the decision on the severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// When it is taken; the default has none.
    pub when: Option<String>,
    /// What it sets.
    pub set: Option<Severity>,
    /// Why.
    pub why: Option<String>,
}

impl State {
    /// Whether events are looked at for it.
    #[must_use]
    pub fn is_evaluated(self) -> bool {
        matches!(self, Self::Shadow | Self::Canary(_) | Self::Live)
    }

    /// The word in files.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Draft => "draft".to_owned(),
            Self::Shadow => "shadow".to_owned(),
            Self::Canary(percent) => format!("canary({percent})"),
            Self::Live => "live".to_owned(),
            Self::Deprecated => "deprecated".to_owned(),
        }
    }

    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "draft" => Self::Draft,
            "shadow" => Self::Shadow,
            "live" => Self::Live,
            "deprecated" => Self::Deprecated,
            _ => {
                let percent = text.strip_prefix("canary(")?.strip_suffix(')')?;
                let percent = percent.trim().trim_end_matches('%').parse().ok()?;
                Self::Canary(Some(percent).filter(|it| (1..=99).contains(it))?)
            }
        })
    }
}

/// Reads the block.
pub(super) fn read(value: &Value, problems: &mut Problems<'_>) -> Option<Meta> {
    let section = Section::read(value, "countersign", &KEYS, problems)?;
    let owner = section.text("owner", problems).map(str::to_owned);
    let ads = section.get("ads").and_then(|it| ads::read(it, &section.path("ads"), problems));
    let state = state(&section, problems).unwrap_or_default();
    Some(Meta {
        state,
        owner: section.required("owner", owner, problems),
        reason: section.text("reason", problems).map(str::to_owned),
        expires: expires(&section, problems),
        ads,
        about: about(&section, state, problems),
        group: group(&section, problems),
        budget: budget(&section, problems),
        is_asking: section.get("ask").is_some(),
        severity: branches(&section, problems),
        runs: runs(&section),
        tests: example::read(&section, problems),
    })
}

fn state(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<State> {
    let text = section.text("state", problems);
    let text = section.required("state", text, problems)?;
    let state = State::read(text);
    if state.is_none() {
        let words = ["draft", "shadow", "canary(10)", "live", "deprecated"];
        let near = content::nearest(text, words);
        let text = "must be draft, shadow, canary(1 to 99), live or deprecated";
        problems.add_near(section.path("state"), text, near);
    }
    state
}

/// The first moment of a day, in UTC.
fn expires(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Timestamp> {
    let text = section.text("expires", problems)?;
    let day = text.parse::<Date>().ok().and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    if day.is_none() {
        problems.add(section.path("expires"), "must be a day, such as 2027-01-31");
    }
    day.map(|day| day.timestamp())
}

fn about(section: &Section<'_>, state: State, problems: &mut Problems<'_>) -> Option<String> {
    let field = section.text("about", problems)?;
    if matches!(state, State::Canary(_)) {
        // Who that is only the directory knows.
        problems.add(section.path("about"), "cannot be in a canary, which goes by who did it");
    }
    Some(field.to_owned())
}

fn group(section: &Section<'_>, problems: &mut Problems<'_>) -> Group {
    let Some(value) = section.get("group") else { return Group::default() };
    let path = section.path("group");
    let Some(group) = Section::read(value, &path, &["by", "window", "name"], problems) else {
        return Group::default();
    };
    let window = group.span("window", GROUP_WINDOW_MAX, problems);
    Group {
        by: group.texts("by", problems),
        window: window.unwrap_or(GROUP_WINDOW),
        name: group.id("name", problems),
    }
}

fn budget(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Budget> {
    // The other keys of `ask` are another's to check.
    let value = section.get("ask")?.get("budget")?;
    let path = format!("{}.budget", section.path("ask"));
    let budget = Section::read(value, &path, &["per_person", "every"], problems)?;
    let per_person = budget.count("per_person", BUDGET_MAX, problems);
    let per_person = budget.required("per_person", per_person, problems);
    let every = budget.span("every", BUDGET_EVERY_MAX, problems);
    let every = budget.required("every", every, problems);
    Some(Budget { per_person: per_person?, every: every? })
}

/// What lint wants to know of the severity; whether the conditions are right is not asked here.
fn branches(section: &Section<'_>, problems: &mut Problems<'_>) -> Vec<Branch> {
    let Some(value) = section.get("severity") else { return Vec::new() };
    let items = list(value, &section.path("severity"), problems).unwrap_or_default();
    let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    let severity = |item: &Value, key: &str| {
        let word = text(item, key)?;
        Severity::ALL.into_iter().find(|severity| severity.name() == word)
    };
    items
        .iter()
        .map(|(_, item)| Branch {
            when: text(item, "when"),
            set: severity(item, "set").or_else(|| severity(item, "default")),
            why: text(item, "why"),
        })
        .collect()
}

fn runs(section: &Section<'_>) -> Vec<String> {
    let on = section.get("on").and_then(Value::as_mapping);
    let outcomes = on.into_iter().flat_map(|on| on.values());
    let responses = outcomes.chain(section.get("do")).filter_map(Value::as_sequence).flatten();
    responses.filter_map(|it| it.get("run")?.as_str().map(str::to_owned)).collect()
}
