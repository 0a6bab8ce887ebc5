//! Taking back.

use super::{Mishap, Run, Stage};
use crate::{
    Decision,
    responder::{Reverted, Seen, Undo},
};

pub(super) async fn taking_back_restores_the_state_from_before(stage: &dyn Stage) {
    let before = stage.state();
    let mut run = Run::planned(stage).await;
    run.apply().await;
    stage.settle();
    if run.spec().undo != Undo::Reversible {
        let after = stage.state();
        let failure = run.revert().await.expect_err("it cannot be taken back");
        assert_eq!(failure.decision, Decision::Permanent);
        assert_eq!(stage.state(), after, "and nothing was tried");
        return;
    }
    let reverted = run.revert().await.expect("taken back");
    assert!(matches!(reverted, Reverted::Done | Reverted::Accepted), "{reverted:?}");
    stage.settle();
    let seen = run.look_back().await.expect("a look");
    assert!(matches!(seen, Seen::Holds | Seen::Unseeable(_)), "{seen:?}");
    assert_eq!(stage.state(), before);
}

pub(super) async fn taking_back_twice_changes_nothing_more(stage: &dyn Stage) {
    let mut run = Run::planned(stage).await;
    if run.spec().undo != Undo::Reversible {
        return;
    }
    run.apply().await;
    stage.settle();
    run.revert_until_done().await;
    stage.settle();
    let once = (stage.state(), stage.effects());
    let again = run.revert().await.expect("nothing left to do");
    assert!(!matches!(again, Reverted::Refused(_)), "{again:?}");
    stage.settle();
    assert_eq!((stage.state(), stage.effects()), once);
}

pub(super) async fn taking_back_refuses_when_another_has_changed_it(stage: &dyn Stage) {
    let mut run = Run::planned(stage).await;
    run.apply().await;
    run.expect_seen().await;
    if !stage.meddle() {
        return;
    }
    let theirs = (stage.state(), stage.effects());
    let reverted = run.revert().await.expect("looked, and left alone");
    assert!(matches!(reverted, Reverted::Refused(_)), "{reverted:?}");
    assert_eq!((stage.state(), stage.effects()), theirs);
}

pub(super) async fn failing_at_any_request_of_taking_back_ends_as_if_nothing_had_failed(
    make: &impl AsyncFn() -> Box<dyn Stage>,
) {
    let stage = make().await;
    let before = stage.state();
    let mut run = Run::planned(&*stage).await;
    if run.spec().undo != Undo::Reversible {
        return;
    }
    run.apply().await;
    stage.settle();
    let sent = stage.requests();
    run.revert_until_done().await;
    let (count, effects) = (stage.requests() - sent, stage.effects());
    for nth in 0..count {
        for mishap in [Mishap::Busy, Mishap::Lost, Mishap::ReplyLost, Mishap::FailsAfter] {
            let stage = make().await;
            let mut run = Run::planned(&*stage).await;
            run.apply().await;
            run.expect_seen().await;
            stage.fail(nth, mishap);
            run.revert_until_done().await;
            stage.settle();
            assert_eq!(stage.state(), before, "request {nth}, {mishap:?}");
            assert_eq!(stage.effects(), effects, "request {nth}, {mishap:?}");
        }
    }
}
