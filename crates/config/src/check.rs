//! Checks a file against the schema and tells every fault at once.
//!
//! It knows the part of JSON Schema that our own types produce, and three things beyond: sections
//! are told apart by their `kind`, a reference to a secret is recognised and collected, and no
//! text repeats a value.

mod choice;
mod text;

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use crate::{
    document::{Place, Sheet, joined},
    problem::{ConfigProblem, harmless, unknown},
    secret::SecretUse,
};

/// What was found.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) problems: Vec<ConfigProblem>,
    pub(crate) secrets: Vec<SecretUse>,
}

/// Checks the whole file.
pub(crate) fn check(schema: &Value, table: &DeTable<'_>, sheet: &Sheet<'_>) -> Findings {
    let mut checker = Checker { schema, sheet, found: Findings::default() };
    checker.table(schema, table, "", 0);
    checker.found
}

struct Checker<'s> {
    schema: &'s Value,
    sheet: &'s Sheet<'s>,
    found: Findings,
}

impl<'s> Checker<'s> {
    fn value(&mut self, schema: &'s Value, value: &Place<'_>, key: &str) {
        let schema = self.resolved(schema);
        if let Some(branches) = choice::branches(schema) {
            return self.choice(branches, value, key);
        }
        let start = value.span().start;
        match (kind_of(schema), value.get_ref()) {
            (Some("object"), DeValue::Table(table)) => self.table(schema, table, key, start),
            (Some("array"), DeValue::Array(list)) => self.list(schema, list, key, start),
            (Some("string"), DeValue::String(text)) => self.text(schema, text, key, start),
            (Some("integer"), DeValue::Integer(number)) => {
                self.number(schema, number.as_str(), number.radix(), key, start);
            }
            (Some("boolean"), DeValue::Boolean(_)) | (None, _) => {}
            (Some(kind), _) => self.fault(start, key, format!("must be {}", spoken(kind))),
        }
    }

    fn fault(&mut self, byte: usize, key: &str, text: impl Into<String>) {
        self.found.problems.push(self.sheet.problem(Some(byte), key, text));
    }

    /// Follows references to the schema that says something.
    fn resolved(&self, mut schema: &'s Value) -> &'s Value {
        while let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.trim_start_matches('#');
            schema = self.schema.pointer(pointer).expect("our own schema refers to what it has");
        }
        schema
    }

    fn table(&mut self, schema: &'s Value, table: &DeTable<'_>, key: &str, start: usize) {
        let properties = schema["properties"].as_object();
        let others = &schema["additionalProperties"];
        for (name, value) in table {
            let (name, at) = (name.get_ref().as_ref(), name.span().start);
            let inner = joined(key, &harmless(name));
            if let Some(property) = properties.and_then(|properties| properties.get(name)) {
                self.value(property, value, &inner);
            } else if others.is_object() && !value.get_ref().is_table() && properties.is_some() {
                // Beside named settings, sections are tables: anything else is a mistyped setting.
                self.unknown_key(properties, name, key, at);
            } else if others.is_object() {
                self.name(schema, name, &inner, at);
                self.value(others, value, &inner);
            } else if others == &Value::Bool(false) {
                self.unknown_key(properties, name, key, at);
            }
        }
        let required =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for missing in required.filter(|name| !table.contains_key(*name)) {
            self.fault(start, &joined(key, missing), "must be given");
        }
    }

    fn unknown_key(
        &mut self,
        known: Option<&Map<String, Value>>,
        name: &str,
        key: &str,
        at: usize,
    ) {
        let known: Vec<&str> = known.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        self.fault(at, &joined(key, &harmless(name)), unknown("key", name, &known));
    }

    /// A name that the operator chose.
    fn name(&mut self, schema: &Value, name: &str, key: &str, at: usize) {
        let is_wanted = schema["propertyNames"].is_object();
        if is_wanted && !text::is_name(name) {
            let what = "a name has at most 63 lower-case letters, digits, - and _";
            self.fault(at, key, what);
        }
    }

    fn list(&mut self, schema: &'s Value, list: &[Place<'_>], key: &str, start: usize) {
        let bounds = (schema["minItems"].as_u64(), schema["maxItems"].as_u64());
        if let Some(what) = text::out_of_bounds(list.len() as u64, bounds, "entries") {
            self.fault(start, key, what);
        }
        for (at, value) in list.iter().enumerate() {
            self.value(&schema["items"], value, &format!("{key}[{at}]"));
        }
    }

    fn text(&mut self, schema: &Value, text: &str, key: &str, start: usize) {
        if let Some(what) = text::fault(schema, text) {
            self.fault(start, key, what);
        }
    }

    fn number(&mut self, schema: &Value, digits: &str, radix: u32, key: &str, start: usize) {
        let (least, most) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
        let number = i64::from_str_radix(digits, radix).ok();
        let is_good = number.is_some_and(|number| {
            least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
        });
        if is_good {
            return;
        }
        self.fault(
            start,
            key,
            match (least, most) {
                (Some(least), Some(most)) => format!("must be between {least} and {most}"),
                (Some(least), None) => format!("must be at least {least}"),
                (None, Some(most)) => format!("must be at most {most}"),
                (None, None) => "out of range".to_owned(),
            },
        );
    }
}

/// The one type that a schema wants; nothing, said to be null, is no value of TOML.
fn kind_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => None,
    }
}

fn spoken(kind: &str) -> &'static str {
    match kind {
        "object" => "a table",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "boolean" => "true or false",
        _ => "of another type",
    }
}
