//! The section `[devices.NAME]` with `kind = "intune"`.

use model::Span;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
};

/// A tenant of Intune. The app registration needs the application permission
/// `DeviceManagementManagedDevices.Read.All` and no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntuneConfig {
    /// Where Graph is, elsewhere than in the global cloud.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// Where tokens come from, elsewhere than in the global cloud.
    #[serde(default = "login_url")]
    pub login_url: BaseUrl,
    /// The tenant's id.
    pub tenant_id: String,
    /// The app registration's id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: SecretRef,
    /// From the beginning of one sweep to that of the next.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// The most calls in a minute.
    #[serde(default = "calls_per_minute")]
    #[schemars(range(min = 1, max = 600))]
    pub calls_per_minute: u32,
}

fn base_url() -> BaseUrl {
    "https://graph.microsoft.com/v1.0".parse().expect("the vendor's address is one")
}

fn login_url() -> BaseUrl {
    "https://login.microsoftonline.com".parse().expect("the vendor's address is one")
}

fn every() -> Span {
    Span::minutes(30)
}

fn calls_per_minute() -> u32 {
    120
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct IntuneSettings {
    pub(super) base_url: BaseUrl,
    pub(super) login_url: BaseUrl,
    pub(super) tenant_id: String,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) every: Span,
    pub(super) calls_per_minute: u32,
}

impl IntuneSettings {
    /// What the token is for: everything that the app registration was given, at this Graph.
    pub(super) fn scope(&self) -> String {
        format!("{}/.default", self.base_url.join("").origin().ascii_serialization())
    }
}

impl IntuneConfig {
    /// Fetches the secret and checks the ids.
    pub fn settings(&self) -> Result<IntuneSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let client_secret = read.take("client_secret", self.client_secret.resolve());
        // A tenant may also be named by a domain of it.
        let is_name = |text: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            !text.is_empty() && !text.starts_with('.') && text.bytes().all(is_plain)
        };
        read.require("tenant_id", is_name(&self.tenant_id), "is the tenant's id or a domain of it");
        read.require("client_id", is_name(&self.client_id), "is the app registration's id");
        read.finish(client_secret.map(|client_secret| IntuneSettings {
            base_url: self.base_url.clone(),
            login_url: self.login_url.clone(),
            tenant_id: self.tenant_id.clone(),
            client_id: self.client_id.clone(),
            client_secret,
            every: self.every,
            calls_per_minute: self.calls_per_minute,
        }))
    }
}
