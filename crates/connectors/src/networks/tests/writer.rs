//! Writes small tables in the MaxMind format (version 2.0), as far as tests need one.

/// A value of a row.
pub(super) enum Value {
    Text(&'static str),
    Double(f64),
    Number(u32),
    Short(u16),
    Long(u64),
    Bool(bool),
    Map(Vec<(&'static str, Value)>),
}

/// A table of this type with one row for each network of IPv4, given as its bits.
pub(super) fn table(kind: &'static str, rows: &[(&str, Value)]) -> Vec<u8> {
    let mut nodes: Vec<[Entry; 2]> = vec![[Entry::Empty; 2]];
    let mut data = Vec::new();
    for (bits, row) in rows {
        let offset = data.len();
        write(row, &mut data);
        place(&mut nodes, bits, offset);
    }
    let count = nodes.len();
    let mut file = Vec::new();
    for entry in nodes.iter().flatten() {
        let record = match entry {
            Entry::Empty => count,
            Entry::Node(node) => *node,
            Entry::Data(offset) => count + 16 + offset,
        };
        file.extend_from_slice(&u32::try_from(record).expect("small").to_be_bytes()[1..]);
    }
    file.extend_from_slice(&[0; 16]);
    file.extend_from_slice(&data);
    file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    write(
        &Value::Map(vec![
            ("node_count", Value::Number(u32::try_from(count).expect("small"))),
            ("record_size", Value::Short(24)),
            ("ip_version", Value::Short(4)),
            ("database_type", Value::Text(kind)),
            ("languages", Value::Map(Vec::new())),
            ("binary_format_major_version", Value::Short(2)),
            ("binary_format_minor_version", Value::Short(0)),
            ("build_epoch", Value::Long(1_795_000_000)),
            ("description", Value::Map(vec![("en", Value::Text("made up"))])),
        ]),
        &mut file,
    );
    file
}

#[derive(Clone, Copy)]
enum Entry {
    Empty,
    Node(usize),
    Data(usize),
}

fn place(nodes: &mut Vec<[Entry; 2]>, bits: &str, offset: usize) {
    let mut node = 0;
    for (at, bit) in bits.bytes().enumerate() {
        let side = usize::from(bit == b'1');
        if at + 1 == bits.len() {
            nodes[node][side] = Entry::Data(offset);
            return;
        }
        node = match nodes[node][side] {
            Entry::Node(next) => next,
            _ => {
                nodes.push([Entry::Empty; 2]);
                let next = nodes.len() - 1;
                nodes[node][side] = Entry::Node(next);
                next
            }
        };
    }
}

/// Types below 8 are in the first byte, others in the second; sizes here are small.
fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            control(2, text.len(), out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Double(number) => {
            control(3, 8, out);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Number(number) => {
            control(6, 4, out);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Short(number) => {
            control(5, 2, out);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Long(number) => {
            out.extend_from_slice(&[8, 9 - 7]);
            out.extend_from_slice(&number.to_be_bytes());
        }
        // Languages are a list, which is the only empty one.
        Value::Map(entries) if entries.is_empty() => out.extend_from_slice(&[0, 11 - 7]),
        Value::Map(entries) => {
            control(7, entries.len(), out);
            for (key, value) in entries {
                write(&Value::Text(key), out);
                write(value, out);
            }
        }
        Value::Bool(is_true) => out.extend_from_slice(&[u8::from(*is_true), 14 - 7]),
    }
}

fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    match u8::try_from(size) {
        Ok(size) if size < 29 => out.push((kind << 5) | size),
        Ok(size) => out.extend_from_slice(&[(kind << 5) | 29, size - 29]),
        Err(_) => panic!("small values only"),
    }
}
