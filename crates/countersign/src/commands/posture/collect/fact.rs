//! One fact: a value, or the reason why there is none, and where it was looked for.

use std::io;

use serde_json::{Map, Value, json};

/// Facts by name.
#[derive(Debug, Default)]
pub(super) struct Facts(Map<String, Value>);

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// It is not there, or says nothing.
    NotReported,
    /// Only root may look.
    Permission,
    /// What is there cannot be read.
    Unreadable,
    /// It took too long.
    Timeout,
    /// Nobody sits in front of this machine.
    NoDesktop,
    /// Its firmware is older than the matter.
    LegacyFirmware,
}

impl Facts {
    /// Notes a fact: `how` is the file or the program that says so.
    pub(super) fn put(&mut self, name: &str, how: &str, value: Result<Value, Lack>) {
        let fact = match value {
            Ok(value) => json!({ "value": value, "how": how }),
            Err(lack) => json!({ "value": null, "reason": lack.name(), "how": how }),
        };
        self.0.insert(name.to_owned(), fact);
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

impl Lack {
    fn name(self) -> &'static str {
        match self {
            Self::NotReported => "not_reported",
            Self::Permission => "permission",
            Self::Unreadable => "unreadable",
            Self::Timeout => "timeout",
            Self::NoDesktop => "no_desktop",
            Self::LegacyFirmware => "legacy_firmware",
        }
    }
}

impl From<io::Error> for Lack {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Permission,
            io::ErrorKind::NotFound => Self::NotReported,
            _ => Self::Unreadable,
        }
    }
}
