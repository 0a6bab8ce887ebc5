//! What a rule says of itself, in Sigma's own words.

use content::{Problems, Section, yaml::MAX_TEXT_BYTES};
use model::Severity;
use serde_norway::Value;

use super::Origin;

/// The longest id or name of somebody else's rule, in bytes.
const WORD_BYTES_MAX: usize = 128;
/// How many authors' and references' texts are kept of one rule.
const REFERENCES_MAX: usize = 32;

const LEVELS: [(&str, Severity); 5] = [
    ("informational", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];
const STATUSES: [(&str, Status); 5] = [
    ("stable", Status::Stable),
    ("test", Status::Test),
    ("experimental", Status::Experimental),
    ("deprecated", Status::Deprecated),
    ("unsupported", Status::Unsupported),
];

/// What a rule says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The id, by which it is known.
    pub id: String,
    /// A shorter word for it, for other rules to use.
    pub name: Option<String>,
    /// One line.
    pub title: String,
    /// More.
    pub description: String,
    /// How mature it is.
    pub status: Option<Status>,
    /// How grave what it finds is.
    pub level: Severity,
    /// As written, such as `attack.t1078.004`.
    pub tags: Vec<String>,
    /// Who wrote it. Shown with what it finds, as the licence of the public set asks.
    pub author: Option<String>,
    /// Where it comes from and what it is about.
    pub references: Vec<String>,
    /// Under which licence, where it says so.
    pub license: Option<String>,
    /// Which logs it looks at.
    pub logsource: LogsourceWanted,
}

/// How mature a rule is, by its author's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// In use for long.
    Stable,
    /// In use.
    Test,
    /// May be noisy.
    Experimental,
    /// Replaced.
    Deprecated,
    /// Cannot work everywhere.
    Unsupported,
}

/// Which logs a rule looks at. What it does not name it does not mind.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct LogsourceWanted {
    /// Such as `okta`.
    pub product: Option<String>,
    /// Such as `signinlogs`.
    pub service: Option<String>,
    /// Such as `application`. It says something only where no product is named.
    pub category: Option<String>,
}

impl LogsourceWanted {
    /// Whether a log is one of them.
    #[must_use]
    pub fn is_met_by(&self, log: event::Logsource) -> bool {
        let is_met = |wanted: &Option<String>, is: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        let is_only_category = self.product.is_none() && self.category.is_some();
        !is_only_category
            && is_met(&self.product, log.product)
            && is_met(&self.service, log.service)
    }

    /// Whether all logs that another one means are meant.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let covers = |own: &Option<String>, other: &Option<String>| match (own, other) {
            (None, _) => true,
            (Some(own), Some(other)) => own.eq_ignore_ascii_case(other),
            (Some(_), None) => false,
        };
        covers(&self.product, &other.product)
            && covers(&self.service, &other.service)
            && covers(&self.category, &other.category)
    }
}

impl std::fmt::Display for LogsourceWanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [&self.product, &self.service, &self.category];
        let said: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        f.write_str(if said.is_empty() { "any log" } else { "" })?;
        f.write_str(&said.join("/"))
    }
}

/// Reads the head of a rule at the top of a document.
pub(super) fn read(
    top: &Section<'_>,
    origin: Origin,
    fallback_id: &str,
    problems: &mut Problems<'_>,
) -> Option<Head> {
    let title = top.text("title", problems).map(str::to_owned);
    let title = top.required("title", title, problems);
    let id = id(top, origin, fallback_id, problems);
    let level = top.word("level", &LEVELS, problems);
    let head = Head {
        id: id.unwrap_or_default(),
        name: word(top, "name", problems),
        title: title.unwrap_or_default(),
        description: long(top, "description", problems).unwrap_or_default(),
        status: top.word("status", &STATUSES, problems),
        level: level.unwrap_or_default(),
        tags: texts(top, "tags", problems),
        author: long(top, "author", problems),
        references: texts(top, "references", problems),
        license: long(top, "license", problems),
        logsource: logsource(top, problems),
    };
    (!head.id.is_empty() && !head.title.is_empty()).then_some(head)
}

/// Ours have an id; of others' rules the name or the place in the files will do.
fn id(
    top: &Section<'_>,
    origin: Origin,
    fallback: &str,
    problems: &mut Problems<'_>,
) -> Option<String> {
    if origin == Origin::Own {
        let id = top.id("id", problems);
        return top.required("id", id, problems);
    }
    let id = word(top, "id", problems).or_else(|| word(top, "name", problems));
    Some(id.unwrap_or_else(|| fallback.to_owned()))
}

fn word(top: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<String> {
    let word = top.text(key, problems)?;
    if word.len() > WORD_BYTES_MAX {
        problems.add(top.path(key), format!("longer than {WORD_BYTES_MAX} bytes"));
        return None;
    }
    Some(word.to_owned())
}

/// A text that is only shown: cut, where another would be a problem.
fn long(top: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<String> {
    let Some(text) = top.get(key)?.as_str() else {
        problems.add(top.path(key), "must be a text");
        return None;
    };
    Some(text[..text.floor_char_boundary(MAX_TEXT_BYTES)].trim().to_owned())
}

/// One text, or a list of them.
fn texts(top: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Vec<String> {
    let Some(value) = top.get(key) else { return Vec::new() };
    let items = match value {
        Value::Sequence(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut all = Vec::new();
    for item in items.iter().take(REFERENCES_MAX) {
        match item.as_str() {
            Some(text) => all.push(text[..text.floor_char_boundary(MAX_TEXT_BYTES)].to_owned()),
            None => problems.add(top.path(key), "must be texts"),
        }
    }
    all
}

fn logsource(top: &Section<'_>, problems: &mut Problems<'_>) -> LogsourceWanted {
    let Some(value) = top.get("logsource") else { return LogsourceWanted::default() };
    let known = ["product", "service", "category", "definition"];
    let Some(section) = Section::read(value, "logsource", &known, problems) else {
        return LogsourceWanted::default();
    };
    let mut text = |key: &str| section.text(key, problems).map(str::to_owned);
    LogsourceWanted {
        product: text("product"),
        service: text("service"),
        category: text("category"),
    }
}
