//! The section `[devices.NAME]` with `kind = "fusioninventory"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::source::config::AuthConfig;

/// Agents, or a server of theirs, that send inventories as XML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FusionInventoryConfig {
    /// How the sender proves itself.
    pub auth: AuthConfig,
}
