//! The section `[respond.NAME]` with `kind = "google"`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grant::ServiceAccount;
use crate::{
    http::{BaseUrl, TargetUrl},
    respond::{PROTECTED_MAX, Protected},
    secret::{SecretRef, SettingProblem, Settings},
};

/// A domain at Google Workspace. The service account needs domain-wide delegation of the scopes
/// `admin.directory.user`, `admin.directory.user.security` and `admin.reports.audit.readonly`, and
/// acts as an administrator made for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoogleConfig {
    /// Where the Admin SDK is.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// Where access tokens come from.
    #[serde(default = "token_url")]
    pub token_url: TargetUrl,
    /// The service account's JSON key file.
    pub service_account: SecretRef,
    /// The e-mail address of the administrator it acts as, who is never touched.
    pub admin: String,
    /// Accounts that are never touched, by id or e-mail address.
    #[serde(default)]
    #[schemars(length(max = PROTECTED_MAX))]
    pub protected: Vec<String>,
}

fn base_url() -> BaseUrl {
    "https://admin.googleapis.com".parse().expect("the vendor's address is one")
}

fn token_url() -> TargetUrl {
    "https://oauth2.googleapis.com/token".parse().expect("the vendor's address is one")
}

/// The section with its key read.
#[derive(Debug, Clone)]
pub struct GoogleSettings {
    pub(super) base_url: BaseUrl,
    pub(super) token_url: TargetUrl,
    pub(super) account: Arc<ServiceAccount>,
    pub(super) admin: String,
    pub(super) protected: Protected,
}

impl GoogleConfig {
    /// Fetches and reads the key file.
    pub fn settings(&self) -> Result<GoogleSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let account = self.service_account.resolve().and_then(|text| ServiceAccount::read(&text));
        let account = read.take("service_account", account);
        read.require("admin", self.admin.contains('@'), "is an administrator's e-mail address");
        read.finish(account.map(|account| GoogleSettings {
            base_url: self.base_url.clone(),
            token_url: self.token_url.clone(),
            account: Arc::new(account),
            admin: self.admin.clone(),
            protected: Protected::new(&self.protected),
        }))
    }
}
