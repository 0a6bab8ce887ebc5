//! Outcomes as our own objects. Pure.

use model::Personal;
use ports::outcome::{ActionOutcome, CaseOutcome, Of, Outcome};
use serde_json::{Value, json};

use crate::text;

/// Limits in UTF-16 units, and of alerts.
const TITLE_MAX: usize = 1_024;
const TEXT_MAX: usize = 3_000;
const WORD_MAX: usize = 256;
const LINK_MAX: usize = 2_000;
const ALERTS_MAX: usize = 100;

/// The object of an outcome.
pub(super) fn object(outcome: &Outcome) -> Value {
    let mut object = match &outcome.of {
        Of::Case(case) => of_case(case),
        Of::Action(action) => of_action(action),
    };
    object["id"] = json!(outcome.id.to_string());
    object["at"] = json!(outcome.at.to_string());
    object
}

fn of_case(case: &CaseOutcome) -> Value {
    let alerts = case.alerts.iter().take(ALERTS_MAX).map(|alert| {
        json!({
            "id": alert.id.to_string(),
            "external_id": alert.external_id.as_deref().map(word),
            "title": text::line(&alert.title, TITLE_MAX),
            "severity": alert.severity.name(),
            "time": alert.time.to_string(),
            "url": alert.url.as_deref().and_then(link),
        })
    });
    json!({
        "type": "case.changed",
        "case": case.case.to_string(),
        "opened_at": case.opened_at.to_string(),
        "is_new": case.is_new,
        "is_test": case.is_test,
        "state": case.state.name(),
        "reason": case.reason.map(|reason| reason.name()),
        "severity": case.severity.name(),
        "confidence": case.confidence.map(|confidence| confidence.name()),
        "title": text::line(&case.title, TITLE_MAX),
        "source": word(&case.source),
        "rule": word(&case.rule),
        "person": case.person.as_ref().map(person),
        "alerts": alerts.collect::<Value>(),
        "evidence": case.evidence.map(|(method, assurance)| {
            json!({ "method": method.name(), "assurance": assurance.name() })
        }),
        "comment": case.comment.as_ref().map(|it| text::lines(it.reveal(), TEXT_MAX)),
        "by": case.by.as_deref().map(word),
        "url": link(&case.url),
    })
}

fn of_action(action: &ActionOutcome) -> Value {
    json!({
        "type": "action.changed",
        "action": action.action.to_string(),
        "case": action.case.to_string(),
        "name": word(&action.name),
        "target": action.target.name(),
        "person": action.person.as_ref().map(person),
        "state": action.state.name(),
        "is_partial": action.is_partial,
        "detail": action.detail.as_deref().map(|detail| text::line(detail, TITLE_MAX)),
        "reason": text::line(&action.reason, TITLE_MAX),
        "by": word(&action.by),
        "url": link(&action.url),
    })
}

fn person((id, email): &(Personal, Personal)) -> Value {
    json!({ "id": word(id.reveal()), "email": word(email.reveal()) })
}

fn word(text: &str) -> String {
    text::line(text, WORD_MAX)
}

fn link(url: &str) -> Option<&str> {
    let is_link = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = url.len() <= LINK_MAX && url.bytes().all(|byte| byte.is_ascii_graphic());
    (is_link && is_plain).then_some(url)
}
