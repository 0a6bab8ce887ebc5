//! Asking any JSON API what it knows: one `[enrich.NAME]` of kind `http`.
//!
//! The host is the configuration's, always; what an alert says goes into the path or the query as
//! a value. Addresses of our own network are not asked about unless that is said, and are not
//! connected to unless they are allowed by name. Start with `enricher.rs`; `template.rs` and
//! `map.rs` are pure.

pub mod config;
mod enricher;
mod map;
mod template;

#[cfg(test)]
mod tests;

pub use config::{HttpEnricherConfig, HttpEnricherSettings};

use crate::http::HttpClient;

/// An API that is asked.
pub struct HttpEnricher {
    who: String,
    settings: HttpEnricherSettings,
    http: HttpClient,
}

impl HttpEnricher {
    /// The API under its configured name. The client should be a guarded one
    /// ([`HttpClient::guarded`]).
    #[must_use]
    pub fn new(name: &str, settings: HttpEnricherSettings, http: HttpClient) -> Self {
        Self { who: format!("enrich.{name}"), settings, http }
    }
}

impl std::fmt::Debug for HttpEnricher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpEnricher[{}]", self.who)
    }
}
