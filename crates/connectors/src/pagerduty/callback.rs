//! Webhooks v3: what somebody did to an incident. Pure.
//!
//! The signature is over the body alone, without a time: an old call can be sent again. So what
//! happened too long ago is refused, and the event's id is for the caller to remember.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::{Personal, Span, Timestamp, case::INCIDENT_PREFIX};
use ports::{
    chat::{HttpCall, Refusal},
    pager::{Signal, SignalKind},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::Sha256;

const SIGNATURE: &str = "x-pagerduty-signature";
/// Before each signature.
const VERSION: &str = "v1=";
/// How many signatures of one call are looked at.
const SIGNATURES_MAX: usize = 8;
/// How large a body may be, in bytes.
const BODY_MAX_BYTES: usize = 512 * 1024;
/// How old news may be: PagerDuty tries for hours to deliver.
const AGE_MAX: Span = Span::hours(24);
/// How far ahead of ours its clock may be.
const AHEAD_MAX: Span = Span::minutes(5);
/// How long an event's id may be, in bytes.
const EVENT_MAX_BYTES: usize = 128;

#[derive(Deserialize)]
struct Body {
    event: Event,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    event_type: String,
    occurred_at: Timestamp,
    #[serde(default)]
    agent: Option<Agent>,
    #[serde(default)]
    data: Data,
}

#[derive(Deserialize)]
struct Agent {
    #[serde(default)]
    summary: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    incident_key: Option<String>,
}

/// What a call tells, where it is authentic and new.
pub(super) fn read(
    secrets: &[SecretString],
    call: &HttpCall,
    now: Timestamp,
) -> Result<Vec<Signal>, Refusal> {
    if call.body.len() > BODY_MAX_BYTES {
        return Err(Refusal::Malformed("larger than 512 KiB"));
    }
    authenticate(secrets, call).map_err(Refusal::Forged)?;
    let body: Body =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::Malformed("not an event"))?;
    let event = body.event;
    if event.occurred_at < AGE_MAX.before(now) || event.occurred_at > AHEAD_MAX.after(now) {
        return Err(Refusal::Forged("it happened too long ago, or in the future"));
    }
    if event.id.is_empty() || event.id.len() > EVENT_MAX_BYTES {
        return Err(Refusal::Malformed("the event has no usable id"));
    }
    let kind = match event.event_type.as_str() {
        "incident.acknowledged" => SignalKind::Acknowledged,
        "incident.unacknowledged" => SignalKind::Unacknowledged,
        "incident.resolved" => SignalKind::Resolved,
        "incident.reopened" => SignalKind::Reopened,
        _ => return Ok(Vec::new()),
    };
    // Others of the same service do not concern us.
    let ours = event.data.incident_key.filter(|key| key.starts_with(INCIDENT_PREFIX));
    let by = event.agent.and_then(|agent| agent.summary).map(Personal::from);
    let signal =
        ours.map(|dedup| Signal { event: event.id, dedup, kind, at: event.occurred_at, by });
    Ok(signal.into_iter().collect())
}

/// Says why a call is not authentic. Without a secret none is.
fn authenticate(secrets: &[SecretString], call: &HttpCall) -> Result<(), &'static str> {
    let mut values = call.headers.get_all(SIGNATURE).iter();
    let header = values.next().and_then(|value| value.to_str().ok()).ok_or("no signature")?;
    if values.next().is_some() {
        return Err("more than one header with signatures");
    }
    let mut is_ours = false;
    for each in header.split(',').take(SIGNATURES_MAX) {
        let given = each.trim().strip_prefix(VERSION);
        let Some(given) = given.and_then(|it| HEXLOWER.decode(it.as_bytes()).ok()) else {
            continue;
        };
        for secret in secrets {
            is_ours |= is_signed(secret, &call.body, &given);
        }
    }
    if is_ours { Ok(()) } else { Err("the signature is not ours") }
}

/// Compares in constant time.
fn is_signed(secret: &SecretString, body: &[u8], given: &[u8]) -> bool {
    let secret = secret.expose_secret().as_bytes();
    if secret.is_empty() {
        return false;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(body);
    mac.verify_slice(given).is_ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    const SECRET: &str = "pd-example-secret";

    fn signed(secret: &str, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(body.as_bytes());
        format!("v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
    }

    fn call(body: &str, signatures: &[&str]) -> HttpCall {
        let mut headers = HeaderMap::new();
        for each in signatures {
            headers.append("X-PagerDuty-Signature", each.parse().expect("a header value"));
        }
        let body = Bytes::copy_from_slice(body.as_bytes());
        HttpCall { kind: "events".to_owned(), headers, body }
    }

    fn now() -> Timestamp {
        "2026-11-20T08:12:44Z".parse().expect("an instant")
    }

    fn event(kind: &str, key: &str, at: &str) -> String {
        serde_json::json!({ "event": {
            "id": "01EVENT", "event_type": kind, "resource_type": "incident", "occurred_at": at,
            "agent": { "id": "P1", "type": "user_reference", "summary": "Zoe" },
            "data": { "id": "Q1", "type": "incident", "incident_key": key, "status": "acknowledged" },
        } })
        .to_string()
    }

    fn read_signed(body: &str) -> Result<Vec<Signal>, Refusal> {
        read(&[SECRET.into()], &call(body, &[&signed(SECRET, body)]), now())
    }

    #[test]
    fn the_worked_example_is_authentic_and_nothing_else_is() {
        let body = r#"{"event":{"id":"1"}}"#;
        let signature = "v1=5c9b7ae674f737d0556fd510caa2c7ffd3944551b87f332a1b497de2efb43956";
        assert_eq!(signed(SECRET, body), signature);
        let check = |secrets: &[&str], body: &str, signatures: &[&str]| {
            let secrets: Vec<SecretString> = secrets.iter().map(|it| (*it).into()).collect();
            authenticate(&secrets, &call(body, signatures)).is_ok()
        };
        assert!(check(&[SECRET], body, &[signature]));
        assert!(check(&["new", SECRET], body, &[&format!("v1=00,{signature}, v2=zz")]), "rotation");
        assert!(!check(&[SECRET], &body.replace('1', "2"), &[signature]));
        assert!(!check(&[SECRET], body, &[]));
        assert!(!check(&[SECRET], body, &[signature, signature]));
        assert!(!check(&[SECRET], body, &[&signature.to_uppercase()]));
        assert!(!check(&[SECRET], body, &[&signature[..40]]));
        assert!(!check(&[SECRET], body, &["v1="]));
        assert!(!check(&["another"], body, &[signature]));
        assert!(!check(&[], body, &[signature]), "no secret");
        assert!(!check(&[""], body, &[&signed("", body)]), "an empty secret");
        let many = format!("{}{signature}", "v1=00,".repeat(SIGNATURES_MAX));
        assert!(!check(&[SECRET], body, &[&many]), "too many");
    }

    #[test]
    fn what_somebody_did_to_our_incident_is_told_with_who_and_when() {
        let at = "2026-11-20T08:12:00Z";
        for (kind, expected) in [
            ("incident.acknowledged", SignalKind::Acknowledged),
            ("incident.unacknowledged", SignalKind::Unacknowledged),
            ("incident.resolved", SignalKind::Resolved),
            ("incident.reopened", SignalKind::Reopened),
        ] {
            let [signal] = &read_signed(&event(kind, "cs-case_1", at)).expect("authentic")[..]
            else {
                panic!("one signal")
            };
            assert_eq!(
                *signal,
                Signal {
                    event: "01EVENT".to_owned(),
                    dedup: "cs-case_1".to_owned(),
                    kind: expected,
                    at: at.parse().expect("an instant"),
                    by: Some("Zoe".into()),
                }
            );
            assert!(!format!("{signal:?}").contains("Zoe"));
        }
        for (kind, key) in [("incident.acknowledged", "other"), ("incident.triggered", "cs-case_1")]
        {
            assert_eq!(read_signed(&event(kind, key, at)), Ok(Vec::new()), "{kind} {key}");
        }
    }

    #[test]
    fn old_news_and_what_is_no_event_is_refused() {
        for at in ["2026-11-19T08:12:43Z", "2026-11-20T08:18:00Z"] {
            let refusal = read_signed(&event("incident.resolved", "cs-case_1", at));
            assert!(matches!(refusal, Err(Refusal::Forged(_))), "{at}");
        }
        let huge = "x".repeat(BODY_MAX_BYTES + 1);
        let endless = event("incident.resolved", "cs-1", "2026-11-20T08:12:00Z")
            .replace("01EVENT", &"x".repeat(129));
        for body in ["", "{}", r#"{"event":{"id":"1"}}"#, "[[[[", &huge, &endless] {
            assert!(matches!(read_signed(body), Err(Refusal::Malformed(_))), "{body:.40}");
        }
    }
}
