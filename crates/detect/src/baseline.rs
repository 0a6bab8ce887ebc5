//! Baselines: what is usual for an entity, learned from its own events, and what is not.
//!
//! A [`Baseline`] says which events it looks at, whose they are and which value matters;
//! [`Baseline::observe`] reads that from an event. An [`Entity`] is what has been learned of one
//! account, session, address or organisation over all baselines that share its key:
//! [`Entity::apply`] takes an observation, learns, and says when something is unusual, as a
//! [`Finding`] that explains itself. [`Organisation`] is what all entities together know, read as of
//! the start of a batch. A person's proven answer comes back as a [`Verdict`].
//!
//! States are small: short texts and numbers are kept as they are, everything else as a hash, in
//! bytes that are at once the form in memory and the form in the store. What is learned is what has
//! neither been raised nor come late, so that nobody teaches a baseline by doing what it looks for.
//!
//! Nothing here reads a clock: the time of an event and of its arrival come in as a [`Moment`].
//! What files may say is in `baseline/file.rs`, what may be relied on in `docs/specs/baselines.md`.

mod bytes;
mod counts;
mod entity;
mod exempt;
mod explain;
mod file;
mod finding;
mod first_seen;
mod history;
mod kind;
mod mark;
mod moment;
mod observe;
mod organisation;
mod part;
mod readiness;
mod session;
mod set;
mod slot;
mod token;
mod travel;
mod verdict;

use serde_norway::Value;

pub use entity::{ENTITY_BYTES_MAX, Entity, EntityError, SLOTS_MAX};
pub use exempt::{Exempt, Net};
pub use explain::{Change, Explanation, Language, OutOfSeason, TooMany, Whose};
pub use finding::{Finding, Mode, Step, Tuning};
pub use kind::{
    Attribute, Counted, Counts, FirstSeen, Kind, Season, SessionChange, Travel, Window,
};
pub use mark::OPEN_MAX;
pub use moment::{LATENESS, Moment, SKEW_MAX};
pub use observe::{Observation, StateKey};
pub use organisation::{Lessons, Organisation, OrganisationError};
pub use part::Part;
pub use readiness::{Known, Readiness};
pub use set::Baselines;
pub use token::Token;
pub use verdict::{Subject, VERDICT_PRODUCT, VERDICT_SERVICE, Verdict};

pub(crate) use file::FAMILIAR;

/// A baseline, as its file has it.
#[derive(Debug, Clone)]
pub struct Baseline {
    rule: Box<str>,
    meaning: u64,
    /// Where states keep what they learned of it: its meaning without its windows, which have
    /// places of their own.
    slot: u64,
    selection: Value,
    entity: Box<[Part]>,
    /// A hash of which fields name the entity: equal fields, equal entities.
    entity_fields: u64,
    value: Box<[Part]>,
    kind: Kind,
    memory: Memory,
    peers: Peers,
    exempt: Exempt,
    unit: Option<Box<str>>,
}

/// How long is learned and remembered, and how much must be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// So many days after an entity was first seen the baseline is silent for it.
    pub learn_days: u16,
    /// What has not been seen for so many days is forgotten.
    pub forget_days: u16,
    /// So many events must be known.
    pub events: u16,
    /// On so many days.
    pub days: u8,
}

/// Whose knowledge makes a value less surprising.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peers {
    /// Nobody's.
    None,
    /// That of all entities.
    Organisation,
    /// That of the entities with the same value of a field.
    By(Part),
}

impl Baseline {
    /// The rule's id.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// A hash of what it means: kind, selection, entity, value and windows; not of thresholds and
    /// texts. While it is unchanged, what was learned and what was calibrated stays true.
    #[must_use]
    pub fn meaning(&self) -> u64 {
        self.meaning
    }

    /// Which events it looks at, as the detection of a Sigma rule.
    #[must_use]
    pub fn selection(&self) -> &Value {
        &self.selection
    }

    /// The kind and its settings.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// What names an entity.
    #[must_use]
    pub fn entity(&self) -> &[Part] {
        &self.entity
    }

    /// What of an event matters; nothing for kinds that need none.
    #[must_use]
    pub fn value(&self) -> &[Part] {
        &self.value
    }

    /// How long is learned and remembered.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// Whose knowledge counts beside the entity's own.
    #[must_use]
    pub fn peers(&self) -> &Peers {
        &self.peers
    }

    /// What it counts, in words, where its file says so.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The windows of a kind that has some.
    pub(super) fn windows(&self) -> &[Window] {
        match &self.kind {
            Kind::Counts(counts) => &counts.windows,
            _ => &[],
        }
    }

    /// The places in a state that are this baseline's.
    fn slots(&self) -> impl Iterator<Item = u64> {
        let windows = self.windows();
        let own = windows.is_empty().then_some(self.slot);
        own.into_iter().chain(windows.iter().map(|window| window.slot))
    }
}

impl Memory {
    /// After so many days a part of what is remembered weighs half.
    fn quarter_days(self) -> u16 {
        (self.forget_days / 4).max(1)
    }

    /// In so many days each entity tells the organisation once what it knows.
    fn generation_days(self) -> u16 {
        (self.forget_days / 2).max(1)
    }
}

#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
mod tests;
