//! Filters: known false positives, as reviewed files.
//!
//! ```yaml
//! id: new-laptop                     # content/filters/new-laptop.yml
//! owner: it-team
//! reason: Laptops handed out by IT sign in from the office first
//! match: 'alert.rule == "new-device" && enrich.inventory.handed_out == true'
//! expires: 2027-03-01                # where it should not stand for ever
//! tests:
//!   - { name: …, alert: {…}, person: {…}, known: {…}, expect: { act: filtered } }
//! ```

use content::{FileProblem, Problems, Section, hash};
use expr::Expr;
use model::Timestamp;
use serde_norway::Value;

use super::{
    condition_of,
    example::{self, Example},
    file::whole,
};
use crate::catalog::Catalog;

const FILTER_KEYS: [&str; 6] = ["id", "owner", "reason", "match", "expires", "tests"];

/// A filter, read and found without problems.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) id: String,
    pub(super) hash: String,
    pub(super) reason: String,
    pub(super) condition: Expr,
    pub(super) expires_at: Option<Timestamp>,
}

impl Filter {
    /// What stands for it in a trace.
    pub(super) fn name(&self) -> String {
        format!("filter:{}@{}", self.id, self.hash)
    }

    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|at| now < at)
    }
}

/// A file's filter and its tests, or everything that is wrong with it.
pub(super) fn read(
    name: &str,
    yaml: &str,
    catalog: &Catalog,
) -> Result<(Filter, Vec<Example>), Vec<FileProblem>> {
    whole(name, yaml, |value, problems| filter(value, name, hash(yaml), catalog, problems))
}

fn filter(
    value: &Value,
    file: &str,
    hash: String,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<(Filter, Vec<Example>)> {
    let top = Section::read(value, "", &FILTER_KEYS, problems)?;
    let id = top.id("id", problems);
    let id = top.required("id", id, problems);
    let owner = top.text("owner", problems);
    top.required("owner", owner, problems);
    let reason = top.text("reason", problems).map(str::to_owned);
    let reason = top.required("reason", reason, problems);
    let condition = condition_of(&top, "match", catalog, problems);
    let condition = top.required("match", condition, problems);
    let expires_at = expiry(&top, problems);
    let owner = format!("filter:{}", id.as_deref().unwrap_or_default());
    let tests = example::read(&top, file, &owner, problems);
    if tests.is_empty() {
        problems.add("tests", "a filter silences: prove with a test what it hides");
    }
    Some((Filter { id: id?, hash, reason: reason?, condition: condition?, expires_at }, tests))
}

/// The end of a day, or an instant.
pub(super) fn expiry(top: &Section<'_>, problems: &mut Problems<'_>) -> Option<Timestamp> {
    let text = top.text("expires", problems)?;
    let of_day = |day: jiff::civil::Date| {
        let end = day.tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(end.timestamp())
    };
    let at = text.parse::<Timestamp>().ok().or_else(|| text.parse().ok().and_then(of_day));
    if at.is_none() {
        problems.add(top.path("expires"), "must be a day such as 2027-03-01, or an instant");
    }
    at
}
