//! What is left alone.

use serde_json::Value;

use super::{Run, Stage};
use crate::{
    Decision,
    responder::{ActionCall, Applied, Standing},
};

pub(super) async fn what_was_so_already_is_not_ours(stage: &dyn Stage) {
    if !stage.forestall() {
        return;
    }
    let before = stage.state();
    let mut run = Run::planned(stage).await;
    assert_eq!(run.plan.standing, Standing::AlreadySo);
    let applied = run.try_to_apply().await.expect("nothing to do");
    assert_eq!(applied, Applied::AlreadySo);
    assert_eq!((stage.state(), stage.effects()), (before, 0));
}

pub(super) async fn what_became_so_after_the_plan_is_not_ours(stage: &dyn Stage) {
    let mut run = Run::planned(stage).await;
    if !stage.forestall() {
        return;
    }
    let before = stage.state();
    let applied = run.try_to_apply().await.expect("nothing to do");
    assert_eq!(applied, Applied::AlreadySo);
    assert_eq!((stage.state(), stage.effects()), (before, 0));
}

/// Neither by a plan that knows it, nor by one that was made before.
pub(super) async fn a_protected_target_is_never_touched(make: &impl AsyncFn() -> Box<dyn Stage>) {
    for number in 0..make().await.protected().len() {
        let stage = make().await;
        let call: ActionCall = stage.protected().swap_remove(number);
        let before = stage.state();
        let mut run = Run::planned(&*stage).await;
        let plan = run.responder.plan(&call).await.expect("a plan");
        let Standing::Protected(why) = &plan.standing else {
            panic!("{:?} is protected, not {:?}", call.target, plan.standing)
        };
        assert!(!why.is_empty());
        run.call = call;
        for plan in [plan, run.plan.clone()] {
            run.plan = plan;
            match run.try_to_apply().await {
                Ok(applied) => assert!(matches!(applied, Applied::Protected(_)), "{applied:?}"),
                Err(failure) => assert!(!failure.is_retryable(), "{failure:?}"),
            }
        }
        assert_eq!((stage.state(), stage.effects()), (before, 0), "{:?}", run.call.target);
    }
}

pub(super) async fn an_unknown_action_is_refused(stage: &dyn Stage) {
    let run = Run::planned(stage).await;
    let call = ActionCall { action: "no-such-action".to_owned(), ..run.call.clone() };
    let before = (stage.state(), stage.requests());
    let failure = run.responder.plan(&call).await.expect_err("no such action");
    assert_eq!(failure.decision, Decision::Misconfigured);
    let failure = run.responder.apply(&call, &run.plan, &mut Value::Null).await;
    assert_eq!(failure.expect_err("no such action").decision, Decision::Misconfigured);
    assert_eq!((stage.state(), stage.requests()), before, "nobody is asked about it");
}

pub(super) async fn nothing_secret_is_told(stage: &dyn Stage) {
    let mut run = Run::planned(stage).await;
    let mut told = format!("{:?} {:?} {:?}", run.call, run.plan, run.spec());
    told += &serde_json::to_string(&run.plan).expect("plain JSON");
    let mut tell = |text: String| told += &text;
    for mishap in [super::Mishap::Denied, super::Mishap::Busy, super::Mishap::ReplyLost] {
        stage.fail(0, mishap);
        if let Err(failure) = run.responder.plan(&run.call).await {
            tell(format!("{failure} {failure:?}"));
        }
        stage.fail(0, mishap);
        match run.try_to_apply().await {
            Ok(applied) => tell(format!("{applied:?}")),
            Err(failure) => tell(format!("{failure} {failure:?}")),
        }
        match run.look().await {
            Ok(seen) => tell(format!("{seen:?}")),
            Err(failure) => tell(format!("{failure} {failure:?}")),
        }
        match run.revert().await {
            Ok(reverted) => tell(format!("{reverted:?}")),
            Err(failure) => tell(format!("{failure} {failure:?}")),
        }
        tell(run.notes.to_string());
    }
    for secret in stage.secrets() {
        assert!(!secret.is_empty() && !told.contains(&secret), "a secret was told");
    }
}
