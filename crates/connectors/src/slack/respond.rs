//! Slack's administration: ending the sessions of a person. A section of its own, since it acts
//! with another token than the chat, that of an organisation's owner.
//!
//! Slack takes a reset and finishes it later: what counts is that no session that was there before
//! is there afterwards. Sessions are compared by their ids and never counted, since the person may
//! sign in again at once. Start with `responder.rs`.

mod client;
pub mod config;
mod map;
mod responder;

#[cfg(test)]
mod tests;

pub use config::{SlackRespondConfig, SlackRespondSettings};

use crate::http::HttpClient;

/// A Slack organisation whose sessions can be ended: one `[respond.NAME]` of kind `slack`.
pub struct SlackAdmin {
    who: String,
    settings: SlackRespondSettings,
    http: HttpClient,
}

impl SlackAdmin {
    /// The organisation under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: SlackRespondSettings, http: HttpClient) -> Self {
        Self { who: format!("respond.{name}"), settings, http }
    }
}

impl std::fmt::Debug for SlackAdmin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SlackAdmin[{}]", self.who)
    }
}
