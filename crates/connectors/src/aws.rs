//! AWS IAM: making access keys inactive and active again.
//!
//! Calls are signed after Signature Version 4 (`sigv4.rs`), and what IAM answers may be older than
//! what it has just taken. Start with `responder.rs`.

mod client;
pub mod config;
mod responder;
mod sigv4;
mod xml;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ports::Clock;

pub use config::{AwsConfig, AwsSettings};

use crate::http::HttpClient;

/// An AWS account: one `[respond.NAME]` of kind `aws`.
pub struct Aws {
    who: String,
    settings: AwsSettings,
    http: HttpClient,
    clock: Arc<dyn Clock>,
}

impl Aws {
    /// The account under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: AwsSettings, http: HttpClient, clock: Arc<dyn Clock>) -> Self {
        Self { who: format!("respond.{name}"), settings, http, clock }
    }
}

impl std::fmt::Debug for Aws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Aws[{}]", self.who)
    }
}
