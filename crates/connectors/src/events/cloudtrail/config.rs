//! The section `[sources.NAME]` with `kind = "cloudtrail"`.

use ports::source::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CloudTrailMap, TrustedRoles};
use crate::{events::section, secret::SettingProblem, source::config::AuthConfig};

/// `kind = "cloudtrail"`: AWS CloudTrail, as files of a bucket or as EventBridge sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudTrailConfig {
    /// How the sender proves itself: the header of an API destination's connection, or a token.
    pub auth: AuthConfig,
    /// Roles, by name or ARN, that only your identity provider may assume, so that the names of
    /// their sessions are people. Those of IAM Identity Center are known.
    #[serde(default)]
    #[schemars(length(max = 256))]
    pub trusted_roles: Vec<String>,
}

impl CloudTrailConfig {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// Everything that is wrong with the section.
    pub fn build(&self, name: &str) -> Result<Source, Vec<SettingProblem>> {
        let map = CloudTrailMap::new(TrustedRoles::new(self.trusted_roles.clone()));
        section::source(name, Some(&self.auth), map, None)
    }
}
