//! Delivering.

use model::DeliveryId;
use ports::Failure;
use secrecy::{ExposeSecret as _, SecretBox};
use serde_json::Value;

use super::Webhook;
use crate::standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};

impl Webhook {
    /// Delivers a message: 2xx is done, and what the receiver refuses is not tried again.
    pub(crate) async fn deliver(&self, id: DeliveryId, message: &Value) -> Result<(), Failure> {
        let (id, body) = (id.to_string(), message.to_string());
        let timestamp = self.clock.now().as_second();
        let signatures = signatures(&self.settings.keys, &id, timestamp, body.as_bytes());
        let Some(signatures) = signatures else {
            return Err(Failure::misconfigured(format!("{}: there is no secret", self.who)));
        };
        let request = self
            .http
            .post(self.settings.url.url())
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(ID_HEADER, id)
            .header(TIMESTAMP_HEADER, timestamp)
            .header(SIGNATURE_HEADER, signatures)
            .body(body);
        let reply = self.http.send(&self.who, request).await?;
        match reply.status.as_u16() {
            410 => {
                let what = "the receiver wants no more of this (410); remove it";
                Err(Failure::permanent(format!("{}: {what}", self.who)))
            }
            _ => reply.success(&self.who).map(|_| ()),
        }
    }
}

/// The signatures of a message by each key; `None` without any key, since an unsigned one is worth
/// nothing.
pub(super) fn signatures(
    keys: &[SecretBox<Vec<u8>>],
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> Option<String> {
    let signatures: Vec<String> =
        keys.iter().map(|key| sign(key.expose_secret(), id, timestamp, body)).collect();
    (!signatures.is_empty()).then(|| signatures.join(" "))
}
