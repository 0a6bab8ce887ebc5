//! The section `[devices.NAME]` with `kind = "jamf_classic"`.

use model::Span;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    devices::jamf::{JamfAttributes, config},
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
};

/// A tenant of Jamf by its Classic API, read by an account that may read computers and users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JamfClassicConfig {
    /// Where Jamf is, such as `https://example.jamfcloud.com`.
    pub base_url: BaseUrl,
    /// The account's name.
    pub user: String,
    /// Its password.
    pub password: SecretRef,
    /// The names of extension attributes that say what the inventory does not.
    #[serde(default)]
    pub attributes: JamfAttributes,
    /// From the beginning of one sweep to that of the next.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// The most pages in a minute; each takes a call for each of its 25 computers.
    #[serde(default = "config::calls_per_minute")]
    #[schemars(range(min = 1, max = 600))]
    pub calls_per_minute: u32,
}

fn every() -> Span {
    Span::hours(2)
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct JamfClassicSettings {
    pub(super) base_url: BaseUrl,
    pub(super) user: String,
    pub(super) password: SecretString,
    pub(super) attributes: JamfAttributes,
    pub(super) every: Span,
    pub(super) calls_per_minute: u32,
}

impl JamfClassicConfig {
    /// Fetches the secret.
    pub fn settings(&self) -> Result<JamfClassicSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let password = read.take("password", self.password.resolve());
        let is_user = !self.user.is_empty() && !self.user.contains(':');
        read.require("user", is_user, "is the account's name, without a colon");
        read.finish(password.map(|password| JamfClassicSettings {
            base_url: self.base_url.clone(),
            user: self.user.clone(),
            password,
            attributes: self.attributes.clone(),
            every: self.every,
            calls_per_minute: self.calls_per_minute,
        }))
    }
}
