//! What is known of an address: tables in the MaxMind format, and lists of addresses.
//!
//! Tables are the administrator's own: files that some tool of theirs keeps new, and lists from
//! files or addresses. All are in memory; a look-up takes what the first table knows of each field
//! and never waits. What no table knows is absent. A table that cannot be read leaves the one
//! before in use, and says so.
//!
//! Start with [`Tables`]; `mmdb` is for files, `list` for addresses, one a line.

mod config;
mod list;
mod mmdb;
mod ranges;
mod row;
mod step;
#[cfg(test)]
mod tests;

use std::{fs, net::IpAddr, path::Path, time::SystemTime};

use async_trait::async_trait;
use event::Anonymiser;
use ports::networks::{Network, Networks, TableHealth};

pub use config::{IpListConfig, Means, MmdbConfig};
pub use list::IpList;
pub use mmdb::Mmdb;
pub use step::NetworkStep;

/// All tables, in the order in which they are asked.
#[derive(Default)]
pub struct Tables(Vec<Table>);

/// One table.
pub enum Table {
    /// A file in the MaxMind format.
    Mmdb(Mmdb),
    /// A list of addresses that are all of one kind.
    List(IpList),
}

impl Tables {
    /// These tables: of two that know the same field, the first counts.
    #[must_use]
    pub fn new(tables: Vec<Table>) -> Self {
        Self(tables)
    }
}

#[async_trait]
impl Networks for Tables {
    fn look_up(&self, ip: IpAddr) -> Network {
        let ip = ip.to_canonical();
        let mut known = Network::default();
        for table in &self.0 {
            match table {
                Table::Mmdb(mmdb) => fill(&mut known, mmdb.look_up(ip)),
                Table::List(list) => {
                    if let Some(kinds) = list.look_up(ip) {
                        known.anonymiser = Some(joined(known.anonymiser, kinds));
                    }
                }
            }
        }
        known
    }

    fn tables(&self) -> Vec<TableHealth> {
        let health = |table: &Table| match table {
            Table::Mmdb(mmdb) => mmdb.health(),
            Table::List(list) => list.health(),
        };
        self.0.iter().map(health).collect()
    }

    async fn refresh(&self) {
        for table in &self.0 {
            match table {
                Table::Mmdb(mmdb) => mmdb.refresh().await,
                Table::List(list) => list.refresh().await,
            }
        }
    }
}

/// Takes of `more` what is not known yet.
fn fill(known: &mut Network, more: Network) {
    known.asn = known.asn.or(more.asn);
    known.name = known.name.take().or(more.name);
    known.country = known.country.or(more.country);
    known.city = known.city.take().or(more.city);
    known.place = known.place.or(more.place);
    if let Some(kinds) = more.anonymiser {
        known.anonymiser = Some(joined(known.anonymiser, kinds));
    }
}

/// What one table calls an exit of Tor is one, whatever the others do not know.
fn joined(known: Option<Anonymiser>, more: Anonymiser) -> Anonymiser {
    let known = known.unwrap_or_default();
    Anonymiser {
        is_tor: known.is_tor || more.is_tor,
        is_vpn: known.is_vpn || more.is_vpn,
        is_proxy: known.is_proxy || more.is_proxy,
        is_hosting: known.is_hosting || more.is_hosting,
    }
}

/// What tells one file from another in its place.
type Stamp = (Option<SystemTime>, u64);

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len()))
}
