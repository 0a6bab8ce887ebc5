//! The section `[sources.NAME]` with `kind = "slack_audit"`.

use std::sync::Arc;

use model::Span;
use ports::{events::Puller, source::Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SlackAuditMap, pull::SlackPuller};
use crate::{
    events::section::{self, Outside},
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
    source::config::AuthConfig,
};

/// `kind = "slack_audit"`: the audit log of an Enterprise organisation, which Slack never sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackAuditConfig {
    /// How somebody who forwards the log proves itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthConfig>,
    /// Where the log is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<SlackPull>,
}

/// Fetching the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackPull {
    /// Where the API is.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// A user token of an owner of the organisation, `xoxp-…`, with the scope `auditlogs:read`.
    pub token: SecretRef,
    /// How long to wait when there is nothing more. All apps of an organisation share 50 calls a
    /// minute.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// How far back the first pull begins.
    #[serde(default = "section::start")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub start: Span,
}

fn base_url() -> BaseUrl {
    "https://api.slack.com".parse().expect("the vendor's address is one")
}

fn every() -> Span {
    Span::minutes(1)
}

impl SlackAuditConfig {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// Everything that is wrong with the section.
    pub fn build(&self, name: &str, outside: &Outside) -> Result<Source, Vec<SettingProblem>> {
        let puller = self.pull.as_ref().map(|pull| pull.build(name, outside));
        section::source(name, self.auth.as_ref(), SlackAuditMap, puller)
    }
}

impl SlackPull {
    fn build(&self, name: &str, outside: &Outside) -> Result<Arc<dyn Puller>, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let token = read.take("pull.token", self.token.resolve());
        section::check_times(&mut read, self.every, self.start);
        let puller = token.map(|token| {
            Arc::new(SlackPuller::new(name, self, token, outside.clone())) as Arc<dyn Puller>
        });
        read.finish(puller)
    }
}
