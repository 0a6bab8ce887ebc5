//! The Sigma engine as it comes: its own index, its own view of a parsed record.

use std::collections::BTreeMap;

use rsigma_eval::{Engine, JsonEvent};

/// Its rules.
#[derive(Default)]
pub(super) struct Peer {
    engine: Engine,
    texts: Vec<String>,
    /// Our number of a rule, by the id that it finds it by.
    numbers: BTreeMap<String, u32>,
}

impl Peer {
    pub(super) fn rule(&mut self, number: u32, text: &str) {
        self.texts.push(text.to_owned());
        let id = text.lines().find_map(|line| line.strip_prefix("id: "));
        self.numbers.insert(id.unwrap_or_default().trim().to_owned(), number);
    }

    /// Loads all of them at once, as its index is made anew for every load.
    pub(super) fn build(mut self) -> Self {
        let whole = self.texts.join("\n---\n");
        let rules = rsigma_parser::parse_sigma_yaml(&whole).expect("rules that we could read");
        self.engine.add_collection(&rules).expect("rules that we could compile");
        self
    }

    pub(super) fn hits(&self, record: &[u8]) -> anyhow::Result<Vec<u32>> {
        let value: serde_json::Value = serde_json::from_slice(record)?;
        let found = self.engine.evaluate(&JsonEvent::borrow(&value));
        let number = |id: &String| self.numbers.get(id).copied();
        let mut all: Vec<u32> =
            found.iter().filter_map(|hit| hit.header.rule_id.as_ref().and_then(number)).collect();
        all.sort_unstable();
        Ok(all)
    }

    pub(super) fn count(&self, record: &[u8]) -> usize {
        let value: serde_json::Value = serde_json::from_slice(record).expect("a record");
        self.engine.evaluate(&JsonEvent::borrow(&value)).len()
    }
}
