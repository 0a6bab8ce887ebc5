//! `countersign rules diff`

use std::{fmt::Write as _, path::Path};

use detect::{
    engine::Purpose,
    trial::{self, Change, Diff, Trial},
};
use serde_json::{Value, json};

use super::{
    backtest,
    folder::Folder,
    history::{self, History, Told},
    outcomes::Outcomes,
};
use crate::{
    cli::rules::{ContentArgs, DiffArgs},
    ending::{Ended, Ending},
    system, terminal,
};

/// How many people are told.
const PEOPLE_MAX: usize = 20;
/// How many real findings are told one by one; all of them stand in the JSON.
const REAL_MAX: usize = 20;

/// Runs both folders over the same history, and tells what differs.
pub(super) fn run(config: &Path, args: &DiffArgs) -> Ended {
    let history = History::open(config, &args.history)?;
    let (before, mut old) = side(config, &args.before, &history)?;
    let (after, mut new) = side(config, &args.after, &history)?;
    let told = backtest::over(&history, &mut [(&mut old, &before), (&mut new, &after)])?;
    told.warnings().iter().for_each(|warning| eprintln!("{}", terminal::harmless(warning)));
    let mut diff = trial::diff(old.tallied(), new.tallied(), &|_| None);
    if args.outcomes && diff.total != Change::default() {
        let since = new.tallied().times.map(|(first, _)| first);
        let outcomes = Outcomes::of_stored(config, &args.reach, since);
        let outcomes = system::runtime()?.block_on(outcomes)?;
        outcomes.warning().iter().for_each(|warning| eprintln!("{warning}"));
        diff = trial::diff(old.tallied(), new.tallied(), &|record| outcomes.is_real(record.alert));
    }
    let stretch = backtest::stretch(new.tallied(), &told);
    if args.output.json {
        terminal::print(&serde_json::to_string_pretty(&as_json(&diff, &told))?)?;
    } else {
        terminal::print(text(&diff, &told, &stretch, args.outcomes).trim_end())?;
    }
    Ok(Ending::Done)
}

fn side(config: &Path, folder: &Path, history: &History) -> anyhow::Result<(Folder, Trial)> {
    let content = ContentArgs { content: Some(folder.to_owned()), sigma: Vec::new() };
    let folder = Folder::read(config, &content)?;
    folder.is_sound()?;
    let (thresholds, notes) = history::thresholds(&folder)?;
    notes.iter().for_each(|note| eprintln!("{}", terminal::harmless(note)));
    let trial = Trial::of(history.engine(&folder, &thresholds, Purpose::Backtest));
    Ok((folder, trial))
}

fn text(diff: &Diff, told: &Told, stretch: &str, has_outcomes: bool) -> String {
    let mut text = format!("{stretch}\n\n");
    let _ = writeln!(text, "{:<44} {:>13} {:>13} {:>13}", "rule", "alerts", "questions", "acts");
    for (rule, change) in diff.rules_by_weight() {
        let _ = writeln!(text, "{:<44} {}", terminal::harmless(rule), columns(&change));
    }
    let _ = writeln!(text, "{:<44} {}\n", "in all", columns(&diff.total));
    if diff.total == Change::default() {
        text.push_str("nothing differs\n");
        return text;
    }
    if has_outcomes {
        text.push_str(&confirmed(diff));
    }
    let _ = writeln!(text, "{} people would be asked who were not", diff.asked_anew().len());
    for (name, change) in people(diff, told).into_iter().take(PEOPLE_MAX) {
        let _ = writeln!(text, "  {:<42} {}", terminal::harmless(&name), columns(&change));
    }
    text
}

/// What became of the cases of what differs, and which real findings would be lost.
fn confirmed(diff: &Diff) -> String {
    let of = &diff.total;
    let mut text = format!(
        "confirmed as real: +{} -{}; as harmless: +{} -{}\n",
        of.real_gained, of.real_lost, of.harmless_gained, of.harmless_lost
    );
    for record in diff.lost_real.iter().take(REAL_MAX) {
        let rule = terminal::harmless(&record.rule);
        let _ = writeln!(text, "  would be lost, and was real: {rule} at {}", record.time);
    }
    text.push('\n');
    text
}

/// Gained and lost, for each of the three.
fn columns(change: &Change) -> String {
    let pair = |gained: u64, lost: u64| format!("{:>13}", format!("+{gained} -{lost}"));
    [
        pair(change.alerts_gained, change.alerts_lost),
        pair(change.asks_gained, change.asks_lost),
        pair(change.acts_gained, change.acts_lost),
    ]
    .join(" ")
}

/// People for whom something differs, those with most questions first.
fn people(diff: &Diff, told: &Told) -> Vec<(String, Change)> {
    let mut all: Vec<(String, Change)> =
        diff.people.iter().map(|(person, change)| (told.name(*person), *change)).collect();
    all.sort_by_key(|(name, it)| {
        let weight = (it.asks_gained + it.asks_lost, it.alerts_gained + it.alerts_lost);
        (std::cmp::Reverse(weight), name.clone())
    });
    all
}

fn as_json(diff: &Diff, told: &Told) -> Value {
    let record = |record: &detect::trial::Record| {
        json!({
            "rule": record.rule, "person": record.person.map(|person| told.name(person)), "time": record.time.to_string(),
            "alert": record.alert.to_string(), "event": format!("{:032x}", record.event.0), "asked": record.is_asked, "score": record.score,
        })
    };
    let records = |of: &[detect::trial::Record]| of.iter().map(record).collect::<Vec<_>>();
    let rules = diff.rules.iter().map(|(rule, change)| (rule.clone(), change_json(change)));
    let people = people(diff, told).into_iter();
    json!({
        "total": change_json(&diff.total),
        "rules": rules.collect::<serde_json::Map<_, _>>(),
        "people": people.map(|(name, change)| (name, change_json(&change))).collect::<serde_json::Map<_, _>>(),
        "asked_anew": diff.asked_anew().len(),
        "lost_real": records(&diff.lost_real),
        "lost": records(&diff.lost),
        "gained": records(&diff.gained),
        "warnings": told.warnings(),
    })
}

fn change_json(change: &Change) -> Value {
    json!({
        "alerts": { "gained": change.alerts_gained, "lost": change.alerts_lost },
        "questions": { "gained": change.asks_gained, "lost": change.asks_lost },
        "acts": { "gained": change.acts_gained, "lost": change.acts_lost },
        "real": { "gained": change.real_gained, "lost": change.real_lost },
        "harmless": { "gained": change.harmless_gained, "lost": change.harmless_lost },
    })
}
