//! The entries of one group, in order of time.

use super::plan::Plan;
use crate::code::{Reader, Writer};

/// How many entries a group keeps: beyond, the oldest go.
pub(crate) const ENTRIES_MAX: usize = 10_000;

/// Something that was matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The hash of a value, or the bits of a number, as the correlation has it.
    pub(crate) value: u64,
    /// A hash of who did it; 0 is nobody known.
    pub(crate) actor: u64,
    /// When, in seconds since 1970.
    pub(crate) time: u32,
    /// The place of the rule that matched.
    pub(crate) part: u16,
}

/// The entries of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Group {
    entries: Vec<Entry>,
}

/// A window that is as a rule wants it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reached {
    /// The number of it.
    pub(crate) number: f64,
    /// When its first entry was, in seconds since 1970.
    pub(crate) from: u32,
    /// When its last was.
    pub(crate) to: u32,
    /// Whose all its entries are, where they are one's.
    pub(crate) actor: Option<u64>,
}

impl Group {
    /// Puts an entry in its place, and says whether a window that it lies in is as wanted. What is
    /// older than the newest by more than `keep_s` is dropped; the second value is how many
    /// entries were dropped for want of room.
    pub(super) fn take(
        &mut self,
        entry: Entry,
        plan: &Plan,
        keep_s: u32,
    ) -> (Option<Reached>, u64) {
        let newest = self.newest().max(entry.time);
        let horizon = newest.saturating_sub(keep_s);
        let expired = self.entries.partition_point(|it| it.time < horizon);
        self.entries.drain(..expired);
        if entry.time < horizon {
            return (None, 0);
        }
        let at = self.entries.partition_point(|it| it.time <= entry.time);
        self.entries.insert(at, entry);
        let reached = self.reached(at, plan);
        if plan.is_about_what() {
            self.drop_inner(at, plan.window_s());
        }
        let surplus = self.entries.len().saturating_sub(ENTRIES_MAX);
        self.entries.drain(..surplus);
        (reached, surplus as u64)
    }

    /// When the newest entry was.
    pub(super) fn newest(&self) -> u32 {
        self.entries.last().map_or(0, |entry| entry.time)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The first window around an entry that is as wanted. A window ends with an entry, and begins
    /// its length before.
    fn reached(&self, at: usize, plan: &Plan) -> Option<Reached> {
        let (window_s, time) = (plan.window_s(), self.entries[at].time);
        let ends = at..self.entries.len();
        let is_last_of_its_time = |end: &usize| {
            self.entries.get(end + 1).is_none_or(|it| it.time > self.entries[*end].time)
        };
        ends.take_while(|end| self.entries[*end].time - time <= window_s)
            .filter(is_last_of_its_time)
            .find_map(|end| self.window(end, plan))
    }

    fn window(&self, end: usize, plan: &Plan) -> Option<Reached> {
        let to = self.entries[end].time;
        let least = to.saturating_sub(plan.window_s());
        let start = self.entries[..end].partition_point(|it| it.time < least);
        let entries = &self.entries[start..=end];
        let number = plan.reached(entries)?;
        let first = entries[0];
        let is_one = first.actor != 0 && entries.iter().all(|it| it.actor == first.actor);
        Some(Reached { number, from: first.time, to, actor: is_one.then_some(first.actor) })
    }

    /// Of three equal entries within the length of a window the inner one is in no window alone.
    fn drop_inner(&mut self, at: usize, window_s: u32) {
        let same = |other: &Entry| {
            let it = &self.entries[at];
            (it.value, it.part, it.actor) == (other.value, other.part, other.actor)
        };
        let before = self.entries[..at].iter().rposition(same);
        let earlier = before.and_then(|before| self.entries[..before].iter().rposition(same));
        let after = self.entries[at + 1..].iter().position(same).map(|next| at + 1 + next);
        let is_close = |one: usize, other: usize| {
            self.entries[other].time - self.entries[one].time <= window_s
        };
        match (earlier, before, after) {
            (_, Some(before), Some(after)) if is_close(before, after) => {
                self.entries.remove(at);
            }
            (Some(earlier), Some(before), _) if is_close(earlier, at) => {
                self.entries.remove(before);
            }
            _ => {}
        }
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.number(self.entries.len() as u64);
        let mut last = 0;
        for entry in &self.entries {
            to.number(u64::from(entry.time - last)).number(u64::from(entry.part));
            to.bits(entry.value).bits(entry.actor);
            last = entry.time;
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let mut last = 0_u32;
        let entries = (0..from.count()?).map(|_| {
            last = last.checked_add(u32::try_from(from.number()?).ok()?)?;
            let part = u16::try_from(from.number()?).ok()?;
            Some(Entry { time: last, part, value: from.bits()?, actor: from.bits()? })
        });
        Some(Self { entries: entries.collect::<Option<_>>()? })
    }
}
