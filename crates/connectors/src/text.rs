//! Hostile text made inert for the places where connectors show it. Pure.
//!
//! What a platform would act on by its own markup is that platform's business; what no platform
//! should see is taken away here: control characters, direction marks, invisible characters that
//! hide or split words, and more text than anybody reads.

/// What stands where text was cut off.
const ELLIPSIS: char = '…';
/// How "://" is written so that no program makes a link of it, as analysts write it.
const BROKEN_SCHEME: &str = "[:]//";
/// How many empty lines may follow each other.
const BLANK_LINES_MAX: usize = 1;

/// Several lines, at most `max` UTF-16 units (at least as many as characters, so that a limit in
/// either is kept).
#[must_use]
pub(crate) fn lines(text: &str, max: usize) -> String {
    let mut kept = String::new();
    let mut blank = 0;
    for each in unlinked(text, max).trim_matches(['\n', ' ']).split('\n') {
        // A run of empty lines would push what comes after it out of sight.
        blank = if each.trim().is_empty() { blank + 1 } else { 0 };
        if blank <= BLANK_LINES_MAX {
            kept.push_str(each);
            kept.push('\n');
        }
    }
    kept.pop();
    capped(&kept, max)
}

/// One line, at most `max` UTF-16 units.
#[must_use]
pub(crate) fn line(text: &str, max: usize) -> String {
    let whole = unlinked(text, max);
    let mut one = String::with_capacity(whole.len().min(max * 4));
    for word in whole.split_whitespace() {
        if !one.is_empty() {
            one.push(' ');
        }
        one.push_str(word);
    }
    capped(&one, max)
}

/// Text quoted line by line, as a report quotes what a person wrote.
#[must_use]
pub(crate) fn quoted(text: &str, max: usize) -> String {
    let mut quoted = String::new();
    for (index, each) in lines(text, max).split('\n').enumerate() {
        if index > 0 {
            quoted.push('\n');
        }
        quoted.push_str("> ");
        quoted.push_str(each);
    }
    capped(&quoted, max)
}

/// At most `max` UTF-16 units, with an ellipsis where something was cut off.
#[must_use]
pub(crate) fn capped(text: &str, max: usize) -> String {
    let mut units = 0;
    let mut fits = 0;
    for (at, each) in text.char_indices() {
        units += each.len_utf16();
        if units > max {
            let mut cut = text[..fits].to_owned();
            cut.push(ELLIPSIS);
            return cut;
        }
        if units < max {
            fits = at + each.len_utf8();
        }
    }
    text.to_owned()
}

/// The clean text with links broken. Reads little more than can be shown, so that a huge text
/// costs no more than a long one.
fn unlinked(text: &str, max: usize) -> String {
    // Only removed characters make it shorter; four times as much is generous to them.
    let read = max.saturating_mul(4).saturating_add(1024);
    let clean: String = text.chars().take(read).filter_map(clean).collect();
    if clean.contains("://") { clean.replace("://", BROKEN_SCHEME) } else { clean }
}

/// The character as it is shown, if it is.
fn clean(each: char) -> Option<char> {
    match each {
        '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => Some('\n'),
        '\t' => Some(' '),
        _ if each.is_control() || is_hidden(each) => None,
        _ => Some(each),
    }
}

/// Marks of direction, invisible characters, tags, and what is not a character.
fn is_hidden(each: char) -> bool {
    matches!(each,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_taken_away() {
        for (hostile, inert) in [
            ("a\u{0}b\u{7}c\u{1b}[31md\u{9f}", "abc[31md"),
            ("abc\u{202e}fdp.exe\u{202c}", "abcfdp.exe"),
            ("\u{2066}x\u{2069}\u{200b}y\u{feff}z\u{e0041}", "xyz"),
            ("one\r\ntwo\rthree\u{2028}four", "one\ntwothree\nfour"),
            ("a\n\n \n\n\nb\n\nc", "a\n\nb\n\nc"),
            ("  \n padded \n\n", "padded"),
            ("https://evil.example/x", "https[:]//evil.example/x"),
            ("h\u{200b}ttp:\u{200b}//evil.example", "http[:]//evil.example"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ] {
            assert_eq!(lines(hostile, 100), inert, "{hostile:?}");
        }
        assert_eq!(line("one\r\n\r\ntwo\t three ", 100), "one two three");
        assert_eq!(quoted("one\r\n\r\n> two", 100), "> one\n> \n> > two");
    }

    #[test]
    fn no_text_is_longer_than_its_limit_in_either_count() {
        for hostile in ["x".repeat(1_000_000), "🦀".repeat(300_000), "://".repeat(300_000)] {
            for max in [1, 2, 75, 150, 3_000] {
                for shown in [lines(&hostile, max), line(&hostile, max), quoted(&hostile, max)] {
                    assert!(shown.encode_utf16().count() <= max, "{max}");
                    assert!(shown.ends_with(ELLIPSIS), "{max}");
                }
            }
        }
        assert_eq!(capped("abc", 3), "abc");
        assert_eq!(capped("abcd", 3), "ab…");
        assert_eq!(capped("a🦀b", 3), "a…");
    }
}
