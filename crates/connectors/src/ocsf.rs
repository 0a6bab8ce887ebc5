//! Outcomes as events of the Open Cybersecurity Schema Framework: Detection Finding (2004),
//! Incident Finding (2005) and Remediation Activity (7001). Pure.
//!
//! What our words mean in the framework's numbers stands in `mapping.rs`, what an event holds in
//! `schema.rs`. A claim is never a verdict: only a proof makes an incident benign, and only an
//! analyst makes it an attack.

mod mapping;
pub mod schema;

#[cfg(test)]
pub(crate) mod tests;

use model::Timestamp;
use ports::outcome::{ActionOutcome, AlertRef, CaseOutcome, Of, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::text;
use schema::{
    DetectionFinding, Finding, FindingInfo, IncidentFinding, Metadata, Note, Product, Remediation,
    Resource, User,
};

/// How many alerts an incident names, and one event holds.
const FINDINGS_MAX: usize = 100;
/// Limits of ours, in UTF-16 units.
const TITLE_MAX: usize = 1_024;
const TEXT_MAX: usize = 3_000;
const WORD_MAX: usize = 256;
const LINK_MAX: usize = 2_000;
/// The category of findings, and of remediation.
const FINDINGS: u32 = 2;
const REMEDIATION: u32 = 7;

/// The version of the schema that a receiver expects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OcsfVersion {
    /// 1.3.0
    #[serde(rename = "1.3.0")]
    V1_3,
    /// 1.5.0
    #[default]
    #[serde(rename = "1.5.0")]
    V1_5,
    /// 1.6.0
    #[serde(rename = "1.6.0")]
    V1_6,
    /// 1.9.0, which has notes in place of a comment.
    #[serde(rename = "1.9.0")]
    V1_9,
}

impl OcsfVersion {
    /// As it stands in an event.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V1_3 => "1.3.0",
            Self::V1_5 => "1.5.0",
            Self::V1_6 => "1.6.0",
            Self::V1_9 => "1.9.0",
        }
    }
}

/// The events that tell an outcome: of a case its incident, and when it is new its alerts too; of
/// an action what was done.
#[must_use]
pub fn events(outcome: &Outcome, version: OcsfVersion) -> Vec<Value> {
    match &outcome.of {
        Of::Case(case) => {
            let alerts = case.alerts.iter().take(if case.is_new { FINDINGS_MAX } else { 0 });
            let mut events: Vec<Value> =
                alerts.map(|alert| json!(detection(outcome, case, alert, version))).collect();
            events.push(json!(incident(outcome, case, version)));
            events
        }
        Of::Action(action) => vec![json!(remediation(outcome, action, version))],
    }
}

fn detection(
    outcome: &Outcome,
    case: &CaseOutcome,
    alert: &AlertRef,
    version: OcsfVersion,
) -> DetectionFinding {
    let activity = mapping::activity(case);
    DetectionFinding {
        class_uid: 2004,
        category_uid: FINDINGS,
        activity_id: activity,
        type_uid: 200_400 + activity,
        time: ms(outcome.at),
        severity_id: mapping::severity(alert.severity),
        status_id: mapping::finding_status(case),
        confidence_id: case.confidence.map(mapping::confidence),
        is_alert: true,
        metadata: metadata(outcome, case.case.to_string(), version, Some(&alert.id.to_string())),
        finding_info: FindingInfo {
            uid: alert.external_id.as_deref().map_or_else(|| alert.id.to_string(), word),
            title: text::line(&alert.title, TITLE_MAX),
            created_time: ms(alert.time),
            src_url: alert.url.as_deref().and_then(link),
        },
        resources: case
            .person
            .iter()
            .map(|(id, email)| resource(id.reveal(), email.reveal()))
            .collect(),
    }
}

fn incident(outcome: &Outcome, case: &CaseOutcome, version: OcsfVersion) -> IncidentFinding {
    let activity = mapping::activity(case);
    let findings = case.alerts.iter().take(FINDINGS_MAX).map(|alert| Finding {
        uid: alert.external_id.as_deref().map_or_else(|| alert.id.to_string(), word),
        title: text::line(&alert.title, TITLE_MAX),
        created_time: ms(alert.time),
    });
    let comment = case.comment.as_ref().map(|it| text::lines(it.reveal(), TEXT_MAX));
    let has_notes = version == OcsfVersion::V1_9;
    let notes = comment.clone().filter(|_| has_notes).map(|content| Note { content });
    IncidentFinding {
        class_uid: 2005,
        category_uid: FINDINGS,
        activity_id: activity,
        type_uid: 200_500 + activity,
        time: ms(outcome.at),
        severity_id: mapping::severity(case.severity),
        status_id: mapping::incident_status(case),
        verdict_id: mapping::verdict(case),
        confidence_id: case.confidence.map(mapping::confidence),
        start_time: ms(case.opened_at),
        desc: text::line(&case.title, TITLE_MAX),
        src_url: link(&case.url),
        metadata: Metadata {
            profiles: vec!["incident".to_owned()],
            ..metadata(outcome, case.case.to_string(), version, None)
        },
        finding_info_list: findings.collect(),
        comment: comment.filter(|_| !has_notes),
        notes: notes.into_iter().collect(),
        unmapped: json!({ "countersign": {
            "state": case.state.name(),
            "reason": case.reason.map(|reason| reason.name()),
            "source": word(&case.source),
            "rule": word(&case.rule),
            "evidence": case.evidence.map(|(method, assurance)| {
                json!({ "method": method.name(), "assurance": assurance.name() })
            }),
            "by": case.by.as_deref().map(word),
        } }),
    }
}

fn remediation(outcome: &Outcome, action: &ActionOutcome, version: OcsfVersion) -> Remediation {
    let activity = mapping::remediation_activity(action);
    Remediation {
        class_uid: 7001,
        category_uid: REMEDIATION,
        activity_id: activity,
        type_uid: 700_100 + activity,
        time: ms(outcome.at),
        severity_id: 1,
        status_id: mapping::remediation_status(action),
        status_detail: action.detail.as_deref().map(|detail| text::line(detail, TITLE_MAX)),
        command_uid: action.action.to_string(),
        metadata: metadata(outcome, action.case.to_string(), version, None),
        unmapped: json!({ "countersign": {
            "action": word(&action.name),
            "target": action.target.name(),
            "state": action.state.name(),
            "person": action.person.as_ref().map(|(id, email)| resource(id.reveal(), email.reveal())),
            "reason": text::line(&action.reason, TITLE_MAX),
            "by": word(&action.by),
            "url": link(&action.url),
        } }),
    }
}

fn metadata(outcome: &Outcome, case: String, version: OcsfVersion, part: Option<&str>) -> Metadata {
    let uid = match part {
        Some(part) => format!("{}.{part}", outcome.id),
        None => outcome.id.to_string(),
    };
    Metadata {
        version: version.name().to_owned(),
        product: Product {
            name: "Countersign".to_owned(),
            vendor_name: "Countersign".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        uid,
        correlation_uid: case,
        profiles: Vec::new(),
    }
}

fn resource(id: &str, email: &str) -> Resource {
    Resource {
        uid: word(id),
        kind: "user".to_owned(),
        owner: User { uid: word(id), email_addr: word(email) },
    }
}

fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn word(text: &str) -> String {
    text::line(text, WORD_MAX)
}

fn link(url: &str) -> Option<String> {
    let is_link = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = url.len() <= LINK_MAX && url.bytes().all(|byte| byte.is_ascii_graphic());
    (is_link && is_plain).then(|| url.to_owned())
}
