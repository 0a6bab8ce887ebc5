//! Somebody else confirms what the person has proven.

use casework::{
    Input,
    input::ProofResult,
    proof::{FactorAge, FactorFacts},
};
use model::{Answer, CaseId, ChallengeId, Method, Reason, Span, StateName};

use super::world::{ANA, MIA, World, alert, run};
use crate::apply::Along;

const POLICY: &str = r#"
id: delicate
owner: security
match: 'true'
ask: { message: generic, deadline: 2h, clock: wall, second: manager }
group: { by: [], window: 1h }
"#;

/// Where Mia's answers are confirmed by Ana.
fn world() -> World {
    let mut world = World::new();
    world.change_person(MIA, |mia| mia.manager = Some(ANA.into()));
    world.with_policy(POLICY)
}

/// The case in which somebody confirms what another shows in a revision.
fn confirmation(case: CaseId, revision: u32) -> CaseId {
    CaseId::from_digest(case.bits() ^ u128::from(revision))
}

/// Whoever a case is about claims it, and proves it.
async fn prove(world: &World, case: CaseId) {
    let case = world.case(case).await;
    let age = FactorAge::Since(Span::days(20).before(case.opened_at));
    let facts = FactorFacts { id: None, method: Method::Totp, age, device: None };
    let challenge = ChallengeId::from_digest(case.id.bits() + u128::from(case.revision));
    let (channel, session) = ("web".to_owned(), "session".to_owned());
    let (revision, factors) = (case.revision, vec![facts.clone()]);
    for input in [
        Input::Answer {
            answer: Answer::Me,
            channel,
            revision,
            factors: factors.clone(),
            comment: None,
        },
        Input::Challenge { challenge, method: Method::Totp, factors, session },
        Input::Proof { challenge, result: ProofResult::Proven(facts) },
    ] {
        world.engine.apply(case.id, input, Along::default()).await.expect("taken");
    }
}

#[test]
fn whoever_confirms_older_facts_confirms_nothing_of_the_newer_ones() {
    run(async {
        let world = world();
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        prove(&world, case).await;
        world.settle().await;
        assert_eq!(world.state(case).await.0, StateName::Verifying);
        let first = confirmation(case, 1);
        assert_eq!(world.state(first).await.0, StateName::Asking);
        assert_eq!(world.accept(alert(MIA, "usual", "203.0.113.8")).await, case);
        assert_eq!(world.state(case).await.0, StateName::Asking, "of other facts");
        prove(&world, case).await;
        world.settle().await;
        prove(&world, first).await;
        world.settle().await;
        assert_eq!(world.state(first).await, (StateName::Closed, Some(Reason::Verified)));
        assert_eq!(world.state(case).await.0, StateName::Verifying);
        prove(&world, confirmation(case, 2)).await;
        world.settle().await;
        assert_eq!(world.state(case).await, (StateName::Closed, Some(Reason::Verified)));
        world.check(case).await;
    });
}

#[test]
fn nobody_is_asked_to_confirm_what_is_not_proven_any_more() {
    run(async {
        let world = world();
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        prove(&world, case).await;
        assert_eq!(world.accept(alert(MIA, "usual", "203.0.113.8")).await, case);
        world.settle().await;
        for revision in [1, 2] {
            assert!(world.engine.case(confirmation(case, revision)).await.is_err(), "{revision}");
        }
    });
}
