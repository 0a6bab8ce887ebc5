//! The section `[devices.NAME]` with `kind = "fleet"`.

use model::Span;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
};

/// A Fleet server. The token is that of an API-only user with the role of an observer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetConfig {
    /// Where Fleet is.
    pub base_url: BaseUrl,
    /// The API token.
    pub token: SecretRef,
    /// Whether installed software is read: for checks of agents.
    #[serde(default)]
    pub software: bool,
    /// From the beginning of one sweep to that of the next.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// The most calls in a minute.
    #[serde(default = "calls_per_minute")]
    #[schemars(range(min = 1, max = 600))]
    pub calls_per_minute: u32,
}

fn every() -> Span {
    Span::minutes(15)
}

fn calls_per_minute() -> u32 {
    60
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct FleetSettings {
    pub(super) base_url: BaseUrl,
    pub(super) token: SecretString,
    pub(super) has_software: bool,
    pub(super) every: Span,
    pub(super) calls_per_minute: u32,
}

impl FleetConfig {
    /// Fetches the secret.
    pub fn settings(&self) -> Result<FleetSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let token = read.take("token", self.token.resolve());
        read.finish(token.map(|token| FleetSettings {
            base_url: self.base_url.clone(),
            token,
            has_software: self.software,
            every: self.every,
            calls_per_minute: self.calls_per_minute,
        }))
    }
}
