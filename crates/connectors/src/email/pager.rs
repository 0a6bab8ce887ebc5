//! The port: paging. A mail box knows no incidents: a page, and its end, are mails.

use async_trait::async_trait;
use ports::{
    Failure,
    pager::{Page, PageKind, Pager},
};

use super::{Email, map, map::Mail, smtp};

#[async_trait]
impl Pager for Email {
    async fn page(&self, page: &Page) -> Result<(), Failure> {
        if page.kind == PageKind::Acknowledge {
            return Ok(());
        }
        self.send(&Mail {
            to: self.team()?,
            delivery: page.delivery,
            follows: None,
            subject: &page.summary,
            body: map::page(page),
        })
        .await
    }

    async fn check(&self) -> Result<String, Failure> {
        smtp::check(&self.who, &self.settings).await?;
        let (from, host) = (&self.settings.from, &self.settings.host);
        Ok(format!("sends as {from} through {host}"))
    }
}

impl Email {
    /// Where the security team is written to.
    pub(super) fn team(&self) -> Result<&[String], Failure> {
        match self.settings.to.as_slice() {
            [] => Err(Failure::misconfigured(format!("{}: set `to` to report here", self.who))),
            to => Ok(to),
        }
    }
}
