//! The section `[chat.NAME]` or `[escalate.NAME]` with `kind = "webhook"`.

use std::fmt;

use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretBox};
use serde::{Deserialize, Serialize};

use crate::{
    http::TargetUrl,
    secret::{SecretError, SecretRefs, SettingProblem, Settings},
    standard_webhooks,
};

/// A receiver of signed webhooks, after the Standard Webhooks convention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where messages are delivered to, by POST.
    pub url: TargetUrl,
    /// What they are signed with: `whsec_` and base64, or any other text. While it is being
    /// changed, a list: every message then carries a signature by each.
    pub secret: SecretRefs,
}

/// The section with its secrets fetched and decoded.
pub struct WebhookSettings {
    /// Where to deliver.
    pub url: TargetUrl,
    /// What to sign with, all of them.
    pub keys: Vec<SecretBox<Vec<u8>>>,
}

impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookSettings[{:?}]", self.url)
    }
}

impl WebhookConfig {
    /// Fetches and decodes the secrets.
    pub fn settings(&self) -> Result<WebhookSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let keys = read.take("secret", keys(&self.secret));
        let url = self.url.clone();
        read.finish(keys.map(|keys| WebhookSettings { url, keys }))
    }
}

/// The keys of secrets, fetched and decoded.
pub(crate) fn keys(secrets: &SecretRefs) -> Result<Vec<SecretBox<Vec<u8>>>, SecretError> {
    let decode = |secret: &secrecy::SecretString| -> Result<_, SecretError> {
        let key = standard_webhooks::decode_secret(secret.expose_secret())?;
        Ok(SecretBox::new(Box::new(key)))
    };
    secrets.resolve()?.iter().map(decode).collect()
}
