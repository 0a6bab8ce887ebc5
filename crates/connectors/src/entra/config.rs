//! The section `[respond.NAME]` with `kind = "entra"`.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    respond::{PROTECTED_MAX, Protected},
    secret::{SecretRef, SettingProblem, Settings},
};

/// A tenant of Microsoft Entra. The app registration needs the application permissions
/// `User.Read.All`, `RoleManagement.Read.Directory`, `User.RevokeSessions.All` and
/// `User.EnableDisableAccount.All`; with `AuditLog.Read.All` it also sees whether somebody else
/// disabled an account anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntraConfig {
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
    /// Accounts that are never touched, by object id, principal name or e-mail address.
    #[serde(default)]
    #[schemars(length(max = PROTECTED_MAX))]
    pub protected: Vec<String>,
}

fn base_url() -> BaseUrl {
    "https://graph.microsoft.com/v1.0".parse().expect("the vendor's address is one")
}

fn login_url() -> BaseUrl {
    "https://login.microsoftonline.com".parse().expect("the vendor's address is one")
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct EntraSettings {
    pub(super) base_url: BaseUrl,
    pub(super) login_url: BaseUrl,
    pub(super) tenant_id: String,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) protected: Protected,
}

impl EntraConfig {
    /// Fetches the secret and checks the ids.
    pub fn settings(&self) -> Result<EntraSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let client_secret = read.take("client_secret", self.client_secret.resolve());
        // A tenant may also be named by a domain of it.
        let is_name = |text: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            !text.is_empty() && !text.starts_with('.') && text.bytes().all(is_plain)
        };
        read.require("tenant_id", is_name(&self.tenant_id), "is the tenant's id or a domain of it");
        read.require("client_id", is_name(&self.client_id), "is the app registration's id");
        read.finish(client_secret.map(|client_secret| EntraSettings {
            base_url: self.base_url.clone(),
            login_url: self.login_url.clone(),
            tenant_id: self.tenant_id.clone(),
            client_id: self.client_id.clone(),
            client_secret,
            protected: Protected::new(&self.protected),
        }))
    }
}
