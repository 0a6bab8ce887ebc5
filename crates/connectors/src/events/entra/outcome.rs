//! How it ended, and why.

use event::Outcome;

use super::{form::Service, record::Record};

/// Sign-ins that are not over yet: another step is wanted from the person. Neither success nor
/// failure.
const INTERRUPTED: &[&str] = &[
    "16000", "50055", "50058", "50072", "50074", "50076", "50079", "50097", "50127", "50129",
    "50144", "65001",
];
/// Interrupts after the person has proven who they are.
const DONE: &[&str] = &["0", "50125", "50140"];
/// What Graph writes where there is no reason.
const NO_REASON: &[&str] = &["Other.", "None", "none"];

/// The outcome, and the reason in the vendor's words.
pub(super) fn of(record: &Record<'_>) -> (Outcome, Option<Box<str>>) {
    let reason = record.text(&[
        &["status", "failureReason"],
        &["resultReason"],
        &["ResultReason"],
        &["resultDescription"],
        &["ResultDescription"],
        &["riskDetail"],
        &["resultSignature"],
    ]);
    let reason = reason.filter(|text| !NO_REASON.contains(&&**text));
    match record.form.service {
        Service::SignIns => {
            let code = record.text(&[&["status", "errorCode"], &["resultType"], &["ResultType"]]);
            let outcome = code.as_deref().map_or(Outcome::Unknown, sign_in);
            let reason = if outcome == Outcome::Success { None } else { reason };
            (outcome, reason.or_else(|| code.filter(|_| outcome != Outcome::Success)))
        }
        // A suspicion is no deed.
        Service::Risks => (Outcome::Unknown, reason),
        Service::Audits | Service::Activities => {
            let word = record.text(&[
                &["result"],
                &["Result"],
                &["status", "value"],
                &["resultType"],
                &["ResultType"],
                &["ActivityStatusValue"],
                &["activityStatusValue"],
            ]);
            (word.as_deref().map_or(Outcome::Unknown, done), reason)
        }
    }
}

fn sign_in(code: &str) -> Outcome {
    if DONE.contains(&code) {
        Outcome::Success
    } else if INTERRUPTED.contains(&code) {
        Outcome::Unknown
    } else {
        Outcome::Failure
    }
}

fn done(word: &str) -> Outcome {
    match word.to_ascii_lowercase().as_str() {
        "success" | "succeeded" | "0" => Outcome::Success,
        "failure" | "failed" | "timeout" => Outcome::Failure,
        _ => Outcome::Unknown,
    }
}
