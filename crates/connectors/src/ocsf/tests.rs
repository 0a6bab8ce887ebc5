use model::{
    ActionId, ActionState, AlertId, Assurance, CaseId, Confidence, DeliveryId, Method, Reason,
    Severity, StateName, TargetKind,
};
use serde::de::DeserializeOwned;

use super::*;
use crate::respond::stage::now;

pub(crate) fn case(state: StateName, reason: Option<Reason>) -> CaseOutcome {
    CaseOutcome {
        case: CaseId::from_parts(now(), 1),
        opened_at: now(),
        is_new: false,
        is_test: false,
        state,
        reason,
        severity: Severity::High,
        confidence: Some(Confidence::High),
        title: "Sign-in from a new network".to_owned(),
        source: "siem".to_owned(),
        rule: "new-network".to_owned(),
        person: Some(("sub-mia".into(), "mia@example.com".into())),
        alerts: vec![AlertRef {
            id: AlertId::from_parts(now(), 2),
            external_id: Some("siem-42".to_owned()),
            title: "New network".to_owned(),
            severity: Severity::Critical,
            time: now(),
            url: Some("https://siem.example.com/a/42".to_owned()),
        }],
        evidence: None,
        comment: None,
        by: None,
        url: "https://countersign.example.com/console/cases/case_1".to_owned(),
    }
}

pub(crate) fn outcome(of: Of) -> Outcome {
    Outcome { id: DeliveryId::from_parts(now(), 3), at: now(), of }
}

pub(crate) fn action(state: ActionState, target: TargetKind) -> ActionOutcome {
    ActionOutcome {
        action: ActionId::from_parts(now(), 4),
        case: CaseId::from_parts(now(), 1),
        name: "okta.suspend".to_owned(),
        target,
        person: Some(("sub-mia".into(), "mia@example.com".into())),
        state,
        is_partial: false,
        detail: None,
        reason: "denied".to_owned(),
        by: "policy:default".to_owned(),
        url: "https://countersign.example.com/console/cases/case_1".to_owned(),
    }
}

/// What is written is what the schema has, and nothing else; it comes back as it went out.
fn read<T: DeserializeOwned + serde::Serialize>(event: &Value) -> T {
    let read: T = serde_json::from_value(event.clone()).expect("the schema's fields only");
    assert_eq!(serde_json::to_value(&read).expect("plain JSON"), *event);
    let base = ["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time"];
    assert!(base.iter().all(|field| !event[*field].is_null()), "the base fields");
    let (class, activity) = (event["class_uid"].as_u64(), event["activity_id"].as_u64());
    let kind = class.zip(activity).map(|(class, activity)| class * 100 + activity);
    assert_eq!(event["type_uid"].as_u64(), kind);
    read
}

fn incident_of(case: CaseOutcome) -> IncidentFinding {
    let events = events(&outcome(Of::Case(Box::new(case))), OcsfVersion::default());
    read(events.last().expect("an incident"))
}

#[test]
fn every_standing_has_its_numbers_and_only_proof_or_an_analyst_gives_a_verdict() {
    let cases = [
        (StateName::Triage, None, (2, 1, 0)),
        (StateName::Watching, None, (2, 3, 0)),
        (StateName::Notifying, None, (2, 2, 0)),
        (StateName::Asking, None, (2, 2, 0)),
        (StateName::Claimed, None, (2, 2, 0)),
        (StateName::Verifying, None, (2, 2, 0)),
        (StateName::Escalated, Some(Reason::Denied), (2, 2, 4)),
        (StateName::Escalated, Some(Reason::Conflict), (2, 2, 4)),
        (StateName::Escalated, Some(Reason::Silent), (2, 2, 7)),
        (StateName::Escalated, Some(Reason::NotSure), (2, 2, 7)),
        (StateName::Escalated, Some(Reason::Undeliverable), (2, 2, 7)),
        (StateName::Escalated, Some(Reason::Unprovable), (2, 2, 7)),
        (StateName::Escalated, Some(Reason::UnknownPerson), (2, 2, 7)),
        (StateName::Escalated, Some(Reason::Decided), (2, 2, 0)),
        (StateName::Closed, Some(Reason::Verified), (3, 5, 5)),
        (StateName::Closed, Some(Reason::Notified), (3, 5, 0)),
        (StateName::Closed, Some(Reason::Filtered), (3, 5, 3)),
        (StateName::Closed, Some(Reason::Suppressed), (3, 5, 3)),
        (StateName::Closed, Some(Reason::Merged), (3, 5, 10)),
        (StateName::Closed, Some(Reason::Shadow), (3, 5, 0)),
        (StateName::Closed, Some(Reason::Benign), (3, 5, 5)),
        (StateName::Closed, Some(Reason::Malicious), (3, 5, 2)),
        (StateName::Closed, Some(Reason::FalsePositive), (3, 5, 1)),
        (StateName::Closed, Some(Reason::Duplicate), (3, 5, 10)),
    ];
    let named: std::collections::BTreeSet<_> = cases.iter().filter_map(|case| case.1).collect();
    assert_eq!(named.len(), Reason::ALL.len(), "every reason has its numbers");
    for (state, reason, expected) in cases {
        let event = incident_of(case(state, reason));
        let numbers = (event.activity_id, event.status_id, event.verdict_id);
        assert_eq!(numbers, expected, "{state} {reason:?}");
    }
    let test = CaseOutcome { is_test: true, ..case(StateName::Closed, Some(Reason::Verified)) };
    assert_eq!(incident_of(test).verdict_id, 6);
}

#[test]
fn a_new_case_tells_its_alerts_by_the_sources_own_ids() {
    let case = CaseOutcome { is_new: true, ..case(StateName::Triage, None) };
    let events = events(&outcome(Of::Case(Box::new(case))), OcsfVersion::V1_5);
    let [detection, incident] = &events[..] else { panic!("two events") };
    let (detection, incident): (DetectionFinding, IncidentFinding) =
        (read(detection), read(incident));
    assert_eq!((detection.type_uid, detection.severity_id, detection.status_id), (200_401, 5, 1));
    assert_eq!(detection.finding_info.uid, "siem-42");
    assert_eq!(detection.resources[0].owner.email_addr, "mia@example.com");
    assert_eq!(detection.metadata.correlation_uid, incident.metadata.correlation_uid);
    assert_ne!(detection.metadata.uid, incident.metadata.uid);
    assert_eq!(incident.finding_info_list[0].uid, "siem-42");
    assert_eq!(incident.metadata.profiles, ["incident"]);
    assert_eq!(incident.time, now().as_millisecond());
}

#[test]
fn how_it_was_proven_and_by_whom_it_was_decided_stay_apart() {
    let proven = CaseOutcome {
        evidence: Some((Method::Passkey, Assurance::PhishingResistant)),
        ..case(StateName::Closed, Some(Reason::Verified))
    };
    let told = incident_of(proven).unmapped;
    assert_eq!(told["countersign"]["evidence"]["method"], "passkey");
    assert_eq!(told["countersign"]["by"], Value::Null);
    let decided =
        CaseOutcome { by: Some("zoe".to_owned()), ..case(StateName::Closed, Some(Reason::Benign)) };
    let told = incident_of(decided).unmapped;
    assert_eq!(
        (&told["countersign"]["by"], &told["countersign"]["evidence"]),
        (&json!("zoe"), &Value::Null)
    );
}

#[test]
fn a_comment_is_a_note_where_the_schema_has_notes() {
    for (version, has_notes) in
        [(OcsfVersion::V1_3, false), (OcsfVersion::V1_5, false), (OcsfVersion::V1_9, true)]
    {
        let case = CaseOutcome {
            comment: Some("it was me\u{0}".into()),
            ..case(StateName::Claimed, None)
        };
        let events = events(&outcome(Of::Case(Box::new(case))), version);
        let event: IncidentFinding = read(&events[0]);
        assert_eq!(event.metadata.version, version.name());
        let (comment, notes) = (event.comment.as_deref(), event.notes.first());
        let note = notes.map(|note| note.content.as_str());
        let expected =
            if has_notes { (None, Some("it was me")) } else { (Some("it was me"), None) };
        assert_eq!((comment, note), expected);
    }
}

#[test]
fn what_was_not_seen_is_no_success_and_taking_back_restores() {
    for (state, target, expected) in [
        (ActionState::Planned, TargetKind::Account, (2, 0)),
        (ActionState::AwaitingApproval, TargetKind::Account, (2, 0)),
        (ActionState::Applying, TargetKind::Session, (2, 0)),
        (ActionState::Applied, TargetKind::Key, (2, 0)),
        (ActionState::Verified, TargetKind::Other, (2, 1)),
        (ActionState::Verified, TargetKind::Address, (1, 1)),
        (ActionState::Verified, TargetKind::Device, (1, 1)),
        (ActionState::Reverting, TargetKind::Account, (3, 0)),
        (ActionState::Reverted, TargetKind::Device, (3, 1)),
        (ActionState::Failed, TargetKind::Account, (2, 2)),
    ] {
        let events =
            events(&outcome(Of::Action(Box::new(action(state, target)))), OcsfVersion::default());
        let [event] = &events[..] else { panic!("one event") };
        let event: Remediation = read(event);
        assert_eq!((event.activity_id, event.status_id), expected, "{state} {target}");
        assert_eq!(event.metadata.correlation_uid, CaseId::from_parts(now(), 1).to_string());
        assert!(event.command_uid.starts_with("act_"));
    }
    let partial =
        ActionOutcome { is_partial: true, ..action(ActionState::Verified, TargetKind::Key) };
    let events = events(&outcome(Of::Action(Box::new(partial))), OcsfVersion::default());
    assert_eq!(read::<Remediation>(&events[0]).status_id, 4);
}

#[test]
fn hostile_text_is_inert_and_capped() {
    let hostile = format!("\u{0}\u{202e}{}", "https://evil.example/\r\n".repeat(2_000));
    let mut case = case(StateName::Escalated, Some(Reason::Denied));
    case.alerts[0].title.clone_from(&hostile);
    case.alerts[0].external_id = Some(hostile.clone());
    case.alerts[0].url = Some(hostile.clone());
    case.alerts = vec![case.alerts[0].clone(); 200];
    for text in [&mut case.title, &mut case.source, &mut case.rule, &mut case.url] {
        text.clone_from(&hostile);
    }
    (case.comment, case.by) = (Some(hostile.as_str().into()), Some(hostile.clone()));
    case.is_new = true;
    let mut action = action(ActionState::Failed, TargetKind::Account);
    for text in [&mut action.name, &mut action.reason, &mut action.by, &mut action.url] {
        text.clone_from(&hostile);
    }
    action.detail = Some(hostile.clone());
    for of in [Of::Case(Box::new(case)), Of::Action(Box::new(action))] {
        let all = events(&outcome(of), OcsfVersion::default());
        assert!(all.len() <= FINDINGS_MAX + 1);
        for event in all {
            let written = event.to_string();
            assert!(written.len() < 256 * 1024, "{}", written.len());
            for hidden in ["://evil", "\\u0000", "\u{202e}", "\\r"] {
                assert!(!written.contains(hidden), "{hidden}");
            }
        }
    }
}
