//! The section `[sources.NAME]` with `kind = "google_workspace"`.

use std::sync::Arc;

use model::Span;
use ports::{events::Puller, source::Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GoogleWorkspaceMap, pull::GooglePuller, token::ServiceAccount};
use crate::{
    events::section::{self, Outside},
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
    source::config::AuthConfig,
};

/// `kind = "google_workspace"`: the activities of the Reports API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoogleWorkspaceConfig {
    /// How somebody who forwards activities proves itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthConfig>,
    /// Where activities are fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<GooglePull>,
}

/// Fetching activities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GooglePull {
    /// Where the API is.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// The key of a service account, the whole JSON file as Google gives it. The account needs
    /// domain-wide delegation for `https://www.googleapis.com/auth/admin.reports.audit.readonly`.
    pub service_account: SecretRef,
    /// The e-mail address of the administrator that it acts for.
    #[schemars(length(min = 3, max = 254))]
    pub subject: String,
    /// Which applications' activities.
    #[serde(default = "applications")]
    #[schemars(length(min = 1, max = 32))]
    pub applications: Vec<String>,
    /// How long to wait when there is nothing more.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// How far back the first pull begins.
    #[serde(default = "section::start")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub start: Span,
}

fn base_url() -> BaseUrl {
    "https://admin.googleapis.com".parse().expect("the vendor's address is one")
}

fn every() -> Span {
    Span::minutes(5)
}

fn applications() -> Vec<String> {
    [
        "login",
        "admin",
        "token",
        "drive",
        "saml",
        "user_accounts",
        "groups",
        "mobile",
        "rules",
        "context_aware_access",
    ]
    .map(str::to_owned)
    .to_vec()
}

impl GoogleWorkspaceConfig {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// Everything that is wrong with the section.
    pub fn build(&self, name: &str, outside: &Outside) -> Result<Source, Vec<SettingProblem>> {
        let puller = self.pull.as_ref().map(|pull| pull.build(name, outside));
        section::source(name, self.auth.as_ref(), GoogleWorkspaceMap, puller)
    }
}

impl GooglePull {
    fn build(&self, name: &str, outside: &Outside) -> Result<Arc<dyn Puller>, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let key = read.take("pull.service_account", self.service_account.resolve());
        let account = key.and_then(|key| {
            read.take("pull.service_account", ServiceAccount::read(&key, &self.subject))
        });
        section::check_times(&mut read, self.every, self.start);
        read.require("pull.subject", self.subject.contains('@'), "is an e-mail address");
        let are_names = !self.applications.is_empty()
            && self.applications.iter().all(|name| {
                let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
                !name.is_empty() && name.len() <= 64 && name.bytes().all(is_plain)
            });
        read.require("pull.applications", are_names, "are names such as login or user_accounts");
        let puller = account.map(|account| {
            Arc::new(GooglePuller::new(name, self, account, outside.clone())) as Arc<dyn Puller>
        });
        read.finish(puller)
    }
}
