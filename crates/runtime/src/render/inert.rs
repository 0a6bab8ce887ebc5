//! Text from outside, made harmless to read: no control characters, no marks that turn its
//! direction or hide in it, no addresses that a program would make into links, and not too long.

/// The longest line, in characters.
pub(crate) const LINE_CHARS: usize = 160;
/// The longest text of several lines, in characters.
pub(crate) const TEXT_CHARS: usize = 1_000;
const ELLIPSIS: char = '…';

/// One line.
pub(crate) fn line(text: &str, max: usize) -> String {
    let clean = clean(text, max);
    let words: Vec<&str> = clean.split_whitespace().collect();
    capped(&words.join(" "), max)
}

/// Several lines.
pub(crate) fn lines(text: &str, max: usize) -> String {
    capped(clean(text, max).trim(), max)
}

/// At most so many characters, with an ellipsis where something was cut off.
pub(crate) fn capped(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max.saturating_sub(1)).chain([ELLIPSIS]).collect(),
    }
}

fn clean(text: &str, max: usize) -> String {
    // Characters that are taken away must not make a long text free to carry along.
    let read = text.chars().take(max.saturating_mul(4));
    let clean: String = read.filter_map(shown).collect();
    if clean.contains("://") { clean.replace("://", "[:]//") } else { clean }
}

fn shown(letter: char) -> Option<char> {
    match letter {
        '\n' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' | '\r' => Some(' '),
        _ if letter.is_control() || is_hidden(letter) => None,
        _ => Some(letter),
    }
}

fn is_hidden(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_inert_and_capped() {
        for (hostile, inert) in [
            ("a\u{0}b\u{1b}[31mc", "ab[31mc"),
            ("abc\u{202e}fdp.exe", "abcfdp.exe"),
            ("see https://evil.example/x now", "see https[:]//evil.example/x now"),
            ("one\r\ntwo\n\n three", "one two three"),
        ] {
            assert_eq!(line(hostile, 100), inert);
        }
        let long = "é".repeat(1_000_000);
        assert_eq!(line(&long, 10), format!("{}…", "é".repeat(9)));
        assert_eq!(lines("a\nb", 10), "a\nb");
    }
}
