//! Alerting and detection strategy: what whoever reviews a rule, or is woken by it, must know.
//!
//! Nine sections, after Palantir's framework: goal, categorization (the rule's `tags`), strategy
//! abstract, technical context, blind spots, false positives, validation, priority, response. That
//! they are all there, and true, is for lint to say; here only their shape matters, so that a draft
//! may be incomplete.

use content::{Problems, Section, yaml::list};
use serde_norway::Value;

const KEYS: [&str; 8] = [
    "goal",
    "abstract",
    "technical_context",
    "blind_spots",
    "false_positives",
    "validation",
    "priority",
    "response",
];

/// The sections. Empty is not written yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ads {
    /// What it is to find, in one sentence.
    pub goal: String,
    /// How it does that.
    pub strategy: String,
    /// What one must know of the logs and the technique.
    pub technical_context: Vec<String>,
    /// When it does not fire although it should.
    pub blind_spots: Vec<String>,
    /// When it fires although it should not, and what is done about that.
    pub false_positives: Vec<FalsePositive>,
    /// The names of the tests that show that it works.
    pub validation: Vec<String>,
    /// How grave it is, and why.
    pub priority: String,
    /// What is to be done about it.
    pub response: Vec<String>,
}

/// A way to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FalsePositive {
    /// What.
    pub what: String,
    /// What is done about it.
    pub handled_by: HandledBy,
}

/// What is done about a false positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandledBy {
    /// The filter of this id.
    Filter(String),
    /// The exception of this id.
    Exception(String),
    /// Nothing, for a reason.
    Accepted(String),
}

/// Reads the sections at a path.
pub(super) fn read(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Ads> {
    let section = Section::read(value, path, &KEYS, problems)?;
    let mut text = |key: &str| section.text(key, problems).unwrap_or_default().trim().to_owned();
    let (goal, strategy, priority) = (text("goal"), text("abstract"), text("priority"));
    Some(Ads {
        goal,
        strategy,
        priority,
        technical_context: texts(&section, "technical_context", problems),
        blind_spots: texts(&section, "blind_spots", problems),
        false_positives: false_positives(&section, problems),
        validation: texts(&section, "validation", problems),
        response: texts(&section, "response", problems),
    })
}

/// A text, or a list of texts.
fn texts(section: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Vec<String> {
    match section.get(key) {
        None => Vec::new(),
        Some(Value::Sequence(_)) => section.texts(key, problems).unwrap_or_default(),
        Some(_) => section.text(key, problems).map(str::to_owned).into_iter().collect(),
    }
}

fn false_positives(section: &Section<'_>, problems: &mut Problems<'_>) -> Vec<FalsePositive> {
    let Some(value) = section.get("false_positives") else { return Vec::new() };
    let items = list(value, &section.path("false_positives"), problems).unwrap_or_default();
    items.iter().filter_map(|(path, item)| false_positive(item, path, problems)).collect()
}

fn false_positive(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<FalsePositive> {
    let section = Section::read(value, path, &["what", "handled_by"], problems)?;
    let what = section.text("what", problems);
    let what = section.required("what", what, problems);
    let said = section.text("handled_by", problems);
    let said = section.required("handled_by", said, problems)?;
    let handled_by = said.split_once(':').and_then(|(word, rest)| {
        let rest = rest.trim().to_owned();
        match (word.trim(), rest.is_empty()) {
            ("filter", false) => Some(HandledBy::Filter(rest)),
            ("exception", false) => Some(HandledBy::Exception(rest)),
            ("accepted", false) => Some(HandledBy::Accepted(rest)),
            _ => None,
        }
    });
    if handled_by.is_none() {
        let text = "must be `filter: ID`, `exception: ID` or `accepted: a reason`";
        problems.add(section.path("handled_by"), text);
    }
    Some(FalsePositive { what: what?.to_owned(), handled_by: handled_by? })
}
