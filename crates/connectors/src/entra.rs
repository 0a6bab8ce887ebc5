//! Microsoft Entra: revoking sessions, disabling accounts.
//!
//! Start with `responder.rs`; `map.rs` is pure.

mod client;
pub mod config;
mod map;
mod responder;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ports::Clock;

pub use config::{EntraConfig, EntraSettings};

use crate::{http::HttpClient, oauth::TokenCache};

/// A tenant of Microsoft Entra: one `[respond.NAME]` of kind `entra`.
pub struct Entra {
    who: String,
    settings: EntraSettings,
    http: HttpClient,
    tokens: TokenCache,
}

impl Entra {
    /// The tenant under its configured name.
    #[must_use]
    pub fn new(
        name: &str,
        settings: EntraSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let who = format!("respond.{name}");
        Self { tokens: TokenCache::new(&who, http.clone(), clock), who, settings, http }
    }
}

impl std::fmt::Debug for Entra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entra[{}]", self.who)
    }
}
