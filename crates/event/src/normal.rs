//! What every source's events have in common.

use std::net::IpAddr;

use model::{PersonId, Timestamp};
use sha2::{Digest, Sha256};

use crate::Doc;

/// Texts longer than this are cut in the fields of an [`Event`], in bytes; the document has them
/// whole.
pub const TEXT_BYTES_MAX: usize = 1_024;
/// Targets beyond this are left to the document.
pub const TARGETS_MAX: usize = 32;

/// An event: a document with its common fields. What a source does not tell is absent.
#[derive(Debug, Clone)]
pub struct Event {
    /// What makes it one and the same, however often it is sent.
    pub uid: Uid,
    /// When it happened, by the vendor's account.
    pub time: Timestamp,
    /// Which rules look at it.
    pub logsource: Logsource,
    /// Who did it.
    pub actor: Actor,
    /// What was done, in the vendor's word, such as `user.session.start`.
    pub action: Box<str>,
    /// What it was done to; at most [`TARGETS_MAX`].
    pub targets: Vec<Target>,
    /// Where it came from.
    pub origin: Origin,
    /// With what.
    pub client: Client,
    /// The session it happened in.
    pub session: Option<Box<str>>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it ended so, in the vendor's words.
    pub reason: Option<Box<str>>,
    /// The record.
    pub doc: Doc,
}

/// The name of an event: 128 bits of a digest over its source's unique id, or over the record
/// where a source has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u128);

impl Uid {
    /// The name made of a source and the parts of its unique id.
    #[must_use]
    pub fn of(source: &str, parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in [source.as_bytes()].iter().chain(parts) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let bytes = digest.finalize();
        let (first, _) = bytes.split_at(16);
        Self(first.iter().fold(0, |bits, byte| (bits << 8) | u128::from(*byte)))
    }

    /// The name made of a source and all that a record says, where it has no unique id.
    #[must_use]
    pub fn of_record(source: &str, doc: &Doc) -> Self {
        Self::of(source, &[b"record", &doc.canonical()])
    }
}

/// Which rules look at an event: Sigma's `logsource`. A rule that names no service looks at all
/// services of its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Logsource {
    /// Such as `okta`.
    pub product: &'static str,
    /// Such as `okta`, `cloudtrail`, `signinlogs`.
    pub service: &'static str,
}

/// Who did it.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// The vendor's id; never changes for one account.
    pub id: Option<Box<str>>,
    /// The e-mail address or sign-in name.
    pub email: Option<Box<str>>,
    /// The display name. Attacker-controlled, never an identity.
    pub name: Option<Box<str>>,
    /// A person or a machine.
    pub kind: ActorKind,
    /// The person of the directory whose account this is, where known. Filled in after the map.
    pub person: Option<PersonId>,
}

/// What kind of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActorKind {
    /// Somebody.
    Person,
    /// A service account, application or bot.
    Service,
    /// The vendor itself.
    System,
    /// Not told.
    #[default]
    Unknown,
}

/// What it was done to.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The vendor's id.
    pub id: Option<Box<str>>,
    /// The vendor's word for its kind.
    pub kind: Option<Box<str>>,
    /// The display name.
    pub name: Option<Box<str>>,
}

/// Where it came from. The vendor's own knowledge is kept; what it does not say is filled in from
/// the tables that the administrator has loaded, or stays unknown.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The address.
    pub ip: Option<IpAddr>,
    /// The number of its autonomous system.
    pub asn: Option<u32>,
    /// Who runs that network.
    pub network: Option<Box<str>>,
    /// The country, as two upper-case letters.
    pub country: Option<[u8; 2]>,
    /// The city.
    pub city: Option<Box<str>>,
    /// Where on the globe, and how sure that is.
    pub place: Option<Place>,
    /// What hides who is behind the address. `None` is unknown; all false is known and none.
    pub anonymiser: Option<Anonymiser>,
}

/// A place on the globe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// The place is within so many kilometres.
    pub radius_km: f64,
}

/// Kinds of addresses that hide who is behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Anonymiser {
    /// An exit of the Tor network.
    pub is_tor: bool,
    /// An anonymising VPN.
    pub is_vpn: bool,
    /// A public proxy.
    pub is_proxy: bool,
    /// A hosting provider or cloud.
    pub is_hosting: bool,
}

/// With what it was done.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The user agent as sent. Attacker-controlled.
    pub agent: Option<Box<str>>,
    /// The kind of browser or tool, such as `Firefox`.
    pub family: Option<Box<str>>,
    /// Its major version.
    pub version: Option<u32>,
    /// The operating system, such as `Windows`.
    pub os: Option<Box<str>>,
    /// The vendor's own mark of the device or cookie.
    pub device: Option<Box<str>>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was tried.
    Failure,
    /// Not told.
    #[default]
    Unknown,
}

impl ActorKind {
    /// The word in rules and facts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
            Self::System => "system",
            Self::Unknown => "unknown",
        }
    }
}

impl Outcome {
    /// The word in rules and facts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Unknown => "unknown",
        }
    }
}

impl Origin {
    /// The country's two letters.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.country.as_ref().and_then(|letters| std::str::from_utf8(letters).ok())
    }

    /// Reads a country's two letters; anything else is unknown.
    #[must_use]
    pub fn letters(text: &str) -> Option<[u8; 2]> {
        let letters: [u8; 2] = text.trim().as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_alphabetic).then(|| letters.map(|l| l.to_ascii_uppercase()))
    }
}

impl Anonymiser {
    /// The words for what it is, strongest first.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let all = [
            (self.is_tor, "tor"),
            (self.is_vpn, "vpn"),
            (self.is_proxy, "proxy"),
            (self.is_hosting, "hosting"),
        ];
        all.into_iter().filter_map(|(is_it, word)| is_it.then_some(word))
    }
}

/// A text of a field: not empty, and cut where it is too long.
#[must_use]
pub fn text(text: &str) -> Option<Box<str>> {
    let text = text.trim();
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    (!text.is_empty()).then(|| text[..end].into())
}
