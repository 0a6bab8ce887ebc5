//! The port: paging.

use async_trait::async_trait;
use ports::{
    Failure,
    pager::{Page, PageKind, Pager},
};

use super::{Alertmanager, map};

#[async_trait]
impl Pager for Alertmanager {
    /// One member that has it pages: the others are asked to, and one of them that is away does no
    /// harm. An end must reach all: a member that missed it goes on firing.
    async fn page(&self, page: &Page) -> Result<(), Failure> {
        if page.kind == PageKind::Acknowledge {
            return Ok(());
        }
        let settings = &self.settings;
        let alerts = map::alerts(page, &settings.labels, settings.lasts, self.clock.now());
        let alerts = alerts.ok_or_else(|| {
            Failure::permanent(format!("{}: the page does not fit into an alert", self.who))
        })?;
        let (mut taken, mut failed) = (0, None);
        for member in &settings.urls {
            match self.post(member, &alerts).await {
                Ok(()) => taken += 1,
                Err(failure) => failed = Some(failure),
            }
        }
        match failed {
            Some(failure) if taken == 0 => Err(failure),
            Some(failure) if page.kind == PageKind::Resolve => Err(failure.uncertain()),
            _ => Ok(()),
        }
    }

    async fn check(&self) -> Result<String, Failure> {
        for member in &self.settings.urls {
            self.status(member).await?;
        }
        let hosts: Vec<_> = self.settings.urls.iter().map(|member| member.host()).collect();
        Ok(format!("takes alerts at {}", hosts.join(", ")))
    }
}
