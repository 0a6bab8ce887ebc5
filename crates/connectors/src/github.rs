//! GitHub: taking an organisation's authorisation from credentials, and handing in leaked tokens.
//!
//! Neither can be taken back. A leaked token is a secret of somebody's: it is sent to GitHub
//! without our own credentials, and is never shown. Start with `responder.rs`.

mod client;
pub mod config;
mod map;
mod responder;

#[cfg(test)]
mod tests;

pub use config::{GitHubConfig, GitHubSettings};

use crate::http::HttpClient;

/// An organisation at GitHub: one `[respond.NAME]` of kind `github`.
pub struct GitHub {
    who: String,
    settings: GitHubSettings,
    http: HttpClient,
}

impl GitHub {
    /// The organisation under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: GitHubSettings, http: HttpClient) -> Self {
        Self { who: format!("respond.{name}"), settings, http }
    }
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GitHub[{}]", self.who)
    }
}
