//! What was measured: who, when, how unusual.

use std::collections::BTreeMap;

use model::{Span, Timestamp};

/// How many findings a sample keeps; beyond, the lowest scores are dropped.
pub const FINDINGS_MAX: usize = 2_000_000;

/// A person, or an entity that is nobody's, by a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who(pub u128);

/// The findings of a rule in a stretch of history.
#[derive(Debug, Clone)]
pub struct Sample {
    most: usize,
    whos: Vec<Who>,
    numbers: BTreeMap<Who, u32>,
    found: Vec<Found>,
    /// Scores up to this were dropped for want of room.
    dropped: Option<f64>,
}

/// In the order of people and of time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    who: u32,
    second: i64,
    score: f64,
}

impl Default for Sample {
    fn default() -> Self {
        Self::of(FINDINGS_MAX)
    }
}

impl Sample {
    /// An empty one that keeps so many findings.
    #[must_use]
    pub fn of(most: usize) -> Self {
        let (whos, numbers, found) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { most: most.max(2), whos, numbers, found, dropped: None }
    }

    /// One more finding. One that has no score worth the name is passed over.
    pub fn add(&mut self, who: Who, at: Timestamp, score: f64) {
        if !score.is_finite() || self.dropped.is_some_and(|dropped| score <= dropped) {
            return;
        }
        if self.found.len() >= self.most {
            self.drop_lower_half();
        }
        let next = u32::try_from(self.whos.len()).unwrap_or(u32::MAX);
        let who = *self.numbers.entry(who).or_insert_with(|| {
            self.whos.push(who);
            next
        });
        self.found.push(Found { who, second: at.as_second(), score });
    }

    /// Puts everything into order; to be called when all of it has been added.
    pub fn settle(&mut self) {
        let key = |found: &Found| (found.who, found.second);
        self.found.sort_by(|one, other| {
            key(one).cmp(&key(other)).then(one.score.total_cmp(&other.score))
        });
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Below this score not everything is known.
    #[must_use]
    pub fn dropped(&self) -> Option<f64> {
        self.dropped
    }

    /// The part of a settled sample between two instants.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Self {
        let range = from.as_second()..to.as_second();
        let found = self.found.iter().filter(|found| range.contains(&found.second));
        Self { found: found.copied().collect(), ..self.clone() }
    }

    /// Every score there is, lowest first, each once.
    pub(super) fn scores(&self) -> Vec<f64> {
        let mut scores: Vec<f64> = self.found.iter().map(|found| found.score).collect();
        scores.sort_unstable_by(f64::total_cmp);
        scores.dedup();
        scores
    }

    /// How many questions a threshold asks: a finding of a person that no question of theirs is
    /// open for asks one, and keeps it open for the window.
    ///
    /// Never more for a higher threshold: windows that cover all of a person's findings cover
    /// fewer of them too, and to open each as late as possible needs the fewest.
    pub(super) fn questions(&self, threshold: f64, window: Span) -> u64 {
        let mut all = 0;
        self.each_question(threshold, window, |_| all += 1);
        all
    }

    /// How many questions a threshold asks of whom, those asked most first.
    pub(super) fn asked(&self, threshold: f64, window: Span) -> Vec<(Who, u32)> {
        let mut asked: BTreeMap<u32, u32> = BTreeMap::new();
        self.each_question(threshold, window, |who| *asked.entry(who).or_default() += 1);
        let named = asked
            .into_iter()
            .filter_map(|(who, times)| Some((*self.whos.get(usize::try_from(who).ok()?)?, times)));
        let mut asked: Vec<(Who, u32)> = named.collect();
        asked.sort_by_key(|(who, times)| (std::cmp::Reverse(*times), *who));
        asked
    }

    fn each_question(&self, threshold: f64, window: Span, mut ask: impl FnMut(u32)) {
        let window_s = i64::try_from(window.as_seconds()).unwrap_or(i64::MAX);
        let mut open: Option<(u32, i64)> = None;
        for found in self.found.iter().filter(|found| found.score >= threshold) {
            let joins = open.is_some_and(|(who, until)| who == found.who && found.second <= until);
            if !joins {
                ask(found.who);
                open = Some((found.who, found.second.saturating_add(window_s)));
            }
        }
    }

    fn drop_lower_half(&mut self) {
        let mut scores: Vec<f64> = self.found.iter().map(|found| found.score).collect();
        let middle = scores.len() / 2;
        let (_, median, _) = scores.select_nth_unstable_by(middle, f64::total_cmp);
        let median = *median;
        self.found.retain(|found| found.score > median);
        self.dropped = Some(median);
    }
}
