//! The section `[devices.NAME]` with `kind = "osquery"`.

use model::Span;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::secret::{SecretRefs, SettingProblem, Settings};

/// Hosts that run osquery and enrol here. Their flags name the routes below
/// `/v1/osquery/NAME/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OsqueryConfig {
    /// What a host enrols with, the same for all; of a list, each is taken.
    pub enrol_secret: SecretRefs,
    /// How often a host runs the queries.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
    /// Whether installed software is listed: for checks of agents.
    #[serde(default = "yes")]
    pub software: bool,
}

fn every() -> Span {
    Span::hours(1)
}

fn yes() -> bool {
    true
}

/// The section with its secrets fetched.
#[derive(Debug, Clone)]
pub struct OsquerySettings {
    pub(super) secrets: Vec<SecretString>,
    pub(super) every: Span,
    pub(super) has_software: bool,
}

impl OsqueryConfig {
    /// Fetches the secrets.
    pub fn settings(&self) -> Result<OsquerySettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let secrets = read.take("enrol_secret", self.enrol_secret.resolve());
        let is_long = self.every >= Span::minutes(1);
        read.require("every", is_long, "is at least a minute");
        read.finish(secrets.map(|secrets| OsquerySettings {
            secrets,
            every: self.every,
            has_software: self.software,
        }))
    }
}
