//! The one registry of ids: a prefix that says what is named, then a ULID.
//!
//! Ids are made from an instant and 80 random bits that the caller brings
//! ([`Id::from_parts`]), or from a digest where the same thing must always get the same name
//! ([`Id::from_digest`]). They parse strictly: another kind's prefix is an error.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;

/// What an id names. Implemented only by the markers of this module.
pub trait Kind: 'static {
    /// The prefix before the underscore, such as `case`.
    const PREFIX: &'static str;
}

/// An id of one kind, shown as `prefix_01J…`.
pub struct Id<K> {
    ulid: Ulid,
    kind: PhantomData<fn() -> K>,
}

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ and 26 letters and digits")]
pub struct IdError {
    prefix: &'static str,
}

impl<K: Kind> Id<K> {
    /// An id from the instant it is made and random bits, of which the lowest 80 are used.
    #[must_use]
    pub fn from_parts(at: Timestamp, random: u128) -> Self {
        let ms = u64::try_from(at.as_millisecond()).unwrap_or(0);
        Self::from_ulid(Ulid::from_parts(ms, random))
    }

    /// An id that is a pure function of 128 bits of a digest, the same on every start.
    #[must_use]
    pub fn from_digest(bits: u128) -> Self {
        Self::from_ulid(Ulid::from(bits))
    }

    /// The id's 128 bits, for keys and hashes.
    #[must_use]
    pub fn bits(&self) -> u128 {
        self.ulid.0
    }

    fn from_ulid(ulid: Ulid) -> Self {
        Self { ulid, kind: PhantomData }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.ulid == other.ulid
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ulid.cmp(&other.ulid)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.ulid.hash(state);
    }
}
impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, self.ulid)
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError { prefix: K::PREFIX };
        let ulid = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        let ulid = ulid.and_then(|rest| Ulid::from_string(rest).ok()).ok_or(error.clone())?;
        let id = Self::from_ulid(ulid);
        // One spelling an id: lower-case letters or Crockford's look-alikes are refused.
        if id.to_string() == text { Ok(id) } else { Err(error) }
    }
}
impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! registry {
    ($($(#[$doc:meta])* $alias:ident $marker:ident $prefix:literal;)*) => {
        /// The kinds of things that have ids.
        pub mod kind {
            $(
                $(#[$doc])*
                #[derive(Debug)]
                pub enum $marker {}
                impl super::Kind for $marker {
                    const PREFIX: &'static str = $prefix;
                }
            )*
        }
        $(
            $(#[$doc])*
            pub type $alias = Id<kind::$marker>;
        )*
        /// Every prefix in use, for tests and documentation.
        pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

registry! {
    /// A case: one person, or one entity for the analysts, and one group of alerts.
    CaseId Case "case";
    /// An alert, as accepted.
    AlertId Alert "alrt";
    /// An audit event.
    EventId Event "evt";
    /// A person of the directory.
    PersonId Person "prsn";
    /// A device.
    DeviceId Device "dev";
    /// Somebody may leave something about a device as it is, for a time.
    ExemptionId Exemption "exm";
    /// What somebody decided about records of devices.
    RulingId Ruling "rul";
    /// An entry of the response ledger.
    ActionId Action "act";
    /// Something that analysts have said not to ask about.
    ExceptionId Exception "exc";
    /// A question put to a person.
    AskId Ask "ask";
    /// One message on its way to one destination; stable over retries.
    DeliveryId Delivery "dlv";
    /// One attempt to prove an answer.
    ChallengeId Challenge "chal";
    /// A passkey, a TOTP secret or a provider's device.
    FactorId Factor "fct";
    /// A signed-in browser.
    SessionId Session "sess";
    /// One stored effect that waits to be carried out.
    OutboxId Outbox "out";
    /// A record that was refused and kept.
    DeadLetterId DeadLetter "dead";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_parses_only_as_its_own_kind_and_spelling() {
        let at = Timestamp::from_second(1_795_000_000).expect("in range");
        let id = CaseId::from_parts(at, 7);
        assert_eq!(id.to_string().parse::<CaseId>(), Ok(id));
        assert!(id.to_string().parse::<AlertId>().is_err());
        assert!(id.to_string().to_lowercase().parse::<CaseId>().is_err());
        for junk in ["", "case", "case_", "case_01J", "case_01JÉ", &format!("{id}0")] {
            assert!(junk.parse::<CaseId>().is_err(), "{junk}");
        }
    }

    #[test]
    fn no_two_kinds_share_a_prefix() {
        let mut seen = std::collections::BTreeSet::new();
        assert!(PREFIXES.iter().all(|prefix| seen.insert(prefix)));
    }
}
