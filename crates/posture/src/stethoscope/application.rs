//! What must, should or must not be installed.

use std::collections::BTreeMap;

use model::device::Platform;
use serde::{Deserialize, Serialize};

use super::{Outcome, Requirement, os_names, os_version};
use crate::{
    device::Device,
    version::{Version, debian, range::Range},
};

/// Something that is, or is not, to be installed.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// How much it is asked for.
    pub assertion: Requirement,
    /// Which versions are good.
    pub version: Option<Range>,
    /// Where it is asked for; everywhere when nothing is said.
    pub platform: Option<Where>,
    /// Whether the name must be exactly that, or only contain it, in any case.
    pub is_exact: bool,
}

/// On which systems something is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Where {
    /// On all.
    pub is_everywhere: bool,
    /// On these, in these versions.
    pub on: BTreeMap<String, Range>,
}

/// What an application amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppState {
    /// As asked.
    Valid,
    /// There, in a version that is not good.
    InvalidVersion,
    /// Not there, or there where it must not be.
    InvalidInstallState,
    /// A better version should be there.
    SuggestedUpgrade,
    /// It should be there.
    SuggestedInstall,
    /// Nobody knows.
    Unknown,
}

impl Application {
    /// Whether it is asked for on this system.
    #[must_use]
    pub fn is_asked_for(&self, device: &Device) -> bool {
        let Some(places) = &self.platform else { return true };
        let is_here = |name: &&str| {
            let range = places.on.get(*name);
            range.zip(os_version(device)).is_some_and(|(range, version)| range.contains(&version))
        };
        places.is_everywhere || os_names(device).iter().any(is_here)
    }

    /// What it amounts to on a device.
    #[must_use]
    pub fn state(&self, device: &Device) -> AppState {
        let lists = device.software.iter().map(|inventory| &inventory.list);
        let installed = lists.flat_map(|list| &list.installed);
        let found: Vec<Option<&str>> = installed
            .filter(|installed| self.is_called(&installed.name))
            .map(|installed| installed.version.as_deref())
            .collect();
        let is_whole = device.software.iter().any(|inventory| !inventory.list.is_partial);
        match (found.is_empty(), self.assertion) {
            (true, _) if !is_whole => AppState::Unknown,
            (true, Requirement::Never) => AppState::Valid,
            (true, Requirement::Suggested) => AppState::SuggestedInstall,
            (true, Requirement::Always | Requirement::IfSupported) => AppState::InvalidInstallState,
            (false, Requirement::Never) => AppState::InvalidInstallState,
            (false, _) => self.version_state(device.platform, &found),
        }
    }

    fn is_called(&self, name: &str) -> bool {
        if self.is_exact {
            return name == self.name;
        }
        name.to_lowercase().contains(&self.name.to_lowercase())
    }

    /// The best version that was found decides.
    fn version_state(&self, platform: Platform, found: &[Option<&str>]) -> AppState {
        let Some(range) = &self.version else { return AppState::Valid };
        let read = if platform == Platform::Linux { debian::upstream } else { Version::read };
        let versions: Vec<Version> =
            found.iter().filter_map(|version| version.and_then(read)).collect();
        match () {
            () if versions.iter().any(|version| range.contains(version)) => AppState::Valid,
            () if versions.len() < found.len() => AppState::Unknown,
            () if self.assertion == Requirement::Suggested => AppState::SuggestedUpgrade,
            () => AppState::InvalidVersion,
        }
    }
}

impl AppState {
    /// What it amounts to.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Valid => Outcome::Pass,
            Self::SuggestedUpgrade | Self::SuggestedInstall => Outcome::Nudge,
            Self::InvalidVersion | Self::InvalidInstallState => Outcome::Fail,
            Self::Unknown => Outcome::Unknown,
        }
    }
}
