//! Why records cannot be about one device, whatever they have in common.

use model::device::IdKind;
use serde::{Deserialize, Serialize};

use crate::identity::Identity;

/// Why two groups of records cannot be one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Conflict {
    /// Somebody decided it.
    Apart,
    /// Each has an identifier of this kind, and they have none in common.
    Identifier(IdKind),
    /// They run different systems.
    Platform,
    /// They are models of different families.
    Model,
    /// One source lists both, and does not say that one replaced the other.
    SameSource,
    /// One is only what a device says of itself, the other is somebody's: nothing that can be
    /// believed says that they are the same person's.
    Owner,
}

/// What of two groups of records, each a list of places, cannot be of one device.
pub(super) fn conflict(
    left: &[usize],
    right: &[usize],
    identities: &[Identity],
    sources: &[usize],
) -> Option<Conflict> {
    let differ = |kind: &IdKind| are_disjoint(left, right, |at| identities[at].scalar(*kind));
    if let Some(kind) = IdKind::ALL.into_iter().find(differ) {
        return Some(Conflict::Identifier(kind));
    }
    if are_disjoint(left, right, |at| identities[at].platform) {
        return Some(Conflict::Platform);
    }
    if are_disjoint(left, right, |at| identities[at].family) {
        return Some(Conflict::Model);
    }
    let is_twice = |a: &usize, b: &usize| {
        sources[*a] == sources[*b] && !is_replaced(&identities[*a], &identities[*b])
    };
    let is_same_source = left.iter().any(|a| right.iter().any(|b| is_twice(a, b)));
    is_same_source.then_some(Conflict::SameSource)
}

/// Whether of two records of one source one took the place of the other: the device was enrolled
/// again. Only serial number and model together say so.
pub(crate) fn is_replaced(one: &Identity, other: &Identity) -> bool {
    let is_same = |a: Option<&str>, b: Option<&str>| a.is_some() && a == b;
    is_same(one.scalar(IdKind::Serial), other.scalar(IdKind::Serial))
        && is_same(one.model.as_deref(), other.model.as_deref())
}

/// Whether both sides say something and nothing that both say.
fn are_disjoint<T: PartialEq>(
    left: &[usize],
    right: &[usize],
    read: impl Fn(usize) -> Option<T>,
) -> bool {
    let mut is_said_by_both = false;
    for one in left.iter().filter_map(|at| read(*at)) {
        for other in right.iter().filter_map(|at| read(*at)) {
            if one == other {
                return false;
            }
            is_said_by_both = true;
        }
    }
    is_said_by_both
}
