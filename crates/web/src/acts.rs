//! What analysts do, with the rights that each act needs: the same from the API and the console.
//!
//! Whoever holds a stolen session must neither make an attack disappear nor do harm by our hand: by
//! a session everything here needs a fresh proof, but for ending a case as malicious. A key is its
//! own proof.

use casework::{
    Case,
    health::Change,
    input::Actor,
    ledger::{ActionEvent, Entry, guard::Guard},
    playbook::RunEvent,
    policy::exception::Exception,
};
use model::{ActionId, CaseId, Disposition, Personal};
use runtime::{acting::ByHand, rule_health::Ruling};

use crate::{AppState, Problem, guard::Caller, problem::Kind};

/// What somebody does about an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Agrees to it.
    Approve,
    /// Does not.
    Decline,
    /// Wants it taken back.
    Revert,
}

/// What somebody does about a playbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunDeed {
    /// Agrees that it goes on.
    Approve,
    /// Ends it.
    Stop,
}

/// The kill switch of automatic action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    /// Nothing more is done by itself.
    Stop,
    /// It goes on.
    Resume,
}

/// Whether somebody who is signed in needs a fresh proof to end a case so: whatever makes it go
/// away.
pub(crate) fn needs_proof(disposition: Disposition) -> bool {
    disposition != Disposition::Malicious
}

/// Ends a case.
pub(crate) async fn dispose(
    state: &AppState,
    by: &Caller,
    case: CaseId,
    revision: Option<u32>,
    disposition: Disposition,
    note: Personal,
) -> Result<Case, Problem> {
    if needs_proof(disposition) {
        require_proof(state, by)?;
    }
    Ok(state.engine.dispose(by.actor(), case, revision, disposition, note).await?)
}

/// Asks for an action.
pub(crate) async fn order(
    state: &AppState,
    by: &Caller,
    case: CaseId,
    wish: ByHand,
) -> Result<Entry, Problem> {
    require_proof(state, by)?;
    Ok(state.engine.order(case, by.actor(), wish).await?)
}

/// Does something about an action.
pub(crate) async fn act(
    state: &AppState,
    by: &Caller,
    id: ActionId,
    deed: Deed,
    reason: Option<String>,
) -> Result<(CaseId, Entry), Problem> {
    require_proof(state, by)?;
    let by = by.actor();
    let given = reason.map(Personal::from);
    let event = match deed {
        Deed::Approve => ActionEvent::Approve { by, reason: given },
        Deed::Decline => ActionEvent::Decline { by, reason: given.unwrap_or_default() },
        Deed::Revert => ActionEvent::Revert { by, reason: given.unwrap_or_default() },
    };
    Ok(state.engine.act_on(id, event).await?)
}

/// Begins a playbook.
pub(crate) async fn play(
    state: &AppState,
    by: &Caller,
    case: CaseId,
    playbook: &str,
) -> Result<Case, Problem> {
    require_proof(state, by)?;
    Ok(state.engine.play(case, playbook, by.actor()).await?)
}

/// Does something about a playbook.
pub(crate) async fn on_run(
    state: &AppState,
    by: &Caller,
    case: CaseId,
    number: u32,
    deed: RunDeed,
) -> Result<Case, Problem> {
    require_proof(state, by)?;
    let by = by.actor();
    let event = match deed {
        RunDeed::Approve => RunEvent::Approve { by },
        RunDeed::Stop => RunEvent::Stop { by },
    };
    Ok(state.engine.on_run(case, number, event).await?)
}

/// Stops all automatic action, or lets it go on.
pub(crate) async fn set_guard(
    state: &AppState,
    by: &Caller,
    switch: Switch,
    reason: &str,
) -> Result<Guard, Problem> {
    require_proof(state, by)?;
    let engine = &state.engine;
    Ok(match switch {
        Switch::Stop => engine.stop_actions(by.actor(), reason).await?,
        Switch::Resume => engine.resume_actions(by.actor(), reason).await?,
    })
}

/// Makes an exception. Nobody excepts themself (R28).
pub(crate) async fn except(
    state: &AppState,
    by: &Caller,
    exception: Exception,
) -> Result<(), Problem> {
    require_proof(state, by)?;
    require_another(&by.actor(), &exception)?;
    Ok(state.engine.add_exception(exception).await?)
}

/// Refuses an exception about whoever makes it.
pub(crate) fn require_another(by: &Actor, exception: &Exception) -> Result<(), Problem> {
    match (by, exception.person) {
        (Actor::Person(own), Some(person)) if *own == person => {
            let advice = "Let another analyst decide it: nobody excepts themself.";
            Err(Problem::new(Kind::OwnCase, advice))
        }
        _ => Ok(()),
    }
}

/// Ends an exception: what it hid is asked about again, which needs no proof.
pub(crate) async fn end_exception(state: &AppState, by: &Caller, id: &str) -> Result<(), Problem> {
    Ok(state.engine.end_exception(id, &by.actor()).await?)
}

/// A key is its own proof.
fn require_proof(state: &AppState, by: &Caller) -> Result<(), Problem> {
    match by {
        Caller::Viewer(viewer) => Ok(viewer.require_fresh_proof(state.clock.now())?),
        Caller::Key(_) => Ok(()),
    }
}

/// Accepts what the numbers propose about a rule: it takes alerts out of sight, or lets more be done
/// by itself.
pub(crate) async fn accept_proposal(
    state: &AppState,
    by: &Caller,
    rule: &str,
    version: &str,
    change: Change,
    note: &str,
) -> Result<Ruling, Problem> {
    require_proof(state, by)?;
    Ok(state.engine.accept_proposal(by.actor(), rule, version, change, note).await?)
}
