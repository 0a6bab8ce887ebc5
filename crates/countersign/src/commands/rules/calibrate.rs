//! `countersign rules calibrate`

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;
use detect::{
    calibrate::{
        Calibrated, Choice, Entry, HeldOut, Range, Recheck, Rule, Sample, Warning, choose,
        held_out, recheck, report,
    },
    engine::{self, Purpose},
    rule::{Body, Rules},
    trial::Trial,
};
use serde_json::{Value, json};

use super::{
    backtest,
    folder::Folder,
    history::{self, CALIBRATED, History, Told},
};
use crate::{
    cli::rules::CalibrateArgs,
    ending::{Ended, Ending, Misuse},
    terminal,
};

/// History with every score measured.
struct Measured {
    rules: Vec<(Rule, Range)>,
    scores: BTreeMap<String, Sample>,
    told: Told,
    stretch: String,
}

/// Chooses thresholds, or holds those in use against history.
pub(super) fn run(config: &Path, args: &CalibrateArgs) -> Ended {
    let folder = Folder::read(config, &args.content)?;
    folder.is_sound()?;
    let mut wanted = wanted(&folder.rules, &args.rules)?;
    if !args.below_written {
        wanted = wanted.into_iter().map(Rule::never_below_written).collect();
    }
    let history = History::open(config, &args.history)?;
    let measured = Measured::over(&history, &folder, wanted)?;
    measured.told.warnings().iter().for_each(|it| eprintln!("{}", terminal::harmless(it)));
    if args.check {
        return checked(&measured, &folder, args.output.json);
    }
    let choices: Vec<Choice> = measured.each(choose);
    let share = args.held_out;
    let held = share.map(|share| measured.each(|rule, of, range| held_out(rule, of, range, share)));
    let shown = if args.output.json {
        serde_json::to_string_pretty(&measured.json(&choices, held.as_deref()))?
    } else {
        measured.text(&choices, held.as_deref())
    };
    terminal::print(shown.trim_end())?;
    if args.write {
        write(&folder, &measured, &choices)?;
    }
    Ok(Ending::Done)
}

/// The rules that are to be calibrated: those that are named, or all that have a budget.
fn wanted(rules: &Rules, ids: &[String]) -> anyhow::Result<Vec<Rule>> {
    let all = engine::to_calibrate(rules);
    let without = ids.iter().filter(|id| !all.iter().any(|rule| rule.id == **id));
    let without: Vec<String> = without
        .map(|id| match rules.get(id) {
            Some(_) => format!("{id}: is no baseline with a budget of questions"),
            None => format!("there is no rule `{id}`"),
        })
        .collect();
    if !without.is_empty() {
        return Err(Misuse::of(without));
    }
    let is_wanted = |rule: &Rule| ids.is_empty() || ids.contains(&rule.id);
    let wanted: Vec<Rule> = all.into_iter().filter(is_wanted).collect();
    if wanted.is_empty() {
        return Err(Misuse::of([
            "no rule in this folder is a baseline with a budget of questions",
        ]));
    }
    Ok(wanted)
}

fn checked(measured: &Measured, folder: &Folder, is_json: bool) -> Ended {
    let calibrated = history::calibrated(folder)?;
    let entries = measured.rules.iter().filter_map(|(rule, range)| {
        let entry = calibrated.get(&rule.id).filter(|entry| entry.meaning == rule.meaning)?;
        Some((rule, recheck(rule, entry, &measured.sample(rule, range), range)))
    });
    let checks: Vec<(&Rule, Recheck)> = entries.collect();
    let shown = if is_json {
        let all: Vec<Value> = checks.iter().map(|(rule, check)| check_json(rule, check)).collect();
        serde_json::to_string_pretty(&all)?
    } else {
        let lines: String = checks.iter().map(|(rule, it)| report::rechecked(rule, it)).collect();
        format!("{lines}{} of {CALIBRATED} held against history", checks.len())
    };
    terminal::print(shown.trim_end())?;
    let is_proposed = checks.iter().any(|(_, check)| check.proposal.is_some());
    Ok(if is_proposed { Ending::Finding } else { Ending::Done })
}

/// Puts the choices into the file, in the place of what was there of these rules. Where nothing was
/// found, the rule's own threshold stays in force.
fn write(folder: &Folder, measured: &Measured, choices: &[Choice]) -> anyhow::Result<()> {
    let mut calibrated: Calibrated = history::calibrated(folder)?;
    for ((rule, range), choice) in measured.rules.iter().zip(choices) {
        if !choice.warnings.contains(&Warning::NothingFound) {
            calibrated.set(&rule.id, entry(rule, range, choice));
        }
    }
    let (path, new) = (folder.root.join(CALIBRATED), folder.root.join("calibrated.yml.new"));
    // A reader sees the old file or the new one.
    let written = fs::write(&new, calibrated.write()).and_then(|()| fs::rename(&new, &path));
    written.with_context(|| format!("{} cannot be written", path.display()))?;
    eprintln!("written: {}: review it as you would a rule", path.display());
    Ok(())
}

fn entry(rule: &Rule, range: &Range, choice: &Choice) -> Entry {
    Entry {
        threshold: choice.threshold,
        expected_per_person: thousandths(choice.expected.per_person),
        expected_per_day_per_1000: thousandths(choice.expected.per_day_per_1000),
        meaning: rule.meaning,
        from: range.from,
        to: range.to,
        people: range.people,
    }
}

/// As people read it.
fn thousandths(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

fn check_json(rule: &Rule, check: &Recheck) -> Value {
    json!({
        "rule": rule.id,
        "threshold": check.threshold,
        "promised_per_person": check.promised_per_person,
        "spent_per_person": check.spent.per_person,
        "questions": check.spent.questions,
        "allowed_questions": check.allowed,
        "proposal": check.proposal.map(|it| json!({ "threshold": it.threshold, "wanted": it.wanted })),
    })
}

impl Measured {
    /// Replays history with every score above the hard floors told.
    fn over(history: &History, folder: &Folder, wanted: Vec<Rule>) -> anyhow::Result<Self> {
        let (thresholds, _) = history::thresholds(folder)?;
        let mut trial = Trial::of(history.engine(folder, &thresholds, Purpose::Measure));
        let told = backtest::over(history, &mut [(&mut trial, folder)])?;
        let mut tallied = trial.into_tallied();
        let stretch = backtest::stretch(&tallied, &told);
        let range = tallied.range().context("the log holds no event to choose from")?;
        tallied.scores.values_mut().for_each(Sample::settle);
        let of = |rule: Rule| {
            let range = range.after_learning(learn_days(&folder.rules, &rule.id));
            (rule, range)
        };
        let rules = wanted.into_iter().map(of).collect();
        Ok(Self { rules, scores: tallied.scores, told, stretch })
    }

    fn sample(&self, rule: &Rule, range: &Range) -> Sample {
        let sample = self.scores.get(&rule.id).cloned().unwrap_or_default();
        // The last instant belongs to it.
        sample.between(range.from, model::Span::seconds(1).after(range.to))
    }

    fn each<T>(&self, of: impl Fn(&Rule, &Sample, &Range) -> T) -> Vec<T> {
        let rules = self.rules.iter();
        rules.map(|(rule, range)| of(rule, &self.sample(rule, range), range)).collect()
    }

    fn text(&self, choices: &[Choice], held: Option<&[HeldOut]>) -> String {
        let names = |who| self.told.who(who);
        let mut text = format!("{}\n\n", self.stretch);
        for ((rule, _), choice) in self.rules.iter().zip(choices) {
            for line in report::table(rule, choice, &names).lines() {
                text.push_str(&terminal::harmless(line));
                text.push('\n');
            }
            text.push('\n');
        }
        text.push_str(&report::total(choices));
        for ((rule, _), held) in self.rules.iter().zip(held.unwrap_or_default()) {
            text.push_str(&report::held_out(rule, held));
        }
        text
    }

    fn json(&self, choices: &[Choice], held: Option<&[HeldOut]>) -> Value {
        let names = |who| self.told.who(who);
        let each = self.rules.iter().zip(choices).enumerate();
        let rules = each.map(|(at, ((rule, range), choice))| {
            let mut value = report::json(rule, choice, &names);
            value["from"] = json!(range.from.to_string());
            value["to"] = json!(range.to.to_string());
            value["people"] = json!(range.people);
            if let Some(held) = held.and_then(|held| held.get(at)) {
                value["held_out"] = json!({
                    "threshold": held.choice.threshold,
                    "promised_per_person": held.choice.expected.per_person,
                    "spent_per_person": held.spent.per_person,
                    "questions": held.spent.questions,
                    "allowed_questions": held.allowed,
                    "is_kept": held.spent.questions as f64 <= held.allowed,
                });
            }
            value
        });
        json!({ "rules": rules.collect::<Vec<_>>(), "warnings": self.told.warnings() })
    }
}

/// For how long a rule's baseline is silent because it learns.
fn learn_days(rules: &Rules, id: &str) -> u16 {
    match rules.get(id).map(|rule| &rule.body) {
        Some(Body::Baseline(body)) => body.baseline.memory().learn_days,
        _ => 0,
    }
}
