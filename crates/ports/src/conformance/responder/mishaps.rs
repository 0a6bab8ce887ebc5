//! Bad days.

use serde_json::Value;

use super::{Mishap, Run, Stage};
use crate::{
    Decision,
    responder::{Applied, Seen, Undo},
};

/// Every way in which a request may fail and be tried again.
const PASSING: [Mishap; 4] = [Mishap::Busy, Mishap::Lost, Mishap::ReplyLost, Mishap::FailsAfter];

/// How many requests it takes when nothing fails, and what is there afterwards.
async fn clean(make: &impl AsyncFn() -> Box<dyn Stage>) -> (usize, String, usize) {
    let stage = make().await;
    let mut run = Run::planned(&*stage).await;
    let before = stage.requests();
    run.apply().await;
    let count = stage.requests() - before;
    stage.settle();
    (count, stage.state(), stage.effects())
}

pub(super) async fn a_lost_reply_is_found_by_looking(make: &impl AsyncFn() -> Box<dyn Stage>) {
    let (count, _, effects) = clean(make).await;
    for nth in 0..count {
        let stage = make().await;
        let mut run = Run::planned(&*stage).await;
        stage.fail(nth, Mishap::ReplyLost);
        let tried = run.responder.apply(&run.call, &run.plan, &mut run.notes).await;
        let Err(failure) = tried else { continue };
        let is_done = stage.effects() > 0;
        assert!(failure.uncertain || !is_done, "request {nth}: it was done, and nobody knows");
        if stage.effects() == effects {
            stage.settle();
            let seen = run.look().await.expect("a look");
            assert!(matches!(seen, Seen::Holds | Seen::Unseeable(_)), "request {nth}: {seen:?}");
        }
    }
}

/// Whatever the responder noted on the way is lost with the process; the call and the plan are not.
pub(super) async fn a_process_that_died_after_sending_finds_what_it_did(
    make: &impl AsyncFn() -> Box<dyn Stage>,
) {
    let (count, state, effects) = clean(make).await;
    for nth in 0..count {
        let stage = make().await;
        let before = stage.state();
        let mut run = Run::planned(&*stage).await;
        stage.fail(nth, Mishap::ReplyLost);
        // What came of it is lost, too.
        drop(run.responder.apply(&run.call, &run.plan, &mut Value::Null).await);
        run.call.is_retry = true;
        stage.settle();
        if run.look().await != Ok(Seen::Holds) {
            let applied = run.apply().await;
            assert!(matches!(applied, Applied::Done | Applied::Accepted), "{nth}: {applied:?}");
        }
        run.expect_seen().await;
        assert_eq!((stage.state(), stage.effects()), (state.clone(), effects), "request {nth}");
        if run.spec().undo == Undo::Reversible {
            run.revert_until_done().await;
            stage.settle();
            assert_eq!(stage.state(), before, "request {nth}: taken back all the same");
        }
    }
}

pub(super) async fn failing_at_any_request_ends_as_if_nothing_had_failed(
    make: &impl AsyncFn() -> Box<dyn Stage>,
) {
    let (count, state, effects) = clean(make).await;
    for nth in 0..count {
        for mishap in PASSING {
            let stage = make().await;
            let mut run = Run::planned(&*stage).await;
            stage.fail(nth, mishap);
            let applied = run.apply().await;
            assert!(
                matches!(applied, Applied::Done | Applied::Accepted),
                "request {nth}, {mishap:?}: {applied:?}"
            );
            run.expect_seen().await;
            assert_eq!(stage.state(), state, "request {nth}, {mishap:?}");
            assert_eq!(stage.effects(), effects, "request {nth}, {mishap:?}");
        }
    }
}

pub(super) async fn a_revoked_credential_stops_and_says_whether_something_was_done(
    make: &impl AsyncFn() -> Box<dyn Stage>,
) {
    let (count, ..) = clean(make).await;
    for nth in 0..count {
        let stage = make().await;
        let mut run = Run::planned(&*stage).await;
        stage.fail(nth, Mishap::Denied);
        // A responder may hold a second credential, or ask for a new one: then it goes on.
        let Err(failure) = run.responder.apply(&run.call, &run.plan, &mut run.notes).await else {
            continue;
        };
        let decided = matches!(failure.decision, Decision::Denied | Decision::Misconfigured);
        assert!(decided, "request {nth}: {failure:?}");
        assert_eq!(failure.uncertain, stage.effects() > 0, "request {nth}: {failure:?}");
    }
}
