//! The lines of a list.

use crate::networks::ranges::{Ranges, range};

/// The most entries of a list.
const ENTRIES_MAX: usize = 2_000_000;
/// One line in so many may be unreadable; with more it is no list but something else, such as a
/// page that says that one has to sign in.
const UNREADABLE_ONE_IN: usize = 10;
/// Lines that Tor's detailed list has beside the addresses.
const DETAILS: &[&str] = &["ExitNode ", "Published ", "LastStatus "];

/// The entries of a list: an address or a network a line, or `ExitAddress ADDRESS TIME`. What
/// follows on the line does not count, and neither do comments.
pub(super) fn entries(text: &[u8]) -> Result<Ranges, String> {
    let text = str::from_utf8(text).map_err(|_| "not text".to_owned())?;
    let (mut found, mut unreadable) = (Vec::new(), 0_usize);
    for line in text.lines().map(str::trim) {
        let is_comment = line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//");
        if is_comment || DETAILS.iter().any(|word| line.starts_with(word)) {
            continue;
        }
        let entry = line.strip_prefix("ExitAddress ").unwrap_or(line);
        let end = entry.find([' ', '\t', ',', ';', '#']).unwrap_or(entry.len());
        match range(&entry[..end]) {
            Some(range) => found.push(range),
            None => unreadable += 1,
        }
        if found.len() > ENTRIES_MAX {
            return Err(format!("more than {ENTRIES_MAX} entries"));
        }
    }
    if unreadable * UNREADABLE_ONE_IN > found.len() + unreadable {
        return Err(format!("no list of addresses: {unreadable} lines are none"));
    }
    if found.is_empty() {
        return Err("an empty list".to_owned());
    }
    Ok(Ranges::of(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_tors_list_and_plain_lists_are_read() {
        for (text, count) in [
            ("203.0.113.7\n203.0.113.8\n", 2),
            ("# a comment\r\n203.0.113.7\r\n\r\n; another\r\n", 1),
            ("203.0.113.0/24 ; SBL1\n203.0.113.7, x\n2001:db8::/32 # y\n", 2),
            (
                "ExitNode 00AA\nPublished 2026-11-19 22:00:00\nLastStatus 2026-11-20 00:00:00\nExitAddress 203.0.113.7 2026-11-20 00:10:00\n",
                1,
            ),
            ("203.0.113.7\n203.0.113.7\n", 1),
        ] {
            assert_eq!(entries(text.as_bytes()).map(|found| found.len()), Ok(count), "{text}");
        }
        let mostly = format!("{}oops\n", "203.0.113.7\n".repeat(20));
        assert!(entries(mostly.as_bytes()).is_ok(), "a bad line costs itself");
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in [
            &b""[..],
            b"# nothing\n",
            b"<html>\n<body>sign in</body>\n</html>\n",
            b"203.0.113.7\noops\n",
            b"0.0.0.0/0\n",
            b"\xff\xfe",
        ] {
            assert!(entries(text).is_err(), "{text:?}");
        }
    }
}
