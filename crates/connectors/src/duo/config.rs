//! The section `[verify.NAME]` with `kind = "duo"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{http::BaseUrl, secret::SecretRef};

/// Duo Verified Push. The application in Duo's admin panel is an "Auth API", its policy must ask
/// for a Verified Push with at least six digits: anything less is not evidence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DuoConfig {
    /// The API's host, such as `https://api-XXXXXXXX.duosecurity.com`.
    pub base_url: BaseUrl,
    /// The integration key (`DI…`).
    pub integration_key: String,
    /// The secret key.
    pub secret_key: SecretRef,
    /// How the age of a device is known, since Duo does not tell it.
    #[serde(default)]
    pub enrolment: Enrolment,
    /// Under which name Duo knows a person.
    #[serde(default)]
    pub username: Username,
}

/// How the age of a provider's device is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Enrolment {
    /// The provider guards enrolment: a device may serve unless the alert is about an enrolment.
    #[default]
    Provider,
    /// A device is as old as our first record of it.
    FirstSeen,
}

/// Under which name the provider knows a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Username {
    /// The e-mail address.
    #[default]
    Email,
    /// The directory's own id.
    Subject,
}
