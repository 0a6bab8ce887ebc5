//! Reads SOFA's feeds of Apple's systems (macadmins/sofa, v1).
//!
//! Traps: releases are sorted as texts, so that 18.7.10 stands after 18.7.9 and `Latest` may be
//! wrong; the newest is the greatest. Lists of supported models may be empty, which means that
//! nobody knows. Some days of old releases are those of a later edit of their page.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::Release;
use crate::version::Version;

/// The largest feed taken, in bytes.
pub const BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// What a feed says.
#[derive(Debug, Default, PartialEq)]
pub struct Feed {
    /// The releases of all lines.
    pub releases: Vec<Release>,
    /// The lines that each model can run, the newest first.
    pub models: BTreeMap<String, Vec<String>>,
    /// How many releases could not be read.
    pub unread: usize,
}

/// Why a feed cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It is larger than any is.
    #[error("larger than is taken")]
    TooLarge,
    /// It is not of the expected form.
    #[error("not of the expected form")]
    Unreadable(#[source] serde_json::Error),
    /// There is nothing in it.
    #[error("it lists nothing")]
    Empty,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    #[serde(rename = "OSVersions")]
    os_versions: Vec<SaidLine>,
    #[serde(default)]
    models: BTreeMap<String, SaidModel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SaidLine {
    #[serde(rename = "OSVersion")]
    os_version: String,
    #[serde(default)]
    latest: SaidLatest,
    security_releases: Vec<SaidRelease>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct SaidLatest {
    /// The codes of main boards, where the maker says.
    #[serde(default)]
    supported_devices: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SaidRelease {
    product_version: String,
    release_date: String,
    #[serde(default, rename = "ActivelyExploitedCVEs")]
    actively_exploited: Vec<String>,
}

#[derive(Deserialize)]
struct SaidModel {
    #[serde(default, rename = "OSVersions")]
    os_versions: Vec<u32>,
}

/// Reads a feed for macOS, or for iOS and iPadOS.
pub fn read(text: &str) -> Result<Feed, FeedError> {
    if text.len() > BYTES_MAX {
        return Err(FeedError::TooLarge);
    }
    let said: Said = serde_json::from_str(text).map_err(FeedError::Unreadable)?;
    let mut feed = Feed::default();
    for release in said.os_versions.iter().flat_map(|line| &line.security_releases) {
        match self::release(release) {
            Some(release) => feed.releases.push(release),
            None => feed.unread += 1,
        }
    }
    feed.models = models(said);
    if feed.releases.is_empty() { Err(FeedError::Empty) } else { Ok(feed) }
}

/// The lines that each model, and each main board, can run.
fn models(said: Said) -> BTreeMap<String, Vec<String>> {
    let mut models: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (code, model) in said.models {
        models.entry(code).or_default().extend(model.os_versions);
    }
    for line in said.os_versions {
        // `Tahoe 26`, or the number alone.
        let number = line.os_version.rsplit(' ').next().and_then(|number| number.parse().ok());
        let Some(number) = number else { continue };
        for code in line.latest.supported_devices {
            models.entry(code).or_default().push(number);
        }
    }
    models.retain(|_, lines| !lines.is_empty());
    let newest_first = |(code, mut lines): (String, Vec<u32>)| {
        lines.sort_unstable_by(|a, b| b.cmp(a));
        lines.dedup();
        (code, lines.iter().map(u32::to_string).collect())
    };
    models.into_iter().map(newest_first).collect()
}

fn release(said: &SaidRelease) -> Option<Release> {
    Some(Release {
        version: Version::exact(&said.product_version)?,
        on: day(&said.release_date)?,
        is_urgent: !said.actively_exploited.is_empty(),
    })
}

/// The day at the beginning of a time. What follows is often malformed.
pub(super) fn day(text: &str) -> Option<Date> {
    text.get(..10).and_then(|day| day.parse().ok())
}
