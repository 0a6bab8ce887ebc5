//! A signed webhook of one's own: as a pager, and as a one-way chat.
//!
//! Requests are signed as Standard Webhooks are ([`crate::standard_webhooks`]); `webhook-id` is
//! the delivery's id and the same over retries, so that a receiver drops what it has seen. The
//! body is a JSON object with a `type`, and fields that are only ever added to:
//!
//! | `type` | other fields |
//! |---|---|
//! | `question` | `delivery`, `account`, `code`, `title`, `text`, `facts` (`[{"label","value"}]`), `answers` (`[{"answer","label"}]`), `footer`, `url` |
//! | `notice` | `delivery`, `account`, `title`, `text`, `url` or null |
//! | `report` | `delivery`, `title`, `facts`, `comment` or null, `url`, `thread` (the first report's delivery) or null |
//! | `page` | `delivery`, `dedup`, `action` (`trigger`, `acknowledge` or `resolve`), `summary`, `severity`, `at`, `details` (`[{"label","value"}]`), `url` |
//!
//! Texts are without control characters and capped; they are plain text and have to be escaped for
//! wherever they are shown. Answers are given on our page, at `url`: the message holds nothing that
//! answers.

mod chat;
mod client;
pub mod config;
mod map;
mod pager;
pub mod respond;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ports::Clock;

pub use config::{WebhookConfig, WebhookSettings};

use crate::http::HttpClient;

/// A receiver of webhooks: one `[chat.NAME]` or `[escalate.NAME]` of kind `webhook`.
pub struct Webhook {
    who: String,
    settings: WebhookSettings,
    http: HttpClient,
    clock: Arc<dyn Clock>,
}

impl Webhook {
    /// The receiver under its section's name, such as `chat.intranet` or `escalate.siem`.
    #[must_use]
    pub fn new(
        section: &str,
        settings: WebhookSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { who: section.to_owned(), settings, http, clock }
    }
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhook[{}]", self.who)
    }
}
