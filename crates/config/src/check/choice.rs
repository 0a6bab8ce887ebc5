//! One of several: a section by its `kind`, a word of a list, a table with one key, a reference to
//! a secret, or whatever is of the right type.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::{Checker, Findings, kind_of, spoken, text};
use crate::{
    document::{Place, joined},
    problem::unknown,
    secret::{SecretRef, SecretUse},
};

/// What to write where a secret is wanted.
const SECRET: &str =
    r#"must be a reference to a secret: write { env = "NAME" } or { file = "PATH" }"#;

/// The branches of a schema that has several.
pub(super) fn branches(schema: &Value) -> Option<&Vec<Value>> {
    schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())
}

impl<'s> Checker<'s> {
    pub(super) fn choice(&mut self, branches: &'s [Value], value: &Place<'_>, key: &str) {
        let branches: Vec<&'s Value> = branches
            .iter()
            .map(|branch| self.resolved(branch))
            .filter(|branch| branch["type"] != "null")
            .collect();
        let start = value.span().start;
        // A build without any kind of a family has sections of no kind: all are unknown.
        if branches.iter().all(|branch| kind_word(branch).is_some()) {
            return self.section(&branches, value, key);
        }
        if let [only] = branches[..] {
            return self.value(only, value, key);
        }
        if let Some(words) = words(&branches) {
            return match value.get_ref().as_str() {
                Some(word) => {
                    let fault = text::word_fault(&words, word);
                    fault.into_iter().for_each(|what| self.fault(start, key, what));
                }
                None => self.fault(start, key, format!("must be one of {}", words.join(", "))),
            };
        }
        if is_secret(&branches) {
            return self.secret(value, key);
        }
        match (tagged(&branches), value.get_ref()) {
            (Some(tags), DeValue::Table(table)) => self.tag(&tags, table, key, start),
            _ => self.by_type(&branches, value, key),
        }
    }

    /// A section: the branch of its `kind`.
    fn section(&mut self, branches: &[&'s Value], value: &Place<'_>, key: &str) {
        let start = value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            return self.fault(start, key, "must be a table with a `kind`");
        };
        let kinds: Vec<&str> = branches.iter().filter_map(|branch| kind_word(branch)).collect();
        let inner = joined(key, "kind");
        let Some(kind) = table.get("kind") else {
            let known = kinds.join(", ");
            return self.fault(start, &inner, format!("must be given, known are {known}"));
        };
        let at = kind.span().start;
        let Some(word) = kind.get_ref().as_str() else {
            return self.fault(at, &inner, "must be a text");
        };
        match branches.iter().find(|branch| kind_word(branch) == Some(word)) {
            Some(branch) => self.table(branch, table, key, start),
            None => self.fault(at, &inner, unknown("kind", word, &kinds)),
        }
    }

    /// A table with exactly one key, which says what it is.
    fn tag(&mut self, tags: &[(&'s str, &'s Value)], table: &DeTable<'_>, key: &str, start: usize) {
        let known: Vec<&str> = tags.iter().map(|(tag, _)| *tag).collect();
        for (name, value) in table {
            let (name, at) = (name.get_ref().as_ref(), name.span().start);
            match tags.iter().find(|(tag, _)| *tag == name) {
                Some((_, schema)) => self.value(schema, value, &joined(key, name)),
                None => self.fault(at, key, unknown("key", name, &known)),
            }
        }
        if table.len() != 1 {
            self.fault(start, key, format!("must have exactly one of {}", known.join(", ")));
        }
    }

    fn secret(&mut self, value: &Place<'_>, key: &str) {
        let start = value.span().start;
        match value.get_ref().as_table().and_then(reference) {
            Some(reference) => {
                let line = Some(self.sheet.line(start));
                self.found.secrets.push(SecretUse { key: key.to_owned(), line, reference });
            }
            None => self.fault(start, key, SECRET),
        }
    }

    /// The branch of the value's type, of several the one with the fewest faults.
    fn by_type(&mut self, branches: &[&'s Value], value: &Place<'_>, key: &str) {
        let kind = kind_in_toml(value.get_ref());
        let fitting = branches.iter().filter(|branch| self.kinds(branch).contains(&kind));
        let attempts = fitting.map(|branch| self.attempt(branch, value, key));
        match attempts.min_by_key(|found| found.problems.len()) {
            Some(found) => {
                self.found.problems.extend(found.problems);
                self.found.secrets.extend(found.secrets);
            }
            None if branches.iter().any(|branch| self.takes_secret(branch)) => {
                self.fault(value.span().start, key, SECRET);
            }
            None => {
                let kinds: Vec<_> = branches.iter().flat_map(|branch| self.kinds(branch)).collect();
                let kinds: Vec<_> = kinds.into_iter().map(spoken).collect();
                self.fault(value.span().start, key, format!("must be {}", kinds.join(" or ")));
            }
        }
    }

    fn attempt(&self, branch: &'s Value, value: &Place<'_>, key: &str) -> Findings {
        let mut checker =
            Checker { schema: self.schema, sheet: self.sheet, found: Findings::default() };
        checker.value(branch, value, key);
        checker.found
    }

    fn kinds(&self, branch: &'s Value) -> Vec<&'s str> {
        match branches(branch) {
            Some(inner) => {
                inner.iter().flat_map(|branch| self.kinds(self.resolved(branch))).collect()
            }
            None => kind_of(branch).into_iter().collect(),
        }
    }

    fn takes_secret(&self, branch: &'s Value) -> bool {
        let Some(inner) = branches(branch) else { return false };
        is_secret(&inner.iter().map(|branch| self.resolved(branch)).collect::<Vec<_>>())
    }
}

/// The words of an enumeration.
fn words<'s>(branches: &[&'s Value]) -> Option<Vec<&'s str>> {
    let mut words = Vec::new();
    for branch in branches {
        match (&branch["const"], branch["enum"].as_array()) {
            (Value::String(word), _) => words.push(word.as_str()),
            (_, Some(several)) => words.extend(several.iter().filter_map(Value::as_str)),
            _ => return None,
        }
    }
    (!words.is_empty()).then_some(words)
}

fn kind_word(branch: &Value) -> Option<&str> {
    branch["properties"]["kind"]["const"].as_str()
}

/// The keys of tables that have one each.
fn tagged<'s>(branches: &[&'s Value]) -> Option<Vec<(&'s str, &'s Value)>> {
    let only = |branch: &&'s Value| {
        let mut properties = branch["properties"].as_object()?.iter();
        let (tag, schema) = properties.next()?;
        let is_only = properties.next().is_none() && branch["required"][0] == tag.as_str();
        is_only.then_some((tag.as_str(), schema))
    };
    branches.iter().map(only).collect()
}

/// A reference to a secret is known by its two keys, whichever crate's type it is.
fn is_secret(branches: &[&Value]) -> bool {
    let tags = tagged(branches).unwrap_or_default();
    matches!(&tags[..], [("env", _), ("file", _)])
}

fn reference(table: &DeTable<'_>) -> Option<SecretRef> {
    let (name, value) = table.iter().next().filter(|_| table.len() == 1)?;
    let value = value.get_ref().as_str().filter(|value| !value.trim().is_empty())?;
    match name.get_ref().as_ref() {
        "env" => Some(SecretRef::Env(value.to_owned())),
        "file" => Some(SecretRef::File(value.into())),
        _ => None,
    }
}

fn kind_in_toml(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Datetime(_) => "datetime",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    }
}
