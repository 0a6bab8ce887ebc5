//! What surrounds a step of a case.

use model::Timestamp;

use super::Step;
use crate::{
    Input,
    calendar::Calendar,
    ledger::{
        ActionEvent, Planned,
        guard::{Guard, Limits},
    },
};

/// What surrounds a step, beside the case and the desk.
#[derive(Debug)]
pub struct Around<'a> {
    /// The person's hours.
    pub calendar: &'a Calendar,
    /// The organisation's guard over automatic actions. Where there is none, none goes ahead.
    pub guard: Option<&'a mut Guard>,
    /// How many automatic actions are let through.
    pub limits: Limits,
}

/// Whether the guard has to be there for an input: only an action that is about to begin asks it.
#[must_use]
pub fn needs_guard(input: &Input) -> bool {
    match input {
        Input::Action { event, .. } => {
            matches!(&**event, ActionEvent::Planned(Planned::Ready(_)))
        }
        _ => false,
    }
}

/// Lets the guard count what it let through.
pub(super) fn follow_act(guard: &mut Guard, step: &Step, now: Timestamp) {
    let Some(ruling) = &step.record.ruling.act else { return };
    if let Input::Action { action, .. } = &step.record.input
        && let Some(entry) = step.case.ledger.iter().find(|entry| entry.id() == *action)
    {
        guard.follow(&entry.order.action, ruling, now);
    }
}
