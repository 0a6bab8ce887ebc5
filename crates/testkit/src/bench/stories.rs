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

/// Tells the company's life; `people` makes it another size.
pub(super) fn told(table: &mut Table, people: Option<usize>) -> anyhow::Result<()> {
    let mut plan = Plan::default();
    plan.people = people.unwrap_or(plan.people);
    let rules = stories::rules::read(Path::new(RULES))?;
    let outcome = stories::run(plan, &rules, &AsWritten, &Threads(2))
        .context("telling the company's life")?;
    println!("{}", table::markdown(&outcome));
    let way = outcome.judged.iter().find(|it| it.choosing == Choosing::NeverBelowWritten);
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
