//! Tallies of the store in memory.

use std::collections::BTreeMap;

use crate::store::{Day, Tallied, Tally, TallyQuery};

#[derive(Debug, Default)]
pub(in super::super) struct Tallies(BTreeMap<(String, String, Day), i64>);

impl Tallies {
    pub(super) fn add(&mut self, tally: &Tally) {
        let key = (tally.kept_key().to_owned(), tally.name.clone(), tally.day);
        let sum = self.0.entry(key).or_default();
        *sum = sum.saturating_add(tally.n);
    }

    pub(in super::super) fn read(&self, query: &TallyQuery) -> Vec<Tallied> {
        let mut sums = BTreeMap::<(&str, &str), i64>::new();
        for ((key, name, day), n) in &self.0 {
            if query.matches(key, *day) {
                let sum = sums.entry((key, name)).or_default();
                *sum = sum.saturating_add(*n);
            }
        }
        let rows = sums.into_iter().map(|((key, name), n)| {
            let (key, name) = (key.to_owned(), name.to_owned());
            Tallied { key, name, n }
        });
        rows.take(query.at_most() as usize).collect()
    }

    /// Forgets what is older, a bounded number; returns how many.
    pub(super) fn forget_before(&mut self, day: Day, limit: u64) -> u64 {
        let old = self.0.keys().filter(|(_, _, at)| *at < day);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let old: Vec<_> = old.take(limit).cloned().collect();
        old.iter().for_each(|key| {
            self.0.remove(key);
        });
        old.len() as u64
    }
}
