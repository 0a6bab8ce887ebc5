//! PagerDuty: incidents opened and resolved by Events API v2, and what people did to them by
//! webhooks v3.

mod callback;
mod client;
pub mod config;
mod map;
mod pager;

#[cfg(test)]
mod tests;

pub use config::{PagerDutyConfig, PagerDutySettings};

use crate::http::HttpClient;

/// A PagerDuty service: one `[escalate.NAME]` of kind `pagerduty`.
pub struct PagerDuty {
    who: String,
    settings: PagerDutySettings,
    http: HttpClient,
}

impl PagerDuty {
    /// The service under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: PagerDutySettings, http: HttpClient) -> Self {
        Self { who: format!("escalate.{name}"), settings, http }
    }
}

impl std::fmt::Debug for PagerDuty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PagerDuty[{}]", self.who)
    }
}
