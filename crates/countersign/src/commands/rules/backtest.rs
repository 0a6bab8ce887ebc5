//! `countersign rules backtest`

use std::{fmt::Write as _, path::Path};

use detect::{
    engine::Purpose,
    trial::{Tallied, Trial},
};
use runtime::detection::Threads;
use serde_json::{Value, json};

use super::{
    folder::Folder,
    history::{self, History, Told},
    treatment::AsTreated,
};
use crate::{
    cli::rules::BacktestArgs,
    ending::{Ended, Ending},
    terminal,
};

/// How many of the people who would be asked most are told.
const MOST_MAX: usize = 10;

/// What rules would have brought about.
struct Backtest {
    tallied: Tallied,
    told: Told,
    /// What of the calibrated thresholds is not used.
    notes: Vec<String>,
}

/// Runs the rules over history, and tells what there would have been.
pub(super) fn run(config: &Path, args: &BacktestArgs) -> Ended {
    let folder = Folder::read(config, &args.content)?;
    folder.is_sound()?;
    let history = History::open(config, &args.history)?;
    let (thresholds, notes) = history::thresholds(&folder)?;
    let mut trial = Trial::of(history.engine(&folder, &thresholds, Purpose::Backtest));
    let told = over(&history, &mut [(&mut trial, &folder)])?;
    let backtest = Backtest { tallied: trial.into_tallied(), told, notes };
    backtest.warnings().iter().for_each(|warning| eprintln!("{}", terminal::harmless(warning)));
    if args.output.json {
        terminal::print(&serde_json::to_string_pretty(&backtest.json())?)?;
    } else {
        terminal::print(backtest.text().trim_end())?;
    }
    Ok(Ending::Done)
}

/// Runs trials over the same history at once.
pub(super) fn over(
    history: &History,
    trials: &mut [(&mut Trial, &Folder)],
) -> anyhow::Result<Told> {
    let threads = Threads(std::thread::available_parallelism().map_or(1, usize::from));
    let mut is_counted = true;
    history.read(|read| {
        let begins = read.is_counted && !is_counted;
        is_counted = read.is_counted;
        for (trial, folder) in trials.iter_mut() {
            if begins {
                trial.count_from_here();
            }
            trial.batch(&read.events, read.at, &AsTreated(&folder.policies), &threads);
        }
    })
}

/// The stretch of history, in words.
pub(super) fn stretch(tallied: &Tallied, told: &Told) -> String {
    let Some(range) = tallied.range() else { return "the log holds no event".to_owned() };
    format!(
        "{} to {}: {:.1} days, {} events, {} people; {} records read",
        range.from,
        range.to,
        range.days(),
        tallied.counts.events,
        range.people,
        told.records
    )
}

impl Backtest {
    fn warnings(&self) -> Vec<String> {
        let left_out = (self.tallied.left_out > 0).then(|| {
            format!("{} alerts were counted, and had no room in lists", self.tallied.left_out)
        });
        self.told.warnings().into_iter().chain(self.notes.iter().cloned()).chain(left_out).collect()
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n\n", stretch(&self.tallied, &self.told));
        let _ = writeln!(
            text,
            "{:<44} {:>9} {:>8} {:>9} {:>5} {:>7}",
            "rule", "alerts", "repeated", "questions", "acts", "people"
        );
        for (rule, of) in self.by_alerts() {
            let (rule, tally) = (terminal::harmless(rule), of.tally);
            let _ = writeln!(
                text,
                "{rule:<44} {:>9} {:>8} {:>9} {:>5} {:>7}",
                tally.raised,
                tally.repeated,
                of.asks,
                of.acts,
                of.people.len()
            );
        }
        let total = self.tallied.total();
        let _ = writeln!(text, "\n{} alerts, {} questions", total.alerts, total.asks);
        if let Some(month) = self.a_month() {
            let _ = writeln!(text, "{month:.3} questions for each person in 30 days");
        }
        for (name, of) in self.most() {
            let name = terminal::harmless(&name);
            let _ = writeln!(text, "  {name}: {} questions, {} alerts", of.asks, of.alerts);
        }
        text
    }

    fn json(&self) -> Value {
        let rule = |(rule, of): (&str, &detect::trial::tally::RuleTally)| {
            json!({
                "rule": rule, "matched": of.tally.matched, "alerts": of.tally.raised, "repeated": of.tally.repeated,
                "filtered": of.tally.filtered, "questions": of.asks, "acts": of.acts, "people": of.people.len(),
            })
        };
        let person = |(name, of): (String, detect::trial::tally::PersonTally)| json!({ "person": name, "questions": of.asks, "alerts": of.alerts });
        let (range, total) = (self.tallied.range(), self.tallied.total());
        json!({
            "from": range.map(|range| range.from.to_string()),
            "to": range.map(|range| range.to.to_string()),
            "events": self.tallied.counts.events,
            "people": range.map(|range| range.people),
            "alerts": total.alerts,
            "questions": total.asks,
            "questions_per_person_in_30_days": self.a_month(),
            "rules": self.by_alerts().map(rule).collect::<Vec<_>>(),
            "most": self.most().map(person).collect::<Vec<_>>(),
            "warnings": self.warnings(),
        })
    }

    /// Rules, those that raise most first.
    fn by_alerts(&self) -> impl Iterator<Item = (&str, &detect::trial::tally::RuleTally)> {
        let mut all: Vec<_> =
            self.tallied.rules.iter().map(|(rule, of)| (rule.as_str(), of)).collect();
        all.sort_by_key(|(rule, of)| (std::cmp::Reverse(of.tally.raised), *rule));
        all.into_iter()
    }

    /// Who would be asked most.
    fn most(&self) -> impl Iterator<Item = (String, detect::trial::tally::PersonTally)> {
        let asked = self.tallied.people.iter().filter(|(_, of)| of.asks > 0);
        let mut all: Vec<_> = asked.map(|(person, of)| (self.told.name(*person), *of)).collect();
        all.sort_by_key(|(name, of)| (std::cmp::Reverse((of.asks, of.alerts)), name.clone()));
        all.into_iter().take(MOST_MAX)
    }

    fn a_month(&self) -> Option<f64> {
        let range = self.tallied.range()?;
        let spent = range.spent(self.tallied.total().asks, model::Span::days(30));
        Some(spent.per_person)
    }
}
