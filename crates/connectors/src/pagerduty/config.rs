//! The section `[escalate.NAME]` with `kind = "pagerduty"`.

use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    secret::{SecretRef, SecretRefs, SettingProblem, Settings},
};

/// The length of a routing key, in characters.
const ROUTING_KEY_LENGTH: usize = 32;

/// A PagerDuty service to page, by an integration of the type "Events API v2".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PagerDutyConfig {
    /// Where the Events API is. In the EU service region: `https://events.eu.pagerduty.com`.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// The integration's routing key: 32 letters and digits.
    pub routing_key: SecretRef,
    /// What a webhook subscription (v3) signs with, to learn who has acknowledged an incident.
    /// While it is being changed, a list: all of them verify.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<SecretRefs>,
}

fn base_url() -> BaseUrl {
    "https://events.pagerduty.com".parse().expect("the vendor's address is one")
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct PagerDutySettings {
    /// Where the Events API is.
    pub base_url: BaseUrl,
    /// The routing key.
    pub routing_key: SecretString,
    /// What webhooks are signed with; without any, every one is refused.
    pub webhook_secrets: Vec<SecretString>,
}

impl PagerDutyConfig {
    /// Fetches the secret and checks its form.
    pub fn settings(&self) -> Result<PagerDutySettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let routing_key = read.take("routing_key", self.routing_key.resolve());
        if let Some(key) = &routing_key {
            let key = key.expose_secret();
            let is_key = key.len() == ROUTING_KEY_LENGTH
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
            read.require("routing_key", is_key, "a routing key is 32 letters and digits");
        }
        let secrets = self.webhook_secret.as_ref().map(SecretRefs::resolve).transpose();
        let secrets = read.take("webhook_secret", secrets);
        read.finish(routing_key.zip(secrets).map(|(routing_key, secrets)| PagerDutySettings {
            base_url: self.base_url.clone(),
            routing_key,
            webhook_secrets: secrets.unwrap_or_default(),
        }))
    }
}
