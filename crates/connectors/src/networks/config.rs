//! The sections `[enrich.NAME]` of these kinds.

use std::{path::PathBuf, sync::Arc};

use model::Span;
use ports::Clock;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{IpList, Mmdb, Table, list::From};
use crate::{
    http::{HttpClient, TargetUrl},
    secret::{SettingProblem, Settings},
    source::config::OneOrMore,
};

/// The shortest wait between two looks at a list's address.
const EVERY_MIN: Span = Span::minutes(5);
/// The longest one.
const EVERY_MAX: Span = Span::days(7);

/// `kind = "mmdb"`: tables in the MaxMind format, for places, networks and anonymisers. A file that
/// is replaced is read anew; one that cannot be read leaves the one before in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MmdbConfig {
    /// The file, or several of which the first that knows a thing counts.
    pub path: OneOrMore,
}

/// `kind = "ip_list"`: addresses and networks, one a line, that are all of one kind. The lists of
/// Tor's exits are read in both of their forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IpListConfig {
    /// What an address in the list is.
    pub means: Means,
    /// The file; or `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Where the list is fetched; or `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<TargetUrl>,
    /// How often it is fetched.
    #[serde(default = "every")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub every: Span,
}

/// What the addresses of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Means {
    /// Exits of the Tor network. One that left the list counts for another day.
    Tor,
    /// Anonymising VPNs.
    Vpn,
    /// Public proxies.
    Proxy,
    /// Hosting providers and clouds.
    Hosting,
}

fn every() -> Span {
    Span::hours(1)
}

impl MmdbConfig {
    /// The tables of this name, loaded as far as they can be.
    ///
    /// # Errors
    /// There is no path.
    pub fn build(&self, name: &str) -> Result<Vec<Table>, Vec<SettingProblem>> {
        let paths: Vec<PathBuf> = self.path.iter().map(PathBuf::from).collect();
        if paths.is_empty() {
            return Err(vec![SettingProblem::new("path", "names at least one file")]);
        }
        let is_only = paths.len() == 1;
        let table = |path: PathBuf| {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = if is_only { name.to_owned() } else { format!("{name} ({file})") };
            Table::Mmdb(Mmdb::load(name, path))
        };
        Ok(paths.into_iter().map(table).collect())
    }
}

impl IpListConfig {
    /// The table of this name. A file is read, an address is not asked yet.
    ///
    /// # Errors
    /// It names neither or both of a file and an address, or an odd time.
    pub fn build(
        &self,
        name: &str,
        http: &HttpClient,
        clock: &Arc<dyn Clock>,
    ) -> Result<Vec<Table>, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let is_sound = (EVERY_MIN..=EVERY_MAX).contains(&self.every);
        read.require("every", is_sound, format!("is between {EVERY_MIN} and {EVERY_MAX}"));
        let from = match (&self.path, &self.url) {
            (Some(path), None) => Ok(From::File(path.clone())),
            (None, Some(url)) => Ok(From::Url(url.clone(), http.clone())),
            _ => Err("name one of `path` and `url`"),
        };
        let from = read.take("path", from);
        let list = from.map(|from| {
            IpList::load(name.to_owned(), self.means, from, self.every, Arc::clone(clock))
        });
        read.finish(list).map(|list| vec![Table::List(list)])
    }
}
