//! Equal keys in one object: found, and read as one key with the list of its values.

use sonic_rs::{JsonContainerTrait as _, Object, Value, ValueRef};

/// More keys than this are sorted to find two equal ones.
const FEW_KEYS: usize = 48;

/// Whether any object holds a key twice. The caller has measured the nesting.
pub(super) fn has_equal_keys(value: &Value) -> bool {
    match value.as_ref() {
        ValueRef::Object(object) => {
            repeats(object) || object.iter().any(|(_, value)| has_equal_keys(value))
        }
        ValueRef::Array(items) => items.iter().any(has_equal_keys),
        _ => false,
    }
}

fn repeats(object: &Object) -> bool {
    if object.len() > FEW_KEYS {
        let mut keys: Vec<&str> = object.iter().map(|(key, _)| key).collect();
        keys.sort_unstable();
        return keys.windows(2).any(|pair| pair[0] == pair[1]);
    }
    // A key is compared with those before it only where one of them left the same mark.
    let mut marks = [0_u64; 4];
    object.iter().enumerate().any(|(at, (key, _))| {
        let mark = mark(key.as_bytes());
        let word = &mut marks[mark >> 6];
        let is_marked = *word >> (mark & 63) & 1 == 1;
        *word |= 1 << (mark & 63);
        is_marked && object.iter().take(at).any(|(other, _)| other == key)
    })
}

/// A number below 256 that equal keys share and most others do not.
fn mark(key: &[u8]) -> usize {
    let part = |bytes: &[u8]| bytes.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
    let (begin, end) = (key.get(..4).unwrap_or(key), key.get(key.len().saturating_sub(4)..));
    let mixed = part(begin) << 32 ^ part(end.unwrap_or(key)) ^ (key.len() as u64) << 24;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize
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
