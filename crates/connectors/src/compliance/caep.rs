//! CAEP device-compliance-change, as Security Event Tokens (RFC 8417) signed with ES256.
//!
//! Delivered by push (RFC 8935) or handed out to a poll (RFC 8936). Start with `token.rs`, which
//! is pure, and `party.rs`.

pub mod config;
mod party;
mod poll;
mod token;

use std::sync::Arc;

use ports::Clock;

pub use config::{CaepConfig, CaepDelivery, CaepDevice, CaepSettings, CaepSubject};

use crate::http::HttpClient;

/// A receiver of shared signals: one `[compliance.NAME]` of kind `caep`.
pub struct Caep {
    who: String,
    settings: CaepSettings,
    http: HttpClient,
    clock: Arc<dyn Clock>,
}

impl Caep {
    /// The receiver under its configured name.
    #[must_use]
    pub fn new(
        name: &str,
        settings: CaepSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { who: format!("compliance.{name}"), settings, http, clock }
    }
}

impl std::fmt::Debug for Caep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Caep[{}]", self.who)
    }
}
