//! What happened so far, for the person it is about.

use casework::{Case, State};
use jiff::Timestamp;
use model::{Answer, Method};

use crate::pages::{devices::Reader, words::When};

/// One step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) when: When,
    pub(super) kind: StepKind,
}

/// What it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepKind {
    /// The question was put.
    Asked,
    /// An answer.
    Answered(Answer),
    /// It went to the security team.
    Escalated,
    /// It was proven.
    Proven(Method),
    /// It ended.
    Closed,
}

/// The steps, oldest first.
pub(super) fn of(case: &Case, reader: &Reader) -> Vec<Step> {
    let mut steps: Vec<(Timestamp, StepKind)> = Vec::new();
    steps.extend(case.ask.as_ref().map(|ask| (ask.at, StepKind::Asked)));
    steps.extend(case.answers.iter().map(|given| (given.at, StepKind::Answered(given.answer))));
    match &case.state {
        State::Escalated { since, .. } => steps.push((*since, StepKind::Escalated)),
        State::Closed { at, proof: Some(proof), .. } => {
            steps.push((*at, StepKind::Proven(proof.factor.method)));
        }
        State::Closed { at, .. } => steps.push((*at, StepKind::Closed)),
        _ => {}
    }
    // A denial is told together with where it went.
    if steps.iter().any(|(_, kind)| *kind == StepKind::Answered(Answer::NotMe)) {
        steps.retain(|(_, kind)| *kind != StepKind::Escalated);
    }
    steps.sort_by_key(|(at, _)| *at);
    let step = |(at, kind)| Step { when: reader.when(at), kind };
    steps.into_iter().map(step).collect()
}
