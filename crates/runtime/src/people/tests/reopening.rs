//! A proof made with a factor that is disowned counts no more (R25).

use casework::{
    Act, Ask, AskClock, Input,
    input::{Opening, ProofResult},
    proof::{FactorAge, FactorFacts},
};
use model::{Answer, Assurance, CaseId, ChallengeId, FactorId, Method, Reason, Span, StateName};

use super::world::{MIA, WINDOW, World};
use crate::{
    apply::Along,
    people::{DISOWN_LIFE, alarm::Cause},
};

/// A case of Mia's that is closed by a proof with this factor.
async fn proven(world: &World, factor: FactorId) -> CaseId {
    proven_for(world, factor, false).await
}

/// The same; where it is reviewed, the proof is only testimony, and an analyst ends the case.
async fn proven_for(world: &World, factor: FactorId, is_reviewed: bool) -> CaseId {
    let about = format!("{factor} {is_reviewed}");
    let mut opening: Opening =
        world.engine.alarm_opening(&world.person(MIA), Cause::FraudReported, &about);
    opening.treatment.act = Act::Ask(Ask {
        message: "generic".to_owned(),
        assurance: Assurance::Possession,
        deadline: Span::hours(1),
        clock: AskClock::Wall,
        reminders: Vec::new(),
        is_comment_required: false,
        is_late_proof_allowed: true,
        is_reviewed,
        second: None,
    });
    let case = world.engine.open(opening, Along::default(), None).await.expect("opened");
    let age = FactorAge::Since(Span::days(20).before(case.opened_at));
    let facts = FactorFacts { id: Some(factor), method: Method::Totp, age, device: None };
    let challenge = ChallengeId::from_digest(case.id.bits());
    for input in [
        Input::Answer {
            answer: Answer::Me,
            channel: "web".to_owned(),
            revision: case.revision,
            factors: vec![facts.clone()],
            comment: None,
        },
        Input::Challenge {
            challenge,
            method: Method::Totp,
            factors: vec![facts.clone()],
            session: "session".to_owned(),
        },
        Input::Proof { challenge, result: ProofResult::Proven(facts) },
    ] {
        world.engine.apply(case.id, input, Along::default()).await.expect("taken");
    }
    case.id
}

async fn standing(world: &World, case: CaseId) -> (StateName, Option<Reason>) {
    let case = world.engine.load(case).await.expect("readable").expect("there").case;
    (case.state_name(), case.reason())
}

#[tokio::test]
async fn disowning_a_factor_reopens_what_it_proved_and_nothing_else() {
    let world = World::new();
    let own = world.old_factor(MIA, Method::Passkey).await;
    let mia = world.signed_in(MIA).await;
    assert!(mia.prove(Method::Passkey, own, 1).await);
    let planted = mia.enrol(Method::Totp).await.expect("enrolled");
    let change = mia.last_change().await;
    world.clock.advance(WINDOW);
    let (by_planted, by_own) = (proven(&world, planted).await, proven(&world, own).await);
    let weighed = proven_for(&world, planted, true).await;
    assert_eq!(standing(&world, by_planted).await.0, StateName::Closed);
    assert_eq!(standing(&world, weighed).await, (StateName::Escalated, Some(Reason::Decided)));
    let mia = world.signed_in(MIA).await;
    let done = world.engine.disown_factor(&mia.now().await, change).await.expect("disowned");
    assert_eq!(done.reopened.len(), 2);
    let conflict = (StateName::Escalated, Some(Reason::Conflict));
    for case in [by_planted, weighed] {
        assert!(done.reopened.contains(&case));
        assert_eq!(standing(&world, case).await, conflict);
        let case = world.engine.case(case).await.expect("there");
        assert!(case.testimony.is_none(), "nobody weighs what a thief has proven");
    }
    assert_eq!(standing(&world, by_own).await, (StateName::Closed, Some(Reason::Verified)));
}

#[tokio::test]
async fn a_change_is_disowned_within_thirty_days() {
    let world = World::new();
    let mia = world.invited(MIA).await;
    mia.enrol(Method::Totp).await.expect("enrolled");
    let change = mia.last_change().await;
    world.clock.advance(DISOWN_LIFE);
    let mia = world.signed_in(MIA).await;
    assert!(world.engine.disown_factor(&mia.now().await, change).await.is_err());
    assert_eq!(world.factor_ids(MIA).await.len(), 1);
}
