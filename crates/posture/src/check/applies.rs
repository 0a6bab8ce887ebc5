//! Where a check applies: what platforms have, and what they cannot do without.

use model::device::{Field, Platform, Practice};

use super::Check;
use crate::{detail::Note, device::Device, version::Version};

/// From this version on each application of Android has a permission of its own.
const ANDROID_PER_APPLICATION: u64 = 8;

/// Whether a check applies to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applies {
    /// It does.
    Yes,
    /// There is no such thing, and why.
    No(Note),
    /// It cannot be otherwise: built in, and not to be switched off.
    Always,
}

pub(crate) fn applies(check: &Check, device: &Device) -> Applies {
    let platform = device.platform;
    // A platform that nobody named may be any: nothing is inapplicable for want of it.
    if platform.is_known() {
        let is_elsewhere = !check.platforms.is_empty() && !check.platforms.contains(&platform);
        if is_elsewhere || has_none(&check.practice, platform) {
            return Applies::No(Note::NotOnPlatform);
        }
        if is_built_in(&check.practice, platform) {
            return Applies::Always;
        }
    }
    if check.practice == Practice::UnknownSources && is_per_application(device) {
        return Applies::No(Note::PerApplication);
    }
    Applies::Yes
}

/// Platforms on which there is no such thing.
fn has_none(practice: &Practice, platform: Platform) -> bool {
    use Platform::{Android, Chromeos, Ios, Ipados, Linux, Macos, Windows};
    let is_one_of = |platforms: &[Platform]| platforms.contains(&platform);
    match practice {
        Practice::Firewall | Practice::AutoUpdate => is_one_of(&[Ios, Ipados, Android, Chromeos]),
        Practice::RemoteLogin | Practice::SecureBoot => is_one_of(&[Ios, Ipados, Android]),
        Practice::Jailed => is_one_of(&[Macos, Windows, Linux]),
        Practice::UnknownSources | Practice::AdbStatus => platform != Android,
        Practice::Passcode => is_one_of(&[Macos, Windows, Linux, Chromeos]),
        Practice::Encryption
        | Practice::UpToDate
        | Practice::ScreenLock
        | Practice::Agent(_)
        | Practice::Other(_) => false,
    }
}

fn is_built_in(practice: &Practice, platform: Platform) -> bool {
    let built_in = [Platform::Ios, Platform::Ipados, Platform::Chromeos];
    *practice == Practice::Encryption && built_in.contains(&platform)
}

fn is_per_application(device: &Device) -> bool {
    let version = device.fact(Field::OsVersion).and_then(Version::read);
    device.platform == Platform::Android
        && version.is_some_and(|version| version.numbers()[0] >= ANDROID_PER_APPLICATION)
}
