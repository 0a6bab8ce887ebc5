//! Pages as GoAlert's fields. Pure.

use ports::pager::{Page, PageKind};

use crate::text;

/// Limits of the vendor, in bytes; four for each UTF-16 unit are more than any takes.
const SUMMARY_MAX: usize = 1_024 / 4;
const DETAILS_MAX_BYTES: usize = 6 * 1024;
const DEDUP_MAX_BYTES: usize = 255;
/// Limits of ours, in UTF-16 units.
const LABEL_MAX: usize = 75;
const VALUE_MAX: usize = 300;
const LINK_MAX: usize = 2_000;

/// The fields of a page; `None` where it has no usable key, or where GoAlert does not know it.
pub(super) fn fields(page: &Page) -> Option<Vec<(&'static str, String)>> {
    if page.dedup.is_empty() || page.dedup.len() > DEDUP_MAX_BYTES {
        return None;
    }
    let mut fields = vec![("summary", summary(page)), ("dedup", page.dedup.clone())];
    match page.kind {
        PageKind::Trigger | PageKind::Acknowledge => fields.push(("details", details(page))),
        PageKind::Resolve => fields.push(("action", "close".to_owned())),
    }
    Some(fields)
}

/// An empty one is refused, even to close.
fn summary(page: &Page) -> String {
    let summary = text::line(&page.summary, SUMMARY_MAX);
    if summary.is_empty() { page.dedup.clone() } else { summary }
}

/// Our link, then the details, as Markdown in which nothing but the link is more than text.
fn details(page: &Page) -> String {
    let mut details = String::new();
    let is_link = page.url.starts_with("https://") || page.url.starts_with("http://");
    let is_plain = page.url.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>".contains(&byte));
    if is_link && is_plain && page.url.len() <= LINK_MAX {
        details += &format!("[Open in Countersign]({})\n\n", page.url);
    }
    for (label, value) in &page.details {
        let (label, value) = (text::line(label, LABEL_MAX), text::line(value, VALUE_MAX));
        let line = format!("- {}: {}\n", escaped(&label), escaped(&value));
        if details.len() + line.len() > DETAILS_MAX_BYTES {
            break;
        }
        details += &line;
    }
    details
}

/// Every character that Markdown could act on, kept from it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 2);
    for each in text.chars() {
        if each.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(each);
    }
    escaped
}
