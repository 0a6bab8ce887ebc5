//! What rules say of each other: that it is there, that it ends, and what it means together.

use std::collections::BTreeMap;

use content::{FileProblem, nearest};

use super::{Body, Correlation, CorrelationKind, Rule, Rules};
use crate::digest::Digest;

/// How many correlations may stand on each other.
pub const CHAIN_MAX: usize = 10;

/// All rules whose words for each other have a meaning. The rest is told and left out.
pub(super) fn resolve(read: Vec<Rule>, problems: &mut Vec<FileProblem>) -> Rules {
    let mut all = distinct(read, problems);
    // What is left out may be what another needs.
    loop {
        let known: Words = Words::of(&all);
        let flaws: Vec<Option<Flaw>> = all.iter().map(|rule| known.flaw(rule, &all)).collect();
        if flaws.iter().all(Option::is_none) {
            break;
        }
        let mut flaws = flaws.into_iter();
        all.retain(|rule| match flaws.next().flatten() {
            None => true,
            Some(flaw) => {
                let problem = FileProblem::new(&rule.file, flaw.path, flaw.text);
                problems.push(FileProblem { nearest: flaw.nearest, ..problem });
                false
            }
        });
    }
    refuse_chains(&mut all, problems);
    mean_together(&mut all);
    Rules::new(all)
}

/// Each id and each name once; of two the first.
fn distinct(read: Vec<Rule>, problems: &mut Vec<FileProblem>) -> Vec<Rule> {
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    let mut all = Vec::new();
    for rule in read {
        let own = || [Some(&rule.head.id), rule.head.name.as_ref()].into_iter().flatten();
        let taken = own().find_map(|word| Some((word, words.get(word)?)));
        if let Some((word, file)) = taken {
            let path = if *word == rule.head.id { "id" } else { "name" };
            let text = format!("`{word}` is that of {file} too");
            problems.push(FileProblem::new(&rule.file, path, text));
            continue;
        }
        words.extend(own().map(|word| (word.clone(), rule.file.to_string())));
        all.push(rule);
    }
    all
}

struct Flaw {
    path: &'static str,
    text: String,
    nearest: Option<String>,
}

/// The words by which rules may be meant.
struct Words {
    by_word: BTreeMap<String, usize>,
    by_title: BTreeMap<String, usize>,
}

impl Words {
    fn of(all: &[Rule]) -> Self {
        let mut words = Self { by_word: BTreeMap::new(), by_title: BTreeMap::new() };
        for (at, rule) in all.iter().enumerate() {
            words.by_title.insert(rule.head.title.clone(), at);
            words.by_word.insert(rule.head.id.clone(), at);
            words.by_word.extend(rule.head.name.clone().map(|name| (name, at)));
        }
        words
    }

    fn find(&self, word: &str) -> Option<usize> {
        self.by_word.get(word).copied()
    }

    fn flaw(&self, rule: &Rule, all: &[Rule]) -> Option<Flaw> {
        match &rule.body {
            Body::Correlation(correlation) => {
                correlation.rules.iter().find_map(|word| self.flaw_of_part(word, all))
            }
            Body::Filter(filter) => {
                filter.rules.iter().find_map(|word| self.flaw_of_target(word, all))
            }
            Body::Detection(_) | Body::Baseline(_) => None,
        }
    }

    fn flaw_of_part(&self, word: &str, all: &[Rule]) -> Option<Flaw> {
        let path = "correlation.rules";
        let Some(at) = self.find(word) else { return Some(self.unknown(path, word)) };
        let is_filter = matches!(all[at].body, Body::Filter(_));
        is_filter.then(|| Flaw { path, text: format!("`{word}` is a filter"), nearest: None })
    }

    fn flaw_of_target(&self, word: &str, all: &[Rule]) -> Option<Flaw> {
        let path = "filter.rules";
        let at = self.find(word).or_else(|| self.by_title.get(word).copied());
        let Some(at) = at else { return Some(self.unknown(path, word)) };
        let text = match &all[at].body {
            Body::Filter(_) => format!("`{word}` is a filter itself"),
            Body::Correlation(_) => {
                format!("`{word}` is a correlation: name the rules that it counts")
            }
            Body::Detection(_) | Body::Baseline(_) => return None,
        };
        Some(Flaw { path, text, nearest: None })
    }

    fn unknown(&self, path: &'static str, word: &str) -> Flaw {
        let text = format!("there is no rule `{word}` that could be read");
        Flaw { path, text, nearest: nearest(word, self.by_word.keys().map(String::as_str)) }
    }
}

/// Leaves out correlations that stand on themselves, or too high on others.
fn refuse_chains(all: &mut Vec<Rule>, problems: &mut Vec<FileProblem>) {
    let heights = heights(all);
    let mut heights = heights.into_iter();
    all.retain(|rule| {
        let is_good = heights.next().is_some_and(|height| height <= CHAIN_MAX);
        if !is_good {
            let text = format!("stands on itself, or on more than {CHAIN_MAX} others in a row");
            problems.push(FileProblem::new(&rule.file, "correlation.rules", text));
        }
        is_good
    });
}

/// How many correlations lie below each other, each rule included: at most one more than may, which
/// those reach that stand on themselves.
fn heights(all: &[Rule]) -> Vec<usize> {
    let words = Words::of(all);
    let mut heights = vec![0; all.len()];
    for _ in 0..=CHAIN_MAX {
        let before = heights.clone();
        for (rule, height) in all.iter().zip(&mut heights) {
            let Body::Correlation(correlation) = &rule.body else { continue };
            let below = correlation.rules.iter().filter_map(|word| words.find(word));
            *height = below.map(|at| before[at]).max().unwrap_or(0) + 1;
        }
    }
    heights
}

/// A correlation means what the rules that it looks at mean; what it takes for many is no part of
/// that, as the events that were counted stay the same.
fn mean_together(all: &mut [Rule]) {
    let words = Words::of(all);
    // Lower ones first: each round gets at least one level right.
    for _ in 0..=CHAIN_MAX {
        let meanings: Vec<u128> = all.iter().map(|rule| rule.meaning).collect();
        for rule in all.iter_mut() {
            if let Body::Correlation(correlation) = &rule.body {
                rule.meaning = meaning(correlation, &words, &meanings);
            }
        }
    }
}

fn meaning(correlation: &Correlation, words: &Words, meanings: &[u128]) -> u128 {
    let mut digest = Digest::of("correlation")
        .text(correlation.kind.word())
        .number(correlation.timespan.as_seconds());
    for word in &correlation.rules {
        digest = digest.digest(words.find(word).map_or(0, |at| meanings[at]));
    }
    for field in &correlation.group_by {
        digest = digest.text("group").text(&field.name);
        for (rule, name) in &field.by_rule {
            digest = digest.text(rule).text(name);
        }
    }
    if correlation.kind != CorrelationKind::EventCount {
        for field in &correlation.fields {
            digest = digest.text("field").text(field);
        }
    }
    digest.finish()
}
