//! Our words as the framework's numbers. Pure.

use model::{ActionState, Confidence, Reason, Severity, StateName, TargetKind};
use ports::outcome::{ActionOutcome, CaseOutcome};

/// `severity_id`
pub(super) fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Info => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

/// `confidence_id`
pub(super) fn confidence(confidence: Confidence) -> u32 {
    match confidence {
        Confidence::Low => 1,
        Confidence::Medium => 2,
        Confidence::High => 3,
    }
}

/// `activity_id` of findings: created, updated, closed.
pub(super) fn activity(case: &CaseOutcome) -> u32 {
    match case.state {
        StateName::Closed => 3,
        _ if case.is_new => 1,
        _ => 2,
    }
}

/// `status_id` of an incident: new, in progress, on hold, closed.
pub(super) fn incident_status(case: &CaseOutcome) -> u32 {
    match case.state {
        StateName::Triage => 1,
        StateName::Watching => 3,
        StateName::Closed => 5,
        StateName::Notifying
        | StateName::Asking
        | StateName::Claimed
        | StateName::Verifying
        | StateName::Escalated => 2,
    }
}

/// `status_id` of a detection: new, in progress, suppressed, resolved.
pub(super) fn finding_status(case: &CaseOutcome) -> u32 {
    match (case.state, case.reason) {
        (StateName::Triage, _) => 1,
        (StateName::Closed, Some(Reason::Filtered | Reason::Suppressed)) => 3,
        (StateName::Closed, _) => 4,
        _ => 2,
    }
}

/// `verdict_id`: benign only by a proof or an analyst, an attack only by an analyst. A claim that
/// is not proven, and what has not been answered yet, have none.
pub(super) fn verdict(case: &CaseOutcome) -> u32 {
    const NONE: u32 = 0;
    const FALSE_POSITIVE: u32 = 1;
    const TRUE_POSITIVE: u32 = 2;
    const DISREGARD: u32 = 3;
    const SUSPICIOUS: u32 = 4;
    const BENIGN: u32 = 5;
    const TEST: u32 = 6;
    const INSUFFICIENT: u32 = 7;
    const DUPLICATE: u32 = 10;
    if case.is_test {
        return TEST;
    }
    match case.reason {
        Some(Reason::Verified | Reason::Benign) => BENIGN,
        Some(Reason::Malicious) => TRUE_POSITIVE,
        Some(Reason::FalsePositive) => FALSE_POSITIVE,
        Some(Reason::Denied | Reason::Conflict) => SUSPICIOUS,
        Some(
            Reason::Silent
            | Reason::NotSure
            | Reason::Undeliverable
            | Reason::Unprovable
            | Reason::UnknownPerson,
        ) => INSUFFICIENT,
        Some(Reason::Filtered | Reason::Suppressed) => DISREGARD,
        Some(Reason::Merged | Reason::Duplicate) => DUPLICATE,
        Some(Reason::Decided | Reason::Notified | Reason::Shadow) | None => NONE,
    }
}

/// `activity_id` of a remediation: isolate, evict, restore.
pub(super) fn remediation_activity(action: &ActionOutcome) -> u32 {
    match (action.state, action.target) {
        (ActionState::Reverting | ActionState::Reverted, _) => 3,
        (_, TargetKind::Device | TargetKind::Address) => 1,
        (_, TargetKind::Account | TargetKind::Session | TargetKind::Key | TargetKind::Other) => 2,
    }
}

/// `status_id` of a remediation. What was not seen to have taken effect is no success.
pub(super) fn remediation_status(action: &ActionOutcome) -> u32 {
    match action.state {
        ActionState::Verified if action.is_partial => 4,
        ActionState::Verified | ActionState::Reverted => 1,
        ActionState::Failed => 2,
        ActionState::Planned
        | ActionState::AwaitingApproval
        | ActionState::Applying
        | ActionState::Applied
        | ActionState::Reverting => 0,
    }
}
