//! Which techniques rules cover, as a layer of ATT&CK Navigator, form 4.5.
//!
//! A technique counts as far as its best rule is live, tested and healthy; how many rules there are
//! says nothing. What is in shadow counts at most for [`SHADOW_SCORE_MAX`].

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::TestResult;
use crate::{
    lint::attack::{Attack, NOTICE, tagged},
    rule::{Rule, Rules, State},
};

/// The most that a technique counts of which all rules are in shadow.
pub const SHADOW_SCORE_MAX: f64 = 40.0;
const SCORE_MAX: f64 = 100.0;

/// What is known of rules beside their files.
pub struct Coverage<'c> {
    /// How their tests went.
    pub tests: &'c [TestResult],
    /// How far each is healthy, from 0 to 1; 1 where nothing is known.
    pub health: &'c dyn Fn(&Rule) -> f64,
}

/// What is known of a technique within a tactic.
#[derive(Debug, Default)]
struct Cell {
    score: f64,
    live: usize,
    shadow: usize,
    rules: Vec<String>,
}

/// The layer.
#[must_use]
pub fn layer(rules: &Rules, coverage: &Coverage<'_>) -> Value {
    let attack = Attack::shipped();
    let mut cells: BTreeMap<(String, String), Cell> = BTreeMap::new();
    for rule in rules.all().iter().filter(|rule| rule.meta.state.is_evaluated()) {
        let tags = tagged(&rule.head.tags);
        for technique in &tags.techniques {
            let Some(of_technique) = attack.tactics_of(technique) else { continue };
            for tactic in of_technique.iter().filter(|tactic| tags.tactics.contains(tactic)) {
                let cell = cells.entry((technique.clone(), tactic.clone())).or_default();
                cell.add(rule, score(rule, coverage));
            }
        }
    }
    let techniques: Vec<Value> = cells.iter().map(|(key, cell)| cell.json(key)).collect();
    let version = attack.version().split('.').next().unwrap_or_default();
    json!({
        "name": "Countersign coverage",
        "versions": { "attack": version, "navigator": "5.1.0", "layer": "4.5" },
        "domain": "enterprise-attack",
        "description": NOTICE,
        "sorting": 3,
        "techniques": techniques,
        "gradient": {
            "colors": ["#ff6666ff", "#ffe766ff", "#8ec843ff"],
            "minValue": 0,
            "maxValue": 100
        },
        "legendItems": [],
    })
}

/// How far a rule is in force, tested and healthy.
fn score(rule: &Rule, coverage: &Coverage<'_>) -> f64 {
    let of_rule = || coverage.tests.iter().filter(|test| test.rule == rule.id());
    let passed = of_rule().filter(|test| test.is_passed()).count();
    let tested = match of_rule().count() {
        0 => 0.0,
        all => passed as f64 / all as f64,
    };
    let most = match rule.meta.state {
        State::Live => SCORE_MAX,
        State::Canary(percent) => {
            let share = f64::from(percent) / 100.0;
            SHADOW_SCORE_MAX + (SCORE_MAX - SHADOW_SCORE_MAX) * share
        }
        State::Shadow => SHADOW_SCORE_MAX,
        State::Draft | State::Deprecated => 0.0,
    };
    most * tested * (coverage.health)(rule).clamp(0.0, 1.0)
}

impl Cell {
    fn add(&mut self, rule: &Rule, score: f64) {
        self.score = self.score.max(score);
        let is_live = matches!(rule.meta.state, State::Live | State::Canary(_));
        *if is_live { &mut self.live } else { &mut self.shadow } += 1;
        self.rules.push(rule.id().to_owned());
    }

    fn json(&self, (technique, tactic): &(String, String)) -> Value {
        let rules: Vec<Value> =
            self.rules.iter().map(|rule| json!({ "name": "rule", "value": rule })).collect();
        json!({
            "techniqueID": technique,
            "tactic": tactic,
            "score": self.score.round(),
            "color": "",
            "comment": format!("{} live, {} in shadow", self.live, self.shadow),
            "enabled": true,
            "metadata": rules,
            "links": [],
            "showSubtechniques": false,
        })
    }
}
