//! Policies of stethoscope-app, as their authors wrote them: what they ask for, and what a device
//! amounts to by them.
//!
//! The application took unknown and unsupported for true, because both were texts that are not
//! empty. Here they are what they are: unknown is never a pass.

mod application;
mod read;

use std::collections::BTreeMap;

use model::device::{Evidence, Field, Platform, Practice};
use serde::{Deserialize, Serialize};

use crate::{
    check::{self, State},
    currency::product_of,
    device::Device,
    version::{Version, range::Range},
};
pub use application::{AppState, Application, Where};

/// The longest file, in bytes.
pub const FILE_BYTES_MAX: usize = 256 * 1_024;

/// What a policy asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AppPolicy {
    /// The versions of systems, by the names that the application has for them.
    pub os_versions: BTreeMap<String, OsRange>,
    /// The practices, in the order of the file's documentation.
    pub practices: Vec<(Setting, Requirement)>,
    /// How long a screen may idle, in seconds.
    pub screen_idle: Option<Range>,
    /// The versions of the application itself.
    pub app_version: Option<Range>,
    /// What must, should or must not be installed.
    pub applications: Vec<Application>,
}

/// Versions of a system.
#[derive(Debug, Clone, PartialEq)]
pub struct OsRange {
    /// These pass.
    pub ok: Option<Range>,
    /// These are nudged; all others fail.
    pub nudge: Option<Range>,
}

/// A practice that a policy may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// The firewall is on.
    Firewall,
    /// Disks are encrypted.
    DiskEncryption,
    /// Updates install themselves.
    AutomaticUpdates,
    /// The screen locks.
    ScreenLock,
    /// Somebody can log in from afar.
    RemoteLogin,
    /// Open wireless networks are known to the device.
    OpenWifiConnections,
}

/// How much a policy asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// It must be so.
    Always,
    /// It should be.
    Suggested,
    /// It must be, where there is such a thing.
    IfSupported,
    /// It must not be.
    Never,
}

/// What was seen of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// It is so.
    True,
    /// It is not.
    False,
    /// Nobody knows.
    Unknown,
    /// There is no such thing.
    Unsupported,
}

/// What something amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// As asked.
    Pass,
    /// Not as it should be.
    Nudge,
    /// Not as it must be.
    Fail,
    /// Nobody knows.
    Unknown,
    /// It is not asked for here.
    NotApplicable,
}

/// What a device amounts to by a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Each thing that is asked for here, by name.
    pub items: Vec<(String, Outcome)>,
    /// Each application that is asked for here, by name.
    pub applications: Vec<(String, AppState)>,
}

impl From<Outcome> for State {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Ok,
            Outcome::Nudge => Self::Nudge,
            Outcome::Fail => Self::Warn,
            Outcome::Unknown => Self::Unknown,
            Outcome::NotApplicable => Self::NotApplicable,
        }
    }
}

impl Requirement {
    /// What something observed amounts to. `fails_unsupported`: whether what must be so fails where
    /// there is no such thing.
    #[must_use]
    pub fn judge(self, observed: Observed, fails_unsupported: bool) -> Outcome {
        match (observed, self) {
            (Observed::Unknown, _) => Outcome::Unknown,
            (Observed::True, Self::Never) => Outcome::Fail,
            (Observed::True, _) | (Observed::False, Self::Never) => Outcome::Pass,
            (Observed::False, Self::Suggested) => Outcome::Nudge,
            (Observed::False, Self::Always | Self::IfSupported) => Outcome::Fail,
            (Observed::Unsupported, Self::Always) if fails_unsupported => Outcome::Fail,
            (Observed::Unsupported, _) => Outcome::NotApplicable,
        }
    }
}

impl Setting {
    /// All of them, with the names that files have for them.
    pub const ALL: [(&str, Self); 6] = [
        ("firewall", Self::Firewall),
        ("diskEncryption", Self::DiskEncryption),
        ("automaticUpdates", Self::AutomaticUpdates),
        ("screenLock", Self::ScreenLock),
        ("remoteLogin", Self::RemoteLogin),
        ("openWifiConnections", Self::OpenWifiConnections),
    ];

    /// The practice, and whether the setting being so is its good state.
    fn practice(self) -> (Practice, bool) {
        match self {
            Self::Firewall => (Practice::Firewall, true),
            Self::DiskEncryption => (Practice::Encryption, true),
            Self::AutomaticUpdates => (Practice::AutoUpdate, true),
            Self::ScreenLock => (Practice::ScreenLock, true),
            Self::RemoteLogin => (Practice::RemoteLogin, false),
            Self::OpenWifiConnections => {
                (Practice::Other("stethoscope:openWifiConnections".to_owned()), false)
            }
        }
    }

    fn observed(self, device: &Device) -> Observed {
        let (practice, is_good) = self.practice();
        let seen = device.practices.get(&practice).map(Vec::as_slice).unwrap_or_default();
        let value = seen
            .iter()
            .find_map(|seen| check::value(&practice, device.platform, &seen.observation.evidence));
        let is_absent =
            |seen: &crate::device::Seen| matches!(seen.observation.evidence, Evidence::Absent(_));
        match value {
            Some(value) if value == is_good => Observed::True,
            Some(_) => Observed::False,
            None if seen.first().is_some_and(is_absent) => Observed::Unsupported,
            None => Observed::Unknown,
        }
    }
}

impl AppPolicy {
    /// What a device amounts to. `fails_unsupported`: see [`Requirement::judge`].
    #[must_use]
    pub fn judge(&self, device: &Device, fails_unsupported: bool) -> Report {
        let mut items = Vec::new();
        if !self.os_versions.is_empty() {
            items.push(("osVersion".to_owned(), self.os_version(device)));
        }
        for (setting, requirement) in &self.practices {
            let name = Setting::ALL.iter().find(|it| it.1 == *setting).map(|it| it.0);
            let outcome = requirement.judge(setting.observed(device), fails_unsupported);
            items.push((name.unwrap_or_default().to_owned(), outcome));
        }
        if let Some(range) = &self.screen_idle {
            items.push(("screenIdle".to_owned(), screen_idle(device, range)));
        }
        let asked = self.applications.iter().filter(|it| it.is_asked_for(device));
        let applications = asked.map(|it| (it.name.clone(), it.state(device))).collect();
        Report { items, applications }
    }

    /// The version of the system: in the good range, in that of nudges, or in neither.
    fn os_version(&self, device: &Device) -> Outcome {
        let range = os_names(device).iter().find_map(|name| self.os_versions.get(*name));
        let Some((range, version)) = range.zip(os_version(device)) else {
            return Outcome::Unknown;
        };
        let is_in = |range: &Option<Range>| range.as_ref().is_some_and(|it| it.contains(&version));
        match () {
            () if is_in(&range.ok) => Outcome::Pass,
            () if is_in(&range.nudge) => Outcome::Nudge,
            () => Outcome::Fail,
        }
    }
}

/// What the application calls a system, the most particular name first.
fn os_names(device: &Device) -> &'static [&'static str] {
    let os = device.fact(Field::Os).unwrap_or_default();
    let is_workspace =
        device.fact(Field::Model).is_some_and(|model| model.to_lowercase().contains("workspace"));
    match device.platform {
        Platform::Macos => &["darwin"],
        Platform::Windows if is_workspace => &["awsWorkspace", "win32"],
        Platform::Windows => &["win32"],
        Platform::Linux if product_of(Platform::Linux, os).as_deref() == Some("ubuntu") => {
            &["ubuntu", "linux"]
        }
        Platform::Linux => &["linux"],
        _ => &[],
    }
}

fn os_version(device: &Device) -> Option<Version> {
    device.fact(Field::OsVersion).and_then(Version::read)
}

fn screen_idle(device: &Device, range: &Range) -> Outcome {
    let seen = device.practices.get(&Practice::ScreenLock).map(Vec::as_slice).unwrap_or_default();
    let delay = seen.iter().find_map(|seen| match &seen.observation.evidence {
        Evidence::Lock(lock) => lock.delay_seconds,
        _ => None,
    });
    let delay = delay.and_then(|seconds| Version::exact(&seconds.to_string()));
    match delay {
        Some(delay) if range.contains(&delay) => Outcome::Pass,
        Some(_) => Outcome::Fail,
        None => Outcome::Unknown,
    }
}

impl Report {
    /// Everything together: any failure fails, else any nudge nudges, else it passes. What nobody
    /// knows is told beside it, by [`Report::unknown`].
    #[must_use]
    pub fn overall(&self) -> Outcome {
        let outcomes: Vec<Outcome> = self.outcomes().map(|(_, outcome)| outcome).collect();
        overall(&outcomes)
    }

    /// What nobody knows.
    #[must_use]
    pub fn unknown(&self) -> Vec<&str> {
        let unknown = self.outcomes().filter(|(_, outcome)| *outcome == Outcome::Unknown);
        unknown.map(|(name, _)| name).collect()
    }

    fn outcomes(&self) -> impl Iterator<Item = (&str, Outcome)> {
        let items = self.items.iter().map(|(name, outcome)| (name.as_str(), *outcome));
        items.chain(self.applications.iter().map(|(name, it)| (name.as_str(), it.outcome())))
    }
}

/// Several outcomes together.
#[must_use]
pub fn overall(outcomes: &[Outcome]) -> Outcome {
    let has = |outcome| outcomes.contains(&outcome);
    match () {
        () if has(Outcome::Fail) => Outcome::Fail,
        () if has(Outcome::Nudge) => Outcome::Nudge,
        () => Outcome::Pass,
    }
}

#[cfg(test)]
mod tests;
