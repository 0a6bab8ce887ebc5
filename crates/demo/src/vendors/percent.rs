//! Texts as queries and forms hold them, taken to the letter: what nothing would encode like that is
//! refused, not guessed at.

use std::fmt::Write as _;

/// The text that was encoded; `None` where it is not encoded in full.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                bytes.push((hex(digits[0])? << 4) | hex(digits[1])?);
                rest = after;
            }
            b'!'..=b'~' => bytes.push(byte),
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A text as it stands in a query.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a string takes any text");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back_and_what_is_not_is_refused() {
        let text = "a b+c&d=e%f/ü~";
        assert_eq!(decoded(&encoded(text)).as_deref(), Some(text));
        assert_eq!(decoded("a+b%20c").as_deref(), Some("a b c"));
        for wrong in ["%", "%4", "%+4", "%zz", "%ff", "a b", "ü", "a\n"] {
            assert_eq!(decoded(wrong), None, "{wrong:?}");
        }
    }
}
