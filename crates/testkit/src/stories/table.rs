//! What came out, as Markdown.

use std::fmt::Write as _;

use super::{Outcome, score::OfRule};

/// At least so many incidents of each story are to be found.
pub const RECALL_MIN: f64 = 0.95;
/// How many rules are named beside a story.
const NAMED_MAX: usize = 4;

/// All of it.
#[must_use]
pub fn markdown(outcome: &Outcome) -> String {
    let mut text = head(outcome);
    text.push_str(&stories(outcome));
    text.push('\n');
    text.push_str(&rules(outcome));
    text
}

fn head(outcome: &Outcome) -> String {
    let score = &outcome.score;
    let ((hits, alerts), (vain, questions)) = (score.alerts(), score.questions());
    let share = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
    let mut asked: Vec<u64> = score.asked_in_vain.values().copied().collect();
    asked.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    format!(
        "seed {}, {} people, {} events in {} days; judged: {} people over {:.0} days\n\n\
         | | |\n|---|---|\n\
         | alerts of incidents, of all alerts (precision) | {hits} of {alerts}: {:.0} % |\n\
         | incidents found (recall) | {} of {} |\n\
         | questions for each person and month | {:.3}; about nothing {:.3} |\n\
         | people asked about nothing at all; the one asked most | {} ({:.1} %); {} times |\n\
         | questions about incidents, of all | {} of {questions}: {:.0} % |\n\n",
        outcome.plan.seed,
        outcome.plan.people,
        outcome.events,
        outcome.plan.days,
        score.people(),
        score.days(),
        share(hits, alerts),
        score.found.len(),
        score.stories().iter().map(|story| story.incidents).sum::<usize>(),
        score.per_person_month(questions),
        score.per_person_month(vain),
        asked.len(),
        share(asked.len() as u64, score.people() as u64),
        asked.first().copied().unwrap_or(0),
        questions - vain,
        share(questions - vain, questions),
    )
}

/// Each story: how many were found, and by what.
fn stories(outcome: &Outcome) -> String {
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
fn rules(outcome: &Outcome) -> String {
    let mut all: Vec<(&String, &OfRule)> = outcome.score.rules.iter().collect();
    all.sort_by_key(|(id, rule)| (std::cmp::Reverse(rule.false_alerts), *id));
    let mut text =
        "| rule | threshold | true alerts | other alerts | questions in vain | in 30 days \
                    a person |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for (id, rule) in all {
        let chosen = outcome.choices.iter().find(|(of, _)| of.id == *id);
        let threshold =
            chosen.map_or(String::new(), |(_, choice)| format!("{:.2}", choice.threshold));
        let _ = writeln!(
            text,
            "| {id} | {threshold} | {} | {} | {} | {:.4} |",
            rule.true_alerts,
            rule.false_alerts,
            rule.false_asks,
            outcome.score.per_person_month(rule.false_asks),
        );
    }
    text
}
