//! The section `[respond.NAME]` with `kind = "blocklist"`.

use std::{collections::BTreeMap, sync::Arc};

use ipnet::IpNet;
use model::Span;
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::map::network;
use crate::{
    respond::PROTECTED_MAX,
    secret::{SecretRefs, SettingProblem, Settings},
};

/// How many firewalls may fetch a list.
const READERS_MAX: usize = 100;

/// A list of addresses that firewalls fetch at `/v1/blocklists/NAME.txt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlocklistConfig {
    /// Who fetches it, by name, each with its bearer token.
    #[serde(default)]
    #[schemars(length(max = READERS_MAX))]
    pub readers: BTreeMap<String, SecretRefs>,
    /// How long the first entry for a network lasts; each next one within 30 days twice as long.
    #[serde(default = "ttl")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub ttl: Span,
    /// How long an entry lasts at most.
    #[serde(default = "ttl_max")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub ttl_max: Span,
    /// The widest IPv4 network that may be blocked, as the length of its prefix.
    #[serde(default = "prefix_v4")]
    #[schemars(range(min = 8, max = 32))]
    pub prefix_v4: u8,
    /// The same for IPv6.
    #[serde(default = "prefix_v6")]
    #[schemars(range(min = 16, max = 128))]
    pub prefix_v6: u8,
    /// From how many people on an entry is said to hit a shared address.
    #[serde(default = "crowd")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub crowd: u32,
    /// Networks that are never blocked, beside private ones: offices, VPN exits, this server,
    /// partners, and whatever many share.
    #[serde(default)]
    #[schemars(length(max = PROTECTED_MAX), extend("items" = serde_json::json!({ "type": "string", "format": "network" })))]
    pub never: Vec<String>,
}

fn ttl() -> Span {
    Span::hours(1)
}

fn ttl_max() -> Span {
    Span::days(7)
}

fn prefix_v4() -> u8 {
    24
}

fn prefix_v6() -> u8 {
    48
}

fn crowd() -> u32 {
    3
}

/// The section with its tokens fetched.
#[derive(Debug, Clone)]
pub struct BlocklistSettings {
    pub(super) ttl: Span,
    pub(super) ttl_max: Span,
    pub(super) prefix_v4: u8,
    pub(super) prefix_v6: u8,
    pub(super) crowd: u32,
    pub(super) never: Vec<IpNet>,
    readers: Readers,
}

impl BlocklistSettings {
    /// Who may fetch the list.
    #[must_use]
    pub fn readers(&self) -> Readers {
        self.readers.clone()
    }
}

/// Who may fetch a list.
#[derive(Clone, Default)]
pub struct Readers(Arc<Vec<(String, SecretString)>>);

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Readers[{}]", self.0.len())
    }
}

impl Readers {
    /// The reader that a bearer token belongs to. Takes the same time whichever it is.
    #[must_use]
    pub fn of_token(&self, token: &str) -> Option<&str> {
        let given = Sha256::digest(token.as_bytes());
        let mut found = None;
        for (name, own) in &*self.0 {
            let is_it: Choice = Sha256::digest(own.expose_secret().as_bytes()).ct_eq(&given);
            if bool::from(is_it) {
                found = Some(name.as_str());
            }
        }
        found
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        names
    }
}

impl BlocklistConfig {
    /// Fetches the tokens and reads the networks.
    pub fn settings(&self) -> Result<BlocklistSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let readers: Result<Vec<_>, _> =
            self.readers.iter().map(|(name, token)| Ok((name, token.resolve()?))).collect();
        let readers = read.take::<_, crate::secret::SecretError>("readers", readers);
        let never: Option<Vec<IpNet>> = self.never.iter().map(|text| network(text)).collect();
        read.require("never", never.is_some(), "is a list of addresses and networks");
        let is_order = Span::ZERO < self.ttl && self.ttl <= self.ttl_max;
        read.require("ttl", is_order, "is longer than nothing and at most ttl_max");
        read.finish(readers.zip(never).map(|(readers, never)| {
            BlocklistSettings {
                ttl: self.ttl,
                ttl_max: self.ttl_max,
                prefix_v4: self.prefix_v4,
                prefix_v6: self.prefix_v6,
                crowd: self.crowd,
                never,
                readers: Readers(Arc::new(
                    readers
                        .into_iter()
                        .flat_map(|(name, tokens)| {
                            tokens.into_iter().map(move |token| (name.clone(), token))
                        })
                        .collect(),
                )),
            }
        }))
    }
}
