//! How grave an alert is.

use serde::{Deserialize, Serialize};

use crate::Problem;

/// The five severities, mildest first; ordered.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a line in a report.
    Info,
    /// Worth a question when there is time.
    Low,
    /// Worth a question today.
    #[default]
    Medium,
    /// Worth an interruption.
    High,
    /// Worth waking somebody.
    Critical,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name used on the wire and in pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads a tool's word for a severity. A word nobody knows is medium, with a problem.
    #[must_use]
    pub fn read(word: &str) -> (Self, Option<Problem>) {
        match word.trim().to_ascii_lowercase().as_str() {
            "info" | "informational" => (Self::Info, None),
            "low" => (Self::Low, None),
            "medium" | "warning" => (Self::Medium, None),
            "high" | "error" | "page" => (Self::High, None),
            "critical" => (Self::Critical, None),
            _ => (Self::Medium, Some(Problem::at("severity", "unknown severity, read as medium"))),
        }
    }

    /// Whether opt-outs, working-hours clocks and mutes must not touch it.
    #[must_use]
    pub fn is_grave(self) -> bool {
        self >= Self::High
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
