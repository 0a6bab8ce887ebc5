//! The section `[respond.NAME]` with `kind = "github"`.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::{BaseUrl, segment},
    respond::{PROTECTED_MAX, Protected},
    secret::{SecretRef, SettingProblem, Settings},
};

/// An organisation at GitHub (Enterprise Cloud with SAML single sign-on). The token is an owner's,
/// with the scope `admin:org`. People are known by the alias `github:LOGIN` of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitHubConfig {
    /// Where the REST API is.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// The organisation's name in addresses.
    pub org: String,
    /// An owner's token.
    pub token: SecretRef,
    /// Whether it is a GitHub Enterprise Server, where leaked tokens are handed in with our token
    /// instead of without.
    #[serde(default)]
    pub enterprise_server: bool,
    /// What is never touched, by login or credential id.
    #[serde(default)]
    #[schemars(length(max = PROTECTED_MAX))]
    pub protected: Vec<String>,
}

fn base_url() -> BaseUrl {
    "https://api.github.com".parse().expect("the vendor's address is one")
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct GitHubSettings {
    pub(super) base_url: BaseUrl,
    pub(super) org: String,
    pub(super) token: SecretString,
    pub(super) is_enterprise_server: bool,
    pub(super) protected: Protected,
}

impl GitHubConfig {
    /// Fetches the secret and checks the name.
    pub fn settings(&self) -> Result<GitHubSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let token = read.take("token", self.token.resolve());
        let is_name = segment(&self.org).is_some_and(|segment| segment == self.org);
        read.require("org", is_name, "is the organisation's name in addresses");
        read.finish(token.map(|token| GitHubSettings {
            base_url: self.base_url.clone(),
            org: self.org.clone(),
            token,
            is_enterprise_server: self.enterprise_server,
            protected: Protected::new(&self.protected),
        }))
    }
}
