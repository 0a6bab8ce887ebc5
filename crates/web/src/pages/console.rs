//! The analysts' console: the queue, a case with its whole story, questions by hand, what was
//! refused, and whether all is well.

mod acting;
mod approvals;
mod case;
mod dead_letters;
mod deciding;
mod devices;
mod exceptions;
mod health;
mod manual;
mod names;
mod person;
mod queue;
mod rules;

use model::Severity;
use runtime::people::Role;

use super::marks::Mark;
use crate::{Needs, Routes};

/// The routes of this module.
pub fn routes() -> Routes {
    const ANALYST: Needs = Needs::Page(Role::Analyst);
    Routes::new()
        .get("/console", ANALYST, queue::start)
        .get("/console/cases", ANALYST, queue::show)
        .get("/console/cases/{id}", ANALYST, case::show)
        .post("/console/cases/{id}/take", ANALYST, deciding::take)
        .post("/console/cases/{id}/disposition", ANALYST, deciding::dispose)
        .post("/console/cases/{id}/actions", ANALYST, acting::order)
        .post("/console/cases/{id}/playbooks", ANALYST, acting::play)
        .post("/console/cases/{id}/playbooks/{number}", ANALYST, acting::on_run)
        .get("/console/actions", ANALYST, approvals::show)
        .post("/console/actions/guard", Needs::Page(Role::Admin), approvals::switch)
        .post("/console/actions/{id}", ANALYST, acting::act)
        .get("/console/exceptions", ANALYST, exceptions::show)
        .post("/console/exceptions", ANALYST, exceptions::make)
        .post("/console/exceptions/{id}/end", ANALYST, exceptions::end)
        .get("/console/people/{id}", ANALYST, person::show)
        .post("/console/people/{id}/factors/reset", Needs::Page(Role::Admin), person::reset)
        .get("/console/ask", ANALYST, manual::show)
        .post("/console/ask", ANALYST, manual::ask)
        .get("/console/dead-letters", ANALYST, dead_letters::show)
        .get("/console/rules", ANALYST, rules::list)
        .get("/console/rules/{id}", ANALYST, rules::show)
        .post("/console/rules/{id}/ruling", ANALYST, rules::accept)
        .post("/console/rules/{id}/ruling/end", ANALYST, rules::end)
        .get("/console/health", ANALYST, health::show)
        .and(devices::routes())
}

/// An option of a choice.
#[derive(Debug, Clone, Copy)]
struct Choice {
    value: &'static str,
    word: &'static str,
    is_chosen: bool,
}

/// The severities, gravest first.
fn severities(chosen: Option<Severity>) -> Vec<Choice> {
    let choice = |severity: &Severity| Choice {
        value: severity.name(),
        word: Mark::severity(*severity).word,
        is_chosen: chosen == Some(*severity),
    };
    Severity::ALL.iter().rev().map(choice).collect()
}

/// The severity of that name.
fn severity(name: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| severity.name() == name)
}
