//! What a step has changed that others keep track of: the tool that raised the alert, and whoever
//! reads an export.
//!
//! A case is news when it opens, when it comes to the analysts and when it ends; an action when it
//! was done, seen, taken back or failed. What stays between is our own business.

use model::{ActionId, ActionState, Reason, StateName};

use crate::{
    case::{State, Step},
    count::Before,
    input::{Actor, Input},
};

/// Something that others are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A case stands elsewhere.
    Case {
        /// Where.
        state: StateName,
        /// Why.
        reason: Option<Reason>,
        /// Whether it was not there before.
        is_new: bool,
        /// The analyst or key that decided it.
        by: Option<Actor>,
    },
    /// An action stands elsewhere.
    Action {
        /// Which.
        action: ActionId,
        /// Where.
        state: ActionState,
    },
}

impl Before {
    /// What a step has to tell.
    #[must_use]
    pub fn news(&self, step: &Step) -> Vec<News> {
        let case = &step.case;
        let is_new = matches!(step.record.input, Input::Open(_));
        let is_closed = matches!(case.state, State::Closed { .. });
        let is_settled = is_closed || matches!(case.state, State::Escalated { .. });
        let stands = (case.reason(), is_closed);
        let by = match &step.record.input {
            Input::Dispose { by, .. } => Some(by.clone()),
            _ => None,
        };
        let (state, reason) = (case.state_name(), case.reason());
        let told = is_new || (is_settled && stands != (self.reason, self.is_closed));
        let of_case = told.then_some(News::Case { state, reason, is_new, by });
        let changed = case.ledger.iter().filter(|entry| {
            let stood = self.actions.iter().find(|(id, _)| *id == entry.id());
            stood.map(|(_, state)| *state) != Some(entry.state()) && is_told(entry.state())
        });
        let of_action = |entry: &crate::ledger::Entry| {
            let (action, state) = (entry.id(), entry.state());
            News::Action { action, state }
        };
        of_case.into_iter().chain(changed.map(of_action)).collect()
    }
}

fn is_told(state: ActionState) -> bool {
    match state {
        ActionState::Applied
        | ActionState::Verified
        | ActionState::Reverted
        | ActionState::Failed => true,
        ActionState::Planned
        | ActionState::AwaitingApproval
        | ActionState::Applying
        | ActionState::Reverting => false,
    }
}
