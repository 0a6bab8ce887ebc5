//! The section `[sources.NAME]` with `kind = "okta"`.

use std::sync::Arc;

use model::Span;
use ports::{events::Puller, source::Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OktaMap, pull::OktaPuller};
use crate::{
    events::section::{self, Outside},
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
    source::config::AuthConfig,
};

/// `kind = "okta"`: the System Log. An event hook sends, a pull fetches; with both, the hook is
/// the quick way and the pull misses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OktaConfig {
    /// How the event hook proves itself: `{ header = { name, value } }` as chosen in Okta.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthConfig>,
    /// Where the log is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<OktaPull>,
}

/// Fetching the System Log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OktaPull {
    /// The organisation's own address, such as `https://example.okta.com`.
    pub base_url: BaseUrl,
    /// An API token, or an access token with the scope `okta.logs.read`.
    pub token: SecretRef,
    /// Which of the two it is.
    #[serde(default)]
    pub token_type: TokenType,
    /// How long to wait when there is nothing more.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// How far back the first pull begins.
    #[serde(default = "section::start")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub start: Span,
}

/// How a token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenType {
    /// An API token.
    #[default]
    Ssws,
    /// An OAuth access token.
    Bearer,
}

fn every() -> Span {
    Span::seconds(30)
}

impl OktaConfig {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// Everything that is wrong with the section.
    pub fn build(&self, name: &str, outside: &Outside) -> Result<Source, Vec<SettingProblem>> {
        let puller = self.pull.as_ref().map(|pull| pull.build(name, outside));
        section::source(name, self.auth.as_ref(), OktaMap, puller)
    }
}

impl OktaPull {
    fn build(&self, name: &str, outside: &Outside) -> Result<Arc<dyn Puller>, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let token = read.take("pull.token", self.token.resolve());
        section::check_times(&mut read, self.every, self.start);
        let puller = token.map(|token| {
            Arc::new(OktaPuller::new(name, self, token, outside.clone())) as Arc<dyn Puller>
        });
        read.finish(puller)
    }
}
