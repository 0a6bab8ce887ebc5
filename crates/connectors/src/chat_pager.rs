//! A chat's channel as a target of escalation: one `[escalate.NAME]` of kind `chat`.
//!
//! It reports through a chat that is configured already, and knows no incidents: a page, its
//! repetition after a lost reply, and its end are messages.

use std::sync::Arc;

use async_trait::async_trait;
use ports::{
    Failure,
    chat::{Chat, Report},
    pager::{Page, PageKind, Pager},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The channel of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatPagerConfig {
    /// The `[chat.NAME]` whose channel for reports is paged.
    pub chat: String,
}

/// A channel that is paged.
pub struct ChatPager {
    chat: Arc<dyn Chat>,
}

impl ChatPager {
    /// The channel of a chat.
    #[must_use]
    pub fn new(chat: Arc<dyn Chat>) -> Self {
        Self { chat }
    }
}

impl std::fmt::Debug for ChatPager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChatPager")
    }
}

#[async_trait]
impl Pager for ChatPager {
    async fn page(&self, page: &Page) -> Result<(), Failure> {
        if page.kind == PageKind::Acknowledge {
            return Ok(());
        }
        let report = Report {
            delivery: page.delivery,
            title: page.summary.clone(),
            facts: page.details.clone(),
            comment: None,
            url: page.url.clone(),
        };
        self.chat.report(&report, None).await.map(|_| ())
    }

    async fn check(&self) -> Result<String, Failure> {
        self.chat.check().await
    }
}

#[cfg(test)]
mod tests {
    use demo::vendors::{SlackWorld, SlackWorldConfig};
    use ports::{
        clock::ManualClock,
        conformance::{self, Mishap, PagerStage, page},
    };

    use super::*;
    use crate::{
        http::HttpClient,
        respond::stage::{fault, now},
        slack::{Slack, SlackSettings},
    };

    struct Setting {
        world: SlackWorld,
        pager: Arc<ChatPager>,
    }

    impl PagerStage for Setting {
        fn pager(&self) -> Arc<dyn Pager> {
            Arc::clone(&self.pager) as Arc<dyn Pager>
        }
        fn open(&self) -> Vec<String> {
            Vec::new()
        }
        fn opened(&self) -> usize {
            self.world.channel("C0SECURITY").len()
        }
        fn requests(&self) -> usize {
            self.world.faults().calls()
        }
        fn fail(&self, nth: usize, mishap: Mishap) {
            self.world.faults().nth(nth, fault(mishap));
        }
        fn has_incidents(&self) -> bool {
            false
        }
        fn secrets(&self) -> Vec<String> {
            vec![self.world.config().bot_token.clone()]
        }
    }

    async fn setting(http: &HttpClient) -> Setting {
        let config = SlackWorldConfig::new(Arc::new(ManualClock::at(now())));
        let world = SlackWorld::start(config).await.expect("a free port");
        let settings = SlackSettings {
            base_url: world.base_url().parse().expect("a loopback address"),
            bot_token: world.config().bot_token.as_str().into(),
            signing_secrets: Vec::new(),
            app_id: world.config().app.clone(),
            team_id: world.config().team.clone(),
            enterprise_id: None,
            escalation_channel: Some("C0SECURITY".to_owned()),
        };
        let slack = Arc::new(Slack::new("slack", settings, http.clone()));
        Setting { world, pager: Arc::new(ChatPager::new(slack)) }
    }

    #[tokio::test]
    async fn a_channel_keeps_what_every_pager_must_keep() {
        let http = HttpClient::for_tests();
        conformance::pager(async || Box::new(setting(&http).await) as Box<dyn PagerStage>).await;
    }

    #[tokio::test]
    async fn a_page_is_shown_in_the_channel_with_its_details() {
        let setting = setting(&HttpClient::for_tests()).await;
        let page = page(PageKind::Trigger, "cs-case_1", 1);
        setting.pager.page(&page).await.expect("paged");
        let shown = setting.world.channel("C0SECURITY")[0].shown();
        assert!(shown.contains("Mia says: not me") && shown.contains("new-network"), "{shown}");
    }
}
