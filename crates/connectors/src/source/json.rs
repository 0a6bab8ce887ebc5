//! The generic alert (`kind = "json"`), one object or an array of them:
//!
//! ```json
//! {"id":"unique-or-absent","rule":"aws-root-login","title":"Root signed in","description":"…",
//!  "severity":"high","time":"2026-11-21T03:04:05Z","person":"mia@example.com",
//!  "url":"https://siem.example.com/a/1","facts":{"ip":"203.0.113.7"}}
//! ```
//!
//! Only `rule` or `title` must be there: each stands in for the other. `null` is the same as
//! absent, except inside `facts`, where it is a value.

use model::{Personal, Severity, Timestamp};
use ports::source::{AlertDraft, AlertMap, Rejected};
use serde_json::{Map, Value};

use super::{facts, limits, notes::Notes, text};

/// The fields of a generic alert.
const FIELDS: [&str; 9] =
    ["id", "rule", "title", "description", "severity", "time", "person", "url", "facts"];

/// Reads generic alerts.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonMap;

impl AlertMap for JsonMap {
    fn map(&self, body: &Value) -> Vec<Result<AlertDraft, Rejected>> {
        match body {
            Value::Array(records) => records.iter().map(read).collect(),
            record => vec![read(record)],
        }
    }
}

fn read(record: &Value) -> Result<AlertDraft, Rejected> {
    let Value::Object(fields) = record else {
        return Err(rejected("not an object: send one JSON object for each alert"));
    };
    let mut fields = Fields { fields, notes: Notes::default() };
    let (rule, title) = fields.rule_and_title()?;
    let mut draft = AlertDraft {
        external_id: fields.external_id(),
        rule,
        title,
        description: fields.text("description", limits::DESCRIPTION_BYTES).unwrap_or_default(),
        severity: fields.severity(),
        time: fields.time(),
        person: fields.person(),
        url: fields.url(),
        facts: fields.facts(),
        problems: Vec::new(),
    };
    fields.note_unknown();
    draft.problems = fields.notes.finish();
    Ok(draft)
}

pub(super) fn rejected(problem: &str) -> Rejected {
    Rejected { problem: problem.to_owned() }
}

struct Fields<'a> {
    fields: &'a Map<String, Value>,
    notes: Notes,
}

impl<'a> Fields<'a> {
    /// The field unless it is absent or null.
    fn given(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A text that is there and says something.
    fn words(&mut self, name: &str) -> Option<&'a str> {
        match self.given(name)? {
            Value::String(words) if !words.trim().is_empty() => Some(words.trim()),
            Value::String(_) => self.ignored(name, "empty, ignored"),
            _ => self.ignored(name, "not a text, ignored"),
        }
    }

    fn ignored<T>(&mut self, name: &str, what: &str) -> Option<T> {
        self.notes.add(name, what);
        None
    }

    fn text(&mut self, name: &str, cap: usize) -> Option<String> {
        let words = self.words(name)?;
        Some(text::kept(words, cap, name, &mut self.notes))
    }

    fn rule_and_title(&mut self) -> Result<(String, String), Rejected> {
        let rule = self.words("rule");
        let rule =
            rule.map(|words| text::kept_apart(words, limits::RULE_BYTES, "rule", &mut self.notes));
        let title = self.text("title", limits::TITLE_BYTES);
        match (rule, title) {
            (Some(rule), Some(title)) => Ok((rule, title)),
            (Some(rule), None) => {
                self.notes.add("title", "absent, the rule stands in for it");
                Ok((rule.clone(), rule))
            }
            (None, Some(title)) => {
                self.notes.add("rule", "absent, the title stands in for it");
                Ok((text::shortened(&title, limits::RULE_BYTES), title))
            }
            (None, None) => {
                Err(rejected("neither `rule` nor `title` holds a text: send at least one of them"))
            }
        }
    }

    fn external_id(&mut self) -> Option<String> {
        let number;
        let words = match self.given("id")? {
            Value::Number(id) => {
                number = id.to_string();
                number.as_str()
            }
            _ => self.words("id")?,
        };
        Some(text::kept_apart(words, limits::EXTERNAL_ID_BYTES, "id", &mut self.notes))
    }

    fn severity(&mut self) -> Severity {
        let word = self.words("severity");
        severity_of(word, &mut self.notes)
    }

    fn time(&mut self) -> Option<Timestamp> {
        let words = self.words("time")?;
        time_of(words, "time", &mut self.notes)
    }

    fn person(&mut self) -> Option<Personal> {
        let words = self.words("person")?;
        person_of(words, "person", &mut self.notes)
    }

    fn url(&mut self) -> Option<String> {
        let words = self.words("url")?;
        url_of(words, "url", &mut self.notes)
    }

    fn facts(&mut self) -> model::Facts {
        match self.given("facts") {
            None => model::Facts::new(),
            Some(Value::Object(object)) => facts::read(object, "facts", &mut self.notes),
            Some(_) => {
                self.notes.add("facts", "not an object, ignored");
                model::Facts::new()
            }
        }
    }

    fn note_unknown(&mut self) {
        for name in self.fields.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
            self.notes.add(name, "unknown field, ignored: put it under `facts`");
        }
    }
}

/// A tool's word for a severity; none, or one nobody knows, is medium.
pub(super) fn severity_of(word: Option<&str>, notes: &mut Notes) -> Severity {
    let Some(word) = word.filter(|word| word.len() <= limits::WORD_BYTES) else {
        notes.add("severity", "no known severity, read as medium");
        return Severity::Medium;
    };
    let (severity, problem) = Severity::read(word);
    if let Some(problem) = problem {
        notes.add(&problem.path, problem.text);
    }
    severity
}

/// A time with its zone, as RFC 3339 writes it.
pub(super) fn time_of(words: &str, path: &str, notes: &mut Notes) -> Option<Timestamp> {
    let time = (words.len() <= limits::WORD_BYTES).then(|| words.parse().ok()).flatten();
    if time.is_none() {
        notes.add(path, "not a time such as 2026-11-21T03:04:05Z, the time of arrival counts");
    }
    time
}

/// Whom it is about. Half a name could be somebody else's, so that a long one names nobody.
pub(super) fn person_of(words: &str, path: &str, notes: &mut Notes) -> Option<Personal> {
    if words.len() > limits::PERSON_BYTES {
        let cap = limits::PERSON_BYTES;
        notes.add(path, format!("longer than {cap} bytes, read as nobody"));
        return None;
    }
    Some(Personal::new(text::kept(words, limits::PERSON_BYTES, path, notes)))
}

/// An address that a browser may follow: nothing but http and https.
pub(super) fn url_of(words: &str, path: &str, notes: &mut Notes) -> Option<String> {
    let parsed = (words.len() <= limits::URL_BYTES).then(|| url::Url::parse(words).ok()).flatten();
    let url = parsed.filter(|url| matches!(url.scheme(), "http" | "https"));
    // Normalising may lengthen it: what is stored keeps to the limit too.
    let url = url.map(String::from).filter(|url| url.len() <= limits::URL_BYTES);
    if url.is_none() {
        notes.add(path, "not an http or https address, left out");
    }
    url
}

#[cfg(test)]
#[path = "json/tests.rs"]
mod tests;
