//! Hostile text, cut to size. What it says stays as it came; whoever shows it makes it inert.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::notes::Notes;

/// What stands for the part that was cut.
const ELLIPSIS: &str = "…";
/// How many bytes of a digest tell two cut names apart.
const DIGEST_BYTES: usize = 16;

/// The text without NUL, which no store takes, and at most `cap` bytes long.
pub(super) fn kept(text: &str, cap: usize, path: &str, notes: &mut Notes) -> String {
    let text = without_nul(text, path, notes);
    if text.len() > cap {
        notes.add(path, format!("longer than {cap} bytes, shortened"));
    }
    shortened(&text, cap)
}

/// A name that must stay apart from others: a long one keeps its beginning and gains a digest.
pub(super) fn kept_apart(text: &str, cap: usize, path: &str, notes: &mut Notes) -> String {
    let clean = without_nul(text, path, notes);
    if clean.len() <= cap {
        return clean;
    }
    notes.add(path, format!("longer than {cap} bytes, its end replaced by a digest"));
    let digest = Sha256::digest(text);
    let mut short = prefix(&clean, cap - 1 - 2 * DIGEST_BYTES).to_owned() + "~";
    for byte in &digest[..DIGEST_BYTES] {
        let _ = write!(short, "{byte:02x}");
    }
    short
}

/// At most `cap` bytes of it, on a character's border, with an ellipsis where something is cut.
pub(super) fn shortened(text: &str, cap: usize) -> String {
    if text.len() <= cap {
        return text.to_owned();
    }
    match cap.checked_sub(ELLIPSIS.len()) {
        Some(room) => prefix(text, room).to_owned() + ELLIPSIS,
        None => String::new(),
    }
}

fn without_nul(text: &str, path: &str, notes: &mut Notes) -> String {
    if !text.contains('\0') {
        return text.to_owned();
    }
    notes.add(path, "held NUL characters, which were removed");
    text.replace('\0', "")
}

fn prefix(text: &str, cap: usize) -> &str {
    &text[..text.floor_char_boundary(cap)]
}
