//! What is known of operating systems: their lines of releases, when each ends, and which versions
//! came out when.
//!
//! A dated snapshot is built in ([`Currency::built_in`]), made from public feeds by
//! `cargo xtask os-currency`. A fresher one replaces a product's table only when it is not worse
//! ([`Currency::replace`]). How a device is judged by it is in [`judge`].

pub mod endoflife;
pub mod judge;
pub mod replace;
mod snapshot;
pub mod sofa;
mod system;

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::version::Version;
pub use judge::{CurrencyRules, Floor, Judgement, judge};
pub use snapshot::SnapshotError;
pub use system::{Edition, System, product_of};

/// The snapshot that is built in.
const BUILT_IN: &str = include_str!("../data/os-currency.json");

/// What is known, by product: `macos`, `windows`, `debian` …
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Currency {
    /// The sources, whose licences ask to be named.
    pub notices: Vec<String>,
    /// The tables.
    pub products: BTreeMap<String, Product>,
}

/// What is known of one operating system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// The day of which this is true.
    pub as_of: Date,
    /// Its lines, the newest first.
    pub lines: Vec<Line>,
    /// The lines that a model can run, by the maker's code for the model. A model that is not here
    /// is not known.
    #[serde(default)]
    pub models: BTreeMap<String, Vec<String>>,
}

/// A line of releases that is supported as one: `15`, `10.15`, `11-24h2-e`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// When it ends.
    #[serde(default, skip_serializing_if = "End::is_open")]
    pub end: End,
    /// When what is sold or given beyond that ends.
    #[serde(default, skip_serializing_if = "End::is_open")]
    pub extended: End,
    /// The newest version or build, where no releases are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// Its releases, in no order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<Release>,
}

/// When something ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SaidEnd", into = "SaidEnd")]
pub enum End {
    /// Nobody has said yet.
    #[default]
    Open,
    /// On this day, which still counts.
    On(Date),
    /// It has ended, nobody says when.
    Past,
}

/// Feeds write a day, or whether it has ended.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum SaidEnd {
    On(Date),
    Is(bool),
    Nothing,
}

/// A version that came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SaidRelease", into = "SaidRelease")]
pub struct Release {
    /// Which.
    pub version: Version,
    /// When.
    pub on: Date,
    /// Whether it mends something that attackers were already using.
    pub is_urgent: bool,
}

/// Version, day, and 1 when it is urgent, else 0.
#[derive(Serialize, Deserialize)]
struct SaidRelease(String, Date, u8);

impl Currency {
    /// The snapshot that is built in.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static BUILT: LazyLock<Currency> = LazyLock::new(|| {
            Currency::from_json(BUILT_IN).expect("the snapshot is committed: a test reads it")
        });
        &BUILT
    }

    /// What is known of a product.
    #[must_use]
    pub fn product(&self, name: &str) -> Option<&Product> {
        self.products.get(name)
    }
}

impl Product {
    /// The line of a version: the longest that it belongs to.
    #[must_use]
    pub fn line_of(&self, version: &Version) -> Option<&Line> {
        let own = self.lines.iter().filter_map(|line| Some((line, line.version()?)));
        let own = own.filter(|(_, its)| version.is_of_line(its));
        own.max_by_key(|(_, its)| its.numbers().len()).map(|(line, _)| line)
    }

    /// Whether a version is beyond everything that is known.
    #[must_use]
    pub fn is_beyond(&self, version: &Version) -> bool {
        let newest = self.lines.iter().filter_map(Line::version).max();
        newest.is_some_and(|newest| *version > newest)
    }
}

impl Line {
    /// Its name as a number, where it is one.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        Version::exact(&self.name)
    }

    /// Whether it has ended by a day, and what is given beyond with it where that counts.
    #[must_use]
    pub fn is_over(&self, on: Date, is_extension_counted: bool) -> bool {
        self.end.is_over(on) && !(is_extension_counted && self.extended.is_running(on))
    }

    /// The newest of its releases up to a day.
    #[must_use]
    pub fn newest(&self, up_to: Date) -> Option<&Release> {
        let known = self.releases.iter().filter(|release| release.on <= up_to);
        known.max_by(|a, b| a.version.cmp(&b.version))
    }
}

impl End {
    /// Whether it is past.
    #[must_use]
    pub fn is_over(self, on: Date) -> bool {
        match self {
            Self::Open => false,
            Self::On(day) => on > day,
            Self::Past => true,
        }
    }

    fn is_open(&self) -> bool {
        *self == Self::Open
    }

    /// Whether it is known to be still ahead.
    fn is_running(self, on: Date) -> bool {
        matches!(self, Self::On(day) if on <= day)
    }
}

impl From<SaidEnd> for End {
    fn from(said: SaidEnd) -> Self {
        match said {
            SaidEnd::On(day) => Self::On(day),
            SaidEnd::Is(true) => Self::Past,
            SaidEnd::Is(false) | SaidEnd::Nothing => Self::Open,
        }
    }
}

impl From<End> for SaidEnd {
    fn from(end: End) -> Self {
        match end {
            End::On(day) => Self::On(day),
            End::Past => Self::Is(true),
            End::Open => Self::Is(false),
        }
    }
}

impl TryFrom<SaidRelease> for Release {
    type Error = &'static str;

    fn try_from(SaidRelease(text, on, urgent): SaidRelease) -> Result<Self, Self::Error> {
        let version = Version::exact(&text).ok_or("a release needs a version of numbers")?;
        Ok(Self { version, on, is_urgent: urgent != 0 })
    }
}

impl From<Release> for SaidRelease {
    fn from(release: Release) -> Self {
        Self(release.version.to_string(), release.on, u8::from(release.is_urgent))
    }
}

#[cfg(test)]
mod tests;
