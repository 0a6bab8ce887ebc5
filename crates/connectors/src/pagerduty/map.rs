//! Pages as events. Pure.

use bytes::Bytes;
use model::Severity;
use ports::pager::{Page, PageKind};
use serde_json::{Map, Value, json};

use crate::text;

/// Limits of the vendor: characters of a summary, bytes of a key and of a body.
const SUMMARY_MAX: usize = 1_024;
const DEDUP_MAX_BYTES: usize = 255;
pub(super) const BODY_MAX_BYTES: usize = 512 * 1024;
/// Limits of ours: so many details, of this length in UTF-16 units. Together they stay far below
/// the body's limit.
const DETAILS_MAX: usize = 50;
const LABEL_MAX: usize = 75;
const DETAIL_MAX: usize = 1_000;
const LINK_MAX: usize = 2_000;

/// The event of a page; `None` where the vendor's limits cannot be kept without changing which
/// incident it belongs to.
pub(super) fn event(routing_key: &str, page: &Page) -> Option<Bytes> {
    if page.dedup.is_empty() || page.dedup.len() > DEDUP_MAX_BYTES {
        return None;
    }
    let event = match page.kind {
        PageKind::Trigger => trigger(routing_key, page),
        PageKind::Acknowledge => change(routing_key, "acknowledge", &page.dedup),
        PageKind::Resolve => change(routing_key, "resolve", &page.dedup),
    };
    Some(Bytes::from(event.to_string())).filter(|body| body.len() <= BODY_MAX_BYTES)
}

/// The event that changes an incident. Where none is open, the vendor takes it and does nothing.
pub(super) fn change(routing_key: &str, action: &str, dedup: &str) -> Value {
    json!({ "routing_key": routing_key, "event_action": action, "dedup_key": dedup })
}

fn trigger(routing_key: &str, page: &Page) -> Value {
    let mut event = json!({
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": page.dedup,
        "client": "Countersign",
        "payload": {
            "summary": filled(text::line(&page.summary, SUMMARY_MAX)),
            "source": "countersign",
            "severity": severity(page.severity),
            "timestamp": page.at.to_string(),
            "custom_details": details(&page.details),
        },
    });
    let is_link = page.url.starts_with("https://") || page.url.starts_with("http://");
    if is_link && page.url.len() <= LINK_MAX {
        event["client_url"] = json!(page.url);
        event["links"] = json!([{ "href": page.url, "text": "Open in Countersign" }]);
    }
    event
}

fn details(details: &[(String, String)]) -> Map<String, Value> {
    let mut shown = Map::new();
    for (label, value) in details.iter().take(DETAILS_MAX) {
        let label = filled(text::line(label, LABEL_MAX));
        // A label that comes twice keeps both values.
        let label = (1..=DETAILS_MAX)
            .map(|n| if n == 1 { label.clone() } else { format!("{label} ({n})") })
            .find(|label| !shown.contains_key(label))
            .unwrap_or(label);
        shown.insert(label, json!(text::lines(value, DETAIL_MAX)));
    }
    if details.len() > DETAILS_MAX {
        shown.insert("…".to_owned(), json!(format!("{} more", details.len() - DETAILS_MAX)));
    }
    shown
}

fn filled(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Low => "info",
        Severity::Medium => "warning",
        Severity::High => "error",
        Severity::Critical => "critical",
    }
}
