//! What is known of an alert's address, as a step of enrichment: country, network, and what hides
//! who is behind it, from the tables that are loaded.

use std::{net::IpAddr, sync::Arc};

use async_trait::async_trait;
use model::{FactValue, Facts, Span};
use ports::{
    Failure,
    enricher::{About, Enricher},
    networks::{Network, Networks},
};

/// The facts that name an address, the first that is there.
const ADDRESS_FACTS: [&str; 4] = ["source.ip", "ip", "client.ip", "source_ip"];
/// How long an answer is good: tables are loaded anew while the server runs.
const LIFE: Span = Span::minutes(1);
const FIELDS: [&str; 10] = [
    "asn",
    "network",
    "country",
    "city",
    "latitude",
    "longitude",
    "is_tor",
    "is_vpn",
    "is_proxy",
    "is_hosting",
];

/// A step over tables of networks.
pub struct NetworkStep {
    tables: Arc<dyn Networks>,
}

impl NetworkStep {
    /// Over these tables.
    #[must_use]
    pub fn new(tables: Arc<dyn Networks>) -> Self {
        Self { tables }
    }
}

#[async_trait]
impl Enricher for NetworkStep {
    fn fields(&self) -> Option<Vec<&str>> {
        Some(FIELDS.to_vec())
    }

    fn is_local(&self) -> bool {
        true
    }

    fn key(&self, about: &About<'_>) -> Option<String> {
        address(about).map(|address| address.to_string())
    }

    /// What no table knows is absent; where all know nothing, that is the answer.
    async fn enrich(&self, about: &About<'_>) -> Result<Option<Facts>, Failure> {
        let Some(address) = address(about) else { return Ok(None) };
        let facts = facts(self.tables.look_up(address));
        Ok(Some(facts).filter(|facts| !facts.is_empty()))
    }

    fn life(&self) -> Span {
        LIFE
    }

    async fn check(&self) -> Result<String, Failure> {
        let tables = self.tables.tables();
        match tables.iter().find_map(|table| Some((&table.name, table.failure.as_ref()?))) {
            Some((name, why)) => Err(Failure::misconfigured(format!("{name}: {why}"))),
            None => Ok(format!("looks at {} tables in memory", tables.len())),
        }
    }
}

fn address(about: &About<'_>) -> Option<IpAddr> {
    let named = ADDRESS_FACTS.iter().find_map(|name| about.alert.facts.get(*name))?;
    named.shown().parse().ok()
}

fn facts(network: Network) -> Facts {
    let text = |text: &str| FactValue::Text(text.to_owned());
    let country = network.country.map(|letters| String::from_utf8_lossy(&letters).into_owned());
    let known = [
        ("asn", network.asn.map(|asn| FactValue::Int(i64::from(asn)))),
        ("network", network.name.as_deref().map(text)),
        ("country", country.map(FactValue::Text)),
        ("city", network.city.as_deref().map(text)),
        ("latitude", network.place.map(|place| FactValue::Float(place.latitude))),
        ("longitude", network.place.map(|place| FactValue::Float(place.longitude))),
        ("is_tor", network.anonymiser.map(|it| FactValue::Bool(it.is_tor))),
        ("is_vpn", network.anonymiser.map(|it| FactValue::Bool(it.is_vpn))),
        ("is_proxy", network.anonymiser.map(|it| FactValue::Bool(it.is_proxy))),
        ("is_hosting", network.anonymiser.map(|it| FactValue::Bool(it.is_hosting))),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
