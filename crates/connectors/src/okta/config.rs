//! The section `[respond.NAME]` with `kind = "okta"`.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    respond::{PROTECTED_MAX, Protected},
    secret::{SecretRef, SettingProblem, Settings},
};

/// An Okta organisation to act in. The token needs to manage users (`okta.users.manage`), read the
/// System Log (`okta.logs.read`) and read administrators' roles (`okta.roles.read`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OktaConfig {
    /// The organisation's address, such as `https://example.okta.com`.
    pub base_url: BaseUrl,
    /// An API token, or an OAuth access token.
    pub token: SecretRef,
    /// Which of the two it is.
    #[serde(default)]
    pub scheme: TokenScheme,
    /// Whether ending sessions also forgets devices, so that the person is asked for a factor
    /// again. The Classic Engine does not know it: set `false` there.
    #[serde(default = "yes")]
    pub forget_devices: bool,
    /// Accounts that are never touched, by id, login or e-mail address: break-glass accounts.
    #[serde(default)]
    #[schemars(length(max = PROTECTED_MAX))]
    pub protected: Vec<String>,
}

fn yes() -> bool {
    true
}

/// How a token is presented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenScheme {
    /// Okta's own API token.
    #[default]
    Ssws,
    /// An OAuth 2.0 access token.
    Bearer,
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct OktaSettings {
    pub(super) base_url: BaseUrl,
    pub(super) token: SecretString,
    pub(super) scheme: TokenScheme,
    pub(super) forget_devices: bool,
    pub(super) protected: Protected,
}

impl OktaConfig {
    /// Fetches the secret.
    pub fn settings(&self) -> Result<OktaSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let token = read.take("token", self.token.resolve());
        read.finish(token.map(|token| OktaSettings {
            base_url: self.base_url.clone(),
            token,
            scheme: self.scheme,
            forget_devices: self.forget_devices,
            protected: Protected::new(&self.protected),
        }))
    }
}
