//! The port: paging.

use async_trait::async_trait;
use ports::{
    Failure,
    pager::{Page, Pager},
};

use super::{Webhook, map};

#[async_trait]
impl Pager for Webhook {
    async fn page(&self, page: &Page) -> Result<(), Failure> {
        self.deliver(page.delivery, &map::page(page)).await
    }

    /// There is nothing to ask a webhook without delivering to it.
    async fn check(&self) -> Result<String, Failure> {
        Ok(self.described())
    }
}

impl Webhook {
    pub(crate) fn described(&self) -> String {
        format!("delivers to {}; not tried", self.settings.url.host())
    }
}
