//! Maintenance windows: times in which nobody is asked and nothing is done about what is expected
//! to be noisy. What comes meanwhile is kept, and comes back when the window ends.
//!
//! ```yaml
//! id: monthly-patching               # content/maintenance/monthly-patching.yml
//! owner: platform
//! reason: Servers restart, so that every agent signs in again
//! match: 'alert.rule in ["new-session", "agent-login"]'
//! from: 2026-12-05T22:00             # local time of the first window
//! zone: Europe/Berlin
//! lasts: 4h
//! repeats: FREQ=MONTHLY;BYDAY=1SA    # RFC 5545, its part that is at the top of recurrence.rs
//! tests: […]
//! ```

mod recurrence;

#[cfg(test)]
mod tests;

use content::{FileProblem, Problems, Section, hash};
use expr::Expr;
use jiff::{civil::DateTime, tz::TimeZone};
use model::{Span, Timestamp};
use serde_norway::Value;

use super::{
    condition_of,
    example::{self, Example},
    file::whole,
};
use crate::catalog::Catalog;
pub use recurrence::{Recurrence, RecurrenceError};

/// The longest window.
const LASTS_MAX: Span = Span::days(7);
const KEYS: [&str; 9] =
    ["id", "owner", "reason", "match", "from", "zone", "lasts", "repeats", "tests"];

/// A maintenance window, read and found without problems.
#[derive(Debug)]
pub(super) struct Maintenance {
    pub(super) id: String,
    pub(super) hash: String,
    pub(super) reason: String,
    /// Every alert, when absent.
    pub(super) condition: Option<Expr>,
    pub(super) window: Window,
}

/// When a window is open.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub(super) from: DateTime,
    pub(super) zone: TimeZone,
    pub(super) lasts: Span,
    pub(super) repeats: Option<Recurrence>,
}

impl Maintenance {
    /// What stands for it in a trace.
    pub(super) fn name(&self) -> String {
        format!("maintenance:{}@{}", self.id, self.hash)
    }
}

impl Window {
    /// When the window that is open at an instant ends; nothing where none is. A beginning that the
    /// clocks leap over is the first instant after it, one that they pass twice is the first.
    pub(super) fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(self.zone.clone()).date();
        // A window may have begun as many days ago as it lasts.
        let back = i64::try_from(self.lasts.as_seconds().div_ceil(86_400) + 1).unwrap_or(i64::MAX);
        let days = (0..=back).filter_map(|ago| today.checked_sub(jiff::Span::new().days(ago)).ok());
        let ends = days.filter(|day| self.begins_on(*day)).filter_map(|day| {
            let from = day.to_datetime(self.from.time());
            let begin = self.zone.to_ambiguous_zoned(from).compatible().ok()?.timestamp();
            let end = self.lasts.after(begin);
            (begin <= now && now < end).then_some(end)
        });
        ends.max()
    }

    fn begins_on(&self, day: jiff::civil::Date) -> bool {
        let first = self.from.date();
        day == first
            || (day > first && self.repeats.as_ref().is_some_and(|it| it.is_on(first, day)))
    }
}

/// A file's window and its tests, or everything that is wrong with it.
pub(super) fn read(
    name: &str,
    yaml: &str,
    catalog: &Catalog,
) -> Result<(Maintenance, Vec<Example>), Vec<FileProblem>> {
    whole(name, yaml, |value, problems| maintenance(value, name, hash(yaml), catalog, problems))
}

fn maintenance(
    value: &Value,
    file: &str,
    hash: String,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<(Maintenance, Vec<Example>)> {
    let top = Section::read(value, "", &KEYS, problems)?;
    let id = top.id("id", problems);
    let id = top.required("id", id, problems);
    let owner = top.text("owner", problems);
    top.required("owner", owner, problems);
    let reason = top.text("reason", problems).map(str::to_owned);
    let reason = top.required("reason", reason, problems);
    let condition = condition_of(&top, "match", catalog, problems);
    let window = window(&top, problems);
    let owner = format!("maintenance:{}", id.as_deref().unwrap_or_default());
    let tests = example::read(&top, file, &owner, problems);
    let (id, reason, window) = (id?, reason?, window?);
    Some((Maintenance { id, hash, reason, condition, window }, tests))
}

fn window(top: &Section<'_>, problems: &mut Problems<'_>) -> Option<Window> {
    let from = top.text("from", problems);
    let from = top.required("from", from, problems).and_then(|text| {
        let read = text.parse::<DateTime>().ok();
        if read.is_none() {
            problems.add(top.path("from"), "must be a local time, such as 2026-12-05T22:00");
        }
        read
    });
    let zone = top.text("zone", problems);
    let zone = top.required("zone", zone, problems).and_then(|name| {
        let zone = TimeZone::get(name).ok();
        if zone.is_none() {
            problems.add(top.path("zone"), "must be an IANA zone, such as Europe/Berlin");
        }
        zone
    });
    let lasts = top.span("lasts", LASTS_MAX, problems);
    let lasts = top.required("lasts", lasts, problems);
    let repeats = top.text("repeats", problems).and_then(|text| {
        text.parse::<Recurrence>()
            .map_err(|error| problems.add(top.path("repeats"), error.to_string()))
            .ok()
    });
    Some(Window { from: from?, zone: zone?, lasts: lasts?, repeats })
}
