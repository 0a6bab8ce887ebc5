//! Writing JSON, for maps that make several documents of one record.

use event::Node;

/// Appends a value.
pub(super) fn write(node: Node<'_>, out: &mut String) {
    match node {
        Node::Null => out.push_str("null"),
        Node::Bool(yes) => out.push_str(if yes { "true" } else { "false" }),
        Node::Int(number) => out.push_str(&number.to_string()),
        Node::Float(number) => {
            out.push_str(
                &serde_json::Number::from_f64(number)
                    .map_or_else(|| "null".to_owned(), |number| number.to_string()),
            );
        }
        Node::Text(text) => write_text(text, out),
        Node::List(list) => write_list(list.items(), out, write),
        Node::Object(object) => {
            out.push('{');
            for (at, (key, value)) in object.entries().enumerate() {
                write_key(key, at == 0, out);
                write(value, out);
            }
            out.push('}');
        }
    }
}

/// Appends a list of whatever `each` writes.
pub(super) fn write_list<T>(
    items: impl Iterator<Item = T>,
    out: &mut String,
    each: impl Fn(T, &mut String),
) {
    out.push('[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        each(item, out);
    }
    out.push(']');
}

/// Appends a key with its colon, after a comma unless it is the first.
pub(super) fn write_key(key: &str, is_first: bool, out: &mut String) {
    if !is_first {
        out.push(',');
    }
    write_text(key, out);
    out.push(':');
}

/// Appends a text in quotes.
pub(super) fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("a text can be written"));
}
