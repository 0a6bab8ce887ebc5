//! Google Workspace: signing people out, taking apps' tokens away, suspending accounts.
//!
//! Acts as an administrator through a service account with domain-wide delegation. Start with
//! `responder.rs`; `map.rs` is pure.

mod client;
pub mod config;
pub(crate) mod grant;
mod map;
mod responder;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ports::Clock;

pub use config::{GoogleConfig, GoogleSettings};

use crate::{http::HttpClient, oauth::TokenCache};

/// A domain at Google Workspace: one `[respond.NAME]` of kind `google`.
pub struct Google {
    who: String,
    settings: GoogleSettings,
    http: HttpClient,
    clock: Arc<dyn Clock>,
    tokens: TokenCache,
}

impl Google {
    /// The domain under its configured name.
    #[must_use]
    pub fn new(
        name: &str,
        settings: GoogleSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let who = format!("respond.{name}");
        let tokens = TokenCache::new(&who, http.clone(), Arc::clone(&clock));
        Self { who, settings, http, clock, tokens }
    }
}

impl std::fmt::Debug for Google {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Google[{}]", self.who)
    }
}
