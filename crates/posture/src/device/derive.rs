//! How records become one device: identifiers together, of each fact the newest, observations
//! side by side.

use std::{cmp::Reverse, collections::BTreeMap};

use model::{
    Timestamp,
    device::{Field, IdKind, Mac, Platform, Practice, SourceRecord},
};

use super::{Device, Inventory, Merged, Owner, RecordState, Said, Seen};
use crate::{
    identity::{Identity, MatchKey, is_virtual_model, is_virtual_serial},
    merge::{Cluster, MergeRules, is_replaced},
};

/// Facts that are true only of one version of a system.
const OF_A_VERSION: [Field; 2] = [Field::OsBuild, Field::OsRelease];

pub(super) fn derive(cluster: Cluster, records: &[SourceRecord], rules: &MergeRules) -> Device {
    let mut ranked: Vec<&SourceRecord> = cluster.members.iter().map(|at| &records[*at]).collect();
    ranked.sort_by_key(|record| rank(record, rules));
    let replaced = replaced(&ranked, rules);
    let speaking: Vec<&SourceRecord> =
        ranked.iter().zip(&replaced).filter(|(_, replaced)| !**replaced).map(|it| *it.0).collect();
    let facts = facts(&speaking);
    let platform_said =
        merged(&speaking, |record| Some(record.platform).filter(|platform| platform.is_known()));
    let identifiers = identifiers(&ranked, rules);
    Device {
        id: cluster.id,
        aliases: cluster.aliases,
        records: ranked.iter().zip(&replaced).map(|(record, is)| state(record, *is)).collect(),
        platform: platform_said.as_ref().map_or(Platform::Unknown, |said| said.value),
        platform_said,
        owner: owner(&speaking, rules),
        is_virtual: is_virtual(&speaking),
        last_seen: last_seen(&speaking),
        macs: macs(&ranked, rules),
        software: inventories(&speaking),
        practices: practices(&speaking),
        attributes: attributes(&speaking),
        facts,
        identifiers,
        links: cluster.links,
        flags: cluster.flags,
    }
}

type Rank<'r> = (Reverse<Option<Timestamp>>, usize, &'r model::device::RecordKey);

/// The newest first, no time as the oldest; then by the order of the sources.
fn rank<'r>(record: &'r SourceRecord, rules: &MergeRules) -> Rank<'r> {
    let place = rules.source_order.iter().position(|name| *name == record.key.source);
    (Reverse(record.last_sync), place.unwrap_or(usize::MAX), &record.key)
}

/// Which of the ranked records a newer one of their source took the place of.
fn replaced(ranked: &[&SourceRecord], rules: &MergeRules) -> Vec<bool> {
    let mut sources: Vec<&str> = ranked.iter().map(|it| it.key.source.as_str()).collect();
    sources.sort_unstable();
    if sources.windows(2).all(|pair| pair[0] != pair[1]) {
        return vec![false; ranked.len()];
    }
    let identities: Vec<Identity> =
        ranked.iter().map(|record| Identity::of(record, rules)).collect();
    let is_by = |at: usize, newer: usize| {
        ranked[at].key.source == ranked[newer].key.source
            && is_replaced(&identities[at], &identities[newer])
    };
    (0..ranked.len()).map(|at| (0..at).any(|newer| is_by(at, newer))).collect()
}

fn state(record: &SourceRecord, is_replaced: bool) -> RecordState {
    RecordState {
        key: record.key.clone(),
        last_sync: record.last_sync,
        fetched_at: record.fetched_at,
        is_gone: record.is_gone,
        is_replaced,
    }
}

/// What the first record that says something says, and what the others do.
fn merged<T>(
    ranked: &[&SourceRecord],
    read: impl Fn(&SourceRecord) -> Option<T>,
) -> Option<Merged<T>> {
    let mut said = ranked.iter().filter_map(|record| {
        let (source, observed_at) = (record.key.source.clone(), record.last_sync);
        read(record).map(|value| Said { value, source, observed_at })
    });
    let Said { value, source, observed_at } = said.next()?;
    Some(Merged { value, source, observed_at, others: said.collect() })
}

fn facts(ranked: &[&SourceRecord]) -> BTreeMap<Field, Merged<String>> {
    let mut fields: Vec<Field> =
        ranked.iter().flat_map(|record| record.facts.keys().copied()).collect();
    fields.sort_unstable();
    fields.dedup();
    let mut facts = BTreeMap::new();
    for field in fields {
        let read = |record: &SourceRecord| record.fact(field).map(str::to_owned);
        facts.extend(merged(ranked, read).map(|merged| (field, merged)));
    }
    let version = facts.get(&Field::OsVersion).map(|merged| merged.value.clone());
    if let Some(version) = version {
        let is_of_it = |record: &&&SourceRecord| {
            record.fact(Field::OsVersion).is_none_or(|its| its == version)
        };
        let agreeing: Vec<&SourceRecord> = ranked.iter().filter(is_of_it).copied().collect();
        for field in OF_A_VERSION {
            facts.remove(&field);
            let read = |record: &SourceRecord| record.fact(field).map(str::to_owned);
            facts.extend(merged(&agreeing, read).map(|merged| (field, merged)));
        }
    }
    facts
}

/// The surest; among those the newest. Others are kept, each once. Where management says whose a
/// device is, the device's own word counts for nothing.
fn owner(ranked: &[&SourceRecord], rules: &MergeRules) -> Option<Owner> {
    let mut hints: Vec<_> = ranked
        .iter()
        .flat_map(|record| record.owners.iter().map(|hint| (hint, &record.key.source)))
        .filter(|(hint, _)| hint.email.is_some() || hint.username.is_some())
        .collect();
    // Whoever only has an account's name is found less surely than by an address.
    hints.sort_by_key(|(hint, source)| {
        (rules.trusts.of(source), Reverse(hint.confidence), hint.email.is_none())
    });
    let (first, source) = hints.first()?;
    let mut others: Vec<(model::Personal, String)> = Vec::new();
    for (hint, source) in &hints {
        let Some(email) = hint.email.as_ref().filter(|it| Some(*it) != first.email.as_ref()) else {
            continue;
        };
        if !others.iter().any(|(known, _)| known == email) {
            others.push((email.clone(), (*source).clone()));
        }
    }
    Some(Owner {
        email: first.email.clone(),
        username: first.username.clone(),
        confidence: first.confidence,
        source: (*source).clone(),
        others,
    })
}

fn identifiers(
    ranked: &[&SourceRecord],
    rules: &MergeRules,
) -> BTreeMap<(IdKind, String), Vec<String>> {
    let mut all: BTreeMap<(IdKind, String), (String, Vec<String>)> = BTreeMap::new();
    for record in ranked {
        for (kind, said) in &record.identifiers.scalars {
            let Some(key) = MatchKey::of(*kind, said, &rules.junk) else { continue };
            // Compared in one form, shown as the first source writes it.
            let shown = said.trim().to_owned();
            let entry = all.entry((*kind, key.to_string())).or_insert((shown, Vec::new()));
            if !entry.1.contains(&record.key.source) {
                entry.1.push(record.key.source.clone());
            }
        }
    }
    all.into_iter().map(|((kind, _), (shown, sources))| ((kind, shown), sources)).collect()
}

fn macs(ranked: &[&SourceRecord], rules: &MergeRules) -> Vec<Mac> {
    let mut macs: Vec<Mac> =
        ranked.iter().flat_map(|record| record.identifiers.macs.iter().copied()).collect();
    macs.sort_by_key(|mac| (!rules.is_usable(mac), *mac));
    macs.dedup();
    macs
}

fn is_virtual(ranked: &[&SourceRecord]) -> bool {
    ranked.iter().any(|record| {
        let serial = record.identifiers.scalars.get(&IdKind::Serial);
        serial.is_some_and(|serial| is_virtual_serial(serial))
            || record.fact(Field::Model).is_some_and(is_virtual_model)
    })
}

fn last_seen(ranked: &[&SourceRecord]) -> Option<Timestamp> {
    let synced = ranked.iter().filter_map(|record| record.last_sync).max();
    synced.or_else(|| ranked.iter().map(|record| record.fetched_at).max())
}

fn inventories(ranked: &[&SourceRecord]) -> Vec<Inventory> {
    let inventory = |record: &&SourceRecord| {
        let list = record.software.as_ref()?;
        Some(Inventory {
            source: record.key.source.clone(),
            taken_at: list.last_scan.or(record.last_sync),
            fetched_at: record.fetched_at,
            list: list.clone(),
        })
    };
    ranked.iter().filter_map(inventory).collect()
}

fn practices(ranked: &[&SourceRecord]) -> BTreeMap<Practice, Vec<Seen>> {
    let mut all: BTreeMap<Practice, Vec<Seen>> = BTreeMap::new();
    for record in ranked {
        for (practice, observation) in &record.practices {
            let seen = Seen {
                source: record.key.source.clone(),
                observed_at: observation.observed_at.or(record.last_sync),
                fetched_at: record.fetched_at,
                observation: observation.clone(),
            };
            all.entry(practice.clone()).or_default().push(seen);
        }
    }
    for seen in all.values_mut() {
        // Stable: on a tie the order of the records stays, which ends in that of the sources.
        seen.sort_by_key(|seen| Reverse(seen.observed_at));
    }
    all
}

fn attributes(ranked: &[&SourceRecord]) -> BTreeMap<String, Merged<model::device::Attribute>> {
    let mut names: Vec<&String> =
        ranked.iter().flat_map(|record| record.attributes.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name: &&String| {
        let read = |record: &SourceRecord| record.attributes.get(*name).cloned();
        merged(ranked, read).map(|merged| ((*name).clone(), merged))
    };
    names.iter().filter_map(of).collect()
}
