//! What people decided about records, which outlasts every sync.

use std::collections::{BTreeMap, BTreeSet};

use model::{Personal, Timestamp, device::RecordKey};
use serde::{Deserialize, Serialize};

/// What somebody decided about two records. Taking it back is leaving it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What they decided.
    pub ruling: Ruling,
    /// One record.
    pub left: RecordKey,
    /// The other.
    pub right: RecordKey,
    /// Who.
    pub by: Personal,
    /// Why.
    pub reason: Personal,
    /// When: of two decisions about the same records the later one counts.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
}

/// Whether two records are of one device; on a tie of times they are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ruling {
    /// They are, whatever they say.
    Together,
    /// They are not, whatever they have in common.
    Apart,
}

impl Decision {
    /// The decisions that keep some of a device's records from the others.
    #[must_use]
    pub fn split(
        taken: &[RecordKey],
        left: &[RecordKey],
        by: &str,
        reason: &str,
        at: Timestamp,
    ) -> Vec<Self> {
        let apart = |one: &RecordKey, other: &RecordKey| Self {
            ruling: Ruling::Apart,
            left: one.clone(),
            right: other.clone(),
            by: by.into(),
            reason: reason.into(),
            at,
        };
        taken.iter().flat_map(|one| left.iter().map(move |other| apart(one, other))).collect()
    }
}

/// What counts of all decisions, by the places of records.
#[derive(Default)]
pub(super) struct Rulings<'d> {
    /// The latest first.
    pub(super) together: Vec<(usize, usize, &'d Decision)>,
    /// Each pair with the smaller place first.
    pub(super) apart: BTreeSet<(usize, usize)>,
}

impl<'d> Rulings<'d> {
    /// `place` finds a record; a decision about one that is not there waits until it is.
    pub(super) fn of(
        decisions: &'d [Decision],
        place: impl Fn(&RecordKey) -> Option<usize>,
    ) -> Self {
        let mut latest: BTreeMap<(usize, usize), &Decision> = BTreeMap::new();
        for decision in decisions {
            let places = place(&decision.left).zip(place(&decision.right));
            let Some((one, other)) = places.filter(|(one, other)| one != other) else { continue };
            let pair = (one.min(other), one.max(other));
            let known = latest.entry(pair).or_insert(decision);
            let rank = |it: &Decision| (it.at, it.ruling);
            if rank(decision) > rank(known) {
                *known = decision;
            }
        }
        let mut rulings = Self::default();
        for ((one, other), decision) in latest {
            match decision.ruling {
                Ruling::Together => rulings.together.push((one, other, decision)),
                Ruling::Apart => {
                    rulings.apart.insert((one, other));
                }
            }
        }
        rulings.together.sort_by_key(|(one, other, it)| (std::cmp::Reverse(it.at), *one, *other));
        rulings
    }
}
