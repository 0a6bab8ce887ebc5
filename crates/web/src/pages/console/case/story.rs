//! A case's story, line by line.

use std::collections::BTreeSet;

use runtime::{analysts::StoryLine, lookup::inert_lines};

use super::super::names;
use crate::{AppState, pages::words::When};

/// How much of a line's recorded data is shown, in characters.
const DATA_MAX_CHARS: usize = 8_000;

/// A line.
pub(super) struct Line {
    pub(super) at: When,
    pub(super) kind: String,
    pub(super) by: String,
    pub(super) text: String,
    pub(super) data: Option<String>,
    pub(super) tone: &'static str,
}

/// The lines as shown. What was recorded with several lines is shown with the last of them.
pub(super) fn shown_lines(state: &AppState, lines: Vec<StoryLine>) -> Vec<Line> {
    let seqs: Vec<u64> = lines.iter().map(|line| line.seq).collect();
    let is_last = |index: usize| seqs.get(index + 1) != seqs.get(index);
    let line = |(index, line)| Line::of(state, line, is_last(index));
    lines.into_iter().enumerate().map(line).collect()
}

/// The last position of a page that is full.
pub(super) fn cut_after(lines: &[StoryLine], entries: u32) -> Option<u64> {
    let seqs: BTreeSet<u64> = lines.iter().map(|line| line.seq).collect();
    seqs.last().copied().filter(|_| seqs.len() >= entries as usize)
}

impl Line {
    fn of(state: &AppState, line: StoryLine, has_data: bool) -> Self {
        let data = (has_data && !line.data.is_null()).then(|| shown(&line.data));
        Self {
            at: When::exact(line.at, state.engine.zone()),
            by: names::of_actor(&state.engine, &line.by),
            text: inert_lines(&line.text),
            tone: tone(&line.kind),
            kind: line.kind,
            data,
        }
    }
}

/// Indented, one member a line. What a terminal or a text direction would act on is escaped.
pub(in crate::pages::console) fn shown(data: &serde_json::Value) -> String {
    let text = format!("{data:#}");
    let inert = |letter: char| match letter {
        '\n' => vec!['\n'],
        letter if letter.is_control() || is_hidden(letter) => letter.escape_unicode().collect(),
        letter => vec![letter],
    };
    let mut shown: String = text.chars().take(DATA_MAX_CHARS).flat_map(inert).collect();
    if text.chars().nth(DATA_MAX_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

fn is_hidden(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn tone(kind: &str) -> &'static str {
    match kind.rsplit('.').next().unwrap_or(kind) {
        "proven" | "closed" | "disposed" => "tone-good",
        "escalated" | "proof_failed" | "rose" | "unprovable" | "undelivered" => "tone-care",
        "conflict" | "refused" | "reopened" | "denied" => "tone-alarm",
        "answered" | "asked" | "challenged" | "commented" => "tone-calm",
        _ => "tone-plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_data_is_capped_and_hides_nothing() {
        let data = serde_json::json!({"a": "x\u{202e}y", "b": "z".repeat(2 * DATA_MAX_CHARS)});
        let text = shown(&data);
        assert!(text.contains("x\\u{202e}y") && text.ends_with('…'));
        assert!(text.chars().count() < DATA_MAX_CHARS + 20);
    }
}
