//! Planning and doing.

use serde_json::Value;

use super::{Run, Stage};
use crate::responder::{Applied, Plan, Standing};

pub(super) async fn planning_changes_nothing(stage: &dyn Stage) {
    let before = stage.state();
    let run = Run::planned(stage).await;
    let again = run.responder.plan(&run.call).await.expect("a plan");
    assert_eq!(run.plan.standing, Standing::Ready);
    assert_eq!(again, run.plan, "the same state gives the same plan");
    assert!(!run.plan.requests.is_empty(), "a plan shows what would be sent");
    assert_eq!((stage.state(), stage.effects()), (before, 0));
}

pub(super) async fn what_is_done_is_seen(stage: &dyn Stage) {
    let before = stage.state();
    let mut run = Run::planned(stage).await;
    let applied = run.apply().await;
    assert!(matches!(applied, Applied::Done | Applied::Accepted), "{applied:?}");
    run.expect_seen().await;
    assert_ne!(stage.state(), before, "something was done");
    assert!(stage.effects() > 0);
}

pub(super) async fn applying_twice_has_one_effect(stage: &dyn Stage) {
    let mut run = Run::planned(stage).await;
    run.apply().await;
    stage.settle();
    let once = (stage.state(), stage.effects());
    run.call.is_retry = true;
    let again = run.apply().await;
    stage.settle();
    assert!(
        matches!(again, Applied::Done | Applied::Accepted),
        "what a retry finds done is ours: {again:?}"
    );
    assert_eq!((stage.state(), stage.effects()), once);
    run.expect_seen().await;
}

/// A caller stores both after each step, and may be another process at the next.
pub(super) async fn a_plan_and_notes_survive_storing(stage: &dyn Stage) {
    let mut run = Run::planned(stage).await;
    run.apply().await;
    let stored = serde_json::to_string(&(&run.call, &run.plan, &run.notes)).expect("plain JSON");
    let (call, plan, notes): (_, Plan, Value) = serde_json::from_str(&stored).expect("the same");
    assert_eq!((&plan, &notes), (&run.plan, &run.notes));
    (run.call, run.plan, run.notes) = (call, plan, notes);
    run.responder = stage.responder();
    run.expect_seen().await;
}
