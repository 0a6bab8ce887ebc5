//! What is known of an address: from tables that the administrator has loaded.

use std::net::IpAddr;

use async_trait::async_trait;
use event::{Anonymiser, Place};
use model::Timestamp;

/// Tables of networks. In memory; a look-up costs about a microsecond and never waits.
#[async_trait]
pub trait Networks: Send + Sync + 'static {
    /// What is known of an address. What is not known is absent, never guessed.
    fn look_up(&self, ip: IpAddr) -> Network;
    /// The tables, for the page that shows how old they are.
    fn tables(&self) -> Vec<TableHealth>;
    /// Looks whether there are newer tables, and takes them. To be called once a minute or so; it
    /// does what is due, and never fails: a table that cannot be had says so in its health.
    async fn refresh(&self) {}
}

/// What is known of an address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Network {
    /// The number of its autonomous system.
    pub asn: Option<u32>,
    /// Who runs that.
    pub name: Option<Box<str>>,
    /// The country's two letters.
    pub country: Option<[u8; 2]>,
    /// The city.
    pub city: Option<Box<str>>,
    /// Where on the globe.
    pub place: Option<Place>,
    /// What hides who is behind it; absent where no table of such addresses is loaded.
    pub anonymiser: Option<Anonymiser>,
}

/// How a table stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableHealth {
    /// The name in the configuration.
    pub name: String,
    /// When its data was made, by its own account, or when it was fetched.
    pub as_of: Option<Timestamp>,
    /// How many entries it has, where that can be told.
    pub entries: Option<u64>,
    /// Why the newest try to load it failed; the one before stays in use.
    pub failure: Option<String>,
}

/// No tables: everything is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNetworks;

impl Networks for NoNetworks {
    fn look_up(&self, _ip: IpAddr) -> Network {
        Network::default()
    }

    fn tables(&self) -> Vec<TableHealth> {
        Vec::new()
    }
}
