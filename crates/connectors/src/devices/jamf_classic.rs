//! Jamf's Classic API, for tenants that have no other: computers one by one, and people's.
//!
//! Start with `source.rs`; `map.rs` is pure.

pub mod config;
mod map;
mod source;

#[cfg(test)]
pub(super) mod tests;

use url::Url;

pub use config::{JamfClassicConfig, JamfClassicSettings};

use super::caller::{Caller, Credential};
use crate::http::HttpClient;

/// A tenant by its Classic API: one `[devices.NAME]` of kind `jamf_classic`.
pub struct JamfClassic {
    name: String,
    settings: JamfClassicSettings,
    caller: Caller,
}

impl JamfClassic {
    /// The tenant under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: JamfClassicSettings, http: HttpClient) -> Self {
        let credential = Credential::Basic(settings.user.clone(), settings.password.clone());
        let caller = Caller { who: format!("devices.{name}"), http, credential };
        Self { name: name.to_owned(), settings, caller }
    }

    fn url(&self, path: &str) -> Url {
        self.settings.base_url.join(&format!("JSSResource/{path}"))
    }
}

impl std::fmt::Debug for JamfClassic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JamfClassic[{}]", self.caller.who)
    }
}
