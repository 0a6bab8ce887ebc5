//! What kind of system a device runs: a closed list, and how vendors' words lead to it.

use serde::{Deserialize, Serialize};

/// What kind of system a device runs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Apple's computers.
    Macos,
    /// Windows of any edition.
    Windows,
    /// Any distribution of Linux.
    Linux,
    /// Chromebooks and the like.
    Chromeos,
    /// iPhones, and iPads where the source does not tell them apart.
    Ios,
    /// iPads.
    Ipados,
    /// Android.
    Android,
    /// Something else: it is known, and none of these.
    Other,
    /// Nobody said.
    #[default]
    Unknown,
}

/// Words that begin the name of a platform, without their blanks and signs; the first that fits.
const BEGINNINGS: [(&str, Platform); 14] = [
    ("mac", Platform::Macos),
    ("osx", Platform::Macos),
    ("darwin", Platform::Macos),
    ("applemac", Platform::Macos),
    ("win", Platform::Windows),
    ("microsoftwin", Platform::Windows),
    ("chrom", Platform::Chromeos),
    ("cros", Platform::Chromeos),
    ("ipad", Platform::Ipados),
    ("ios", Platform::Ios),
    ("iphone", Platform::Ios),
    ("ipod", Platform::Ios),
    ("android", Platform::Android),
    ("googleandroid", Platform::Android),
];
/// Words of distributions that do not say Linux.
const DISTRIBUTIONS: [&str; 18] = [
    "debian", "ubuntu", "fedora", "rhel", "redhat", "centos", "rocky", "alma", "suse", "opensuse",
    "sles", "arch", "manjaro", "gentoo", "nixos", "amzn", "raspbian", "popos",
];

impl Platform {
    /// All, in their order.
    pub const ALL: [Self; 9] = [
        Self::Macos,
        Self::Windows,
        Self::Linux,
        Self::Chromeos,
        Self::Ios,
        Self::Ipados,
        Self::Android,
        Self::Other,
        Self::Unknown,
    ];
    /// Phones and tablets.
    pub const MOBILE: [Self; 3] = [Self::Ios, Self::Ipados, Self::Android];

    /// The name in the API, in files and in stores.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Macos => "macos",
            Self::Windows => "windows",
            Self::Linux => "linux",
            Self::Chromeos => "chromeos",
            Self::Ios => "ios",
            Self::Ipados => "ipados",
            Self::Android => "android",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// What people call it; nothing where it has no name.
    #[must_use]
    pub fn shown(self) -> Option<&'static str> {
        match self {
            Self::Macos => Some("macOS"),
            Self::Windows => Some("Windows"),
            Self::Linux => Some("Linux"),
            Self::Chromeos => Some("ChromeOS"),
            Self::Ios => Some("iOS"),
            Self::Ipados => Some("iPadOS"),
            Self::Android => Some("Android"),
            Self::Other | Self::Unknown => None,
        }
    }

    /// The platform of our own name for it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.name() == name)
    }

    /// Reads a vendor's word. No word is [`Platform::Unknown`], a strange one [`Platform::Other`].
    #[must_use]
    pub fn read(word: &str) -> Self {
        let letters = word.chars().filter(|each| each.is_ascii_alphanumeric());
        let plain: String = letters.map(|each| each.to_ascii_lowercase()).collect();
        if plain.is_empty() || matches!(plain.as_str(), "unknown" | "none" | "null") {
            return Self::Unknown;
        }
        let begun = BEGINNINGS.iter().find(|(beginning, _)| plain.starts_with(beginning));
        if let Some((_, platform)) = begun {
            return *platform;
        }
        let is_linux = plain.contains("linux")
            || DISTRIBUTIONS.iter().any(|distribution| plain.starts_with(distribution));
        if is_linux { Self::Linux } else { Self::Other }
    }

    /// Whether it says what kind of system the device runs.
    #[must_use]
    pub fn is_known(self) -> bool {
        self != Self::Unknown
    }
}

/// The name and the version in a text such as `iOS 9.3`; a version has at least three numbers.
#[must_use]
pub fn split_os(text: &str) -> (&str, Option<String>) {
    let text = text.trim();
    let Some((name, version)) = text.rsplit_once(char::is_whitespace) else {
        return (text, None);
    };
    let numbers: Vec<&str> = version.split('.').collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|each| each.is_ascii_digit());
    if !numbers.iter().all(is_number) {
        return (text, None);
    }
    let missing = 3_usize.saturating_sub(numbers.len());
    (name.trim_end(), Some(format!("{version}{}", ".0".repeat(missing))))
}
