//! What Duo's answers mean to us; pure.
//!
//! Whatever is not known to be evidence is not evidence. No text of Duo's enters ours.

use model::Person;
use ports::{
    Failure,
    verifier::{ChallengeRequest, Proven, Verdict},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Username, sign};
use crate::text;

/// The fewest digits of a match code (R5); a tenant may have set fewer.
pub(super) const CODE_DIGITS_MIN: usize = 6;
/// The most that a person can be asked to type.
const CODE_DIGITS_MAX: usize = 12;
/// The longest transaction or device id taken from an answer.
const ID_MAX_BYTES: usize = 256;
/// How much of each text is shown on the phone; all of `pushinfo` must stay below 20,000 bytes.
const SHOWN_MAX: usize = 200;

/// The transaction, between `begin` and `check`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "push", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Push {
    /// Sent, with a code to type.
    Sent {
        /// Duo's id of the transaction.
        txid: String,
        /// Duo's id of the device.
        device: String,
        /// How many digits the code has.
        digits: usize,
    },
    /// Not sent, since it could prove nothing.
    Unsent {
        /// Why.
        why: String,
    },
}

/// Duo's envelope.
#[derive(Deserialize)]
pub(super) struct Envelope {
    /// `OK` or `FAIL`.
    pub stat: String,
    /// The answer, when it is one.
    #[serde(default)]
    pub response: Value,
    /// The error's number, when it is one; its first three digits are an HTTP status.
    #[serde(default)]
    pub code: u32,
}

/// The answer to `preauth`.
#[derive(Deserialize)]
pub(super) struct Preauth {
    result: String,
    #[serde(default)]
    devices: Vec<Device>,
    // How a tenant without Verified Push leaves these out is not documented: absent, null or
    // empty, so that anything but a text of digits means that there is no code.
    #[serde(default)]
    txid: Value,
    #[serde(default)]
    verification_code: Value,
}

#[derive(Deserialize)]
struct Device {
    device: String,
    #[serde(default)]
    capabilities: Vec<String>,
}

/// The answer to `auth`.
#[derive(Deserialize)]
pub(super) struct Started {
    txid: String,
}

/// The answer to `auth_status`.
#[derive(Deserialize)]
pub(super) struct Status {
    result: String,
    #[serde(default)]
    status: String,
}

/// A verified push that may be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The transaction that the code belongs to.
    pub txid: String,
    /// The device it goes to.
    pub device: String,
    /// The code to show.
    pub code: String,
}

/// Whether a push would prove anything, or why not.
pub(super) fn plan(preauth: Preauth) -> Result<Plan, &'static str> {
    match preauth.result.as_str() {
        "auth" => {}
        "allow" => return Err("Duo lets this person in without asking, which proves nothing"),
        "enroll" => return Err("this person has not enrolled with Duo"),
        "deny" => return Err("Duo does not let this person authenticate"),
        _ => return Err("Duo answered in a way we do not know"),
    }
    let can_push = |device: &Device| {
        is_id(&device.device) && device.capabilities.iter().any(|each| each == "push")
    };
    let device = preauth.devices.into_iter().find(can_push);
    let device = device.ok_or("this person has no device that Duo can send a push to")?.device;
    let code = text_of(preauth.verification_code).filter(|code| is_code(code));
    let code = code.ok_or("Duo offers no verified push with a code of at least 6 digits")?;
    let txid = text_of(preauth.txid).filter(|txid| is_id(txid));
    let txid = txid.ok_or("Duo offers no verified push")?;
    Ok(Plan { txid, device, code })
}

/// The transaction to ask about, once the push is on its way.
pub(super) fn sent(started: Started, plan: &Plan) -> Option<Push> {
    let txid = Some(started.txid).filter(|txid| is_id(txid))?;
    Some(Push::Sent { txid, device: plan.device.clone(), digits: plan.code.len() })
}

/// What the state of a transaction means. `digits` is the length of its code.
pub(super) fn verdict(status: &Status, device: &str, digits: usize) -> Verdict {
    let not_evidence = |why: &str| Verdict::NotEvidence(why.to_owned());
    match (status.result.as_str(), status.status.as_str()) {
        ("waiting", _) => Verdict::Waiting,
        ("allow", "allow") if digits >= CODE_DIGITS_MIN => Verdict::Proven(Proven {
            factor: None,
            provider_device: Some(device.to_owned()),
            counter: None,
            material: None,
        }),
        ("allow", "allow") => not_evidence("a push without a code of at least 6 digits"),
        ("allow", "bypass") => not_evidence("Duo let this person pass without asking"),
        ("allow", _) => not_evidence("Duo allowed it in a way we do not know"),
        ("deny", "deny") => Verdict::Refused,
        ("deny", "fraud") => Verdict::Fraud,
        ("deny", "timeout") => Verdict::TimedOut,
        ("deny", "locked_out") => not_evidence("this person is locked out of Duo"),
        ("deny", _) => not_evidence("Duo denied it in a way we do not know"),
        _ => not_evidence("Duo answered in a way we do not know"),
    }
}

/// The failure that an error's number calls for; `None` for one that only its status explains.
pub(super) fn failure(who: &str, code: u32) -> Option<Failure> {
    Some(match code {
        40_105 => Failure::misconfigured(format!(
            "{who}: Duo finds the date of our requests too far from its own; \
             set the clock of this server ({code})"
        )),
        40_101..=40_199 => Failure::denied(format!(
            "{who}: Duo refuses our credentials; check integration_key and secret_key ({code})"
        )),
        40_300..=40_399 => Failure::denied(format!(
            "{who}: Duo does not permit this application; it must be an Auth API ({code})"
        )),
        40_000..=40_099 => Failure::permanent(format!("{who}: Duo refuses the request ({code})")),
        _ => return None,
    })
}

/// Duo's number for an invalid parameter; of a transaction's state it may only mean that the
/// long poll has run out.
pub(super) const INVALID_PARAMETER: u32 = 40_002;

/// What the phone shows: only what our own page shows too.
pub(super) fn pushinfo(request: &ChallengeRequest<'_>) -> String {
    let shown = |text: &str| text::line(text, SHOWN_MAX);
    let (code, action, time) = (shown(request.code), shown(request.action), shown(request.time));
    sign::query(&[("code", &code), ("action", &action), ("time", &time)])
}

/// The name Duo knows a person by.
pub(super) fn username(person: &Person, by: Username) -> &str {
    match by {
        Username::Email => person.email.reveal(),
        Username::Subject => person.subject.reveal(),
    }
}

fn is_id(text: &str) -> bool {
    (1..=ID_MAX_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_code(text: &str) -> bool {
    (CODE_DIGITS_MIN..=CODE_DIGITS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn text_of(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

#[cfg(test)]
mod tests;
