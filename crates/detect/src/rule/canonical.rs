//! A text of a YAML value that is the same however the value was written: for hashes of meaning.

use serde_norway::Value;

/// The text. Keys are in order, and no two different values share one.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Mapping(map) => {
            let mut entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{}={}", text(key), text(value))).collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(";"))
        }
        Value::Sequence(items) => {
            format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(";"))
        }
        Value::String(word) => format!("{}:{word}", word.len()),
        Value::Tagged(tagged) => format!("{}{}", tagged.tag, text(&tagged.value)),
        Value::Null => "~".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
    }
}
