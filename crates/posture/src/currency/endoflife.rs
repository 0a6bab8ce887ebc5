//! Reads tables of endoflife.date: as its API answers, and as its repository has them.

use jiff::civil::Date;
use serde::Deserialize;

use super::{End, Line, Product, Release, sofa, sofa::FeedError};
use crate::version::Version;

/// The largest table taken, in bytes.
pub const BYTES_MAX: usize = 4 * 1_024 * 1_024;
/// How many lines of releases a table may have.
const LINES_MAX: usize = 2_000;

/// A table of the API lies in an envelope.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    result: Option<SaidProduct>,
    #[serde(flatten)]
    bare: SaidProduct,
}

#[derive(Deserialize, Default)]
struct SaidProduct {
    #[serde(default)]
    releases: Vec<SaidLine>,
}

/// Both sets of names.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaidLine {
    #[serde(alias = "name")]
    release_cycle: String,
    #[serde(default)]
    eol: End,
    #[serde(default)]
    is_eol: Option<bool>,
    #[serde(default)]
    eol_from: Option<Date>,
    #[serde(default)]
    eoes: End,
    #[serde(default)]
    eoes_from: Option<Date>,
    #[serde(default)]
    latest: Option<SaidLatest>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SaidLatest {
    Bare(String),
    Full { name: String },
}

/// Reads a table that is true of a day.
pub fn read(text: &str, as_of: Date) -> Result<Product, FeedError> {
    if text.len() > BYTES_MAX {
        return Err(FeedError::TooLarge);
    }
    let said: Said = serde_json::from_str(text).map_err(FeedError::Unreadable)?;
    let releases = said.result.unwrap_or(said.bare).releases;
    let lines: Vec<Line> = releases.into_iter().take(LINES_MAX).map(line).collect();
    let product = Product { as_of, lines, models: std::collections::BTreeMap::new() };
    if product.lines.is_empty() { Err(FeedError::Empty) } else { Ok(product) }
}

fn line(said: SaidLine) -> Line {
    let end = match (said.eol_from, said.is_eol) {
        (Some(day), _) => End::On(day),
        (None, Some(true)) => End::Past,
        (None, _) => said.eol,
    };
    let latest = said.latest.map(|latest| match latest {
        SaidLatest::Bare(name) | SaidLatest::Full { name } => name,
    });
    Line {
        name: said.release_cycle,
        end,
        extended: said.eoes_from.map_or(said.eoes, End::On),
        latest,
        releases: Vec::new(),
    }
}

impl Product {
    /// Adds what SOFA knows: each release to its line, and the models.
    pub fn add(&mut self, feed: &sofa::Feed) {
        for release in &feed.releases {
            let line = self.line_of(&release.version).map(|line| line.name.clone());
            let line = line.and_then(|name| self.lines.iter_mut().find(|it| it.name == name));
            if let Some(line) = line {
                line.releases.push(release.clone());
            }
        }
        self.models.clone_from(&feed.models);
        for line in &mut self.lines {
            line.releases.sort_by(|a: &Release, b| b.version.cmp(&a.version));
            newest_as_latest(line);
        }
    }
}

fn newest_as_latest(line: &mut Line) {
    if let Some(newest) = line.releases.first() {
        let latest = line.latest.as_deref().and_then(Version::read);
        if latest.is_none_or(|latest| latest < newest.version) {
            line.latest = Some(newest.version.to_string());
        }
    }
}
