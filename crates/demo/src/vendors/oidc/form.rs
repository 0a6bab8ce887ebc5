//! `application/x-www-form-urlencoded`, taken to the letter: what nothing would encode like that
//! is refused, not guessed at.

use crate::vendors::{log::Parameters, percent::decoded};

/// The fields of a query or a body: each known, at most once, and not empty.
pub(super) fn fields(text: &str, known: &[&str]) -> Result<Parameters, String> {
    let pairs: Option<Vec<_>> = text.split('&').map(pair).collect();
    let pairs = pairs.ok_or("the parameters are not form-encoded")?;
    if let Some((name, _)) = pairs.iter().find(|(_, value)| value.is_empty()) {
        return Err(format!("parameter {name} is empty"));
    }
    Parameters::read(pairs, known).map_err(|(_, why)| why)
}

/// A field that must be there.
pub(super) fn wanted<'a>(fields: &'a Parameters, name: &str) -> Result<&'a str, String> {
    fields.get(name).ok_or_else(|| format!("parameter {name} is missing"))
}

fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    Some((decoded(name)?, decoded(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_known_and_there_once() {
        let known = ["a", "b"];
        assert!(fields("a=1&b=2", &known).is_ok_and(|fields| fields.get("b") == Some("2")));
        for wrong in ["", "a", "a=", "a=1&", "a=1&a=1", "a=1&c=2", "a=%"] {
            assert!(fields(wrong, &known).is_err(), "{wrong:?}");
        }
    }
}
