//! How far the word of a source goes.

use std::collections::BTreeMap;

use model::device::{OwnerHint, SourceRecord};

/// How far the word of a source goes; ordered, the furthest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// A management system speaks of devices, and no device for itself.
    #[default]
    Managed,
    /// Each device speaks for itself, under a key that a known person enrolled: whose it is, is
    /// proven; everything else is its own word.
    Enrolled,
    /// Devices speak for themselves under a secret that many have: everything is their own word.
    Shared,
}

/// How far the word of each source goes.
#[derive(Debug, Clone, Default)]
pub struct Trusts {
    /// By the source's name.
    pub named: BTreeMap<String, Trust>,
    /// That of all others, such as those that are no longer configured.
    pub others: Trust,
}

impl Trust {
    /// Whether a record of such a source is what its device says of itself.
    #[must_use]
    pub fn is_own_word(self) -> bool {
        self != Self::Managed
    }
}

impl Trusts {
    /// That of a source.
    #[must_use]
    pub fn of(&self, source: &str) -> Trust {
        self.named.get(source).copied().unwrap_or(self.others)
    }
}

/// Who speaks through a record: whoever enrolled it, else nobody that is known.
pub(super) fn voice(record: &SourceRecord, trust: Trust) -> &str {
    let enrolled = record.owners.iter().filter(|_| trust == Trust::Enrolled);
    enrolled.filter_map(owner_name).next().unwrap_or_default()
}

/// An owner by their address, else by the name of their account.
pub(super) fn owner_name(hint: &OwnerHint) -> Option<&str> {
    let name = hint.email.as_ref().or(hint.username.as_ref());
    name.map(model::Personal::reveal)
}
