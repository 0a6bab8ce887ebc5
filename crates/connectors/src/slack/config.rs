//! The section `[chat.NAME]` with `kind = "slack"`.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    secret::{SecretRef, SecretRefs, SettingProblem, Settings},
};

/// A Slack workspace to ask people in. The app needs the bot scopes `chat:write`, `im:write`,
/// `users:read` and `users:read.email` (and `im:history` where people may answer in words), with
/// interactivity sent to `/callbacks/NAME/interactions` and events to `/callbacks/NAME/events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackConfig {
    /// Where the Web API is.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// The bot token, `xoxb-…`.
    pub bot_token: SecretRef,
    /// The app's signing secret. While it is being changed, a list: all of them verify.
    pub signing_secret: SecretRefs,
    /// The app's id, `A…`: callbacks of other apps are refused.
    pub app_id: String,
    /// The workspace's id, `T…`: callbacks and people of other workspaces are refused.
    pub team_id: String,
    /// The id of the Enterprise Grid organisation, `E…`, where callbacks must come from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enterprise_id: Option<String>,
    /// The id of the security team's channel, `C…`, which the app must be a member of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation_channel: Option<String>,
}

fn base_url() -> BaseUrl {
    "https://slack.com/api".parse().expect("the vendor's address is one")
}

/// The section with its secrets fetched.
#[derive(Debug, Clone)]
pub struct SlackSettings {
    /// Where the Web API is.
    pub base_url: BaseUrl,
    /// The bot token.
    pub bot_token: SecretString,
    /// The signing secrets, all of which verify. Empty ones count as absent; without any, every
    /// callback is refused.
    pub signing_secrets: Vec<SecretString>,
    /// Our app.
    pub app_id: String,
    /// Our workspace.
    pub team_id: String,
    /// Our organisation, where it is checked.
    pub enterprise_id: Option<String>,
    /// Where reports go.
    pub escalation_channel: Option<String>,
}

impl SlackConfig {
    /// Fetches the secrets and checks the ids. All problems at once.
    pub fn settings(&self) -> Result<SlackSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let bot_token = read.take("bot_token", self.bot_token.resolve());
        let signing_secrets = read.take("signing_secret", self.signing_secret.resolve());
        let mut require = |key, id: &str, kinds: &[char], why: &'static str| {
            read.require(key, is_id(id, kinds), why);
        };
        require("app_id", &self.app_id, &['A'], "is the app's id, A and letters and digits");
        require(
            "team_id",
            &self.team_id,
            &['T'],
            "is the workspace's id, T and letters and digits",
        );
        if let Some(id) = &self.enterprise_id {
            require(
                "enterprise_id",
                id,
                &['E'],
                "is the organisation's id, E and letters and digits",
            );
        }
        if let Some(id) = &self.escalation_channel {
            let why = "is a channel's id, C and letters and digits, not its name";
            require("escalation_channel", id, &['C', 'G'], why);
        }
        let whole =
            bot_token.zip(signing_secrets).map(|(bot_token, signing_secrets)| SlackSettings {
                base_url: self.base_url.clone(),
                bot_token,
                signing_secrets,
                app_id: self.app_id.clone(),
                team_id: self.team_id.clone(),
                enterprise_id: self.enterprise_id.clone(),
                escalation_channel: self.escalation_channel.clone(),
            });
        read.finish(whole)
    }
}

/// Whether a text is an id of Slack's that begins with one of these letters.
pub(super) fn is_id(text: &str, kinds: &[char]) -> bool {
    text.starts_with(kinds)
        && (2..=super::callback::ID_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
