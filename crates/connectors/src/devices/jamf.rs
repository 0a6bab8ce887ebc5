//! Jamf Pro: the inventory of computers, by its API of today.
//!
//! Start with `source.rs`; `map.rs` is pure. For tenants whose API is older there is
//! [`jamf_classic`](super::jamf_classic), which shares how extension attributes are read.

pub(super) mod attributes;
pub mod config;
mod map;
mod source;

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use ports::Clock;
use secrecy::ExposeSecret as _;
use url::Url;

pub use attributes::JamfAttributes;
pub use config::{JamfConfig, JamfSettings};

use super::caller::{Caller, Credential};
use crate::{http::HttpClient, oauth::TokenCache};

/// A tenant of Jamf Pro: one `[devices.NAME]` of kind `jamf`.
pub struct Jamf {
    name: String,
    settings: JamfSettings,
    caller: Caller,
}

impl Jamf {
    /// The tenant under its configured name.
    #[must_use]
    pub fn new(
        name: &str,
        settings: JamfSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let who = format!("devices.{name}");
        let tokens = TokenCache::new(&who, http.clone(), clock);
        let url = settings.base_url.join(settings.token_path.trim_start_matches('/'));
        let (id, secret) = (settings.client_id.clone(), settings.client_secret.clone());
        let client = http.clone();
        let request = move || {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", id.as_str()),
                ("client_secret", secret.expose_secret()),
            ];
            Ok(client.post(url.clone()).form(&form))
        };
        let credential = Credential::Fetched(tokens, Box::new(request));
        Self { name: name.to_owned(), settings, caller: Caller { who, http, credential } }
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.settings.base_url.join(&format!("api/v1/{path}"));
        url.set_query(Some(&crate::http::query(query)));
        url
    }
}

impl std::fmt::Debug for Jamf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jamf[{}]", self.caller.who)
    }
}
