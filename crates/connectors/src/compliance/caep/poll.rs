//! Answers to a receiver that asks (RFC 8936). Pure.

use std::collections::BTreeMap;

use model::DeliveryId;
use ports::compliance::{ComplianceSignal, POLLED_MAX, PollRefused, Polled};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::respond::word;

/// The most signals that one question may acknowledge.
const ACKNOWLEDGED_MAX: usize = 1_000;

/// A question. What is unknown in it is left alone, as the standard asks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    #[serde(default)]
    max_events: Option<u64>,
    /// We always do: to hold a request open would gain a receiver minutes and cost us a socket.
    #[serde(default)]
    #[expect(dead_code, reason = "read, so that its type is checked")]
    return_immediately: Option<bool>,
    #[serde(default)]
    ack: Vec<String>,
    #[serde(default)]
    set_errs: BTreeMap<String, Refused>,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    err: String,
}

pub(super) fn answer(
    body: &[u8],
    waiting: &[ComplianceSignal],
    token: impl Fn(&ComplianceSignal) -> String,
) -> Result<Polled, PollRefused> {
    let malformed = PollRefused::Malformed("not a question of RFC 8936");
    // As an object first: a list would be taken for one.
    let said: Map<String, Value> = serde_json::from_slice(body).map_err(|_| malformed)?;
    let question: Question = serde_json::from_value(said.into()).map_err(|_| malformed)?;
    if question.ack.len() + question.set_errs.len() > ACKNOWLEDGED_MAX {
        return Err(PollRefused::Malformed("acknowledges more than there can be"));
    }
    let known = |id: &str| -> Option<DeliveryId> {
        let id = id.parse().ok()?;
        waiting.iter().any(|signal| signal.id == id).then_some(id)
    };
    let done: Vec<DeliveryId> = question.ack.iter().filter_map(|id| known(id)).collect();
    let refused =
        question.set_errs.iter().filter_map(|(id, why)| Some((known(id)?, word(&why.err))));
    let refused: Vec<(DeliveryId, String)> = refused.collect();
    let is_over = |signal: &&ComplianceSignal| {
        done.contains(&signal.id) || refused.iter().any(|(id, _)| *id == signal.id)
    };
    let left: Vec<&ComplianceSignal> = waiting.iter().filter(|it| !is_over(it)).collect();
    let most = question.max_events.and_then(|most| usize::try_from(most).ok());
    let most = most.unwrap_or(POLLED_MAX).min(POLLED_MAX);
    let given = left.iter().take(most);
    let sets: Map<String, Value> =
        given.map(|signal| (signal.id.to_string(), token(signal).into())).collect();
    let reply = json!({ "sets": sets, "moreAvailable": left.len() > most });
    Ok(Polled { reply, done, refused })
}
