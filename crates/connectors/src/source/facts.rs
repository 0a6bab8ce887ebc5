//! Facts: any JSON object, flattened into dotted names with scalar values.

use model::{FactValue, Facts};
use serde_json::{Map, Value};

use super::{limits, notes::Notes, text};

/// Reads an object of facts. `path` is where it stands in the record.
pub(super) fn read(object: &Map<String, Value>, path: &str, notes: &mut Notes) -> Facts {
    let mut reader = Reader { facts: Facts::new(), left_out: 0, path, notes };
    reader.object("", object, 1);
    let (facts, left_out) = (reader.facts, reader.left_out);
    if left_out > 0 {
        let most = limits::FACTS;
        notes.add(path, format!("more than {most} facts, {left_out} left out"));
    }
    facts
}

struct Reader<'a> {
    facts: Facts,
    left_out: usize,
    path: &'a str,
    notes: &'a mut Notes,
}

impl Reader<'_> {
    fn object(&mut self, prefix: &str, object: &Map<String, Value>, depth: usize) {
        for (name, value) in object {
            let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                Value::Object(inner) if !inner.is_empty() && depth < limits::FACT_DEPTH => {
                    self.object(&key, inner, depth + 1);
                }
                _ => self.fact(&key, value),
            }
        }
    }

    fn fact(&mut self, key: &str, value: &Value) {
        let path = format!("{}.{key}", self.path);
        if key.is_empty() {
            return self.notes.add(self.path, "a fact without a name, left out");
        }
        if self.facts.len() == limits::FACTS {
            self.left_out += 1;
            return;
        }
        let key = text::kept_apart(key, limits::FACT_KEY_BYTES, &path, self.notes);
        if self.facts.contains_key(&key) {
            return self.notes.add(&path, "named twice, the first is kept");
        }
        let value = value_of(value, &path, self.notes);
        self.facts.insert(key, value);
    }
}

fn value_of(value: &Value, path: &str, notes: &mut Notes) -> FactValue {
    match value {
        Value::Array(items) => list(items, path, notes),
        Value::Object(_) => {
            notes.add(path, "nested too deep to be flattened, kept as JSON text");
            scalar(value, limits::FACT_VALUE_BYTES, path, notes)
        }
        _ => scalar(value, limits::FACT_VALUE_BYTES, path, notes),
    }
}

fn list(items: &[Value], path: &str, notes: &mut Notes) -> FactValue {
    let mut room_bytes = limits::FACT_VALUE_BYTES;
    let mut read = Vec::new();
    for item in items.iter().take(limits::FACT_LIST_ITEMS) {
        if room_bytes == 0 {
            break;
        }
        let value = scalar(item, room_bytes, path, notes);
        if let FactValue::Text(text) = &value {
            room_bytes = room_bytes.saturating_sub(text.len());
        }
        read.push(value);
    }
    if read.len() < items.len() {
        notes.add(path, format!("too long a list, {} items left out", items.len() - read.len()));
    }
    FactValue::List(read)
}

/// A value that holds no others; what does is kept as JSON text.
fn scalar(value: &Value, cap: usize, path: &str, notes: &mut Notes) -> FactValue {
    match value {
        Value::Null => FactValue::Null,
        Value::Bool(yes) => FactValue::Bool(*yes),
        Value::Number(number) => number_of(number),
        Value::String(words) => FactValue::Text(text::kept(words, cap, path, notes)),
        nested => FactValue::Text(text::kept(&nested.to_string(), cap, path, notes)),
    }
}

/// A whole number beyond 64 bits with sign stays exact as a text rather than becoming a float.
fn number_of(number: &serde_json::Number) -> FactValue {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => FactValue::Int(whole),
        (None, Some(float)) if !number.is_u64() => FactValue::Float(float),
        _ => FactValue::Text(number.to_string()),
    }
}
