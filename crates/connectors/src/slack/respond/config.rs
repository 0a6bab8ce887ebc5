//! The section `[respond.NAME]` with `kind = "slack"`.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    respond::{PROTECTED_MAX, Protected},
    secret::{SecretRef, SettingProblem, Settings},
    slack::config::is_id,
};

/// A Slack organisation (Enterprise) whose sessions can be ended. The token is a user token of an
/// owner or administrator of the organisation with the scopes `admin.users:read`,
/// `admin.users:write`, `users:read` and `users:read.email`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackRespondConfig {
    /// Where the Web API is.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// The user token, `xoxp-…`.
    pub token: SecretRef,
    /// The workspace's id, `T…`.
    pub team_id: String,
    /// The `[chat.NAME]` under which the directory knows people's accounts.
    #[serde(default = "chat")]
    pub chat: String,
    /// Accounts that are never touched, by id or e-mail address.
    #[serde(default)]
    #[schemars(length(max = PROTECTED_MAX))]
    pub protected: Vec<String>,
}

fn base_url() -> BaseUrl {
    "https://slack.com/api".parse().expect("the vendor's address is one")
}

fn chat() -> String {
    "slack".to_owned()
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct SlackRespondSettings {
    pub(super) base_url: BaseUrl,
    pub(super) token: SecretString,
    pub(super) team_id: String,
    pub(super) chat: String,
    pub(super) protected: Protected,
}

impl SlackRespondConfig {
    /// Fetches the secret and checks the id.
    pub fn settings(&self) -> Result<SlackRespondSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let token = read.take("token", self.token.resolve());
        let why = "is the workspace's id, T and letters and digits";
        read.require("team_id", is_id(&self.team_id, &['T']), why);
        read.finish(token.map(|token| SlackRespondSettings {
            base_url: self.base_url.clone(),
            token,
            team_id: self.team_id.clone(),
            chat: self.chat.clone(),
            protected: Protected::new(&self.protected),
        }))
    }
}
