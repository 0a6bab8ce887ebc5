//! The port: paging.

use async_trait::async_trait;
use ports::{
    Failure,
    pager::{Page, PageKind, Pager},
};

use super::{GoAlert, map};

/// The key of an alert that is never opened.
const CHECK_DEDUP: &str = "cs-check";

#[async_trait]
impl Pager for GoAlert {
    async fn page(&self, page: &Page) -> Result<(), Failure> {
        if page.kind == PageKind::Acknowledge {
            // Its integration cannot say so, and its ladder ends when somebody says so there.
            return Ok(());
        }
        let fields = map::fields(page).ok_or_else(|| {
            Failure::permanent(format!("{}: the page does not fit into an alert", self.who))
        })?;
        self.send(&fields).await
    }

    /// Closes an alert that does not exist: that proves address and key, and pages nobody.
    async fn check(&self) -> Result<String, Failure> {
        let fields = [("summary", CHECK_DEDUP), ("dedup", CHECK_DEDUP), ("action", "close")];
        self.send(&fields.map(|(name, value)| (name, value.to_owned()))).await?;
        Ok(format!("takes alerts at {}", self.settings.base_url.host()))
    }
}
