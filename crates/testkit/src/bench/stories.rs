//! Which attacks the shipped rules find in the made-up company, and what they ask of everybody
//! else.

use std::path::Path;

use anyhow::Context as _;
use demo::life::Plan;
use detect::trial::AsWritten;
use runtime::detection::Threads;

use super::table::{Met, Table};
use crate::stories::{self, Choosing, table};

/// Where the rules lie, from where the measurement is started.
const RULES: &str = "content/rules";

/// Tells the company's life; `people` makes it another size, `seed` another life.
pub(super) fn told(
    table: &mut Table,
    people: Option<usize>,
    seed: Option<usize>,
) -> anyhow::Result<()> {
    let mut plan = Plan::default();
    plan.people = people.unwrap_or(plan.people);
    plan.seed = seed.map_or(plan.seed, |seed| seed as u64);
    let rules = stories::rules::read(Path::new(RULES))?;
    let outcome = stories::run(plan, &rules, &AsWritten, &Threads(2))
        .context("telling the company's life")?;
    println!("{}", table::markdown(&outcome));
    let way = outcome.judged.iter().find(|it| it.choosing == Choosing::NeverBelowWritten);
    if let Some(score) = way.map(|judged| &judged.score) {
        let asked = score.per_day_and_thousand(score.questions().0);
        table.row(
            "questions about nothing, a day for each 1,000 people".to_owned(),
            format!("{asked:.1}"),
            format!("at most {}", table::ASKED_IN_VAIN_MAX),
            Met::when(asked <= table::ASKED_IN_VAIN_MAX),
        );
    }
    for story in way.into_iter().flat_map(|judged| judged.score.stories()) {
        let recall = story.found as f64 / story.incidents.max(1) as f64;
        table.row(
            format!("recall: {}", story.story.words()),
            format!("{recall:.2}"),
            format!("at least {:.2} of {} incidents", table::RECALL_MIN, story.incidents),
            Met::when(recall >= table::RECALL_MIN),
        );
    }
    Ok(())
}
