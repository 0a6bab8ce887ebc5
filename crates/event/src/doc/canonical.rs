//! A document as bytes that depend on what it says, and not on how it is written.

use super::Node;

/// Appends a value: its kind, its length where it has one, and what it holds; objects in the order
/// of their keys.
pub(super) fn write(node: Node<'_>, out: &mut Vec<u8>) {
    match node {
        Node::Null => out.push(b'n'),
        Node::Bool(yes) => out.push(if yes { b't' } else { b'f' }),
        Node::Int(number) => {
            out.push(b'i');
            out.extend_from_slice(&number.to_be_bytes());
        }
        Node::Float(number) => {
            out.push(b'd');
            out.extend_from_slice(&number.to_bits().to_be_bytes());
        }
        Node::Text(text) => write_text(text, out),
        Node::List(list) => {
            open(b'[', list.len(), out);
            list.items().for_each(|item| write(item, out));
        }
        Node::Object(object) => {
            let mut entries: Vec<_> = object.entries().collect();
            entries.sort_by_key(|(key, _)| *key);
            open(b'{', entries.len(), out);
            for (key, value) in entries {
                write_text(key, out);
                write(value, out);
            }
        }
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    open(b's', text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

fn open(kind: u8, length: usize, out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(&(length as u64).to_be_bytes());
}
