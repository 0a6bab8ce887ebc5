//! What the records of each log look like: which keys they have, of which kind, and where only
//! certain words occur.
//!
//! Made of the shapes under `lint/shapes/`: records as the vendors document them, with invented
//! values. A test holds the rules of the public set against them.

use std::{collections::BTreeMap, sync::LazyLock};

use event::{Field, Logsource};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::sigma::slot::{Aliases, Target, targets};

const SHAPES: [&str; 10] = [
    include_str!("shapes/auth0.json"),
    include_str!("shapes/azure_activity.json"),
    include_str!("shapes/cloudtrail.json"),
    include_str!("shapes/entra_audit.json"),
    include_str!("shapes/entra_risk.json"),
    include_str!("shapes/entra_signin.json"),
    include_str!("shapes/github.json"),
    include_str!("shapes/google_workspace.json"),
    include_str!("shapes/okta.json"),
    include_str!("shapes/slack.json"),
];

static SHIPPED: LazyLock<Schemas> = LazyLock::new(Schemas::read);

/// The words of common fields that have only certain ones.
const COMMON_CLOSED: [(Field, &[&str]); 3] = [
    (Field::Outcome, &["success", "failure", "unknown"]),
    (Field::ActorType, &["person", "service", "system", "unknown"]),
    (Field::Anonymiser, &["tor", "vpn", "proxy", "hosting", "none"]),
];

/// The schemas of all logs that are known.
#[derive(Debug, Default)]
pub struct Schemas {
    by_log: BTreeMap<String, usize>,
    all: Vec<Schema>,
}

/// The schema of one log.
#[derive(Debug, Default)]
pub struct Schema {
    keys: BTreeMap<String, Key>,
    /// Below these any keys may be.
    open: Vec<String>,
}

/// What is known of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    /// Of which kinds its values are.
    pub kinds: Kinds,
    /// Whether it, or a key it lies in, is a list: then it may have several values.
    pub is_many: bool,
    /// The only words that occur, where there are only certain ones.
    pub closed: Option<Vec<String>>,
    /// Whether it is named as a common field and means something else.
    pub is_shadowing: bool,
}

/// Kinds of values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kinds(u8);

/// What a rule's name for a field stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// A key of the record.
    Key(Key),
    /// A key below one that may have any.
    Open,
    /// A common field.
    Common(Field),
    /// Nothing, and the nearest name that stands for something.
    Unknown(Option<String>),
}

#[derive(Deserialize)]
struct Shape {
    logs: Vec<String>,
    open: Vec<String>,
    closed: BTreeMap<String, Vec<String>>,
    /// Keys that are named as a common field and mean something else.
    #[serde(default)]
    shadowing: Vec<String>,
    records: Vec<Json>,
}

impl Kinds {
    /// A text.
    pub const TEXT: Self = Self(1);
    /// A number.
    pub const NUMBER: Self = Self(2);
    /// Yes or no.
    pub const BOOL: Self = Self(4);
    /// Nothing, said so.
    pub const NULL: Self = Self(8);
    /// Keys and values.
    pub const OBJECT: Self = Self(16);

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of the others is among them.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is nothing but objects, which have no text.
    #[must_use]
    pub fn are_objects(self) -> bool {
        self.has(Self::OBJECT) && !self.has(Self::TEXT.and(Self::NUMBER).and(Self::BOOL))
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        let all = [
            (Self::TEXT, "text"),
            (Self::NUMBER, "number"),
            (Self::BOOL, "true or false"),
            (Self::OBJECT, "object"),
            (Self::NULL, "null"),
        ];
        let words: Vec<&str> =
            all.into_iter().filter(|(kind, _)| self.has(*kind)).map(|(_, word)| word).collect();
        words.join(" or ")
    }
}

impl Schemas {
    /// Those that ship.
    #[must_use]
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// The schema of a log.
    #[must_use]
    pub fn of(&self, log: Logsource) -> Option<&Schema> {
        let at = self.by_log.get(&format!("{}/{}", log.product, log.service))?;
        self.all.get(*at)
    }

    fn read() -> Self {
        let mut schemas = Self::default();
        for text in SHAPES {
            let shape: Shape = serde_json::from_str(text).expect("a shape that ships is JSON");
            for log in &shape.logs {
                schemas.by_log.insert(log.clone(), schemas.all.len());
            }
            schemas.all.push(Schema::of(shape));
        }
        schemas
    }
}

impl Schema {
    fn of(shape: Shape) -> Self {
        let mut schema = Self { open: shape.open, ..Self::default() };
        for record in &shape.records {
            schema.add(record, "", false);
        }
        for (path, words) in shape.closed {
            schema.keys.entry(path).or_default().closed = Some(words);
        }
        for path in shape.shadowing {
            schema.keys.entry(path).or_default().is_shadowing = true;
        }
        schema
    }

    fn add(&mut self, value: &Json, path: &str, is_many: bool) {
        let kind = match value {
            Json::Null => Kinds::NULL,
            Json::Bool(_) => Kinds::BOOL,
            Json::Number(_) => Kinds::NUMBER,
            Json::String(_) => Kinds::TEXT,
            Json::Object(_) => Kinds::OBJECT,
            Json::Array(items) => {
                let key = self.keys.entry(path.to_owned()).or_default();
                key.is_many = true;
                items.iter().for_each(|item| self.add(item, path, true));
                return;
            }
        };
        if !path.is_empty() {
            let key = self.keys.entry(path.to_owned()).or_default();
            key.kinds = key.kinds.and(kind);
            key.is_many |= is_many;
        }
        if let Json::Object(map) = value {
            for (name, value) in map {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                self.add(value, &below, is_many);
            }
        }
    }

    /// What a name stands for.
    #[must_use]
    pub fn find(&self, name: &str, aliases: Aliases) -> Known {
        for target in targets(name, aliases) {
            match target {
                Target::Common(field) => return Known::Common(field),
                Target::Record(path) => match self.key(path) {
                    Some(known) => return known,
                    None => continue,
                },
            }
        }
        Known::Unknown(self.nearest(name, aliases))
    }

    /// What a name stands for that can only be a key of the record.
    #[must_use]
    pub fn find_key(&self, path: &str) -> Known {
        let other_case = || self.in_other_case(path).map(str::to_owned);
        let nearest = || content::nearest(path, self.keys.keys().map(String::as_str));
        self.key(path).unwrap_or_else(|| Known::Unknown(other_case().or_else(nearest)))
    }

    fn key(&self, path: &str) -> Option<Known> {
        let path = bare(path);
        let key = self.keys.get(&path).map(|key| Known::Key(key.clone()));
        key.or_else(|| self.is_open(&path).then_some(Known::Open))
    }

    /// The key of a name that differs in case only.
    #[must_use]
    pub fn in_other_case(&self, name: &str) -> Option<&str> {
        let path = bare(name);
        self.keys.keys().map(String::as_str).find(|key| key.eq_ignore_ascii_case(&path))
    }

    /// The paths of a record that the schema does not have; what a map's fixtures have, it must.
    #[must_use]
    pub fn unknown_in(&self, record: &Json) -> Vec<String> {
        let mut other = Self::default();
        other.add(record, "", false);
        let is_unknown = |path: &&String| !self.keys.contains_key(*path) && !self.is_open(path);
        other.keys.keys().filter(is_unknown).cloned().collect()
    }

    fn is_open(&self, path: &str) -> bool {
        let is_below = |open: &String| {
            path.strip_prefix(open.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        self.open.iter().any(is_below)
    }

    fn nearest(&self, name: &str, aliases: Aliases) -> Option<String> {
        if let Some(key) = self.in_other_case(name) {
            return Some(key.to_owned());
        }
        let keys = self.keys.keys().map(String::as_str);
        let common = Field::ALL.iter().map(|field| field.name());
        content::nearest(name, keys.chain(aliases.iter().map(|(alias, _)| *alias)).chain(common))
    }
}

/// The only words of a common field, where it has only certain ones.
#[must_use]
pub fn common_closed(field: Field) -> Option<&'static [&'static str]> {
    COMMON_CLOSED.iter().find(|(known, _)| *known == field).map(|(_, words)| *words)
}

/// A path without the places in lists that it names.
fn bare(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        let place = after.split_once(']').filter(|(number, _)| number.parse::<i64>().is_ok());
        out.push_str(before);
        match place {
            Some((_, after)) => rest = after,
            None => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(product: &'static str, service: &'static str, name: &str) -> Known {
        let schema = Schemas::shipped().of(Logsource { product, service }).expect("shipped");
        schema.find(name, &[("Alias", "outcome.result"), ("Status", "cs.outcome")])
    }

    #[test]
    fn a_name_is_known_by_the_record_the_aliases_and_the_common_fields() {
        let okta = |name| find("okta", "okta", name);
        let Known::Key(key) = okta("target[0].displayName") else { panic!("a key") };
        assert!(key.is_many && key.kinds == Kinds::TEXT);
        let Known::Key(result) = okta("Alias") else { panic!("an alias") };
        assert!(result.closed.expect("certain words").contains(&"SUCCESS".to_owned()));
        assert_eq!(okta("Status"), Known::Common(Field::Outcome));
        assert_eq!(okta("source.asn"), Known::Common(Field::Asn));
        assert_eq!(okta("debugContext.debugData.anything.at.all"), Known::Open);
        let Known::Key(outcome) = okta("outcome") else { panic!("the record comes first") };
        assert!(outcome.kinds.are_objects());
        assert_eq!(okta("cs.outcome"), Known::Common(Field::Outcome));
        assert_eq!(okta("eventtype"), Known::Unknown(Some("eventType".into())));
        assert_eq!(okta("outcome.reslt"), Known::Unknown(Some("outcome.result".into())));
        assert_eq!(okta("zzz"), Known::Unknown(None));
        let schema = Schemas::shipped().of(Logsource { product: "okta", service: "okta" });
        let key = |name| schema.expect("shipped").find_key(name);
        assert!(matches!(key("outcome.result"), Known::Key(_)));
        assert!(matches!(key("source.asn"), Known::Unknown(_)), "no common field");
    }

    #[test]
    fn a_record_is_held_against_its_schema() {
        let schema =
            Schemas::shipped().of(Logsource { product: "okta", service: "okta" }).expect("it");
        let record = serde_json::json!({ "uuid": "x", "target": [{ "id": "x", "odd": 1 }], "debugContext": { "debugData": { "any": 1 } } });
        assert_eq!(schema.unknown_in(&record), ["target.odd"]);
    }
}
