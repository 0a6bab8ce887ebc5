//! The windows of one correlation, of all groups.

use std::collections::BTreeMap;

use super::{
    group::{Entry, Group, Reached},
    plan::Plan,
};
use crate::code::{Reader, Writer};

/// How many groups a correlation keeps: beyond, those that were quiet for longest go.
pub(crate) const GROUPS_MAX: usize = 100_000;
/// How many entries it keeps over all groups.
pub(crate) const ALL_ENTRIES_MAX: usize = 1_000_000;
/// What goes at once when there is no room: one in so many.
const SHED_PART: usize = 10;
/// The form in which windows are written.
const FORM: u64 = 1;

/// The state of one correlation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Windows {
    groups: BTreeMap<u128, Group>,
    /// Over all groups.
    entries: usize,
    /// The newest time that was seen.
    newest: u32,
    /// When what has passed was last swept out.
    swept: u32,
    /// What was dropped for want of room since the beginning.
    pub(crate) shed: Shed,
}

/// What bounds have cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shed {
    /// Groups that were forgotten while their windows were open.
    pub groups: u64,
    /// Entries that were forgotten of groups with too many.
    pub entries: u64,
}

impl Windows {
    /// Takes an entry of a group in. `lateness_s` is how far its sources may lag.
    pub(crate) fn take(
        &mut self,
        key: u128,
        entry: Entry,
        plan: &Plan,
        lateness_s: u32,
    ) -> Option<Reached> {
        let keep_s = plan.window_s().saturating_add(lateness_s);
        self.newest = self.newest.max(entry.time);
        self.sweep(keep_s);
        let group = self.groups.entry(key).or_default();
        let before = group.len();
        let (reached, dropped) = group.take(entry, plan, keep_s);
        let after = group.len();
        if after == 0 {
            self.groups.remove(&key);
        }
        self.entries = self.entries + after - before;
        self.shed.entries += dropped;
        self.make_room();
        reached
    }

    /// How many groups and entries there are.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.groups.len(), self.entries)
    }

    /// Now and then, drops groups whose windows have passed.
    fn sweep(&mut self, keep_s: u32) {
        if self.newest.saturating_sub(self.swept) < (keep_s / 4).max(60) {
            return;
        }
        self.swept = self.newest;
        let horizon = self.newest.saturating_sub(keep_s);
        self.groups.retain(|_, group| group.newest() >= horizon);
        self.entries = self.groups.values().map(Group::len).sum();
    }

    /// Makes room at one stroke, so that a flood of groups costs each event little.
    fn make_room(&mut self) {
        if self.groups.len() <= GROUPS_MAX && self.entries <= ALL_ENTRIES_MAX {
            return;
        }
        let mut oldest: Vec<(u32, u128, usize)> =
            self.groups.iter().map(|(key, group)| (group.newest(), *key, group.len())).collect();
        oldest.sort_unstable();
        let (groups, entries) = (GROUPS_MAX / SHED_PART * 9, ALL_ENTRIES_MAX / SHED_PART * 9);
        for (_, key, len) in oldest {
            if self.groups.len() <= groups && self.entries <= entries {
                break;
            }
            self.groups.remove(&key);
            self.entries -= len;
            self.shed.groups += 1;
        }
    }

    /// As bytes. `meaning` is what the correlation means.
    pub(crate) fn to_bytes(&self, meaning: u128) -> Vec<u8> {
        let mut to = Writer::default();
        to.number(FORM).digest(meaning);
        to.number(u64::from(self.newest)).number(u64::from(self.swept));
        to.number(self.shed.groups).number(self.shed.entries);
        to.number(self.groups.len() as u64);
        for (key, group) in &self.groups {
            to.digest(*key);
            group.write(&mut to);
        }
        to.into_bytes()
    }

    /// Reads what was written for a correlation of this meaning; nothing where it is anything else.
    pub(crate) fn from_bytes(bytes: &[u8], meaning: u128) -> Option<Self> {
        let mut from = Reader::of(bytes);
        if from.number()? != FORM || from.digest()? != meaning {
            return None;
        }
        let newest = u32::try_from(from.number()?).ok()?;
        let swept = u32::try_from(from.number()?).ok()?;
        let shed = Shed { groups: from.number()?, entries: from.number()? };
        let mut groups = BTreeMap::new();
        for _ in 0..from.count()? {
            groups.insert(from.digest()?, Group::read(&mut from)?);
        }
        let entries = groups.values().map(Group::len).sum();
        from.is_at_end().then_some(Self { groups, entries, newest, swept, shed })
    }
}
