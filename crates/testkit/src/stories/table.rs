//! What came out, as Markdown.

use std::fmt::Write as _;

use super::{Choosing, Judged, Outcome, score::OfRule};

/// At least so many incidents of each story are to be found.
pub const RECALL_MIN: f64 = 0.95;
/// So many questions about nothing a day are a sound default for each 1,000 people, at most.
pub const ASKED_IN_VAIN_MAX: f64 = 5.0;
/// Thirty days, in seconds.
const MONTH_S: f64 = 30.0 * 86_400.0;
/// How many rules are named beside a story.
const NAMED_MAX: usize = 4;

/// All of it.
#[must_use]
pub fn markdown(outcome: &Outcome) -> String {
    let plan = &outcome.plan;
    let mut text = format!(
        "seed {}, {} people, {} events in {} days, attacks from day {}\n",
        plan.seed, plan.people, outcome.events, plan.days, plan.attacks_from
    );
    for judged in &outcome.judged {
        let how = match judged.choosing {
            Choosing::Lowest => "Thresholds: the lowest that keep the budgets",
            Choosing::NeverBelowWritten => {
                "Thresholds: those that keep the budgets, never below what the files say"
            }
        };
        let _ = writeln!(text, "\n### {how}\n");
        text.push_str(&head(judged));
        text.push_str(&stories(judged));
        text.push('\n');
        text.push_str(&rules(judged));
    }
    text
}

fn head(outcome: &Judged) -> String {
    let score = &outcome.score;
    let ((hits, alerts), (vain, questions)) = (score.alerts(), score.questions());
    let share = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
    let mut asked: Vec<u64> = score.asked_in_vain.values().copied().collect();
    asked.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    format!(
        "{} people over {:.0} days\n\n\
         | | |\n|---|---|\n\
         | alerts of incidents, of all alerts (precision) | {hits} of {alerts}: {:.0} % |\n\
         | incidents found (recall) | {} of {} |\n\
         | questions for each person and month | {:.3}; about nothing {:.3} |\n\
         | about nothing, a day for each 1,000 people | {:.1} |\n\
         | people asked about nothing at all; the one asked most | {} ({:.1} %); {} times |\n\
         | questions about incidents, of all | {} of {questions}: {:.0} % |\n\n",
        score.people(),
        score.days(),
        share(hits, alerts),
        score.found.len(),
        score.stories().iter().map(|story| story.incidents).sum::<usize>(),
        score.per_person_month(questions),
        score.per_person_month(vain),
        score.per_day_and_thousand(vain),
        asked.len(),
        share(asked.len() as u64, score.people() as u64),
        asked.first().copied().unwrap_or(0),
        questions - vain,
        share(questions - vain, questions),
    )
}

/// Each story: how many were found, and by what.
fn stories(outcome: &Judged) -> String {
    let mut text =
        "| story | found | asked | recall | found by |\n|---|---|---|---|---|\n".to_owned();
    for story in outcome.score.stories() {
        let recall = story.found as f64 / story.incidents.max(1) as f64;
        let mark = if recall >= RECALL_MIN { "" } else { " **missed**" };
        let named = story.rules.iter().take(NAMED_MAX);
        let named: Vec<String> = named.map(|(rule, count)| format!("{rule} {count}")).collect();
        let _ = writeln!(
            text,
            "| {} | {} of {} | {} | {recall:.2}{mark} | {} |",
            story.story.words(),
            story.found,
            story.incidents,
            story.asked,
            named.join(", ")
        );
    }
    text
}

/// Each rule that raised anything, those that are wrong most often first.
fn rules(outcome: &Judged) -> String {
    let mut all: Vec<(&String, &OfRule)> = outcome.score.rules.iter().collect();
    all.sort_by_key(|(id, rule)| (std::cmp::Reverse(rule.false_alerts), *id));
    let mut text =
        "| rule | threshold | true alerts | other alerts | questions in vain | in 30 days a person \
         | of the budget |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
    for (id, rule) in all {
        let chosen = outcome.choices.iter().find(|(of, _)| of.id == *id);
        let threshold =
            chosen.map_or(String::new(), |(_, choice)| format!("{:.2}", choice.threshold));
        let budget = chosen.map(|(of, _)| of.per_person * MONTH_S / of.every.as_seconds() as f64);
        let spent = budget.map_or(String::new(), |budget| {
            let of = outcome.score.per_person_month(rule.false_asks);
            format!("{:.0} %", 100.0 * of / budget)
        });
        let _ = writeln!(
            text,
            "| {id} | {threshold} | {} | {} | {} | {:.4} | {spent} |",
            rule.true_alerts,
            rule.false_alerts,
            rule.false_asks,
            outcome.score.per_person_month(rule.false_asks),
        );
    }
    text
}
