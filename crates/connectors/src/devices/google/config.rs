//! The section `[devices.NAME]` with `kind = "google"`.

use std::sync::Arc;

use model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    google::grant::ServiceAccount,
    http::{BaseUrl, TargetUrl},
    secret::{SecretRef, SettingProblem, Settings},
};

/// A domain at Google. The service account needs domain-wide delegation of the scopes of the APIs
/// that are read (`admin.directory.device.mobile.readonly`,
/// `admin.directory.device.chromeos.readonly`, `cloud-identity.devices.readonly`) and acts as an
/// administrator who may read devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoogleDevicesConfig {
    /// Where the Admin SDK is.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// Where Cloud Identity is.
    #[serde(default = "cloud_identity_url")]
    pub cloud_identity_url: BaseUrl,
    /// Where access tokens come from.
    #[serde(default = "token_url")]
    pub token_url: TargetUrl,
    /// The service account's JSON key file.
    pub service_account: SecretRef,
    /// The e-mail address of the administrator it acts as.
    pub admin: String,
    /// Which APIs are read. Cloud Identity lists phones that the others list too: it takes a
    /// section of its own.
    #[serde(default = "apis")]
    #[schemars(length(min = 1, max = 2))]
    pub apis: Vec<GoogleApi>,
    /// From the beginning of one sweep to that of the next.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// The most calls in a minute.
    #[serde(default = "calls_per_minute")]
    #[schemars(range(min = 1, max = 600))]
    pub calls_per_minute: u32,
}

/// An API of Google's that lists devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoogleApi {
    /// Phones and tablets, by the Directory API.
    Mobile,
    /// Chromebooks, by the Directory API.
    Chromeos,
    /// Everything that signs in, by Cloud Identity.
    CloudIdentity,
}

impl GoogleApi {
    /// The scope that reads it.
    pub(super) fn scope(self) -> &'static str {
        match self {
            Self::Mobile => {
                "https://www.googleapis.com/auth/admin.directory.device.mobile.readonly"
            }
            Self::Chromeos => {
                "https://www.googleapis.com/auth/admin.directory.device.chromeos.readonly"
            }
            Self::CloudIdentity => {
                "https://www.googleapis.com/auth/cloud-identity.devices.readonly"
            }
        }
    }
}

fn base_url() -> BaseUrl {
    "https://admin.googleapis.com".parse().expect("the vendor's address is one")
}

fn cloud_identity_url() -> BaseUrl {
    "https://cloudidentity.googleapis.com".parse().expect("the vendor's address is one")
}

fn token_url() -> TargetUrl {
    "https://oauth2.googleapis.com/token".parse().expect("the vendor's address is one")
}

fn apis() -> Vec<GoogleApi> {
    vec![GoogleApi::Mobile, GoogleApi::Chromeos]
}

fn every() -> Span {
    Span::hours(1)
}

fn calls_per_minute() -> u32 {
    120
}

/// The section with its key read.
#[derive(Debug, Clone)]
pub struct GoogleDevicesSettings {
    pub(super) base_url: BaseUrl,
    pub(super) cloud_identity_url: BaseUrl,
    pub(super) token_url: TargetUrl,
    pub(super) account: Arc<ServiceAccount>,
    pub(super) admin: String,
    pub(super) apis: Vec<GoogleApi>,
    pub(super) every: Span,
    pub(super) calls_per_minute: u32,
}

impl GoogleDevicesSettings {
    pub(super) fn scopes(&self) -> Vec<&'static str> {
        self.apis.iter().map(|api| api.scope()).collect()
    }
}

impl GoogleDevicesConfig {
    /// Fetches and reads the key file, and checks the rest.
    pub fn settings(&self) -> Result<GoogleDevicesSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let account = self.service_account.resolve().and_then(|text| ServiceAccount::read(&text));
        let account = read.take("service_account", account);
        read.require("admin", self.admin.contains('@'), "is an administrator's e-mail address");
        let is_twice = self.apis.iter().enumerate().any(|(at, api)| self.apis[..at].contains(api));
        read.require("apis", !self.apis.is_empty() && !is_twice, "names each API once");
        let is_mixed = self.apis.len() > 1 && self.apis.contains(&GoogleApi::CloudIdentity);
        let why = "cloud_identity takes a section of its own: it lists phones that the others list";
        read.require("apis", !is_mixed, why);
        read.finish(account.map(|account| GoogleDevicesSettings {
            base_url: self.base_url.clone(),
            cloud_identity_url: self.cloud_identity_url.clone(),
            token_url: self.token_url.clone(),
            account: Arc::new(account),
            admin: self.admin.clone(),
            apis: self.apis.clone(),
            every: self.every,
            calls_per_minute: self.calls_per_minute,
        }))
    }
}
