//! Lists of addresses that firewalls fetch and refuse.
//!
//! An entry belongs to one action and ends by itself. Several may be for the same network: each
//! is taken back alone, and the network is refused while any is in force.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use ipnet::IpNet;
use model::{ActionId, CaseId, Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Failure;

/// How many entries a list holds at most, expired ones included.
pub const ENTRIES_MAX: usize = 10_000;
/// How long an expired entry is remembered, so that the next one for its network lasts longer.
pub const REMEMBERED: Span = Span::days(30);

/// Where the lists are kept.
#[async_trait]
pub trait Blocklist: Send + Sync + 'static {
    /// The entries of a list, those that have expired within [`REMEMBERED`] included, in any order.
    async fn entries(&self, list: &str) -> Result<Vec<Entry>, Failure>;

    /// Adds an entry, in place of an earlier one with the same id. A list with [`ENTRIES_MAX`]
    /// entries takes no more.
    async fn put(&self, list: &str, entry: Entry) -> Result<(), Failure>;

    /// Takes an entry away as if it had never been; `false` where there is none.
    async fn remove(&self, list: &str, id: ActionId) -> Result<bool, Failure>;

    /// Who fetches a list, and when they last did.
    async fn readers(&self, list: &str) -> Result<Vec<Reader>, Failure>;

    /// How many people were seen at addresses of this network within [`REMEMBERED`]; `None` where
    /// that is not known.
    async fn people(&self, network: IpNet) -> Result<Option<u32>, Failure>;
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The action that it belongs to.
    pub id: ActionId,
    /// What is refused.
    #[serde(with = "as_text")]
    pub network: IpNet,
    /// Why, in our own words.
    pub reason: String,
    /// The case that wants it.
    pub case: CaseId,
    /// Since when.
    pub added_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Somebody who fetches a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Its name in the configuration.
    pub name: String,
    /// When it last did.
    pub fetched_at: Timestamp,
}

impl Entry {
    /// Whether it is in force.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.expires_at > now
    }
}

/// The list as firewalls read it: the networks in force, each once, sorted, one a line. A single
/// address is written without the length of its prefix.
#[must_use]
pub fn text(entries: &[Entry], now: Timestamp) -> String {
    let in_force = entries.iter().filter(|entry| entry.is_in_force(now));
    let mut networks: Vec<IpNet> = in_force.map(|entry| entry.network).collect();
    networks.sort_unstable();
    networks.dedup();
    networks.iter().map(|network| shown(network) + "\n").collect()
}

/// A network as a list shows it.
#[must_use]
pub fn shown(network: &IpNet) -> String {
    let is_single = network.prefix_len() == network.max_prefix_len();
    if is_single { network.addr().to_string() } else { network.to_string() }
}

mod as_text {
    use ipnet::IpNet;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(net: &IpNet, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(net)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<IpNet, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Lists whose place is known only later, when the store has been opened. Until then every call is
/// a failure.
#[derive(Clone, Default)]
pub struct Later(Arc<OnceLock<Arc<dyn Blocklist>>>);

impl Later {
    /// This is where the lists are kept; told a second time, the first stays.
    pub fn set(&self, blocklist: Arc<dyn Blocklist>) {
        // The first stays.
        let _ = self.0.set(blocklist);
    }

    fn get(&self) -> Result<&Arc<dyn Blocklist>, Failure> {
        let unset = || Failure::misconfigured("block lists are not kept here");
        self.0.get().ok_or_else(unset)
    }
}

#[async_trait]
impl Blocklist for Later {
    async fn entries(&self, list: &str) -> Result<Vec<Entry>, Failure> {
        self.get()?.entries(list).await
    }
    async fn put(&self, list: &str, entry: Entry) -> Result<(), Failure> {
        self.get()?.put(list, entry).await
    }
    async fn remove(&self, list: &str, id: ActionId) -> Result<bool, Failure> {
        self.get()?.remove(list, id).await
    }
    async fn readers(&self, list: &str) -> Result<Vec<Reader>, Failure> {
        self.get()?.readers(list).await
    }
    async fn people(&self, network: IpNet) -> Result<Option<u32>, Failure> {
        self.get()?.people(network).await
    }
}

#[cfg(test)]
mod tests {
    use super::{fake::FakeBlocklist, *};

    fn entry(number: u128, network: &str, seconds: i64) -> Entry {
        let at = Timestamp::UNIX_EPOCH;
        Entry {
            id: ActionId::from_parts(at, number),
            network: network.parse().expect("a network"),
            reason: "a test".to_owned(),
            case: CaseId::from_parts(at, 1),
            added_at: at,
            expires_at: Timestamp::from_second(seconds).expect("in range"),
        }
    }

    #[test]
    fn a_list_is_sorted_without_repetition_and_without_what_has_expired() {
        let entries = [
            entry(1, "2001:db8::/48", 20),
            entry(2, "203.0.113.7/32", 20),
            entry(3, "203.0.113.7/32", 30),
            entry(4, "198.51.100.0/24", 20),
            entry(5, "192.0.2.1/32", 10),
            entry(6, "9.9.9.9/32", 20),
        ];
        let now = Timestamp::from_second(10).expect("in range");
        assert_eq!(text(&entries, now), "9.9.9.9\n198.51.100.0/24\n203.0.113.7\n2001:db8::/48\n");
        assert_eq!(text(&entries, Timestamp::from_second(30).expect("in range")), "");
        let stored = serde_json::to_string(&entries[0]).expect("plain JSON");
        assert_eq!(serde_json::from_str::<Entry>(&stored).expect("the same"), entries[0]);
    }

    #[test]
    fn the_fake_keeps_what_every_place_of_lists_must_keep() {
        futures::executor::block_on(crate::conformance::blocklist(async || {
            Arc::new(FakeBlocklist::default()) as Arc<dyn Blocklist>
        }));
    }

    #[test]
    fn lists_that_are_kept_nowhere_yet_say_so() {
        let later = Later::default();
        let entries = || futures::executor::block_on(later.entries("edge"));
        assert_eq!(entries().expect_err("nowhere").decision, crate::Decision::Misconfigured);
        later.set(Arc::new(FakeBlocklist::default()));
        assert_eq!(entries(), Ok(Vec::new()));
    }
}
