//! As much of CBOR (RFC 8949) as an authenticator writes.

/// A value.
pub(super) enum Cbor {
    Int(i64),
    Bytes(Vec<u8>),
    Text(&'static str),
    /// In the order given.
    Map(Vec<(Cbor, Cbor)>),
}

impl Cbor {
    pub(super) fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Int(number) if *number >= 0 => head(out, 0, number.unsigned_abs()),
            Self::Int(number) => head(out, 1, number.unsigned_abs() - 1),
            Self::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend(bytes);
            }
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend(text.as_bytes());
            }
            Self::Map(entries) => {
                head(out, 5, entries.len() as u64);
                for (key, value) in entries {
                    key.write(out);
                    value.write(out);
                }
            }
        }
    }
}

/// The type in the upper three bits, then the shortest form of the number.
fn head(out: &mut Vec<u8>, kind: u8, number: u64) {
    let kind = kind << 5;
    match number {
        0..24 => out.push(kind | number as u8),
        24..0x100 => out.extend([kind | 24, number as u8]),
        0x100..0x1_0000 => {
            out.push(kind | 25);
            out.extend((number as u16).to_be_bytes());
        }
        _ => {
            out.push(kind | 27);
            out.extend(number.to_be_bytes());
        }
    }
}
