//! Pages as alerts. Pure.

use std::collections::BTreeMap;

use model::{Span, Timestamp};
use ports::pager::{Page, PageKind};
use serde_json::{Value, json};

use super::config::OWN_LABELS;
use crate::text;

const NAME: &str = "CountersignEscalation";
/// Limits of ours, in UTF-16 units, and of details.
const SUMMARY_MAX: usize = 1_024;
const LABEL_MAX: usize = 75;
const VALUE_MAX: usize = 1_000;
const DETAILS_MAX: usize = 50;
const LINK_MAX: usize = 2_000;
const DEDUP_MAX_BYTES: usize = 255;

/// The body that says what a page says; `None` where it has no usable key.
pub(super) fn alerts(
    page: &Page,
    labels: &BTreeMap<String, String>,
    lasts: Span,
    now: Timestamp,
) -> Option<Value> {
    if page.dedup.is_empty() || page.dedup.len() > DEDUP_MAX_BYTES {
        return None;
    }
    let mut all = labels.clone();
    for (name, value) in OWN_LABELS.into_iter().zip([NAME, &page.dedup]) {
        all.insert(name.to_owned(), value.to_owned());
    }
    let mut alert = json!({ "labels": all, "annotations": annotations(page) });
    match page.kind {
        // It must have begun before it ends, whatever a source's clock said.
        PageKind::Trigger | PageKind::Acknowledge => {
            alert["startsAt"] = json!(page.at.min(now).to_string());
            alert["endsAt"] = json!(lasts.after(now).to_string());
        }
        PageKind::Resolve => alert["endsAt"] = json!(now.to_string()),
    }
    if let Some(link) = link(&page.url) {
        alert["generatorURL"] = json!(link);
    }
    Some(json!([alert]))
}

/// Whatever may change over the life of a case.
fn annotations(page: &Page) -> BTreeMap<&'static str, String> {
    let details = page.details.iter().take(DETAILS_MAX).map(|(label, value)| {
        format!("{}: {}\n", text::line(label, LABEL_MAX), text::line(value, VALUE_MAX))
    });
    let mut annotations = BTreeMap::from([
        ("summary", text::line(&page.summary, SUMMARY_MAX)),
        ("description", details.collect()),
        ("severity", page.severity.name().to_owned()),
    ]);
    if let Some(link) = link(&page.url) {
        annotations.insert("link", link.to_owned());
    }
    annotations
}

fn link(url: &str) -> Option<&str> {
    let is_link = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = url.len() <= LINK_MAX && url.bytes().all(|byte| byte.is_ascii_graphic());
    (is_link && is_plain).then_some(url)
}
