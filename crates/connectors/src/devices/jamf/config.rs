//! The section `[devices.NAME]` with `kind = "jamf"`.

use model::Span;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::JamfAttributes;
use crate::{
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
};

/// A tenant of Jamf Pro, read by an API client whose role may read computers and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JamfConfig {
    /// Where Jamf Pro is, such as `https://example.jamfcloud.com`.
    pub base_url: BaseUrl,
    /// The API client's id.
    pub client_id: String,
    /// The API client's secret.
    pub client_secret: SecretRef,
    /// Where tokens come from, in versions that have it elsewhere: `api/oauth/token`.
    #[serde(default = "token_path")]
    pub token_path: String,
    /// The names of extension attributes that say what the inventory does not.
    #[serde(default)]
    pub attributes: JamfAttributes,
    /// From the beginning of one sweep to that of the next.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// The most calls in a minute.
    #[serde(default = "calls_per_minute")]
    #[schemars(range(min = 1, max = 600))]
    pub calls_per_minute: u32,
}

fn token_path() -> String {
    "api/v1/oauth/token".to_owned()
}

pub(crate) fn every() -> Span {
    Span::minutes(30)
}

pub(crate) fn calls_per_minute() -> u32 {
    60
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct JamfSettings {
    pub(super) base_url: BaseUrl,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) token_path: String,
    pub(super) attributes: JamfAttributes,
    pub(super) every: Span,
    pub(super) calls_per_minute: u32,
}

impl JamfConfig {
    /// Fetches the secret and checks the rest.
    pub fn settings(&self) -> Result<JamfSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let client_secret = read.take("client_secret", self.client_secret.resolve());
        read.require("client_id", !self.client_id.trim().is_empty(), "is the API client's id");
        let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
        let is_good = self.token_path.bytes().all(is_path) && !self.token_path.contains("..");
        read.require("token_path", is_good, "is a path such as api/oauth/token");
        read.finish(client_secret.map(|client_secret| JamfSettings {
            base_url: self.base_url.clone(),
            client_id: self.client_id.clone(),
            client_secret,
            token_path: self.token_path.clone(),
            attributes: self.attributes.clone(),
            every: self.every,
            calls_per_minute: self.calls_per_minute,
        }))
    }
}
