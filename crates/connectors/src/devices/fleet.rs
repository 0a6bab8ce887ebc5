//! Fleet: hosts, their policies, and whose they are.
//!
//! Start with `source.rs`; `map.rs` is pure.

pub mod config;
mod map;
mod source;

#[cfg(test)]
pub(super) mod tests;

use url::Url;

pub use config::{FleetConfig, FleetSettings};

use super::caller::{Caller, Credential};
use crate::http::HttpClient;

/// A Fleet server: one `[devices.NAME]` of kind `fleet`.
pub struct Fleet {
    name: String,
    settings: FleetSettings,
    caller: Caller,
}

impl Fleet {
    /// The server under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: FleetSettings, http: HttpClient) -> Self {
        let credential = Credential::Fixed(settings.token.clone());
        let caller = Caller { who: format!("devices.{name}"), http, credential };
        Self { name: name.to_owned(), settings, caller }
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.settings.base_url.join(&format!("api/v1/fleet/{path}"));
        url.set_query(Some(&crate::http::query(query)));
        url
    }
}

impl std::fmt::Debug for Fleet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fleet[{}]", self.caller.who)
    }
}
