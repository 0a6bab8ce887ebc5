//! What is wrong with a text, a name or a count.

use serde_json::Value;

use crate::{format, problem::unknown};

/// The longest text of any setting that sets no limit of its own, in bytes.
const TEXT_BYTES: u64 = 4_096;

/// What is wrong with a text.
pub(super) fn fault(schema: &Value, text: &str) -> Option<String> {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return word_fault(&words, text);
    }
    let count = text.chars().count() as u64;
    let most = schema["maxLength"].as_u64().unwrap_or(TEXT_BYTES);
    if text.chars().any(char::is_control) {
        return Some("must not hold control characters".to_owned());
    }
    out_of_bounds(count, (schema["minLength"].as_u64(), Some(most)), "characters")
        .or_else(|| format::fault(schema["format"].as_str()?, text).map(str::to_owned))
}

/// What is wrong with a word of a fixed list.
pub(super) fn word_fault(words: &[&str], text: &str) -> Option<String> {
    (!words.contains(&text)).then(|| unknown("value", text, words))
}

/// What is wrong with a count.
pub(super) fn out_of_bounds(
    count: u64,
    (least, most): (Option<u64>, Option<u64>),
    unit: &str,
) -> Option<String> {
    if least == Some(1) && count == 0 {
        Some("must not be empty".to_owned())
    } else if least.is_some_and(|least| count < least) {
        Some(format!("must have at least {} {unit}", least.unwrap_or(0)))
    } else if most.is_some_and(|most| count > most) {
        Some(format!("must have at most {} {unit}", most.unwrap_or(0)))
    } else {
        None
    }
}

/// Whether a name fits [`crate::schema::NAME_PATTERN`].
pub(super) fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 63
        && name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || matches!(byte, b'_' | b'-'))
}
