//! What may be set about devices.

use std::collections::BTreeMap;

use model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How devices are looked at. Beside this, `[devices.NAME]` say what knows them, and
/// `[compliance.NAME]` who is told whether one may be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Posture {
    /// How long a device that nobody heard from stays among the others.
    #[schemars(with = "String", extend("format" = "span"))]
    pub older_after: Span,
    /// Of several observations of one thing the best counts, not the newest. It hides problems.
    pub best_status: bool,
    /// More serial numbers that are no device's own, beside those that are known to be none.
    #[schemars(length(max = 200))]
    pub junk_serials: Vec<String>,
    /// How addresses of shared adapters begin, such as those of docks: `00:e0:4c`.
    #[schemars(length(max = 200))]
    pub shared_adapters: Vec<String>,
    /// The sources by name, the most trusted first: decides where times do not.
    pub source_order: Vec<String>,
    /// Sources whose senders or agents are your management's own, by name. What comes by `osquery`,
    /// `push`, `fusioninventory` or `lynis` is else what a device says of itself: it never joins a
    /// device of which another source says whose it is.
    pub managed_sources: Vec<String>,
    /// Models that are no devices of people, by words in their names; virtual machines unless
    /// set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored_models: Option<Vec<String>>,
    /// Where what is known of operating systems is fetched from, by the feed's name: `sofa_macos`,
    /// `sofa_ios`, `endoflife_PRODUCT`. Nothing is fetched unless it is named: then what is built
    /// in counts, for as long as it is fresh enough.
    #[schemars(length(max = 50))]
    pub feeds: BTreeMap<String, String>,
}

impl Default for Posture {
    fn default() -> Self {
        Self {
            older_after: Span::days(30),
            best_status: false,
            junk_serials: Vec::new(),
            shared_adapters: Vec::new(),
            source_order: Vec::new(),
            managed_sources: Vec::new(),
            ignored_models: None,
            feeds: BTreeMap::new(),
        }
    }
}
