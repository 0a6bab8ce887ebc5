//! What a device runs, read from what sources say: which product, which version, which edition.

use jiff::civil::Date;
use model::{
    Timestamp,
    device::{Field, Platform},
};

use super::sofa::day;
use crate::{device::Device, version::Version};

/// What is judged: a system as it was observed.
#[derive(Debug, Clone)]
pub struct System {
    /// The product in the tables; nothing when it cannot be told.
    pub product: Option<String>,
    /// What the source calls it.
    pub os: Option<String>,
    /// Its version.
    pub version: Option<Version>,
    /// A release's own name, such as `24h2`.
    pub release: Option<String>,
    /// Its edition, where that matters.
    pub edition: Option<Edition>,
    /// The day of its security patches.
    pub patch: Option<Date>,
    /// The day after which the maker sends nothing more to this device.
    pub updates_until: Option<Date>,
    /// The maker's code for the model.
    pub model: Option<String>,
    /// The day of the observation.
    pub day: Date,
}

/// Editions of Windows that end on different days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Enterprise and Education.
    Enterprise,
    /// Home and Pro.
    Home,
    /// Enterprise with long-term support.
    LongTerm,
    /// For devices with one purpose.
    Iot,
    /// The same with long-term support.
    IotLongTerm,
}

/// Distributions whose names begin otherwise than their tables.
const DISTRIBUTIONS: [(&str, &str); 6] = [
    ("red hat enterprise", "rhel"),
    ("redhat", "rhel"),
    ("pop!_os", "pop-os"),
    ("amazon linux", "amazon-linux"),
    ("alma", "almalinux"),
    ("rocky", "rocky-linux"),
];

impl System {
    /// The system of a device; `now` where no source says when it was seen.
    #[must_use]
    pub fn of(device: &Device, now: Timestamp) -> Self {
        let fact = |field| device.fact(field).map(str::to_owned);
        let os = fact(Field::Os);
        let product = product_of(device.platform, os.as_deref().unwrap_or_default());
        let seen_at = device.fact_time(Field::OsVersion).unwrap_or(now).min(now);
        let version = version(device, product.as_deref());
        let said = [device.fact(Field::OsEdition), device.fact(Field::Os)];
        Self {
            version,
            release: release(device),
            edition: said.into_iter().flatten().find_map(Edition::read),
            patch: device.fact(Field::SecurityPatch).and_then(day),
            updates_until: device.fact(Field::UpdatesUntil).and_then(day),
            model: fact(Field::ModelIdentifier),
            day: seen_at.to_zoned(jiff::tz::TimeZone::UTC).date(),
            os,
            product,
        }
    }

    /// What people call it, with its version unless that is in its name.
    #[must_use]
    pub fn shown(&self, platform: Platform) -> String {
        let name = self.name(platform);
        match &self.version {
            Some(version) if !name.contains(|each: char| each.is_ascii_digit()) => {
                format!("{name} {version}")
            }
            _ => name,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self, platform: Platform) -> String {
        let own = self.os.as_deref().or(platform.shown());
        own.or(self.product.as_deref()).unwrap_or_default().to_owned()
    }
}

/// The product of a platform and a source's word for the system.
#[must_use]
pub fn product_of(platform: Platform, os: &str) -> Option<String> {
    let platform = if platform.is_known() { platform } else { Platform::read(os) };
    match platform {
        Platform::Linux => distribution(os),
        Platform::Windows if os.to_lowercase().contains("server") => {
            Some("windows-server".to_owned())
        }
        Platform::Other | Platform::Unknown => None,
        other => Some(other.name().to_owned()),
    }
}

fn distribution(os: &str) -> Option<String> {
    let os = os.trim().to_lowercase();
    if let Some((_, name)) = DISTRIBUTIONS.iter().find(|(word, _)| os.starts_with(word)) {
        return Some((*name).to_owned());
    }
    let first = os.split(|each: char| !each.is_ascii_alphanumeric()).next().unwrap_or_default();
    let says_nothing = first.is_empty() || matches!(first, "linux" | "gnu");
    (!says_nothing).then(|| first.to_owned())
}

/// The version that counts: of Windows the build, of a distribution its own, never the kernel's.
fn version(device: &Device, product: Option<&str>) -> Option<Version> {
    let said = device.fact(Field::OsVersion);
    match product {
        Some("windows") => windows_build(device),
        _ if device.platform == Platform::Linux => {
            let named = device.fact(Field::Os).and_then(number_in);
            let exact = said.and_then(Version::exact);
            // What is not of the line that the name says is something else's version.
            match (named, exact) {
                (Some(named), Some(exact)) if !exact.is_of_line(&named) => Some(named),
                (named, exact) => exact.or(named),
            }
        }
        _ => said.and_then(Version::read).or_else(|| device.fact(Field::Os).and_then(number_in)),
    }
}

/// `10.0.26100.4061` from a version, or from the build where the version is a word.
fn windows_build(device: &Device) -> Option<Version> {
    let said = [device.fact(Field::OsVersion), device.fact(Field::OsBuild)];
    let is_full = |version: &Version| version.numbers().len() >= 3;
    let numbers = said.iter().flatten().flat_map(|text| text.split_whitespace());
    let full = numbers.clone().filter_map(Version::read).find(is_full);
    full.or_else(|| {
        // The build alone: five digits, and perhaps its revision.
        let bare = |version: &Version| version.numbers()[0] >= 10_000;
        let build = numbers.filter_map(Version::read).find(bare)?;
        Version::read(&format!("10.0.{build}"))
    })
}

fn release(device: &Device) -> Option<String> {
    let words = [Field::OsRelease, Field::OsVersion].into_iter().filter_map(|it| device.fact(it));
    let mut words = words.flat_map(|text| text.split(|each: char| !each.is_ascii_alphanumeric()));
    // As in 24H2: two digits, H, one digit.
    let is_release = |word: &&str| {
        matches!(word.as_bytes(), [a, b, b'h' | b'H', c]
            if [a, b, c].iter().all(|each| each.is_ascii_digit()))
    };
    words.find(is_release).map(str::to_lowercase)
}

/// The first number in a text: 12 of `Debian GNU/Linux 12 (bookworm)`.
pub(super) fn number_in(text: &str) -> Option<Version> {
    text.split(|each: char| each.is_whitespace() || each == '(').find_map(Version::read)
}

impl Edition {
    /// The edition in a text; the most particular one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        // The id of long-term editions ends in an S: `EnterpriseS`, `IoTEnterpriseSN`.
        let is_long = has(&["ltsc", "ltsb"])
            || ["enterprises", "enterprisesn", "enterprisesk"].iter().any(|it| text.ends_with(it));
        match () {
            () if has(&["iot"]) && is_long => Some(Self::IotLongTerm),
            () if has(&["iot"]) => Some(Self::Iot),
            () if is_long => Some(Self::LongTerm),
            () if has(&["home", " pro", "professional", "core"]) || text.starts_with("pro") => {
                Some(Self::Home)
            }
            () if has(&["enterprise", "education"]) => Some(Self::Enterprise),
            () => None,
        }
    }

    /// Whether a line of releases is for it, by the end of its name. A line that names no edition
    /// is for all.
    #[must_use]
    pub fn is_of(self, line: &str) -> bool {
        match line_edition(line) {
            None => self != Self::LongTerm && self != Self::IotLongTerm,
            Some(its) => its == self,
        }
    }
}

/// The edition that the name of a line ends in.
pub(super) fn line_edition(line: &str) -> Option<Edition> {
    let endings = [
        ("-iot-lts", Edition::IotLongTerm),
        ("-e-lts", Edition::LongTerm),
        ("-iot", Edition::Iot),
        ("-e", Edition::Enterprise),
        ("-w", Edition::Home),
    ];
    endings.iter().find(|(ending, _)| line.ends_with(ending)).map(|(_, edition)| *edition)
}
