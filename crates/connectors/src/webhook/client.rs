//! Delivering.

use model::DeliveryId;
use ports::Failure;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::Webhook;
use crate::standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};

impl Webhook {
    /// Delivers a message: 2xx is done, and what the receiver refuses is not tried again.
    pub(super) async fn deliver(&self, id: DeliveryId, message: &Value) -> Result<(), Failure> {
        let (id, body) = (id.to_string(), message.to_string());
        let timestamp = self.clock.now().as_second();
        let keys = self.settings.keys.iter();
        let signatures: Vec<String> =
            keys.map(|key| sign(key.expose_secret(), &id, timestamp, body.as_bytes())).collect();
        if signatures.is_empty() {
            return Err(Failure::misconfigured(format!("{}: there is no secret", self.who)));
        }
        let request = self
            .http
            .post(self.settings.url.url())
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(ID_HEADER, id)
            .header(TIMESTAMP_HEADER, timestamp)
            .header(SIGNATURE_HEADER, signatures.join(" "))
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
