//! The port: paging.

use async_trait::async_trait;
use bytes::Bytes;
use ports::{
    Failure,
    pager::{Page, Pager},
};
use secrecy::ExposeSecret as _;

use super::{PagerDuty, map};

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

    /// Resolves an incident that does not exist: that proves address and key, and pages nobody.
    async fn check(&self) -> Result<String, Failure> {
        let key = self.settings.routing_key.expose_secret();
        self.enqueue(Bytes::from(map::resolve(key, CHECK_DEDUP).to_string())).await?;
        Ok(format!("takes events at {}", self.settings.base_url.host()))
    }
}
