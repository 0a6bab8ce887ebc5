//! Messages as JSON. Pure.

use ports::{
    chat::{Notice, Question, Receipt, Report},
    pager::{Page, PageKind},
};
use serde_json::{Value, json};

use crate::text;

/// Limits in UTF-16 units, and of items.
const TITLE_MAX: usize = 1_024;
const TEXT_MAX: usize = 3_000;
const LABEL_MAX: usize = 75;
const VALUE_MAX: usize = 1_000;
const FACTS_MAX: usize = 50;
const URL_MAX: usize = 2_000;

/// A question; without the buttons' tokens, since it is answered on our page.
pub(super) fn question(account: &str, question: &Question) -> Value {
    let answers: Vec<Value> = question
        .buttons
        .iter()
        .map(|button| {
            let label = text::line(&button.label, LABEL_MAX);
            json!({ "answer": button.answer.name(), "label": label })
        })
        .collect();
    json!({
        "type": "question",
        "delivery": question.delivery.to_string(),
        "account": account,
        "code": text::line(&question.code, LABEL_MAX),
        "title": text::line(&question.title, TITLE_MAX),
        "text": text::lines(&question.text, TEXT_MAX),
        "facts": labelled(&question.facts),
        "answers": answers,
        "footer": text::lines(&question.footer, TEXT_MAX),
        "url": link(&question.url),
    })
}

/// A notice.
pub(super) fn notice(account: &str, notice: &Notice) -> Value {
    json!({
        "type": "notice",
        "delivery": notice.delivery.to_string(),
        "account": account,
        "title": text::line(&notice.title, TITLE_MAX),
        "text": text::lines(&notice.text, TEXT_MAX),
        "url": notice.url.as_deref().and_then(link),
    })
}

/// A report.
pub(super) fn report(report: &Report, thread: Option<&Receipt>) -> Value {
    json!({
        "type": "report",
        "delivery": report.delivery.to_string(),
        "title": text::line(&report.title, TITLE_MAX),
        "facts": labelled(&report.facts),
        "comment": report.comment.as_ref().map(|comment| text::quoted(comment, TEXT_MAX)),
        "url": link(&report.url),
        "thread": thread.map(|thread| &thread.message),
    })
}

/// A page.
pub(super) fn page(page: &Page) -> Value {
    let action = match page.kind {
        PageKind::Trigger => "trigger",
        PageKind::Acknowledge => "acknowledge",
        PageKind::Resolve => "resolve",
    };
    json!({
        "type": "page",
        "delivery": page.delivery.to_string(),
        "dedup": page.dedup,
        "action": action,
        "summary": text::line(&page.summary, TITLE_MAX),
        "severity": page.severity.name(),
        "at": page.at.to_string(),
        "details": labelled(&page.details),
        "url": link(&page.url),
    })
}

fn labelled(facts: &[(String, String)]) -> Vec<Value> {
    let shown = facts.iter().take(FACTS_MAX);
    shown
        .map(|(label, value)| {
            json!({ "label": text::line(label, LABEL_MAX), "value": text::lines(value, VALUE_MAX) })
        })
        .collect()
}

/// An address of ours, or nothing where it is none.
fn link(url: &str) -> Option<&str> {
    let is_link = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = url.len() <= URL_MAX && url.bytes().all(|byte| byte.is_ascii_graphic());
    (is_link && is_plain).then_some(url)
}
