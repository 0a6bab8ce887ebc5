//! What was seen of the practices that checks judge: disk encryption, firewall and so on.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Before the name of an agent.
const AGENT: &str = "agent:";
/// The longest name of a practice, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// Something a device does or does not do. **True always means the good state**: `jailed` true is
/// a device that is *not* jailed, `adbstatus` true one whose debug bridge is *off*.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Practice {
    /// Disks are encrypted.
    Encryption,
    /// The host's firewall is on.
    Firewall,
    /// The system is up to date.
    UpToDate,
    /// Updates install themselves.
    AutoUpdate,
    /// The screen locks soon.
    ScreenLock,
    /// Nobody can log in from afar.
    RemoteLogin,
    /// The device's own protection is whole.
    Jailed,
    /// Software comes from the store only.
    UnknownSources,
    /// The debug bridge is off.
    AdbStatus,
    /// The firmware checks what it boots.
    SecureBoot,
    /// The device has a passcode.
    Passcode,
    /// An agent of this exact name is there.
    Agent(String),
    /// A practice of a source's or of this company's own, such as `fleet:disk-space`.
    Other(String),
}

/// Why a text does not name a practice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a practice")]
pub struct PracticeError;

impl Practice {
    /// Those with a name of their own.
    pub const BUILT_IN: [Self; 11] = [
        Self::Encryption,
        Self::Firewall,
        Self::UpToDate,
        Self::AutoUpdate,
        Self::ScreenLock,
        Self::RemoteLogin,
        Self::Jailed,
        Self::UnknownSources,
        Self::AdbStatus,
        Self::SecureBoot,
        Self::Passcode,
    ];

    /// The name of one of [`Practice::BUILT_IN`].
    #[must_use]
    pub fn built_in_name(&self) -> Option<&'static str> {
        match self {
            Self::Encryption => Some("encryption"),
            Self::Firewall => Some("firewall"),
            Self::UpToDate => Some("uptodate"),
            Self::AutoUpdate => Some("autoupdate"),
            Self::ScreenLock => Some("screenlock"),
            Self::RemoteLogin => Some("remotelogin"),
            Self::Jailed => Some("jailed"),
            Self::UnknownSources => Some("unknownsources"),
            Self::AdbStatus => Some("adbstatus"),
            Self::SecureBoot => Some("secureboot"),
            Self::Passcode => Some("passcode"),
            Self::Agent(_) | Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Practice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(name) => write!(f, "{AGENT}{name}"),
            Self::Other(name) => f.write_str(name),
            built_in => f.write_str(built_in.built_in_name().unwrap_or_default()),
        }
    }
}

/// A name of ours, `agent:NAME`, or a source's `SOURCE:NAME`; anything else is refused by name.
impl FromStr for Practice {
    type Err = PracticeError;

    fn from_str(text: &str) -> Result<Self, PracticeError> {
        let built_in = Self::BUILT_IN.into_iter().find(|it| it.built_in_name() == Some(text));
        if let Some(practice) = built_in {
            return Ok(practice);
        }
        match text.split_once(':') {
            _ if text.len() > NAME_BYTES_MAX => Err(PracticeError),
            Some((source, name)) if source.is_empty() || name.trim().is_empty() => {
                Err(PracticeError)
            }
            Some(("agent", name)) => Ok(Self::Agent(name.to_owned())),
            Some(_) => Ok(Self::Other(text.to_owned())),
            None => Err(PracticeError),
        }
    }
}

/// What a source saw of a practice.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// What it saw.
    pub evidence: Evidence,
    /// When; the record's own time when absent.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub observed_at: Option<Timestamp>,
    /// The version of what it saw.
    pub version: Option<String>,
    /// Lines that the source adds, such as the updates that wait. Hostile until shown inert.
    pub details: Vec<String>,
}

/// What was seen, as near to the facts as the source goes: a check judges it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// The source judges for itself.
    Stated(bool),
    /// The source looked and could not say.
    Unknown(Gap),
    /// There is no such thing on this device.
    Absent(Absence),
    /// Several settings that must all be on: profiles, adapters, kinds of updates.
    Parts(Vec<Part>),
    /// The disks.
    Volumes(Vec<Volume>),
    /// The screen's lock.
    Lock(Lock),
}

/// Why a source could not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// It has no value.
    NotReported,
    /// It was not allowed to look.
    Permission,
    /// It has a value that nobody can read.
    Unreadable,
}

/// Why there is no such thing on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Nobody sits in front of it.
    NoDesktop,
    /// Its firmware is older than the matter.
    LegacyFirmware,
    /// Each application has a permission of its own instead.
    PerApplication,
    /// The system has no such thing.
    Unsupported,
}

/// One of several settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is called.
    pub name: String,
    /// Whether it is on; nothing when that is not known.
    pub is_on: Option<bool>,
}

/// A disk or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// What it is called.
    pub name: String,
    /// Whether it can be taken away.
    pub is_removable: bool,
    /// Whether it only serves to repair the system.
    pub is_recovery: bool,
    /// How much it holds, in megabytes.
    pub capacity_mb: Option<u64>,
    /// Whether it is encrypted.
    pub state: VolumeState,
    /// How much of it is encrypted.
    pub percent: Option<u8>,
    /// Whether the protection is on, not suspended; nothing when that is not known.
    pub is_protected: Option<bool>,
}

/// Whether a volume is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeState {
    /// All of it.
    Encrypted,
    /// Not at all.
    Open,
    /// It is being encrypted or decrypted.
    Converting,
    /// Nobody can say.
    Unknown,
}

/// The screen's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Whether it is on.
    pub is_on: Option<bool>,
    /// How long the screen stays open when nobody is there.
    pub delay_seconds: Option<u32>,
}

/// Names of disks and lines of sources may tell of people, so that only the kind reaches a log.
impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stated(value) => write!(f, "Stated({value})"),
            Self::Unknown(gap) => write!(f, "Unknown({gap:?})"),
            Self::Absent(absence) => write!(f, "Absent({absence:?})"),
            Self::Parts(parts) => write!(f, "Parts({})", parts.len()),
            Self::Volumes(volumes) => write!(f, "Volumes({})", volumes.len()),
            Self::Lock(lock) => lock.fmt(f),
        }
    }
}

impl fmt::Debug for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observation({:?})", self.evidence)
    }
}

impl Observation {
    /// An observation of the record's own time, without more to it.
    #[must_use]
    pub fn new(evidence: Evidence) -> Self {
        Self { evidence, observed_at: None, version: None, details: Vec::new() }
    }

    /// What a source says outright; nothing is [`Gap::NotReported`].
    #[must_use]
    pub fn stated(value: Option<bool>) -> Self {
        Self::new(value.map_or(Evidence::Unknown(Gap::NotReported), Evidence::Stated))
    }
}
