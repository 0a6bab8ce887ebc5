//! What every responder must keep. Each claim gets a fresh stage and knows nothing but the port.

mod acts;
mod care;
mod mishaps;
mod undo;

use std::sync::Arc;

use serde_json::Value;

use crate::{
    Failure,
    responder::{ActionCall, ActionSpec, Applied, Plan, Responder, Reverted, Seen},
};

/// How often a caller tries before it gives up and asks a person.
const TRIES: usize = 8;

/// The other side of a responder under test: something like the vendor, whose state can be read,
/// changed by others, and made to fail. Set up for one action.
pub trait Stage: Send + Sync {
    /// The responder that acts on it.
    fn responder(&self) -> Arc<dyn Responder>;
    /// A call whose target is ready to be acted on.
    fn call(&self) -> ActionCall;
    /// All of the other side's state that counts, in writing.
    fn state(&self) -> String;
    /// How often its state was changed by us.
    fn effects(&self) -> usize;
    /// How many requests came so far.
    fn requests(&self) -> usize;
    /// The n-th request from now, counted from 0, goes wrong.
    fn fail(&self, nth: usize, mishap: Mishap);
    /// What was accepted is finished now.
    fn settle(&self) {}
    /// Somebody else does the very thing before us; `false` where that cannot be told from nothing.
    fn forestall(&self) -> bool;
    /// Somebody else changes what we did; `false` where there is nothing to take back.
    fn meddle(&self) -> bool;
    /// Calls to targets that must never be touched.
    fn protected(&self) -> Vec<ActionCall>;
    /// Texts that must not be told: credentials, and what is itself a secret.
    fn secrets(&self) -> Vec<String>;
}

/// How a request goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It is turned away for now, and nothing happens.
    Busy,
    /// The connection breaks before anything happens.
    Lost,
    /// It takes effect, and the reply is lost.
    ReplyLost,
    /// It takes effect, and the reply is a failure of the other side.
    FailsAfter,
    /// Our credential is not accepted any more.
    Denied,
}

/// Runs every claim, each on a stage of its own. Panics where one is not kept.
pub async fn responder(make: impl AsyncFn() -> Box<dyn Stage>) {
    acts::planning_changes_nothing(&*make().await).await;
    acts::what_is_done_is_seen(&*make().await).await;
    acts::applying_twice_has_one_effect(&*make().await).await;
    acts::a_plan_and_notes_survive_storing(&*make().await).await;
    care::what_was_so_already_is_not_ours(&*make().await).await;
    care::what_became_so_after_the_plan_is_not_ours(&*make().await).await;
    care::a_protected_target_is_never_touched(&make).await;
    care::an_unknown_action_is_refused(&*make().await).await;
    care::nothing_secret_is_told(&*make().await).await;
    mishaps::a_lost_reply_is_found_by_looking(&make).await;
    mishaps::a_process_that_died_after_sending_finds_what_it_did(&make).await;
    mishaps::failing_at_any_request_ends_as_if_nothing_had_failed(&make).await;
    mishaps::a_revoked_credential_stops_and_says_whether_something_was_done(&make).await;
    undo::taking_back_restores_the_state_from_before(&*make().await).await;
    undo::taking_back_twice_changes_nothing_more(&*make().await).await;
    undo::taking_back_refuses_when_another_has_changed_it(&*make().await).await;
    undo::failing_at_any_request_of_taking_back_ends_as_if_nothing_had_failed(&make).await;
}

/// One action on its way, as a caller carries it.
struct Run<'s> {
    stage: &'s dyn Stage,
    responder: Arc<dyn Responder>,
    call: ActionCall,
    plan: Plan,
    notes: Value,
}

impl<'s> Run<'s> {
    /// Planned, and ready.
    async fn planned(stage: &'s dyn Stage) -> Self {
        let (responder, call) = (stage.responder(), stage.call());
        let plan = responder.plan(&call).await.expect("a plan");
        Self { stage, responder, call, plan, notes: Value::Null }
    }

    fn spec(&self) -> ActionSpec {
        let mut all = self.responder.actions().into_iter();
        all.find(|spec| spec.name == self.call.action).expect("the stage's action is one of them")
    }

    /// One try, by the rules: what may have been done is looked at before it is done again.
    async fn try_to_apply(&mut self) -> Result<Applied, Failure> {
        let tried = self.responder.apply(&self.call, &self.plan, &mut self.notes).await;
        if tried.as_ref().is_err_and(|failure| failure.uncertain) {
            self.call.is_retry = true;
            self.stage.settle();
            if self.look().await == Ok(Seen::Holds) {
                return Ok(Applied::Done);
            }
        }
        tried
    }

    /// Until it is done.
    async fn apply(&mut self) -> Applied {
        for _ in 0..TRIES {
            match self.try_to_apply().await {
                Ok(applied) => return applied,
                Err(failure) => assert!(failure.is_retryable(), "{failure:?}"),
            }
        }
        panic!("still not done after {TRIES} tries");
    }

    async fn look(&mut self) -> Result<Seen, Failure> {
        self.responder.verify(&self.call, &self.plan, &mut self.notes).await
    }

    async fn revert(&mut self) -> Result<Reverted, Failure> {
        self.responder.revert(&self.call, &self.plan, &mut self.notes).await
    }

    async fn look_back(&mut self) -> Result<Seen, Failure> {
        self.responder.verify_revert(&self.call, &self.plan, &mut self.notes).await
    }

    /// Until it is taken back, by the same rules.
    async fn revert_until_done(&mut self) -> Reverted {
        for _ in 0..TRIES {
            match self.revert().await {
                Ok(reverted) => return reverted,
                Err(failure) => {
                    assert!(failure.is_retryable(), "{failure:?}");
                    self.stage.settle();
                    if failure.uncertain && self.look_back().await == Ok(Seen::Holds) {
                        return Reverted::Done;
                    }
                }
            }
        }
        panic!("still not taken back after {TRIES} tries");
    }

    /// The effect is there, or nobody can look.
    async fn expect_seen(&mut self) {
        self.stage.settle();
        let seen = self.look().await.expect("a look");
        assert!(matches!(seen, Seen::Holds | Seen::Unseeable(_)), "{seen:?}");
    }
}
