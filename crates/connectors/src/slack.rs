//! Slack: questions as direct messages with buttons, reports in a channel, and signed callbacks.
//!
//! Text from outside is always sent as `plain_text`, which Slack shows and never interprets; the
//! only markup in a message is the link to our own page. Start with `chat.rs` for what is done,
//! `map.rs` for what is shown, `callback.rs` for what is believed.

mod callback;
mod chat;
mod client;
pub mod config;
mod map;
mod refusal;
pub mod respond;

#[cfg(test)]
mod tests;

pub use config::{SlackConfig, SlackSettings};

use crate::http::HttpClient;

/// A Slack workspace: one `[chat.NAME]` of kind `slack`.
pub struct Slack {
    who: String,
    settings: SlackSettings,
    http: HttpClient,
}

impl Slack {
    /// The workspace under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: SlackSettings, http: HttpClient) -> Self {
        Self { who: format!("chat.{name}"), settings, http }
    }
}

impl std::fmt::Debug for Slack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Slack[{}]", self.who)
    }
}
