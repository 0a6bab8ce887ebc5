//! Alertmanager: alerts that fire until they are said to be over.
//!
//! Its alerts are told apart by their labels alone, so that these are the same over the life of a
//! case, and whatever changes is an annotation. It forgets what is not posted again, so that every
//! alert comes with a far end. The members of a cluster do not pass alerts on: each is posted to.

mod client;
pub mod config;
mod map;
mod pager;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ports::Clock;

pub use config::{AlertmanagerPagerConfig, AlertmanagerSettings};

use crate::http::HttpClient;

/// An Alertmanager, or a cluster of them: one `[escalate.NAME]` of kind `alertmanager`.
pub struct Alertmanager {
    who: String,
    settings: AlertmanagerSettings,
    http: HttpClient,
    clock: Arc<dyn Clock>,
}

impl Alertmanager {
    /// The cluster under its configured name.
    #[must_use]
    pub fn new(
        name: &str,
        settings: AlertmanagerSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { who: format!("escalate.{name}"), settings, http, clock }
    }
}

impl std::fmt::Debug for Alertmanager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Alertmanager[{}]", self.who)
    }
}
