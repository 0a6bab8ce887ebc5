//! The section `[devices.NAME]` with `kind = "lynis"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::source::config::AuthConfig;

/// Hosts that send their reports (`lynis-report.dat`), one a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LynisConfig {
    /// How the sender proves itself.
    pub auth: AuthConfig,
    /// The zone of the times in reports, which have none of their own.
    #[serde(default = "utc")]
    #[schemars(extend("format" = "time-zone"))]
    pub time_zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}
