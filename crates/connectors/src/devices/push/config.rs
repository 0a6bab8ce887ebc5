//! The section `[devices.NAME]` with `kind = "push"`.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ports::devices::DeviceMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{JsonDevices, LandeskRows, TableDevices};
use crate::{secret::SettingProblem, source::config::AuthConfig};

/// Anything that sends device facts to `POST /v1/devices/NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PushConfig {
    /// How the sender proves itself.
    pub auth: AuthConfig,
    /// What it sends.
    #[serde(default)]
    pub format: PushFormat,
    /// The zone of times that have none of their own. Rows of Ivanti are in `America/Los_Angeles`
    /// unless this says otherwise, everything else in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "time-zone"))]
    pub time_zone: Option<String>,
}

/// What is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PushFormat {
    /// Records as JSON.
    #[default]
    Json,
    /// A table with a line a device.
    Csv,
    /// Rows of Ivanti's (LANDESK's) tables, as JSON or as CSV.
    Landesk,
}

impl PushConfig {
    /// What reads it for the source of this name.
    pub fn map(&self, name: &str) -> Result<Arc<dyn DeviceMap>, SettingProblem> {
        let own = match self.format {
            PushFormat::Landesk => "America/Los_Angeles",
            PushFormat::Json | PushFormat::Csv => "UTC",
        };
        let zone = self.time_zone.as_deref().unwrap_or(own);
        let zone = TimeZone::get(zone)
            .map_err(|_| SettingProblem::new("time_zone", "is no zone that is known"))?;
        Ok(match self.format {
            PushFormat::Json => Arc::new(JsonDevices::new(name)),
            PushFormat::Csv => Arc::new(TableDevices::new(name, zone)),
            PushFormat::Landesk => Arc::new(LandeskRows::new(name, zone)),
        })
    }
}
