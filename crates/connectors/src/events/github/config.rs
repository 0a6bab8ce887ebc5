//! The section `[sources.NAME]` with `kind = "github"`.

use std::sync::Arc;

use model::Span;
use ports::{events::Puller, source::Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GitHubMap, pull::GitHubPuller};
use crate::{
    events::section::{self, Outside},
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
    source::config::AuthConfig,
};

/// The longest name of an organisation or enterprise.
const NAME_CHARS_MAX: usize = 100;

/// `kind = "github"`: the audit log of an organisation or enterprise in GitHub Enterprise Cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitHubConfig {
    /// How whoever forwards the stream proves itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthConfig>,
    /// Where the log is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<GitHubPull>,
}

/// Fetching the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitHubPull {
    /// Where the API is.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// A token that may read the audit log.
    pub token: SecretRef,
    /// The organisation; or `enterprise`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
    /// The enterprise; or `org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<String>,
    /// Which events.
    #[serde(default)]
    pub include: Include,
    /// How long to wait when there is nothing more.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// How far back the first pull begins.
    #[serde(default = "section::start")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub start: Span,
}

/// Which events are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Include {
    /// What is done on the site and through the API.
    Web,
    /// Clones, fetches and pushes, which are kept for 7 days.
    Git,
    /// Both.
    #[default]
    All,
}

impl Include {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Git => "git",
            Self::All => "all",
        }
    }
}

fn base_url() -> BaseUrl {
    "https://api.github.com".parse().expect("the vendor's address is one")
}

fn every() -> Span {
    Span::minutes(1)
}

impl GitHubConfig {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// Everything that is wrong with the section.
    pub fn build(&self, name: &str, outside: &Outside) -> Result<Source, Vec<SettingProblem>> {
        let puller = self.pull.as_ref().map(|pull| pull.build(name, outside));
        section::source(name, self.auth.as_ref(), GitHubMap, puller)
    }
}

impl GitHubPull {
    fn build(&self, name: &str, outside: &Outside) -> Result<Arc<dyn Puller>, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let token = read.take("pull.token", self.token.resolve());
        section::check_times(&mut read, self.every, self.start);
        let path = match (&self.org, &self.enterprise) {
            (Some(org), None) => path("orgs", org),
            (None, Some(enterprise)) => path("enterprises", enterprise),
            _ => Err("name one of `org` and `enterprise`"),
        };
        let path = read.take("pull.org", path);
        let puller = token.zip(path).map(|(token, path)| {
            Arc::new(GitHubPuller::new(name, self, path, token, outside.clone())) as Arc<dyn Puller>
        });
        read.finish(puller)
    }
}

fn path(kind: &str, name: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_name = !name.starts_with('.')
        && (1..=NAME_CHARS_MAX).contains(&name.len())
        && name.bytes().all(is_plain);
    if is_name {
        Ok(format!("{kind}/{name}/audit-log"))
    } else {
        Err("is the name in the address, such as example-corp")
    }
}
