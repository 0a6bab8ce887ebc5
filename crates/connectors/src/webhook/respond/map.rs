//! Messages and replies. Pure.

use ports::responder::ActionCall;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::text;

/// How long a target or a token may be, in bytes.
const VALUE_MAX_BYTES: usize = 1_024;
/// How long a receiver's reason is shown, in UTF-16 units.
const REASON_MAX: usize = 200;
/// How large a state that is kept for the way back may be, in bytes as JSON.
const STATE_MAX_BYTES: usize = 16 * 1024;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Execute,
    Verify,
    Revert,
    VerifyRevert,
}

impl Ask {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Execute => "execute",
            Self::Verify => "verify",
            Self::Revert => "revert",
            Self::VerifyRevert => "verify_revert",
        }
    }
}

/// The target as the receiver knows it; `None` where the call names none.
pub(super) fn target(call: &ActionCall) -> Option<Value> {
    let target = &call.target;
    let person = target.person.as_ref();
    let id = target.value.as_deref().or_else(|| person.map(|it| it.subject.reveal()))?;
    let is_good = !id.is_empty() && id.len() <= VALUE_MAX_BYTES;
    let person = person
        .map(|person| json!({ "id": person.subject.reveal(), "email": person.email.reveal() }));
    is_good.then(|| json!({ "type": target.kind.name(), "id": id, "person": person }))
}

/// A message.
pub(super) fn message(ask: Ask, call: &ActionCall, target: &Value) -> Value {
    let ttl = call.until.map(|until| until.duration_since(call.decided_at).as_secs().max(0));
    json!({
        "type": format!("action.{}", ask.name()),
        "id": call.id.to_string(),
        "action": call.action,
        "target": target,
        "case": call.case.to_string(),
        "reason": text::line(&call.reason, REASON_MAX),
        "requested_at": call.decided_at.to_string(),
        "ttl_s": ttl,
    })
}

/// What is kept of replies: how to take it back, and where to ask how far it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Notes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_token: Option<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub prior_state: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revert_poll: Option<String>,
}

/// A receiver's reply. Hostile data.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    pub status: String,
    pub undo_token: Option<String>,
    pub prior_state: Value,
    pub poll: Option<String>,
    pub reason: Option<String>,
}

impl Answer {
    /// Keeps what a later step needs.
    pub(super) fn keep(&mut self, notes: &mut Notes) {
        let token = self.undo_token.take().filter(|token| token.len() <= VALUE_MAX_BYTES);
        notes.undo_token = token.or(notes.undo_token.take());
        if self.prior_state.to_string().len() <= STATE_MAX_BYTES && !self.prior_state.is_null() {
            notes.prior_state = self.prior_state.take();
        }
    }

    /// Why, in the receiver's words made harmless.
    pub(super) fn reason(&self) -> String {
        text::line(self.reason.as_deref().unwrap_or("without a reason"), REASON_MAX)
    }
}

/// The address of a poll: a path on the receiver's own server and nothing else.
pub(super) fn poll_url(base: &Url, path: &str) -> Option<Url> {
    let is_path = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    let url = base.join(path).ok().filter(|_| is_path && path.len() <= VALUE_MAX_BYTES)?;
    (url.origin() == base.origin()).then_some(url)
}
