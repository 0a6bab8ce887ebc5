//! What may be set about events and detection.

use std::path::PathBuf;

use model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::size::Size;

/// The history of events: what detection reads, and what may be asked of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventLog {
    /// Its folder; `events` in `server.data_dir` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// Events that arrived longer ago are dropped.
    #[schemars(with = "String", extend("format" = "span"))]
    pub age: Span,
    /// The oldest events are dropped while the log takes more room on the disk.
    pub size: Size,
}

impl Default for EventLog {
    fn default() -> Self {
        Self { dir: None, age: Span::days(90), size: Size::mib(50 * 1024) }
    }
}

/// Rules over events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Detection {
    /// How many threads look at events; as many as there are cores when zero.
    #[schemars(range(max = 64))]
    pub threads: u32,
    /// How many accounts, sessions and addresses are kept in memory; others rest on the disk.
    #[schemars(range(min = 1_000, max = 10_000_000))]
    pub residents: u32,
    /// How many records may wait for detection; beyond, senders are asked to come again.
    #[schemars(range(min = 10_000, max = 100_000_000))]
    pub backlog: u32,
    /// Folders of Sigma rules that are used as they are.
    #[schemars(length(max = 16))]
    pub sigma: Vec<PathBuf>,
    /// What becomes of what those rules find.
    pub sigma_state: SigmaState,
}

impl Default for Detection {
    fn default() -> Self {
        Self {
            threads: 0,
            residents: 200_000,
            backlog: 1_000_000,
            sigma: Vec::new(),
            sigma_state: SigmaState::Shadow,
        }
    }
}

/// What becomes of what other people's rules find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SigmaState {
    /// It is recorded.
    #[default]
    Shadow,
    /// Policies decide about it, as about alerts of any tool.
    Live,
}
