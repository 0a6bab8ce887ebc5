//! Where in a system's own settings something is mended, for systems that can be led there by an
//! address. It opens on the device that shows the page, so the page says so.

use model::device::{Platform, Practice};

/// The first macOS whose settings are found at these addresses.
const MACOS_SINCE: u32 = 13;

/// The address, where there is one for this version.
pub(crate) fn of(
    practice: &Practice,
    platform: Platform,
    version: Option<&str>,
) -> Option<&'static str> {
    match platform {
        Platform::Windows => windows(practice),
        Platform::Macos => {
            let major: u32 = version?.split('.').next()?.trim().parse().ok()?;
            (major >= MACOS_SINCE).then(|| macos(practice)).flatten()
        }
        _ => None,
    }
}

/// As in Microsoft's list of `ms-settings:` addresses.
fn windows(practice: &Practice) -> Option<&'static str> {
    match practice {
        Practice::Encryption => Some("ms-settings:deviceencryption"),
        Practice::Firewall => Some("ms-settings:windowsdefender"),
        Practice::UpToDate | Practice::AutoUpdate => Some("ms-settings:windowsupdate"),
        Practice::ScreenLock | Practice::Passcode => Some("ms-settings:signinoptions"),
        Practice::RemoteLogin => Some("ms-settings:remotedesktop"),
        _ => None,
    }
}

/// The extensions of System Settings.
fn macos(practice: &Practice) -> Option<&'static str> {
    match practice {
        Practice::Encryption => {
            Some("x-apple.systempreferences:com.apple.settings.PrivacySecurity.extension?FileVault")
        }
        Practice::Firewall => {
            Some("x-apple.systempreferences:com.apple.Network-Settings.extension?Firewall")
        }
        Practice::UpToDate | Practice::AutoUpdate => {
            Some("x-apple.systempreferences:com.apple.Software-Update-Settings.extension")
        }
        Practice::ScreenLock => {
            Some("x-apple.systempreferences:com.apple.Lock-Screen-Settings.extension")
        }
        Practice::RemoteLogin => {
            Some("x-apple.systempreferences:com.apple.Sharing-Settings.extension")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_into_the_settings_is_for_the_platform_and_version_that_has_them() {
        let of = |platform, version| super::of(&Practice::UpToDate, platform, version).is_some();
        assert!(of(Platform::Windows, None));
        assert!(of(Platform::Macos, Some("14.6.1")) && of(Platform::Macos, Some("13")));
        assert!(!of(Platform::Macos, Some("12.7")) && !of(Platform::Macos, None));
        assert!(!of(Platform::Macos, Some("<script>")) && !of(Platform::Linux, Some("12")));
    }
}
