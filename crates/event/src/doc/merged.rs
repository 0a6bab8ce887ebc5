//! Equal keys in one object: found, and read as one key with the list of its values.

use sonic_rs::{JsonContainerTrait as _, Value, ValueRef};

/// Up to so many keys are compared one with another; more are sorted first.
const FEW_KEYS: usize = 24;

/// Whether any object holds a key twice. The caller has measured the nesting.
pub(super) fn has_equal_keys(value: &Value) -> bool {
    match value.as_ref() {
        ValueRef::Object(object) => {
            let keys: Vec<&str> = object.iter().map(|(key, _)| key).collect();
            repeats(keys) || object.iter().any(|(_, value)| has_equal_keys(value))
        }
        ValueRef::Array(items) => items.iter().any(has_equal_keys),
        _ => false,
    }
}

fn repeats(mut keys: Vec<&str>) -> bool {
    if keys.len() <= FEW_KEYS {
        return keys.iter().enumerate().any(|(at, key)| keys[..at].contains(key));
    }
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// The same document with each key once.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value.as_ref() {
        ValueRef::Object(object) => {
            let mut keys: Vec<&str> = Vec::new();
            object.iter().for_each(|(key, _)| {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            });
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                separate(index, out);
                out.push_str(&sonic_rs::to_string(key).unwrap_or_default());
                out.push(':');
                let of_key = object.iter().filter(|(other, _)| *other == key);
                write_one_or_list(of_key.map(|(_, value)| value).collect(), out);
            }
            out.push('}');
        }
        ValueRef::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                write(item, out);
            }
            out.push(']');
        }
        _ => out.push_str(&sonic_rs::to_string(value).unwrap_or_default()),
    }
}

/// Lists among the values are laid flat: any member matches, as in a list of its own.
fn write_one_or_list(values: Vec<&Value>, out: &mut String) {
    if let [value] = values.as_slice() {
        return write(value, out);
    }
    out.push('[');
    let flat = values.into_iter().flat_map(|value| match value.as_array() {
        Some(items) => items.iter().collect::<Vec<_>>(),
        None => vec![value],
    });
    for (index, value) in flat.enumerate() {
        separate(index, out);
        write(value, out);
    }
    out.push(']');
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}
