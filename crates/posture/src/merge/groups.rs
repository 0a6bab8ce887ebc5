//! Groups of records that grow as identifiers join them.

mod claims;

use std::collections::BTreeMap;

use model::device::{IdKind, RecordKey, SourceRecord};

use super::{
    Cluster, Conflict, Decision, FLAGS_MAX, Flag, FlagKind, Link, LinkReason, conflict::conflict,
    decision::Rulings, ids, is_shared,
};
use crate::identity::{Identity, MatchKey};

/// What is joined: first what management knows, then what devices say of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Records of management systems.
    Managed,
    /// Records that are somebody's with others of theirs.
    Owned,
    /// What is nobody's yet.
    Open,
}

pub(super) struct Groups<'r> {
    /// In the order of their keys: a record's place here is its name in all of this file.
    records: &'r [&'r SourceRecord],
    identities: &'r [Identity],
    rulings: Rulings<'r>,
    /// Each record's source, as a number.
    sources: Vec<usize>,
    /// Each record's group: the place of one of its members.
    group: Vec<usize>,
    /// By group, its members; empty where a place is no group's name.
    members: Vec<Vec<usize>>,
    links: Vec<(usize, Link)>,
    flags: Vec<(usize, Option<usize>, Flag)>,
}

impl<'r> Groups<'r> {
    /// Every record alone.
    pub(super) fn of(
        records: &'r [&'r SourceRecord],
        identities: &'r [Identity],
        decisions: &'r [Decision],
    ) -> Self {
        let place = |key: &RecordKey| records.binary_search_by(|it| it.key.cmp(key)).ok();
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let number = |record: &&'r SourceRecord| {
            let next = names.len();
            *names.entry(&record.key.source).or_insert(next)
        };
        let sources = records.iter().map(number).collect();
        Self {
            records,
            identities,
            rulings: Rulings::of(decisions, place),
            sources,
            group: (0..records.len()).collect(),
            members: (0..records.len()).map(|at| vec![at]).collect(),
            links: Vec::new(),
            flags: Vec::new(),
        }
    }

    /// Joins what people pinned together, whatever it says.
    pub(super) fn pin(&mut self) {
        for (one, other, decision) in std::mem::take(&mut self.rulings.together) {
            let (left, right) = (self.group[one], self.group[other]);
            if left == right {
                continue;
            }
            if self.are_apart(left, right) {
                self.flag(FlagKind::PinRefused, None, one, Some(other));
            } else {
                self.unite(one, other, LinkReason::Pinned(decision.clone()));
            }
        }
    }

    /// Joins the groups of the records that have an identifier in common, as far as they agree.
    pub(super) fn join(&mut self, pass: Pass, key: &MatchKey, holders: &[usize]) {
        let is_own_word = |at: &usize| self.identities[*at].trust.is_own_word();
        let (claims, managed): (Vec<usize>, Vec<usize>) =
            holders.iter().partition(|at| is_own_word(at));
        match pass {
            Pass::Managed => self.join_managed(key, &managed),
            Pass::Owned | Pass::Open => self.join_claims(pass, key, &managed, &claims),
        }
    }

    fn join_managed(&mut self, key: &MatchKey, holders: &[usize]) {
        if holders.len() < 2 {
            return;
        }
        if self.says_nothing(key, holders) {
            holders.iter().for_each(|at| self.flag(FlagKind::Shared, Some(key), *at, None));
            return;
        }
        let standing = self.standing(holders);
        let mut agree = all_agree(standing.len());
        for (a, one) in standing.iter().enumerate() {
            for (b, other) in standing.iter().enumerate().skip(a + 1) {
                if let Some(conflict) = self.managed_conflict(*one, *other) {
                    (agree[a][b], agree[b][a]) = (false, false);
                    if conflict != Conflict::Apart {
                        self.flag(FlagKind::Conflict(conflict), Some(key), *one, Some(*other));
                    }
                }
            }
        }
        self.unite_parties(key, &standing, &agree);
    }

    /// One of the holders for each group.
    fn standing(&self, holders: &[usize]) -> Vec<usize> {
        let mut standing: Vec<usize> = Vec::new();
        for at in holders {
            if !standing.iter().any(|it| self.group[*it] == self.group[*at]) {
                standing.push(*at);
            }
        }
        standing
    }

    fn unite_parties(&mut self, key: &MatchKey, standing: &[usize], agree: &[Vec<bool>]) {
        for party in parties(agree) {
            let is_certain = party.iter().all(|a| party.iter().all(|b| agree[*a][*b]));
            for (a, b) in party.iter().zip(party.iter().skip(1)) {
                if is_certain {
                    let why = LinkReason::Same(key.clone());
                    self.unite(standing[party[0]], standing[*b], why);
                } else {
                    // One of them agrees with two that do not agree with each other.
                    let (one, other) = (standing[*a], standing[*b]);
                    self.flag(FlagKind::Ambiguous, Some(key), one, Some(other));
                }
            }
        }
    }

    fn says_nothing(&self, key: &MatchKey, holders: &[usize]) -> bool {
        let said = holders.iter().map(|at| {
            let serial = self.identities[*at].scalar(IdKind::Serial);
            (self.records[*at].key.source.as_str(), serial)
        });
        is_shared(key, said)
    }

    /// The same of what management says alone: what a device says of itself, brought there by hand,
    /// keeps nothing of it away.
    fn managed_conflict(&self, one: usize, other: usize) -> Option<Conflict> {
        let (left, right) = (self.group[one], self.group[other]);
        if self.are_apart(left, right) {
            return Some(Conflict::Apart);
        }
        let managed = |group: usize| {
            let members = self.members[group].iter().copied();
            members.filter(|at| !self.identities[*at].trust.is_own_word()).collect::<Vec<usize>>()
        };
        conflict(&managed(left), &managed(right), self.identities, &self.sources)
    }

    fn conflict(&self, left: usize, right: usize) -> Option<Conflict> {
        if self.are_apart(left, right) {
            return Some(Conflict::Apart);
        }
        conflict(&self.members[left], &self.members[right], self.identities, &self.sources)
    }

    fn are_apart(&self, left: usize, right: usize) -> bool {
        let apart = &self.rulings.apart;
        let is_apart = |a: &usize, b: &usize| apart.contains(&(*a.min(b), *a.max(b)));
        !apart.is_empty()
            && self.members[left].iter().any(|a| self.members[right].iter().any(|b| is_apart(a, b)))
    }

    fn unite(&mut self, one: usize, other: usize, why: LinkReason) {
        let (mut to, mut from) = (self.group[one], self.group[other]);
        if self.members[to].len() < self.members[from].len() {
            (to, from) = (from, to);
        }
        let moved = std::mem::take(&mut self.members[from]);
        for at in &moved {
            self.group[*at] = to;
        }
        self.members[to].extend(moved);
        let key = |at: usize| self.records[at].key.clone();
        self.links.push((one, Link { left: key(one), right: key(other), why }));
    }

    fn flag(&mut self, kind: FlagKind, key: Option<&MatchKey>, one: usize, other: Option<usize>) {
        let name = |at: usize| self.records[at].key.clone();
        let (left, right) = (name(one), other.map(name));
        self.flags.push((one, other, Flag { kind, matched: key.cloned(), left, right }));
    }

    /// The groups as they are now. `order` maps a place to the caller's.
    pub(super) fn into_clusters(self, order: &[usize]) -> Vec<Cluster> {
        let mut links: BTreeMap<usize, Vec<Link>> = BTreeMap::new();
        for (at, link) in self.links {
            links.entry(self.group[at]).or_default().push(link);
        }
        let mut flags: BTreeMap<usize, Vec<Flag>> = BTreeMap::new();
        for (one, other, flag) in self.flags {
            let mut concerned: Vec<usize> =
                [Some(one), other].into_iter().flatten().map(|at| self.group[at]).collect();
            concerned.dedup();
            for group in concerned {
                let known = flags.entry(group).or_default();
                if known.len() < FLAGS_MAX && !is_said(known, &flag) {
                    known.push(flag.clone());
                }
            }
        }
        let mut clusters = Vec::new();
        for (group, mut members) in self.members.into_iter().enumerate() {
            members.sort_unstable();
            let of: Vec<&SourceRecord> = members.iter().map(|at| self.records[*at]).collect();
            let Some((id, aliases)) = ids::name(&of) else { continue };
            let members = members.iter().map(|at| order[*at]).collect();
            let links = links.remove(&group).unwrap_or_default();
            let flags = flags.remove(&group).unwrap_or_default();
            clusters.push((of[0].key.clone(), Cluster { id, aliases, members, links, flags }));
        }
        clusters.sort_by(|a, b| a.0.cmp(&b.0));
        clusters.into_iter().map(|(_, cluster)| cluster).collect()
    }
}

/// Whether the same was said of the same records, by a stronger identifier.
fn is_said(known: &[Flag], flag: &Flag) -> bool {
    let what = |it: &Flag| (it.kind, it.left.clone(), it.right.clone());
    known.iter().any(|it| what(it) == what(flag))
}

fn all_agree(count: usize) -> Vec<Vec<bool>> {
    vec![vec![true; count]; count]
}

/// The parties of those that agree, each directly or through others.
fn parties(agree: &[Vec<bool>]) -> Vec<Vec<usize>> {
    let mut is_placed = vec![false; agree.len()];
    let mut parties = Vec::new();
    for first in 0..agree.len() {
        if is_placed[first] {
            continue;
        }
        is_placed[first] = true;
        let mut party = vec![first];
        let mut next = 0;
        while let Some(at) = party.get(next).copied() {
            for other in 0..agree.len() {
                if agree[at][other] && !is_placed[other] {
                    is_placed[other] = true;
                    party.push(other);
                }
            }
            next += 1;
        }
        party.sort_unstable();
        parties.push(party);
    }
    parties
}
