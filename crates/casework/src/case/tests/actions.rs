//! What is done about a case.

mod guarding;
mod undoing;

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
fn a_time_limit_counts_from_the_approval_however_late_it_comes() {
    let mut world = World::new();
    let id = world.open_acting(acting(Confidence::Medium, vec![suspend()]));
    let action = only(&world, id);
    world.happen(id, action, ready());
    world.pass(Span::hours(5));
    world.happen(id, action, ActionEvent::Approve { by: other(), reason: None });
    let entry = world.cases[&id].ledger[0].clone();
    assert_eq!(entry.limit_at(), Some(Span::minutes(30).after(world.now)));
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
