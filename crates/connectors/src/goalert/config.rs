//! The section `[escalate.NAME]` with `kind = "goalert"`.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
};

/// A GoAlert service to page, by an integration key of the type "Generic API".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoAlertConfig {
    /// Where GoAlert is.
    pub base_url: BaseUrl,
    /// The integration key.
    pub token: SecretRef,
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct GoAlertSettings {
    /// Where GoAlert is.
    pub base_url: BaseUrl,
    /// The integration key.
    pub token: SecretString,
}

impl GoAlertConfig {
    /// Fetches the secret.
    pub fn settings(&self) -> Result<GoAlertSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let token = read.take("token", self.token.resolve());
        let base_url = self.base_url.clone();
        read.finish(token.map(|token| GoAlertSettings { base_url, token }))
    }
}
