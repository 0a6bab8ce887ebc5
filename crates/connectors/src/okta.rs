//! Okta: ending sessions, suspending accounts, revoking grants.
//!
//! Okta's sessions cannot be listed, so that ending them is believed when the System Log has it.
//! What it cannot do, such as ending sessions inside of apps, stands in the plan. Start with
//! `responder.rs`; `map.rs` is pure.

mod client;
pub mod config;
mod map;
mod responder;

#[cfg(test)]
mod tests;

pub use config::{OktaConfig, OktaSettings};

use crate::http::HttpClient;

/// An organisation at Okta: one `[respond.NAME]` of kind `okta`.
pub struct Okta {
    who: String,
    settings: OktaSettings,
    http: HttpClient,
}

impl Okta {
    /// The organisation under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: OktaSettings, http: HttpClient) -> Self {
        Self { who: format!("respond.{name}"), settings, http }
    }
}

impl std::fmt::Debug for Okta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Okta[{}]", self.who)
    }
}
