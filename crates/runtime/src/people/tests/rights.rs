use casework::{Case, input::Opening};
use model::CaseId;

use super::world::{ADA, ANA, MIA, World};
use crate::{apply::Along, engine::EngineError, people::Role};

async fn case_about(world: &World, email: &str, number: usize) -> Case {
    let person = world.person(email);
    let opening: Opening = world.engine.alarm_opening(
        &person,
        crate::people::alarm::Cause::FraudReported,
        &number.to_string(),
    );
    let id: CaseId = opening.case;
    let case = world.engine.open(opening, Along::default(), None).await.expect("opened");
    assert_eq!(case.id, id);
    case
}

#[tokio::test]
async fn nobody_judges_a_case_about_themself_and_only_analysts_judge_at_all() {
    let world = World::new();
    for (number, (viewer, about, may)) in [
        (MIA, MIA, false),
        (MIA, ANA, false),
        (ANA, MIA, true),
        (ANA, ADA, true),
        (ANA, ANA, false),
        (ADA, ANA, true),
        (ADA, ADA, false),
    ]
    .into_iter()
    .enumerate()
    {
        let case = case_about(&world, about, number).await;
        let viewer_now = world.signed_in(viewer).await.now().await;
        assert_eq!(viewer_now.may_judge(&case), may, "{viewer} about {about}");
    }
}

#[tokio::test]
async fn a_role_includes_the_ones_before_it_and_no_more() {
    let world = World::new();
    for (email, highest) in [(MIA, Role::Person), (ANA, Role::Analyst), (ADA, Role::Admin)] {
        let viewer = world.signed_in(email).await.now().await;
        for role in [Role::Person, Role::Analyst, Role::Admin] {
            let allowed = viewer.require_role(role);
            let refused = matches!(allowed, Err(EngineError::Forbidden(_)));
            assert_eq!(refused, role > highest, "{email} as {}", role.name());
        }
    }
}
