//! Google: phones and Chromebooks by the Directory API, computers by Cloud Identity.
//!
//! One section reads the devices of the Directory API, another those of Cloud Identity: both list
//! phones, each under ids of its own, and two records of one *source* are two devices. Start with
//! `source.rs`; `mobile.rs`, `chromeos.rs` and `cloud_identity.rs` are pure.

mod chromeos;
mod cloud_identity;
pub mod config;
mod mobile;
mod source;

#[cfg(test)]
pub(super) mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use ports::{Clock, Failure};
use secrecy::ExposeSecret as _;

pub use config::{GoogleApi, GoogleDevicesConfig, GoogleDevicesSettings};

use super::caller::{Caller, Credential};
use crate::{http::HttpClient, oauth::TokenCache};

/// The grant of RFC 7523.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A domain at Google: one `[devices.NAME]` of kind `google`.
pub struct GoogleDevices {
    name: String,
    settings: GoogleDevicesSettings,
    caller: Caller,
    /// Whose the devices of Cloud Identity are, during a sweep.
    users: Mutex<BTreeMap<String, Vec<cloud_identity::User>>>,
}

impl GoogleDevices {
    /// The domain under its configured name.
    #[must_use]
    pub fn new(
        name: &str,
        settings: GoogleDevicesSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let who = format!("devices.{name}");
        let tokens = TokenCache::new(&who, http.clone(), Arc::clone(&clock));
        let (account, admin) = (Arc::clone(&settings.account), settings.admin.clone());
        let (audience, scopes) = (settings.token_url.url(), settings.scopes());
        let (client, named) = (http.clone(), who.clone());
        let request = move || {
            let assertion = account.assertion(&scopes, &admin, audience.as_str(), clock.now());
            let unsigned = || format!("{named}: the service account's key cannot sign");
            let assertion = assertion.ok_or_else(|| Failure::misconfigured(unsigned()))?;
            let form = [("grant_type", GRANT), ("assertion", assertion.expose_secret())];
            Ok(client.post(audience.clone()).form(&form))
        };
        let credential = Credential::Fetched(tokens, Box::new(request));
        let caller = Caller { who, http, credential };
        Self { name: name.to_owned(), settings, caller, users: Mutex::default() }
    }
}

impl std::fmt::Debug for GoogleDevices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GoogleDevices[{}]", self.caller.who)
    }
}
