//! The port: paging.

use async_trait::async_trait;
use bytes::Bytes;
use model::Timestamp;
use ports::{
    Failure,
    chat::{HttpCall, Refusal},
    pager::{Page, Pager, Signal},
};
use secrecy::ExposeSecret as _;

use super::{PagerDuty, callback, map};

/// The key of an incident that is never opened.
const CHECK_DEDUP: &str = "cs-check";

#[async_trait]
impl Pager for PagerDuty {
    async fn page(&self, page: &Page) -> Result<(), Failure> {
        let event = map::event(self.settings.routing_key.expose_secret(), page);
        let event = event.ok_or_else(|| {
            Failure::permanent(format!("{}: the page does not fit into an event", self.who))
        })?;
        self.enqueue(event).await
    }

    fn signals(&self, call: &HttpCall, now: Timestamp) -> Result<Vec<Signal>, Refusal> {
        callback::read(&self.settings.webhook_secrets, call, now)
    }

    /// Resolves an incident that does not exist: that proves address and key, and pages nobody.
    async fn check(&self) -> Result<String, Failure> {
        let key = self.settings.routing_key.expose_secret();
        self.enqueue(Bytes::from(map::change(key, "resolve", CHECK_DEDUP).to_string())).await?;
        Ok(format!("takes events at {}", self.settings.base_url.host()))
    }
}
