use std::sync::Arc;

use model::{DeliveryId, Method, PersonId, Reason, StateName};
use ports::store::{
    CaseQuery, CaseRow, Commit, Record, RecordOp, Space, Store,
    memory::{Call, MemoryStore},
};

use super::world::{ADA, MIA, WINDOW, World};
use crate::{
    engine::EngineError,
    people::{Authority, Standing},
};

async fn cases_of(world: &World, person: PersonId) -> Vec<CaseRow> {
    let query = CaseQuery { people: vec![person], limit: 10, ..CaseQuery::default() };
    world.store.cases(&query).await.expect("readable")
}

#[tokio::test]
async fn disowning_a_factor_revokes_it_ends_every_session_and_tells_the_security_team() {
    let world = World::new();
    let thief = world.invited(MIA).await;
    thief.enrol(Method::Totp).await.expect("enrolled");
    let mia = world.signed_in(MIA).await;
    let change = mia.last_change().await;
    let done = world.engine.disown_factor(&mia.now().await, change).await.expect("disowned");
    assert_eq!(done.change.standing, Standing::Undone);
    assert!(world.factor_ids(MIA).await.is_empty());
    assert!(thief.is_over().await && mia.is_over().await);
    let cases = cases_of(&world, world.person(MIA).id).await;
    let [case] = cases.as_slice() else { panic!("one case, not {cases:?}") };
    assert_eq!((case.state, case.reason), (StateName::Escalated, Some(Reason::Decided)));
    assert!(world.audit_kinds().await.contains(&"factor.disowned".to_owned()));
}

#[tokio::test]
async fn disowning_twice_does_no_more_than_once() {
    let world = World::new();
    world.invited(MIA).await.enrol(Method::Totp).await.expect("enrolled");
    let change = world.signed_in(MIA).await.last_change().await;
    for _ in 0..2 {
        let mia = world.signed_in(MIA).await;
        world.engine.disown_factor(&mia.now().await, change).await.expect("disowned");
    }
    assert_eq!(cases_of(&world, world.person(MIA).id).await.len(), 1);
}

#[tokio::test]
async fn with_a_disowned_factor_fall_those_that_it_let_in() {
    let world = World::new();
    let own = world.old_factor(MIA, Method::Passkey).await;
    let mia = world.signed_in(MIA).await;
    assert!(mia.prove(Method::Passkey, own, 1).await);
    let planted = mia.enrol(Method::Totp).await.expect("enrolled");
    let change = mia.last_change().await;
    world.clock.advance(WINDOW);
    let thief = world.signed_in(MIA).await;
    assert!(thief.prove(Method::Totp, planted, 1).await);
    let second = thief.enrol(Method::Passkey).await.expect("enrolled");
    let held = world.factor_ids(MIA).await;
    assert!(held.len() == 3 && held.contains(&second));
    let mia = world.signed_in(MIA).await;
    world.engine.disown_factor(&mia.now().await, change).await.expect("disowned");
    assert_eq!(world.factor_ids(MIA).await, [own]);
}

#[tokio::test]
async fn another_persons_change_is_not_there() {
    let world = World::new();
    world.invited(MIA).await.enrol(Method::Totp).await.expect("enrolled");
    let change = world.signed_in(MIA).await.last_change().await;
    let ada = world.signed_in(ADA).await;
    let made_up = DeliveryId::from_digest(1);
    for change in [change, made_up] {
        let done = world.engine.disown_factor(&ada.now().await, change).await;
        assert_eq!(done.err(), Some(EngineError::NotFound));
    }
    assert_eq!(world.factor_ids(MIA).await.len(), 1);
}

#[tokio::test]
async fn a_disowned_reset_is_told_to_the_security_team() {
    let world = World::new();
    world.old_factor(MIA, Method::Totp).await;
    world.engine.reset_factors(Authority::Key("ops"), world.person(MIA).id).await.expect("reset");
    let mia = world.signed_in(MIA).await;
    let change = mia.last_change().await;
    world.engine.disown_factor(&mia.now().await, change).await.expect("disowned");
    assert_eq!(cases_of(&world, world.person(MIA).id).await.len(), 1);
}

#[tokio::test]
async fn a_fraud_reported_in_a_step_up_ends_every_session_and_pages() {
    let world = World::new();
    let thief = world.signed_in(MIA).await;
    let viewer = thief.now().await;
    let begun = world.engine.begin_step_up(&viewer, Method::Duo, None).await.expect("begun");
    world.remote.say(ports::verifier::Verdict::Fraud);
    let done = world.engine.finish_step_up(&viewer, begun.challenge, None).await;
    assert_eq!(done, Ok(crate::people::StepUpOutcome::Failed));
    assert!(thief.is_over().await);
    assert_eq!(cases_of(&world, world.person(MIA).id).await.len(), 1);
}

#[tokio::test]
async fn a_fraud_that_could_not_be_raised_is_heard_again() {
    let store = MemoryStore::new();
    let front = Arc::new(store.moody());
    let world = World::over(store, Arc::clone(&front) as Arc<dyn Store>);
    let thief = world.signed_in(MIA).await;
    let viewer = thief.now().await;
    let begun = world.engine.begin_step_up(&viewer, Method::Duo, None).await.expect("begun");
    world.remote.say(ports::verifier::Verdict::Fraud);
    front.fail(|call| matches!(call, Call::Commit(commit) if commit.case.is_some()));
    let done = world.engine.finish_step_up(&viewer, begun.challenge, None).await;
    assert!(matches!(done, Err(EngineError::Unavailable(_))), "{done:?}");
    front.recover();
    let done = world.engine.finish_step_up(&viewer, begun.challenge, None).await;
    assert_eq!(done, Ok(crate::people::StepUpOutcome::Failed));
    assert!(thief.is_over().await);
    assert_eq!(cases_of(&world, world.person(MIA).id).await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_taken_up_keeps_nothing_else() {
    let world = World::new();
    world.invited(MIA).await.enrol(Method::Totp).await.expect("enrolled");
    let mia = world.signed_in(MIA).await;
    let mut change = world.engine.factor_change(mia.last_change().await).await.expect("there");
    world.engine.revoke(&world.person(MIA), &mut change).await.expect("revoked");
    let unreadable = Record {
        space: Space::FactorChange,
        key: "a".to_owned(),
        owner: None,
        value: b"x".to_vec(),
        expires_at: None,
    };
    let records = vec![RecordOp::Put(unreadable)];
    world.store.commit(Commit { records, ..Commit::default() }).await.expect("stored");
    world.engine.resume_disowning().await.expect_err("one cannot be read");
    assert_eq!(cases_of(&world, world.person(MIA).id).await.len(), 1, "the other goes on");
}

#[tokio::test]
async fn a_stop_between_revoking_and_the_rest_is_made_good_after_the_start() {
    let world = World::new();
    world.invited(MIA).await.enrol(Method::Totp).await.expect("enrolled");
    let mia = world.signed_in(MIA).await;
    let mut change = world.engine.factor_change(mia.last_change().await).await.expect("there");
    world.engine.revoke(&world.person(MIA), &mut change).await.expect("revoked");
    assert!(cases_of(&world, world.person(MIA).id).await.is_empty());
    let cause = crate::people::alarm::Cause::Disowned(change.kind);
    let about = change.id.to_string();
    let mia = world.person(MIA);
    world.engine.raise_alarm(&mia, cause, &about).await.expect("raised before the stop");
    for _ in 0..2 {
        world.engine.resume_disowning().await.expect("resumed");
        assert_eq!(cases_of(&world, world.person(MIA).id).await.len(), 1);
    }
}
