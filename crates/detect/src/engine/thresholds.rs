//! Between rules and calibration: which thresholds are in force, and which rules have a budget.

use super::input::Thresholds;
use crate::{
    baseline::Baseline,
    calibrate::{self, Calibrated, KnownRule, Note},
    rule::{Body, Rule, Rules},
};

/// The thresholds that a file of calibration gives to the rules in force, and what of it is not
/// used as written.
#[must_use]
pub fn thresholds(rules: &Rules, calibrated: &Calibrated) -> (Thresholds, Vec<Note>) {
    let known: Vec<KnownRule<'_>> = baselines(rules).map(|(rule, it)| known(rule, it)).collect();
    let chosen =
        known.iter().filter_map(|rule| Some((rule.id.to_owned(), calibrated.threshold(rule)?)));
    (chosen.collect(), calibrated.notes(&known))
}

/// The rules that a threshold can be chosen for: those with a baseline and a budget of questions.
#[must_use]
pub fn to_calibrate(rules: &Rules) -> Vec<calibrate::Rule> {
    let with_budget = baselines(rules).filter_map(|(rule, baseline)| {
        let budget = rule.meta.budget?;
        Some(calibrate::Rule {
            id: rule.id().to_owned(),
            meaning: baseline.meaning(),
            per_person: f64::from(budget.per_person),
            every: budget.every,
            group_window: rule.meta.group.window,
            floor: baseline.kind().floor(),
            written: baseline.kind().threshold(),
        })
    });
    with_budget.collect()
}

fn baselines(rules: &Rules) -> impl Iterator<Item = (&Rule, &Baseline)> {
    rules.all().iter().filter_map(|rule| match &rule.body {
        Body::Baseline(body) => Some((&**rule, &body.baseline)),
        _ => None,
    })
}

fn known<'r>(rule: &'r Rule, baseline: &Baseline) -> KnownRule<'r> {
    KnownRule { id: rule.id(), meaning: baseline.meaning(), floor: baseline.kind().floor() }
}
