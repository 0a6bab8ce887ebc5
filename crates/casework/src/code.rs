//! The short code by which a person checks that a question is ours.

/// No vowels that make words, nothing that looks like something else, no digits 0 and 1.
const ALPHABET: &[u8; 27] = b"BCDFGHJKLMNPQRSTVWXZ2345679";
const LENGTH: usize = 6;

/// The code of a question, such as `K7Q-4M2`, from random bits. It always has letters, so that it
/// is never taken for a code to type into an authenticator.
#[must_use]
pub fn short_code(seed: u128) -> String {
    let mut rest = seed;
    let mut letters = [0_u8; LENGTH];
    for (index, letter) in letters.iter_mut().enumerate() {
        // The first of each half is a letter.
        let choices = if index % 3 == 0 { 20 } else { ALPHABET.len() as u128 };
        *letter = ALPHABET[usize::try_from(rest % choices).unwrap_or_default()];
        rest /= choices;
    }
    let text = String::from_utf8_lossy(&letters);
    format!("{}-{}", &text[..3], &text[3..])
}

/// What a person typed, in the form of [`short_code`], when it can be one.
#[must_use]
pub fn read_code(typed: &str) -> Option<String> {
    let letters: String =
        typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    let is_code = letters.len() == LENGTH && letters.bytes().all(|byte| ALPHABET.contains(&byte));
    is_code.then(|| format!("{}-{}", &letters[..3], &letters[3..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_however_it_is_typed_and_is_never_a_number() {
        for seed in (0..5_000_u128).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060)) {
            let code = short_code(seed);
            assert!(code.chars().next().is_some_and(|first| first.is_ascii_alphabetic()));
            let typed = format!(" {} ", code.to_lowercase().replace('-', " "));
            assert_eq!(read_code(&typed).as_deref(), Some(code.as_str()));
        }
        assert_eq!(read_code("123-456"), None);
        assert_eq!(read_code("K7Q-4M"), None);
    }
}
