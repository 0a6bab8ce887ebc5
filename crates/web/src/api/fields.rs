//! Reading the body of a write: strict, and every fault told at once, by its path and never with
//! the value that was sent.

use std::str::FromStr;

use axum::body::Bytes;
use http::HeaderMap;
use model::{FactValue, Facts};
use runtime::intake::FACTS_MAX;
use serde_json::{Map, Value, json};

use crate::{Problem, json as reader, limits, problem::Kind};

/// The longest name of a fact, in bytes.
const FACT_NAME_BYTES: usize = 128;
/// The longest text of a fact, in bytes.
const FACT_BYTES: usize = 4 * 1024;
/// The most items of a fact that is a list.
const FACT_ITEMS: usize = 64;

/// The fields of a body.
pub(super) struct Fields {
    left: Map<String, Value>,
    faults: Vec<Value>,
}

impl Fields {
    /// Reads a body of one JSON object.
    pub(super) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Problem> {
        reader::require_type(headers)?;
        match reader::parse(body, limits::JSON_DEPTH)? {
            Value::Object(left) => Ok(Self { left, faults: Vec::new() }),
            _ => Err(Problem::new(Kind::InvalidBody, "Send one JSON object.")),
        }
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &str, max_bytes: usize) -> String {
        let text = self.optional_text(name, max_bytes);
        if text.is_none() && !self.is_faulty(name) {
            self.fault(name, "missing: send a text");
        }
        text.unwrap_or_default()
    }

    /// A text that may be there.
    pub(super) fn optional_text(&mut self, name: &str, max_bytes: usize) -> Option<String> {
        match self.left.remove(name) {
            None | Some(Value::Null) => return None,
            Some(Value::String(text)) if text.len() > max_bytes => {
                self.fault(name, format!("longer than {max_bytes} bytes"));
            }
            Some(Value::String(text)) if text.trim().is_empty() => self.fault(name, "empty"),
            Some(Value::String(text)) => return Some(text.trim().to_owned()),
            Some(_) => self.fault(name, "not a text"),
        }
        None
    }

    /// One of some words, which must be there.
    pub(super) fn word<T>(
        &mut self,
        name: &str,
        words: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let found = match self.left.remove(name) {
            Some(Value::String(word)) => read(&word),
            _ => None,
        };
        if found.is_none() {
            self.fault(name, format!("not one of {words}"));
        }
        found
    }

    /// Something that may be there, and is read from a text.
    pub(super) fn optional_parsed<T: FromStr>(&mut self, name: &str, what: &str) -> Option<T> {
        let given = self.left.remove(name).filter(|value| !value.is_null())?;
        let read = given.as_str().and_then(|text| text.trim().parse().ok());
        if read.is_none() {
            self.fault(name, format!("not {what}"));
        }
        read
    }

    /// A yes or no that may be there; no, where it is not.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.left.remove(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(is_so)) => is_so,
            Some(_) => {
                self.fault(name, "not true or false");
                false
            }
        }
    }

    /// A whole number from 0 on that may be there.
    pub(super) fn optional_count(&mut self, name: &str) -> Option<u32> {
        let given = self.left.remove(name).filter(|value| !value.is_null())?;
        let count = given.as_u64().and_then(|count| u32::try_from(count).ok());
        if count.is_none() {
            self.fault(name, "not a whole number from 0 on");
        }
        count
    }

    /// Named facts, which may be there.
    pub(super) fn facts(&mut self, name: &str) -> Facts {
        let given = match self.left.remove(name) {
            None | Some(Value::Null) => return Facts::new(),
            Some(Value::Object(given)) if given.len() <= FACTS_MAX => given,
            Some(_) => {
                self.fault(name, format!("not an object of at most {FACTS_MAX} facts"));
                return Facts::new();
            }
        };
        let mut facts = Facts::new();
        for (fact, value) in given {
            match fact_of(value).filter(|_| (1..=FACT_NAME_BYTES).contains(&fact.len())) {
                Some(value) => {
                    facts.insert(fact, value);
                }
                None => self.fault(
                    name,
                    "a fact is too long, or is not a text, a number, true, false, null or a list",
                ),
            }
        }
        facts
    }

    /// Refuses the body if anything was wrong with it, or if fields are left.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        if !self.left.is_empty() {
            self.fault("", "there are unknown fields");
        }
        if self.faults.is_empty() {
            return Ok(());
        }
        let problem = Problem::new(Kind::InvalidBody, "Mend what `errors` names, then send again.");
        Err(problem.with("errors", self.faults))
    }

    fn fault(&mut self, name: &str, problem: impl Into<String>) {
        self.faults.push(json!({ "path": name, "problem": problem.into() }));
    }

    fn is_faulty(&self, name: &str) -> bool {
        self.faults.iter().any(|fault| fault["path"] == name)
    }
}

fn fact_of(value: Value) -> Option<FactValue> {
    match value {
        Value::Array(items) if items.len() <= FACT_ITEMS => {
            let items: Option<Vec<_>> = items.into_iter().map(scalar).collect();
            items.map(FactValue::List)
        }
        value => scalar(value),
    }
}

fn scalar(value: Value) -> Option<FactValue> {
    match value {
        Value::Null => Some(FactValue::Null),
        Value::Bool(yes) => Some(FactValue::Bool(yes)),
        Value::Number(number) => {
            let int = number.as_i64().map(FactValue::Int);
            int.or_else(|| number.as_f64().map(FactValue::Float))
        }
        Value::String(text) if text.len() <= FACT_BYTES => Some(FactValue::Text(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &str) -> Fields {
        let body = Bytes::copy_from_slice(body.as_bytes());
        Fields::read(&HeaderMap::new(), &body).expect("an object")
    }

    #[test]
    fn every_fault_is_told_at_once_and_no_value_is() {
        let mut fields =
            fields(r#"{"title":"","facts":{"a":{}},"kind":"hunter2","more":"hunter2"}"#);
        fields.text("person", 10);
        fields.text("title", 10);
        fields.facts("facts");
        fields.word("kind", "`a`, `b`", |_| None::<()>);
        let problem = fields.finish().expect_err("faulty");
        let errors = problem.members["errors"].as_array().expect("a list");
        let paths: Vec<_> = errors.iter().map(|error| error["path"].as_str()).collect();
        assert_eq!(paths, [Some("person"), Some("title"), Some("facts"), Some("kind"), Some("")]);
        assert!(!problem.document("").to_string().contains("hunter2"));
    }

    #[test]
    fn facts_are_scalars_and_lists_of_them() {
        let mut fields =
            fields(r#"{"facts":{"a":1,"b":1.5,"c":null,"d":true,"e":["x",2],"f":"y"}}"#);
        let facts = fields.facts("facts");
        fields.finish().expect("nothing wrong");
        assert_eq!(facts["a"], FactValue::Int(1));
        assert_eq!(facts["c"], FactValue::Null);
        assert_eq!(facts["e"], FactValue::List(vec!["x".into(), FactValue::Int(2)]));
        assert_eq!(facts.len(), 6);
    }
}
