//! Microsoft Intune: managed devices, through Graph.
//!
//! Start with `source.rs`; `map.rs` is pure.

pub mod config;
mod map;
mod source;

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use ports::Clock;
use secrecy::ExposeSecret as _;

pub use config::{IntuneConfig, IntuneSettings};

use super::caller::{Caller, Credential};
use crate::{http::HttpClient, oauth::TokenCache};

/// A tenant of Intune: one `[devices.NAME]` of kind `intune`.
pub struct Intune {
    name: String,
    settings: IntuneSettings,
    caller: Caller,
}

impl Intune {
    /// The tenant under its configured name.
    #[must_use]
    pub fn new(
        name: &str,
        settings: IntuneSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let who = format!("devices.{name}");
        let tokens = TokenCache::new(&who, http.clone(), clock);
        let path = format!("{}/oauth2/v2.0/token", settings.tenant_id);
        let (url, scope) = (settings.login_url.join(&path), settings.scope());
        let (id, secret) = (settings.client_id.clone(), settings.client_secret.clone());
        let client = http.clone();
        let request = move || {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", id.as_str()),
                ("client_secret", secret.expose_secret()),
                ("scope", scope.as_str()),
            ];
            Ok(client.post(url.clone()).form(&form))
        };
        let credential = Credential::Fetched(tokens, Box::new(request));
        Self { name: name.to_owned(), settings, caller: Caller { who, http, credential } }
    }
}

impl std::fmt::Debug for Intune {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Intune[{}]", self.caller.who)
    }
}
