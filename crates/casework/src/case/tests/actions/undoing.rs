//! What is taken back, and what is left to a person because nobody knows how it stands.

use super::*;

#[test]
fn a_proof_that_it_was_them_takes_back_what_was_done_last_thing_first() {
    let mut world = World::new();
    let second = template("entra.disable", Undo::Reversible, Radius::Person, None);
    let id = world.open_acting(acting(Confidence::High, vec![clear(), suspend(), second]));
    world.carry_out(id);
    let actions = world.actions(id);
    world.deliver_all(id);
    world.say(id, Answer::Me);
    world.prove(id, Method::Passkey);
    check(&world, id, StateName::Closed, Reason::Verified);
    let reverted =
        |effect: &&(CaseId, Effect)| matches!(effect, (_, Effect::Act { task: Task::Revert, .. }));
    let order: Vec<ActionId> = world
        .effects
        .iter()
        .filter(reverted)
        .filter_map(|(_, effect)| match effect {
            Effect::Act { action, .. } => Some(*action),
            _ => None,
        })
        .collect();
    assert_eq!(order, [actions[2], actions[1]], "the last first; what heals by itself is left");
    // The case is closed, and the ledger goes on.
    world.happen(id, actions[1], ActionEvent::TakenBack(TakenBack::Done));
    world.happen(id, actions[1], ActionEvent::Looked(Looked::Holds));
    assert_eq!(world.stands(id, actions[1]), ActionState::Reverted);
}

#[test]
fn what_somebody_else_did_or_changed_is_never_taken_back() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ActionEvent::Planned(Planned::AlreadySo));
    assert_eq!(world.stands(id, action), ActionState::Verified);
    let revert = || ActionEvent::Revert { by: other(), reason: "undo".into() };
    world.happen(id, action, revert());
    assert_eq!(
        (world.stands(id, action), world.tasks(id, Task::Revert)),
        (ActionState::Verified, 0)
    );

    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    world.carry_out(id);
    let action = only(&world, id);
    world.happen(id, action, revert());
    let refused = TakenBack::Refused("DEPROVISIONED".to_owned());
    world.happen(id, action, ActionEvent::TakenBack(refused));
    assert_eq!(world.stands(id, action), ActionState::Failed);
}

#[test]
fn what_cannot_be_undone_is_refused_and_what_is_being_done_is_undone_after_it() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![clear()]));
    world.carry_out(id);
    let revert = || ActionEvent::Revert { by: other(), reason: "undo".into() };
    let action = only(&world, id);
    assert_eq!(world.try_happen(id, action, revert()), Err(Refusal::NotRevertible));

    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ready());
    world.happen(id, action, revert());
    assert_eq!(
        (world.stands(id, action), world.tasks(id, Task::Revert)),
        (ActionState::Applying, 0)
    );
    world.happen(id, action, ActionEvent::Acted(Acted::Done));
    assert_eq!(
        (world.stands(id, action), world.tasks(id, Task::Revert)),
        (ActionState::Reverting, 1)
    );
}

#[test]
fn what_the_other_side_finishes_later_is_taken_back_only_once_it_was_seen() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ready());
    world.happen(id, action, ActionEvent::Acted(Acted::Accepted));
    let revert = || ActionEvent::Revert { by: other(), reason: "undo".into() };
    world.happen(id, action, revert());
    assert_eq!(world.tasks(id, Task::Revert), 0, "it would come after it was taken back");
    world.happen(id, action, ActionEvent::Looked(Looked::Holds));
    assert_eq!(
        (world.stands(id, action), world.tasks(id, Task::Revert)),
        (ActionState::Reverting, 1)
    );
}

#[test]
fn what_was_never_seen_and_is_not_there_to_take_back_reaches_a_person() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ready());
    world.happen(id, action, ActionEvent::Acted(Acted::Accepted));
    world.happen(id, action, ActionEvent::Revert { by: other(), reason: "undo".into() });
    world.pass(Span::minutes(2));
    world.happen(id, action, ActionEvent::Looked(Looked::NotYet));
    assert_eq!(world.stands(id, action), ActionState::Reverting);
    let before = world.pages(id);
    world.happen(id, action, ActionEvent::TakenBack(TakenBack::AlreadySo));
    assert_eq!((world.stands(id, action), world.pages(id)), (ActionState::Failed, before + 1));
}

#[test]
fn an_effect_that_is_never_seen_reaches_a_person() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ready());
    world.happen(id, action, ActionEvent::Acted(Acted::Accepted));
    world.pass(Span::minutes(2));
    let before = world.pages(id);
    world.happen(id, action, ActionEvent::Looked(Looked::NotYet));
    assert_eq!(world.stands(id, action), ActionState::Failed);
    assert_eq!(world.pages(id), before + 1);
    // It may stand: whoever looks can still take it back.
    let revert = ActionEvent::Revert { by: other(), reason: "undo".into() };
    world.happen(id, action, revert);
    assert_eq!(world.stands(id, action), ActionState::Reverting);
}

#[test]
fn a_call_of_which_nothing_is_heard_is_looked_at_by_a_person_not_repeated() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ready());
    world.pass(Span::minutes(30));
    let before = world.pages(id);
    world.wake(id, Timer::Ledger);
    assert_eq!(world.stands(id, action), ActionState::Failed);
    assert_eq!((world.tasks(id, Task::Apply), world.pages(id)), (1, before + 1));
    // A late word of it changes nothing.
    world.happen(id, action, ActionEvent::Acted(Acted::Done));
    assert_eq!(world.stands(id, action), ActionState::Failed);
}
