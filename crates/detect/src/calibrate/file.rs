//! `calibrated.yml`: the chosen thresholds, written by the command and reviewed by people.
//!
//! ```yaml
//! rules:
//!   2f6f1c1e-5b0e-4d0b-9f0f-6b1a9e5d7c11:
//!     threshold: 3.25
//!     expected_per_person: 0.41          # questions in each of the budget's periods
//!     expected_per_day_per_1000: 13.67
//!     meaning: 8b1f03d2a4c5e6f7          # of the baseline, as it was calibrated
//!     from: 2026-07-01T00:00:00Z         # the history that was replayed
//!     to: 2026-07-31T00:00:00Z
//!     people: 812
//! ```

use std::{collections::BTreeMap, fmt::Write as _};

use content::{FileProblem, Problems, Section};
use model::Timestamp;
use serde_norway::Value;

/// The longest file, in bytes.
pub(super) const FILE_BYTES_MAX: usize = 1024 * 1024;
/// How many rules it may name.
pub(super) const RULES_MAX: usize = 2_000;
/// The longest id of a rule, in bytes.
const ID_BYTES_MAX: usize = 128;
const NUMBER_MAX: f64 = 1e12;

const RULE_KEYS: [&str; 7] = [
    "threshold",
    "expected_per_person",
    "expected_per_day_per_1000",
    "meaning",
    "from",
    "to",
    "people",
];

/// The calibrated thresholds, by rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calibrated {
    rules: BTreeMap<String, Entry>,
}

/// A calibrated threshold, and from what it was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The threshold.
    pub threshold: f64,
    /// What it was expected to ask each person in each of the budget's periods.
    pub expected_per_person: f64,
    /// What it was expected to ask in a day for each thousand people.
    pub expected_per_day_per_1000: f64,
    /// What the baseline meant.
    pub meaning: u64,
    /// The history that was replayed.
    pub from: Timestamp,
    /// To this instant.
    pub to: Timestamp,
    /// The people in it.
    pub people: u32,
}

/// A rule as it is in force.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownRule<'r> {
    /// Its id.
    pub id: &'r str,
    /// What its baseline means.
    pub meaning: u64,
    /// The hard floor of its threshold.
    pub floor: f64,
}

/// Why a calibrated threshold is not used, or not as written. The file stays valid: rules change
/// before they are calibrated again.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// There is no such rule with a baseline.
    UnknownRule {
        /// Its id.
        id: String,
        /// The nearest that there is.
        nearest: Option<String>,
    },
    /// The baseline means something else now: the rule's own threshold is in force.
    OtherMeaning {
        /// The rule's id.
        id: String,
    },
    /// Below the hard floor, which is in force instead.
    BelowFloor {
        /// The rule's id.
        id: String,
        /// The hard floor.
        floor: f64,
    },
}

impl Calibrated {
    /// Reads a file; all problems at once.
    pub fn read(file: &str, yaml: &str) -> Result<Self, Vec<FileProblem>> {
        let mut problems = Problems::of(file);
        let rules = parse(yaml, &mut problems).map(|value| rules(&value, &mut problems));
        match rules {
            Some(rules) if problems.is_empty() => Ok(Self { rules }),
            _ => Err(problems.into_vec()),
        }
    }

    /// The file's text; [`Calibrated::read`] gives the same back.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = format!("{HEADER}rules:");
        if self.rules.is_empty() {
            text.push_str(" {}\n");
            return text;
        }
        text.push('\n');
        for (id, entry) in &self.rules {
            entry.write(id, &mut text).expect("writing to a text cannot fail");
        }
        text
    }

    /// Notes a rule's threshold, in the place of what was there.
    pub fn set(&mut self, id: &str, entry: Entry) {
        self.rules.insert(id.to_owned(), entry);
    }

    /// What is there of a rule.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.rules.get(id)
    }

    /// The threshold for a rule; nothing where it was calibrated for another meaning.
    #[must_use]
    pub fn threshold(&self, rule: &KnownRule<'_>) -> Option<f64> {
        let entry = self.rules.get(rule.id).filter(|entry| entry.meaning == rule.meaning)?;
        Some(entry.threshold.max(rule.floor))
    }

    /// What of it is not used as written, given the rules in force.
    #[must_use]
    pub fn notes(&self, known: &[KnownRule<'_>]) -> Vec<Note> {
        self.rules.iter().filter_map(|(id, entry)| note(id, entry, known)).collect()
    }
}

fn note(id: &str, entry: &Entry, known: &[KnownRule<'_>]) -> Option<Note> {
    let id = id.to_owned();
    match known.iter().find(|rule| rule.id == id) {
        None => {
            let nearest = content::nearest(&id, known.iter().map(|rule| rule.id));
            Some(Note::UnknownRule { id, nearest })
        }
        Some(rule) if rule.meaning != entry.meaning => Some(Note::OtherMeaning { id }),
        Some(rule) if entry.threshold < rule.floor => {
            Some(Note::BelowFloor { id, floor: rule.floor })
        }
        Some(_) => None,
    }
}

const HEADER: &str = "# Written by `countersign rules calibrate`. Review it as you would a rule.\n";

impl Entry {
    fn write(&self, id: &str, text: &mut String) -> std::fmt::Result {
        writeln!(text, "  {}:", quoted(id))?;
        writeln!(text, "    threshold: {}", self.threshold)?;
        writeln!(text, "    expected_per_person: {}", self.expected_per_person)?;
        writeln!(text, "    expected_per_day_per_1000: {}", self.expected_per_day_per_1000)?;
        writeln!(text, "    meaning: '{:016x}'", self.meaning)?;
        writeln!(text, "    from: {}", self.from)?;
        writeln!(text, "    to: {}", self.to)?;
        writeln!(text, "    people: {}", self.people)
    }
}

/// A text in quotes, with everything spelt out that is not a plain character.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for each in text.chars() {
        match each {
            ' '..='~' if each != '"' && each != '\\' => quoted.push(each),
            other => quoted.push_str(&format!("\\U{:08x}", u32::from(other))),
        }
    }
    quoted.push('"');
    quoted
}

fn parse(yaml: &str, problems: &mut Problems<'_>) -> Option<Value> {
    if yaml.len() > FILE_BYTES_MAX {
        problems.add("", format!("longer than {FILE_BYTES_MAX} bytes"));
        return None;
    }
    serde_norway::from_str(yaml).map_err(|error| problems.add("", error.to_string())).ok()
}

fn rules(value: &Value, problems: &mut Problems<'_>) -> BTreeMap<String, Entry> {
    let mut read = BTreeMap::new();
    let Some(top) = Section::read(value, "", &["rules"], problems) else { return read };
    let Some(Value::Mapping(rules)) = top.required("rules", top.get("rules"), problems) else {
        if top.get("rules").is_some() {
            problems.add("rules", "must be rules by id");
        }
        return read;
    };
    if rules.len() > RULES_MAX {
        problems.add("rules", format!("more than {RULES_MAX} rules"));
        return read;
    }
    for (id, value) in rules {
        match id.as_str() {
            Some(id) if !id.is_empty() && id.len() <= ID_BYTES_MAX => {
                if let Some(entry) = entry(value, &format!("rules.{id}"), problems) {
                    read.insert(id.to_owned(), entry);
                }
            }
            _ => problems.add("rules", format!("an id must have 1 to {ID_BYTES_MAX} bytes")),
        }
    }
    read
}

fn entry(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Entry> {
    let section = Section::read(value, path, &RULE_KEYS, problems)?;
    let threshold = number(&section, "threshold", problems);
    let expected_per_person = number(&section, "expected_per_person", problems);
    let expected_per_day_per_1000 = number(&section, "expected_per_day_per_1000", problems);
    let meaning = meaning(&section, problems);
    let (from, to) = (time(&section, "from", problems), time(&section, "to", problems));
    let people = section.count("people", u32::MAX, problems);
    let people = section.required("people", people, problems);
    Some(Entry {
        threshold: threshold?,
        expected_per_person: expected_per_person?,
        expected_per_day_per_1000: expected_per_day_per_1000?,
        meaning: meaning?,
        from: from?,
        to: to?,
        people: people?,
    })
}

fn number(section: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<f64> {
    let value = section.get(key);
    let number = value.and_then(Value::as_f64).filter(|it| (0.0..=NUMBER_MAX).contains(it));
    if value.is_some() && number.is_none() {
        problems.add(section.path(key), format!("must be a number from 0 to {NUMBER_MAX}"));
    }
    section.required(key, number, problems)
}

fn meaning(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<u64> {
    let text = section.text("meaning", problems);
    let text = section.required("meaning", text, problems)?;
    let is_hash = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let meaning = u64::from_str_radix(text, 16).ok().filter(|_| is_hash);
    if meaning.is_none() {
        problems.add(section.path("meaning"), "must be 16 hexadecimal digits, in quotes");
    }
    meaning
}

fn time(section: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<Timestamp> {
    let text = section.text(key, problems);
    let text = section.required(key, text, problems)?;
    let time = text.parse().ok();
    if time.is_none() {
        problems.add(section.path(key), "must be a time, such as 2026-07-01T00:00:00Z");
    }
    time
}
