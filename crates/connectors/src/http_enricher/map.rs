//! Answers as facts. Pure.

use std::collections::BTreeMap;

use model::{FactValue, Facts};
use serde_json::Value;

/// How long a text may be, in characters, and a list.
const TEXT_MAX: usize = 1_024;
const LIST_MAX: usize = 100;

/// What of an answer was asked for. What is not there, or is more than a value or a list of
/// values, is absent.
pub(super) fn facts(answer: &Value, fields: &BTreeMap<String, String>) -> Facts {
    fields
        .iter()
        .filter_map(|(name, pointer)| Some((name.clone(), fact(answer.pointer(pointer)?, true)?)))
        .collect()
}

fn fact(value: &Value, may_be_list: bool) -> Option<FactValue> {
    Some(match value {
        Value::Null => FactValue::Null,
        Value::Bool(yes) => FactValue::Bool(*yes),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => FactValue::Int(whole),
            None => FactValue::Float(number.as_f64().filter(|it| it.is_finite())?),
        },
        Value::String(text) => FactValue::Text(text.chars().take(TEXT_MAX).collect()),
        Value::Array(items) if may_be_list => {
            let items = items.iter().take(LIST_MAX).filter_map(|item| fact(item, false));
            FactValue::List(items.collect())
        }
        Value::Array(_) | Value::Object(_) => return None,
    })
}
