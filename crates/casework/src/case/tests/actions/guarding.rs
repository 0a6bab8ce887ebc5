//! What keeps automatic actions in check: the switch, the breaker, and the loop guard.

use super::*;

#[test]
fn the_kill_switch_holds_what_is_automatic_and_a_person_may_still_act() {
    let mut world = World::new();
    world.guard.stop(world.analyst(), world.now, "drill".to_owned());
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ready());
    assert_eq!(world.stands(id, action), ActionState::AwaitingApproval);
    world.happen(id, action, ActionEvent::Approve { by: other(), reason: None });
    assert_eq!(world.stands(id, action), ActionState::Applying);
}

#[test]
fn the_breaker_opens_once_pages_once_and_stays_open_until_somebody_closes_it() {
    let mut world = World::new();
    let mut pages = Vec::new();
    for person in 0..7_u128 {
        // Each of a company's people in turn, so that only the organisation's count matters.
        world.desk = Desk::new(PersonId::from_digest(100 + person));
        let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
        let action = only(&world, id);
        let before = world.pages(id);
        world.happen(id, action, ready());
        let held = world.stands(id, action) == ActionState::AwaitingApproval;
        assert_eq!(held, person >= 5, "{person}");
        pages.push(world.pages(id) - before);
    }
    assert_eq!(pages, [0, 0, 0, 0, 0, 1, 0]);
    world.pass(Span::hours(2));
    world.desk = Desk::new(PersonId::from_digest(200));
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ready());
    assert_eq!(world.stands(id, action), ActionState::AwaitingApproval);
    world.guard.resume();
    world.desk = Desk::new(PersonId::from_digest(201));
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ready());
    assert_eq!(world.stands(id, action), ActionState::Applying);
}

/// An hourly script that looks like a thief: the field evidence that the loop guard is for.
#[test]
fn the_same_cause_acts_once_then_asks_first_then_only_tells() {
    let mut world = World::new();
    let mut told = Vec::new();
    for _ in 0..4 {
        let id = world.open_acting(acting(Confidence::High, vec![clear()]));
        let action = only(&world, id);
        let before = world.pages(id);
        world.happen(id, action, ready());
        let state = world.stands(id, action);
        if state == ActionState::Applying {
            world.happen(id, action, ActionEvent::Acted(Acted::Done));
            world.happen(id, action, ActionEvent::Looked(Looked::Holds));
        }
        told.push((state, world.pages(id) - before));
        world.dispose(id, world.analyst()).expect("closed");
        world.pass(Span::hours(1));
    }
    use ActionState::{Applying, AwaitingApproval};
    assert_eq!(told[..2], [(Applying, 0), (AwaitingApproval, 0)], "{told:?}");

    // Where the person denies it, it is done again; the third time only people decide.
    let mut world = World::new();
    let mut states = Vec::new();
    for _ in 0..3 {
        let id = world.open_acting(denied_by(Confidence::Medium, clear()));
        world.say(id, Answer::NotMe);
        let action = only(&world, id);
        world.happen(id, action, ready());
        states.push(world.stands(id, action));
        world.pass(Span::hours(2));
    }
    assert_eq!(states, [Applying, Applying, AwaitingApproval]);
}

#[test]
fn what_happened_before_the_last_act_is_no_reason_for_another() {
    let mut world = World::new();
    let first = world.open_acting(acting(Confidence::High, vec![clear()]));
    world.carry_out(first);
    let mut opening = world.opening(acting(Confidence::High, vec![suspend()]), &[("host", "h2")]);
    opening.alert.rule = "another".to_owned();
    opening.alert.time = Span::minutes(5).before(world.now);
    world.pass(Span::hours(5));
    let id = world.open_with(opening);
    let action = only(&world, id);
    world.happen(id, action, ready());
    assert_eq!(world.stands(id, action), ActionState::AwaitingApproval);
}
