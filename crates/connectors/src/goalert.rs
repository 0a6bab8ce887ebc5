//! GoAlert: alerts opened and closed through its generic integration.

mod client;
pub mod config;
mod map;
mod pager;

#[cfg(test)]
mod tests;

pub use config::{GoAlertConfig, GoAlertSettings};

use crate::http::HttpClient;

/// A GoAlert service: one `[escalate.NAME]` of kind `goalert`.
pub struct GoAlert {
    who: String,
    settings: GoAlertSettings,
    http: HttpClient,
}

impl GoAlert {
    /// The service under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: GoAlertSettings, http: HttpClient) -> Self {
        Self { who: format!("escalate.{name}"), settings, http }
    }
}

impl std::fmt::Debug for GoAlert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GoAlert[{}]", self.who)
    }
}
