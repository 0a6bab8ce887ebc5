//! Actions on bad days: what is done, seen and taken back while calls fail and servers die.

use std::sync::Arc;

use casework::{
    input::Actor,
    ledger::{ActionEvent, Entry, LOOK_AFTER},
};
use model::{ActionState, CaseId, Span};
use ports::{
    Failure,
    blocklist::Blocklist as _,
    responder::{
        Responder as _,
        fake::{Act, Bad, SUSPEND},
    },
    store::{Commit, Record, RecordOp, Space},
};

use super::world::{ANA, MIA, World, alert, run};
use crate::{acting::ByHand, blocklists::StoredBlocklists};

/// A plan is one request; what is done begins with another plan and a look.
const APPLY: usize = 3;

/// A case of Mia's in which a program wants her account suspended.
async fn ordered(world: &World) -> CaseId {
    let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
    world.settle().await;
    let wish = ByHand {
        action: format!("idp.{SUSPEND}"),
        reason: "stolen".to_owned(),
        target: None,
        limit: None,
    };
    world.engine.order(case, Actor::Key("soar".to_owned()), wish).await.expect("asked for");
    case
}

async fn entry(world: &World, case: CaseId) -> Entry {
    world.case(case).await.ledger[0].clone()
}

async fn state(world: &World, case: CaseId) -> ActionState {
    entry(world, case).await.state()
}

fn done(world: &World) -> usize {
    world.idp.acts().iter().filter(|act: &&Act| !act.is_undo).count()
}

#[test]
fn a_step_that_fails_before_it_acts_is_tried_again_and_done_once() {
    for nth in 0..=APPLY {
        run(async {
            let world = World::new();
            world.idp.fail(nth, Bad::Before(Failure::retry("too many requests")));
            let case = ordered(&world).await;
            world.pass(Span::minutes(4)).await;
            assert_eq!((state(&world, case).await, done(&world)), (ActionState::Verified, 1));
            world.check(case).await;
        });
    }
}

#[test]
fn what_was_done_while_the_reply_was_lost_is_seen_and_not_done_again() {
    run(async {
        let world = World::new();
        world.idp.fail(APPLY, Bad::After(Failure::retry("the reply was lost")));
        let case = ordered(&world).await;
        world.pass(Span::minutes(4)).await;
        assert_eq!((state(&world, case).await, done(&world)), (ActionState::Verified, 1));
        assert!(entry(&world, case).await.is_ours, "so that it can be taken back");
    });
}

#[test]
fn a_refusal_after_a_lost_reply_does_not_say_that_nothing_was_done() {
    run(async {
        let world = World::new();
        world.idp.fail(APPLY, Bad::After(Failure::retry("the reply was lost")));
        // The look that follows is refused for good.
        world.idp.fail(APPLY + 1, Bad::Before(Failure::denied("a right was taken away")));
        let case = ordered(&world).await;
        world.pass(Span::minutes(4)).await;
        let entry = entry(&world, case).await;
        assert_eq!((entry.state(), done(&world)), (ActionState::Failed, 1));
        assert!(entry.is_revertible(), "it may stand, and can be taken back: {:?}", entry.stage);
        assert!(world.pager.is_open(&format!("cs-{case}")), "somebody has to look");
    });
}

#[test]
fn a_lie_is_seen_and_paged() {
    run(async {
        let world = World::new();
        world.idp.lie(true);
        let case = ordered(&world).await;
        world.pass(Span::minutes(10)).await;
        assert_eq!(state(&world, case).await, ActionState::Failed);
        assert!(world.pager.is_open(&format!("cs-{case}")));
    });
}

#[test]
fn an_action_of_a_killed_server_is_done_once() {
    run(async {
        let mut world = World::new();
        let case = ordered(&world).await;
        world.engine.run_lane_once("respond.idp").await.expect("planned");
        assert_eq!(state(&world, case).await, ActionState::Applying);
        // The act is this server's to carry out, and it is killed before it does.
        world.restart();
        world.pass(Span::minutes(4)).await;
        assert_eq!((state(&world, case).await, done(&world)), (ActionState::Verified, 1));
    });
}

#[test]
fn what_a_killed_server_did_is_seen_and_not_done_again() {
    run(async {
        let mut world = World::new();
        let case = ordered(&world).await;
        world.engine.run_lane_once("respond.idp").await.expect("planned");
        // It acted, and was killed before it could say so.
        let stored = world.case(case).await;
        let call = world.engine.call_of(&stored, &stored.ledger[0]);
        let plan = world.idp.plan(&call).await.expect("planned");
        let mut notes = serde_json::Value::Null;
        world.idp.apply(&call, &plan, &mut notes).await.expect("done");
        world.restart();
        world.pass(Span::minutes(4)).await;
        assert_eq!((state(&world, case).await, done(&world)), (ActionState::Verified, 1));
        assert!(entry(&world, case).await.is_ours, "so that it can be taken back");
    });
}

#[test]
fn notes_that_cannot_be_opened_are_not_written_over() {
    run(async {
        let world = World::new();
        let case = ordered(&world).await;
        world.engine.run_lane_once("respond.idp").await.expect("planned");
        let notes = Record {
            space: Space::ActionNotes,
            key: entry(&world, case).await.id().to_string(),
            owner: None,
            value: b"sealed with another key".to_vec(),
            expires_at: None,
        };
        let records = vec![RecordOp::Put(notes.clone())];
        world.store.commit(Commit { records, ..Commit::default() }).await.expect("stored");
        world.pass(Span::minutes(4)).await;
        let kept = world.store.record(Space::ActionNotes, &notes.key, world.engine.now()).await;
        assert_eq!((kept, done(&world)), (Ok(Some(notes)), 0));
    });
}

#[test]
fn what_somebody_else_did_anew_is_left_as_it_is() {
    run(async {
        let world = World::new();
        let case = ordered(&world).await;
        world.pass(Span::minutes(4)).await;
        let target = world.idp.acts()[0].target.clone();
        world.idp.elsewhere(SUSPEND, &target, false);
        world.idp.elsewhere(SUSPEND, &target, true);
        let (by, reason) = (Actor::Key("soar".to_owned()), "all is well".into());
        let revert = ActionEvent::Revert { by, reason };
        let id = entry(&world, case).await.id();
        world.engine.act_on(id, revert).await.expect("taken");
        world.pass(Span::minutes(4)).await;
        assert_eq!(state(&world, case).await, ActionState::Failed);
        assert!(world.idp.is_so(SUSPEND, &target));
    });
}

#[test]
fn an_effect_is_looked_for_at_its_times_and_not_without_a_pause() {
    run(async {
        let world = World::new();
        world.idp.finish_later(true);
        let case = ordered(&world).await;
        world.settle().await;
        assert_eq!(state(&world, case).await, ActionState::Applied);
        let (done, looks) = (world.idp.requests(), entry(&world, case).await.looks);
        world.settle().await;
        assert_eq!(world.idp.requests(), done, "nobody looks before its time");
        assert_eq!(looks, 1, "the first look is planned");
        world.clock.advance(LOOK_AFTER[0]);
        world.settle().await;
        assert_eq!(world.idp.requests(), done + 1);
        world.settle().await;
        assert_eq!(world.idp.requests(), done + 1, "and then waits longer");
        world.idp.finish();
        world.clock.advance(LOOK_AFTER[1]);
        world.settle().await;
        assert_eq!(state(&world, case).await, ActionState::Verified);
    });
}

#[test]
fn how_many_people_an_address_would_hit_is_known_from_their_cases() {
    run(async {
        let world = World::new();
        let lists = StoredBlocklists::new(Arc::clone(&world.store), Arc::new(world.clock.clone()));
        for (who, rule, from) in [
            (MIA, "usual", "203.0.113.7"),
            (MIA, "other", "203.0.113.7"),
            (ANA, "usual", "203.0.113.9"),
        ] {
            world.accept(alert(who, rule, from)).await;
        }
        let people = async |network: &str| {
            lists.people(network.parse().expect("a network")).await.expect("readable")
        };
        assert_eq!(people("203.0.113.7/32").await, Some(1));
        assert_eq!(people("203.0.113.0/24").await, Some(2));
        assert_eq!(people("198.51.100.0/24").await, None, "nobody can say");
        world.clock.advance(Span::days(31));
        assert_eq!(people("203.0.113.0/24").await, None);
    });
}
