//! What is done about a case, and taken back.

use model::{ActionId, ActionState, Confidence, Personal, Radius, TargetKind, Undo};

use super::*;
use crate::{
    Response,
    ledger::{
        Acted, ActionEvent, Asker, Looked, Order, Plan, Planned, Spec, TakenBack, Task, Template,
        Trigger,
    },
};

fn spec(undo: Undo, radius: Radius) -> Spec {
    let (target, what) = (TargetKind::Account, "does it".to_owned());
    Spec { target, undo, radius, verify_within: Span::minutes(2), what }
}

fn template(action: &str, undo: Undo, radius: Radius, limit: Option<Span>) -> Template {
    Template { action: action.to_owned(), spec: spec(undo, radius), limit, target_fact: None }
}

fn suspend() -> Template {
    template("okta.suspend", Undo::Reversible, Radius::Person, Some(Span::minutes(30)))
}

fn clear() -> Template {
    template("okta.clear_sessions", Undo::SelfHealing, Radius::Person, None)
}

fn doing(template: Template) -> Response {
    Response::Act(Box::new(template))
}

/// A sure rule that acts when it opens.
fn acting(confidence: Confidence, opening: Vec<Template>) -> Treatment {
    let opening = opening.into_iter().map(doing).collect();
    Treatment { confidence, opening, ..asking(Assurance::Possession) }
}

fn denied_by(confidence: Confidence, template: Template) -> Treatment {
    let mut treatment = Treatment { confidence, ..asking(Assurance::Possession) };
    treatment.on.insert(Outcome::Denied, vec![Response::Page, doing(template)]);
    treatment
}

fn ready() -> ActionEvent {
    ActionEvent::Planned(Planned::Ready(Plan { data: "{}".to_owned(), people: Some(1) }))
}

impl World {
    fn open_acting(&mut self, treatment: Treatment) -> CaseId {
        let opening = self.opening(treatment, &[("host", "h1")]);
        self.open_with(opening)
    }

    fn actions(&self, id: CaseId) -> Vec<ActionId> {
        self.cases[&id].ledger.iter().map(|entry| entry.id()).collect()
    }

    fn happen(&mut self, id: CaseId, action: ActionId, event: ActionEvent) {
        self.try_happen(id, action, event).expect("is taken");
    }

    fn try_happen(
        &mut self,
        id: CaseId,
        action: ActionId,
        event: ActionEvent,
    ) -> Result<(), Refusal> {
        self.try_give(id, Input::Action { action, event: Box::new(event) })
    }

    fn stands(&self, id: CaseId, action: ActionId) -> ActionState {
        let mut ledger = self.cases[&id].ledger.iter();
        ledger.find(|entry| entry.id() == action).expect("in the ledger").state()
    }

    /// Plans, does and sees everything that goes ahead by itself.
    fn carry_out(&mut self, id: CaseId) {
        for action in self.actions(id) {
            if self.stands(id, action) == ActionState::Planned {
                self.happen(id, action, ready());
            }
            if self.stands(id, action) == ActionState::Applying {
                self.happen(id, action, ActionEvent::Acted(Acted::Done));
                self.happen(id, action, ActionEvent::Looked(Looked::Holds));
            }
        }
    }

    fn tasks(&self, id: CaseId, task: Task) -> usize {
        self.count(id, |effect| matches!(effect, Effect::Act { task: it, .. } if *it == task))
    }

    fn order(&mut self, id: CaseId, by: Actor, template: &Template) -> Result<(), Refusal> {
        let order = Order {
            id: ActionId::from_parts(self.now, self.seed()),
            action: template.action.clone(),
            spec: template.spec.clone(),
            target: None,
            reason: Personal::from("because"),
            limit: template.limit,
            by: Asker::Actor(by),
            trigger: Trigger::Hand,
        };
        self.try_give(id, Input::Order(Box::new(order)))
    }
}

/// Actions of every kind, for worlds at random.
pub(super) fn some() -> Vec<Response> {
    let shared = template("edge.block", Undo::Reversible, Radius::Shared, None);
    let forever = template("okta.revoke", Undo::Irreversible, Radius::Person, None);
    [clear(), suspend(), shared, forever].map(doing).into()
}

/// Something that may happen to an action.
pub(super) fn any_event(what: u8) -> ActionEvent {
    let by = Actor::Person(PersonId::from_digest(u128::from(what % 3)));
    let text = || "so".to_owned();
    match what % 16 {
        0..=3 => ready(),
        4 => ActionEvent::Planned(Planned::Protected(text())),
        5 => ActionEvent::Planned(Planned::AlreadySo),
        6 | 7 => ActionEvent::Acted(Acted::Done),
        8 => ActionEvent::Acted(Acted::Unknown(text())),
        9 => ActionEvent::Looked(Looked::Holds),
        10 => ActionEvent::Looked(Looked::NotYet),
        11 => ActionEvent::TakenBack(TakenBack::Done),
        12 => ActionEvent::TakenBack(TakenBack::Refused(text())),
        13 => ActionEvent::Revert { by, reason: Personal::from("no") },
        14 => ActionEvent::Decline { by, reason: Personal::from("no") },
        _ => ActionEvent::Approve { by, reason: None },
    }
}

fn other() -> Actor {
    Actor::Person(PersonId::from_digest(2))
}

#[track_caller]
fn only(world: &World, id: CaseId) -> ActionId {
    let actions = world.actions(id);
    assert_eq!(actions.len(), 1);
    actions[0]
}

#[test]
fn a_sure_rule_acts_by_itself_is_seen_to_have_acted_and_undoes_it_at_its_limit() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    assert_eq!((world.tasks(id, Task::Plan), world.tasks(id, Task::Apply)), (1, 0));
    world.happen(id, action, ready());
    assert_eq!(world.stands(id, action), ActionState::Applying);
    assert_eq!(world.tasks(id, Task::Apply), 1);
    world.happen(id, action, ActionEvent::Acted(Acted::Accepted));
    world.happen(id, action, ActionEvent::Looked(Looked::NotYet));
    assert_eq!(world.stands(id, action), ActionState::Applied);
    assert_eq!(world.tasks(id, Task::Look), 2);
    world.happen(id, action, ActionEvent::Looked(Looked::Holds));
    assert_eq!(world.stands(id, action), ActionState::Verified);
    world.pass(Span::minutes(30));
    world.wake(id, Timer::Ledger);
    assert_eq!(world.stands(id, action), ActionState::Reverting);
    world.happen(id, action, ActionEvent::TakenBack(TakenBack::Done));
    world.happen(id, action, ActionEvent::Looked(Looked::Holds));
    assert_eq!(world.stands(id, action), ActionState::Reverted);
    assert_eq!(world.cases[&id].ledger_due_at(), None);
}

#[test]
fn what_a_rule_may_do_unasked_depends_on_how_sure_it_is_and_whom_it_touches() {
    use Confidence::{High, Low, Medium};
    let shared = template("edge.block", Undo::Reversible, Radius::Shared, None);
    let everybody = template("github.all", Undo::Reversible, Radius::Organisation, None);
    let forever = template("okta.revoke", Undo::Irreversible, Radius::Person, None);
    for (confidence, template, needs) in [
        (High, clear(), 0),
        (High, suspend(), 0),
        (High, shared.clone(), 1),
        (High, everybody, 2),
        (High, forever, 1),
        (Medium, clear(), 1),
        (Medium, suspend(), 1),
        (Medium, shared, 1),
        (Low, clear(), 1),
    ] {
        let mut world = World::new();
        let id = world.open_acting(acting(confidence, vec![template.clone()]));
        assert_eq!(world.cases[&id].ledger[0].needs, needs, "{confidence:?} {}", template.action);
    }
}

#[test]
fn an_unproven_denial_ends_sessions_and_no_more() {
    for (confidence, template, state) in [
        (Confidence::Medium, clear(), ActionState::Applying),
        (Confidence::Medium, suspend(), ActionState::AwaitingApproval),
        (Confidence::High, suspend(), ActionState::Applying),
    ] {
        let mut world = World::new();
        let id = world.open_acting(denied_by(confidence, template));
        assert!(world.actions(id).is_empty());
        world.say(id, Answer::NotMe);
        let action = only(&world, id);
        world.happen(id, action, ready());
        assert_eq!(world.stands(id, action), state, "{confidence:?}");
    }
}

#[test]
fn an_approval_is_never_by_who_asked_nor_by_the_subject_and_counts_once() {
    let mut world = World::new();
    let id = world.open(&[]);
    let everybody = template("github.all", Undo::Irreversible, Radius::Organisation, None);
    world.order(id, world.analyst(), &everybody).expect("asked for");
    let action = only(&world, id);
    world.happen(id, action, ready());
    let approve = |by| ActionEvent::Approve { by, reason: None };
    assert_eq!(world.try_happen(id, action, approve(world.analyst())), Err(Refusal::OwnOrder));
    let subject = Actor::Person(person());
    assert_eq!(world.try_happen(id, action, approve(subject.clone())), Err(Refusal::OwnCase));
    assert_eq!(world.order(id, subject, &everybody), Err(Refusal::OwnCase));
    world.happen(id, action, approve(other()));
    world.happen(id, action, approve(other()));
    assert_eq!(world.stands(id, action), ActionState::AwaitingApproval);
    world.happen(id, action, approve(Actor::Key("soar".to_owned())));
    assert_eq!(world.stands(id, action), ActionState::Applying);
    // Late ones are recorded and change nothing.
    world.happen(id, action, approve(Actor::Key("late".to_owned())));
    assert_eq!(
        (world.stands(id, action), world.tasks(id, Task::Apply)),
        (ActionState::Applying, 1)
    );
}

#[test]
fn what_nobody_approves_in_time_or_somebody_declines_is_not_done() {
    for decline in [true, false] {
        let mut world = World::new();
        let id = world.open_acting(acting(Confidence::Medium, vec![suspend()]));
        let action = only(&world, id);
        world.happen(id, action, ready());
        if decline {
            let reason = Personal::from("no");
            world.happen(id, action, ActionEvent::Decline { by: other(), reason });
        } else {
            world.pass(Span::hours(24));
            world.wake(id, Timer::Ledger);
        }
        assert_eq!(world.stands(id, action), ActionState::Failed);
        assert_eq!(world.tasks(id, Task::Apply), 0);
    }
}

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

#[test]
fn a_target_that_is_protected_is_left_alone() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![suspend()]));
    let action = only(&world, id);
    let protected = Planned::Protected("a break-glass account".to_owned());
    world.happen(id, action, ActionEvent::Planned(protected));
    assert_eq!(world.stands(id, action), ActionState::Failed);
    assert_eq!(world.tasks(id, Task::Apply), 0);
}

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

#[test]
fn a_whole_case_with_its_ledger_replays_from_its_journal() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::High, vec![clear(), suspend()]));
    world.carry_out(id);
    world.deliver_all(id);
    world.say(id, Answer::Me);
    world.prove(id, Method::Totp);
    let replayed = super::super::replay(world.records[&id].iter().cloned()).expect("replays");
    assert_eq!(replayed.as_ref(), Some(&world.cases[&id]));
}
