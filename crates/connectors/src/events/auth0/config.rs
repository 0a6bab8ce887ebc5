//! The section `[sources.NAME]` with `kind = "auth0"`.

use ports::source::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Auth0Map;
use crate::{events::section, secret::SettingProblem, source::config::AuthConfig};

/// `kind = "auth0"`: the tenant logs of Auth0, as a log stream sends them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Auth0Config {
    /// How the sender proves itself.
    pub auth: AuthConfig,
}

impl Auth0Config {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// A secret is not there, is empty, or is not what the scheme wants.
    pub fn build(&self, name: &str) -> Result<Source, Vec<SettingProblem>> {
        section::source(name, Some(&self.auth), Auth0Map, None)
    }
}
