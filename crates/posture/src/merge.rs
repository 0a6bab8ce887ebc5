//! Which records are about one device.
//!
//! Records join on identifiers alone, the strongest first, and never across a conflict: another
//! serial number, another platform, the same source twice. Where it cannot be told to which of two
//! devices a record belongs it stays alone, and a person is asked ([`Flag`]). What people decided
//! is an input like the records, so that it lasts ([`Decision`]). The result depends on nothing
//! but the set of records and decisions: not on their order, and not on earlier results.
//!
//! Records of management systems come together first, as if there were no others. A record that a
//! device says of itself ([`Trust`]) joins afterwards, and only a device of whoever enrolled it, or
//! one that is nobody's: what somebody's device is never depends on what another device says.
//!
//! [`merge`] takes all records there are. For a few that changed, [`Closure`] finds those that can
//! matter, and merging them gives the same devices as merging all.

mod closure;
mod conflict;
mod decision;
mod groups;
mod ids;
mod trust;

use std::collections::BTreeMap;

use model::{
    DeviceId,
    device::{IdKind, Mac, RecordKey, SourceRecord},
};
use serde::{Deserialize, Serialize};

use crate::identity::{Identity, JunkRules, MatchKey};
pub use closure::{CLOSURE_RECORDS_MAX, Closure, Overgrown, Want};
pub use conflict::Conflict;
pub(crate) use conflict::is_replaced;
pub use decision::{Decision, Ruling};
pub use ids::{bequeath, record_device_id};
pub use trust::{Trust, Trusts};

use groups::{Groups, Pass};

/// How many records of one source may hold the same identifier. Above it belongs to no device: a
/// shared adapter, or a placeholder that nobody listed.
pub const SHARED_RECORDS_MAX: usize = 4;
/// How many records may hold the same identifier at all, and how many of them a store need return:
/// with more, some source has too many of them anyhow.
pub const HOLDERS_MAX: usize = 256;
/// How many flags a device keeps; the first say enough.
const FLAGS_MAX: usize = 32;

/// What an administrator can set about merging.
#[derive(Debug, Clone, Default)]
pub struct MergeRules {
    /// Placeholders.
    pub junk: JunkRules,
    /// How addresses of shared adapters begin: docks and dongles.
    pub shared_adapters: Vec<Vec<u8>>,
    /// The sources by name, the most trusted first: decides where times do not.
    pub source_order: Vec<String>,
    /// How far the word of each source goes.
    pub trusts: Trusts,
}

impl MergeRules {
    /// Whether an address can tell a device from another.
    #[must_use]
    pub fn is_usable(&self, mac: &Mac) -> bool {
        let is_shared = |prefix: &Vec<u8>| !prefix.is_empty() && mac.starts_with(prefix);
        mac.is_usable() && !self.shared_adapters.iter().any(is_shared)
    }
}

/// The records of one device.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The device's id: that of its oldest record.
    pub id: DeviceId,
    /// What it may have been called before its records came together, or will be if they part.
    pub aliases: Vec<DeviceId>,
    /// Places in the slice that was merged, in the order of the records' keys.
    pub members: Vec<usize>,
    /// Why these are one device.
    pub links: Vec<Link>,
    /// What a person should look at.
    pub flags: Vec<Flag>,
}

/// Why two records are about one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// One record.
    pub left: RecordKey,
    /// The other.
    pub right: RecordKey,
    /// What says so.
    pub why: LinkReason,
}

/// What says that two records are about one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkReason {
    /// They have this in common.
    Same(MatchKey),
    /// Somebody decided it.
    Pinned(Decision),
}

/// Something about records that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Flag {
    /// What is strange.
    pub kind: FlagKind,
    /// What they have in common; nothing for what people decided.
    pub matched: Option<MatchKey>,
    /// One record.
    pub left: RecordKey,
    /// The other, where there are two.
    pub right: Option<RecordKey>,
}

/// What is strange about records that have something in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FlagKind {
    /// They cannot be one device.
    Conflict(Conflict),
    /// The first could be the second's device or another's.
    Ambiguous,
    /// So many records of one source have it that it says nothing.
    Shared,
    /// Somebody pinned them together, somebody else keeps their devices apart.
    PinRefused,
}

/// Brings records of one device together. Each key must occur once.
#[must_use]
pub fn merge(records: &[SourceRecord], decisions: &[Decision], rules: &MergeRules) -> Vec<Cluster> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_unstable_by(|a, b| records[*a].key.cmp(&records[*b].key));
    let sorted: Vec<&SourceRecord> = order.iter().map(|at| &records[*at]).collect();
    let identities: Vec<Identity> =
        sorted.iter().map(|record| Identity::of(record, rules)).collect();
    let mut groups = Groups::of(&sorted, &identities, decisions);
    groups.pin();
    let runs = runs(&identities);
    let passes: &[Pass] = match identities.iter().any(|it| it.trust.is_own_word()) {
        true => &[Pass::Managed, Pass::Owned, Pass::Open],
        false => &[Pass::Managed],
    };
    for pass in passes {
        for run in runs.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
            let holders: Vec<usize> = run.iter().map(|(_, at)| *at).collect();
            groups.join(*pass, run[0].0, &holders);
        }
    }
    groups.into_clusters(&order)
}

/// Every identifier with every record that has it: the strongest kind first, then by value.
fn runs(identities: &[Identity]) -> Vec<(&MatchKey, usize)> {
    let with_place = identities.iter().enumerate();
    let mut all: Vec<(&MatchKey, usize)> = with_place
        .flat_map(|(at, identity)| identity.keys.iter().map(move |key| (key, at)))
        .collect();
    all.sort_unstable();
    all
}

/// Whether an identifier says nothing, by the records that have it: their sources and their
/// serial numbers.
fn is_shared<'a>(
    key: &MatchKey,
    holders: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> bool {
    let (mut sources, mut serials): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for (source, serial) in holders {
        sources.push(source);
        serials.extend(serial);
    }
    sources.sort_unstable();
    serials.sort_unstable();
    serials.dedup();
    let most = sources.chunk_by(|a, b| a == b).map(<[&str]>::len).max().unwrap_or(0);
    // The holders of a serial number all have the same one.
    let has_serials = !matches!(key, MatchKey::Serial(_)) && serials.len() > SHARED_RECORDS_MAX;
    most > SHARED_RECORDS_MAX || has_serials || sources.len() >= HOLDERS_MAX
}

/// Of records that have an identifier by their own word, those with whom it says something, and
/// the others. Each voice is heard by itself: what one person's devices claim silences nobody
/// else's.
fn audible<T: Copy>(key: &MatchKey, holders: &[(T, &SourceRecord, &Identity)]) -> (Vec<T>, Vec<T>) {
    let mut voices: BTreeMap<&str, Vec<(T, &SourceRecord, &Identity)>> = BTreeMap::new();
    for holder @ (_, record, identity) in holders {
        voices.entry(trust::voice(record, identity.trust)).or_default().push(*holder);
    }
    let (mut heard, mut silent) = (Vec::new(), Vec::new());
    for voice in voices.values() {
        let said = voice.iter().map(|(_, record, identity)| {
            (record.key.source.as_str(), identity.scalar(IdKind::Serial))
        });
        let to = if is_shared(key, said) { &mut silent } else { &mut heard };
        to.extend(voice.iter().map(|(it, ..)| *it));
    }
    (heard, silent)
}

#[cfg(test)]
pub(crate) mod tests;
