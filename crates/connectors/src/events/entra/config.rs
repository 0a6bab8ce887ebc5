//! The section `[sources.NAME]` with `kind = "entra"`.

use ports::source::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EntraMap;
use crate::{events::section, secret::SettingProblem, source::config::AuthConfig};

/// `kind = "entra"`: Microsoft Entra's sign-ins, audits and risk detections, and Azure's activity log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntraConfig {
    /// How the sender proves itself.
    pub auth: AuthConfig,
}

impl EntraConfig {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// A secret is not there, is empty, or is not what the scheme wants.
    pub fn build(&self, name: &str) -> Result<Source, Vec<SettingProblem>> {
        section::source(name, Some(&self.auth), EntraMap, None)
    }
}
