//! How a source stands, in words.

use runtime::{lookup::inert_line, posture::SourceView};

use super::Reader;
use crate::pages::{marks::Mark, words::When};

/// A source.
#[derive(Debug, Clone)]
pub(crate) struct ShownSource {
    /// Its name in the configuration.
    pub(crate) name: String,
    pub(crate) mark: Mark,
    /// What is wrong, for everybody.
    pub(crate) trouble: &'static str,
    /// Since when.
    pub(crate) since: Option<When>,
    /// What it is, for analysts.
    pub(crate) what: Option<String>,
    pub(crate) last_success: Option<When>,
    pub(crate) last_try: Option<When>,
    pub(crate) next: Option<When>,
    pub(crate) records: u64,
    pub(crate) gone: Option<u64>,
    pub(crate) unread: u64,
    pub(crate) problem_count: u64,
    pub(crate) problems: Vec<String>,
    /// What was dropped at the door, and how often.
    pub(crate) dropped: Vec<(String, u64)>,
}

impl ShownSource {
    pub(crate) fn of(source: &SourceView, reader: &Reader) -> Self {
        let when = |at| reader.when(at);
        let problem = |it: &model::Problem| inert_line(&format!("{}: {}", it.path, it.text));
        let dropped = source.dropped.iter().filter(|(_, count)| **count > 0);
        Self {
            name: inert_line(&source.name),
            mark: Mark::source(source, reader.language),
            trouble: trouble(source.trouble, reader),
            since: source.failing_since.map(when),
            what: source.what.as_deref().map(inert_line),
            last_success: source.last_success_at.map(when),
            last_try: source.last_try_at.map(when),
            next: source.next_at.map(when),
            records: source.records,
            gone: source.gone,
            unread: source.unread,
            problem_count: source.problem_count,
            problems: source.problems.iter().map(problem).collect(),
            dropped: dropped.map(|(what, count)| (what.replace('_', " "), *count)).collect(),
        }
    }
}

fn trouble(kind: Option<&str>, reader: &Reader) -> &'static str {
    match kind {
        Some("denied") => reader.say("lets us in no more", "lässt uns nicht mehr ein"),
        Some("misconfigured") => reader.say("is not set up rightly", "ist falsch eingerichtet"),
        Some("shrunken") => {
            reader.say("lists far fewer devices than before", "führt viel weniger Geräte als zuvor")
        }
        _ => reader.say("has not answered", "antwortet nicht"),
    }
}
