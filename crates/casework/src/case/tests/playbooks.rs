//! How playbooks go on.

use std::sync::Arc;

use model::{ActionId, Confidence, Radius, TargetKind, Undo};

use super::*;
use crate::{
    case::State,
    ledger::{Acted, ActionEvent, Asker, Looked, Plan, Planned, Spec, Stage, Template},
    playbook::{Op, Playbook, Rest, RunEvent},
};

fn run(action: &str) -> Op {
    let spec = Spec {
        target: TargetKind::Account,
        undo: Undo::Reversible,
        radius: Radius::Person,
        verify_within: Span::minutes(2),
        what: "does it".to_owned(),
    };
    Op::Run(Template { action: action.to_owned(), spec, limit: None, target_fact: None })
}

fn playbook(ops: Vec<Op>) -> Arc<Playbook> {
    let text = str::to_owned;
    let (id, hash, owner, purpose) = (text("contain"), text("h"), text("security"), text("p"));
    Arc::new(Playbook { id, hash, owner, purpose, start: None, ops })
}

impl World {
    fn open_playing(&mut self, ops: Vec<Op>) -> CaseId {
        let mut treatment =
            Treatment { confidence: Confidence::High, ..asking(Assurance::Possession) };
        treatment.opening = vec![Response::Play(playbook(ops))];
        let opening = self.opening(treatment, &[("host", "h1")]);
        self.open_with(opening)
    }

    fn done(&self, id: CaseId) -> Vec<String> {
        self.cases[&id].ledger.iter().map(|entry| entry.order.action.clone()).collect()
    }

    fn rest(&self, id: CaseId, run: usize) -> &Rest {
        &self.cases[&id].runs[run].rest
    }

    fn is_over(&self, id: CaseId, run: usize, how: &str) -> bool {
        matches!(self.rest(id, run), Rest::Ended { how: it, .. } if it == how)
    }

    fn settle_all(&mut self, id: CaseId) {
        let ids: Vec<ActionId> = self.cases[&id].ledger.iter().map(|entry| entry.id()).collect();
        for action in ids {
            let plan = Plan { data: "{}".to_owned(), people: None };
            for event in [
                ActionEvent::Planned(Planned::Ready(plan)),
                ActionEvent::Acted(Acted::Done),
                ActionEvent::Looked(Looked::Holds),
            ] {
                self.give(id, Input::Action { action, event: Box::new(event) });
            }
        }
    }
}

#[test]
fn steps_follow_one_another_and_each_wait_has_its_end() {
    let mut world = World::new();
    let wait = Op::Wait(Span::minutes(10));
    let id = world.open_playing(vec![run("okta.suspend"), wait, run("entra.disable"), Op::Page]);
    assert_eq!(world.done(id), ["okta.suspend"]);
    assert_eq!(world.cases[&id].ledger_due_at(), Some(Span::minutes(10).after(start())));
    world.pass(Span::minutes(9));
    world.wake(id, Timer::Ledger);
    assert_eq!(world.done(id).len(), 1);
    let pages = world.pages(id);
    world.pass(Span::minutes(1));
    world.wake(id, Timer::Ledger);
    assert_eq!(world.done(id), ["okta.suspend", "entra.disable"]);
    assert_eq!(world.pages(id), pages + 1);
    assert!(world.is_over(id, 0, "done"));
}

#[test]
fn a_playbook_goes_on_when_its_actions_have_settled() {
    let mut world = World::new();
    let id = world.open_playing(vec![
        run("okta.suspend"),
        Op::Settle(Span::hours(1)),
        run("entra.disable"),
    ]);
    assert_eq!(world.done(id), ["okta.suspend"]);
    world.settle_all(id);
    assert_eq!(world.done(id), ["okta.suspend", "entra.disable"]);
}

#[test]
fn a_condition_leads_one_way_and_an_undecidable_one_counts_as_no() {
    for (condition, taken) in [
        ("case.severity == \"medium\"", "then"),
        ("case.denied", "else"),
        ("alert.facts.absent == 1", "else"),
        ("case.actions[\"okta.suspend\"] == \"planned\"", "then"),
    ] {
        let mut world = World::new();
        let unless = Op::Unless { condition: condition.to_owned(), to: 4 };
        let ops = vec![run("okta.suspend"), unless, run("then"), Op::Jump { to: 5 }, run("else")];
        let id = world.open_playing(ops);
        assert_eq!(world.done(id), ["okta.suspend", taken], "{condition}");
        assert!(world.is_over(id, 0, "done"));
    }
}

#[test]
fn an_approval_lets_a_run_go_on_and_its_absence_ends_it() {
    let approve = || Op::Approve { needs: 1, within: Span::hours(1) };
    let mut world = World::new();
    let id = world.open_playing(vec![approve(), run("okta.suspend")]);
    assert!(world.done(id).is_empty());
    let by = Actor::Person(person());
    let refused = world.try_give(id, Input::Run { number: 1, event: RunEvent::Approve { by } });
    assert_eq!(refused, Err(Refusal::OwnCase));
    let by = world.analyst();
    world.give(id, Input::Run { number: 1, event: RunEvent::Approve { by } });
    assert_eq!(world.done(id), ["okta.suspend"]);

    let mut world = World::new();
    let id = world.open_playing(vec![approve(), run("okta.suspend")]);
    world.pass(Span::hours(1));
    world.wake(id, Timer::Ledger);
    assert!(world.done(id).is_empty() && world.is_over(id, 0, "not approved in time"));
}

#[test]
fn who_began_a_playbook_approves_none_of_its_actions() {
    let mut world = World::new();
    let id = world.open_playing(Vec::new());
    let Op::Run(mut everybody) = run("github.all") else { panic!("it runs something") };
    everybody.spec.radius = Radius::Shared;
    let by = world.analyst();
    let begun = playbook(vec![Op::Run(everybody)]);
    world.give(id, Input::Play { playbook: begun, by: by.clone() });
    let action = world.cases[&id].ledger[0].id();
    let mut give = |event| {
        world.try_give(id, Input::Action { action, event: Box::new(event) })?;
        Ok(matches!(world.cases[&id].ledger[0].stage, Stage::Applying { .. }))
    };
    let plan = Plan { data: "{}".to_owned(), people: None };
    assert_eq!(give(ActionEvent::Planned(Planned::Ready(plan))), Ok(false));
    let approve = |by| ActionEvent::Approve { by, reason: None };
    assert_eq!(give(approve(by)), Err(Refusal::OwnOrder));
    assert_eq!(give(approve(Actor::Key("soar".to_owned()))), Ok(true));
}

#[test]
fn parallel_waits_do_not_disturb_each_other() {
    let mut world = World::new();
    let id = world.open_playing(vec![Op::Wait(Span::minutes(10)), run("slow")]);
    let quick = playbook(vec![Op::Wait(Span::minutes(3)), run("quick")]);
    world.give(id, Input::Play { playbook: quick, by: world.analyst() });
    let never = playbook(vec![Op::Approve { needs: 1, within: Span::hours(9) }, run("never")]);
    world.give(id, Input::Play { playbook: never, by: world.analyst() });
    world.pass(Span::minutes(3));
    world.wake(id, Timer::Ledger);
    assert_eq!(world.done(id), ["quick"]);
    let by = world.analyst();
    world.give(id, Input::Run { number: 3, event: RunEvent::Stop { by } });
    world.pass(Span::minutes(7));
    world.wake(id, Timer::Ledger);
    assert_eq!(world.done(id), ["quick", "slow"]);
    assert!(world.is_over(id, 2, "stopped"));
}

#[test]
fn an_answer_is_waited_for_and_what_was_looked_up_is_there_to_read() {
    let mut world = World::new();
    let condition = "enrich.reputation.score == \"bad\"".to_owned();
    let id = world.open_playing(vec![
        Op::Enrich(vec!["reputation".to_owned()]),
        Op::Unless { condition, to: 3 },
        run("okta.suspend"),
        Op::Answer(Span::hours(1)),
        Op::Revert(None),
    ]);
    let facts = [("score".to_owned(), "bad".into())].into();
    let finding = crate::known::Finding::Known { facts, as_of: start() };
    let known = Known([("reputation".to_owned(), finding)].into());
    world.give(id, Input::Decided { known, decision: None, run: Some(1) });
    assert_eq!(world.done(id), ["okta.suspend"]);
    assert!(matches!(world.rest(id, 0), Rest::Answer { .. }));
    world.say(id, Answer::NotMe);
    assert!(world.is_over(id, 0, "done"));
}

#[test]
fn a_playbook_asks_where_nobody_was_asked() {
    let mut world = World::new();
    let asked = asking(Assurance::PhishingResistant);
    let ask = asked.ask().expect("asks").clone();
    let mut treatment = Treatment { act: Act::Escalate, ..asking(Assurance::Possession) };
    treatment.opening = vec![Response::Play(playbook(vec![Op::Ask(ask)]))];
    let opening = world.opening(treatment, &[("host", "h1")]);
    let id = world.open_with(opening);
    world.wake(id, Timer::Turn);
    check(&world, id, StateName::Asking, None);
    world.deliver_all(id);
    world.say(id, Answer::Me);
    world.prove(id, Method::Passkey);
    check(&world, id, StateName::Closed, Reason::Verified);
    assert!(matches!(world.cases[&id].state, State::Closed { .. }));
}

#[test]
fn what_a_playbook_asks_has_the_time_of_its_own_clock_and_follows_no_other_question() {
    let mut world = World::new();
    let mut ask = asking(Assurance::Possession).ask().expect("asks").clone();
    (ask.clock, ask.deadline) = (AskClock::Working, Span::hours(10));
    let mut treatment = Treatment { act: Act::Escalate, ..asking(Assurance::Possession) };
    treatment.opening = vec![Response::Play(playbook(vec![Op::Ask(ask)]))];
    let opening = world.opening(treatment, &[("host", "h1")]);
    let id = world.open_with(opening);
    world.pass(Span::minutes(1));
    world.wake(id, Timer::Turn);
    let case = &world.cases[&id];
    let due = "2026-11-21T11:00:00Z".parse().expect("two hours into the next working day");
    assert_eq!(case.deadline_at, Some(due));
    assert!(case.ask.as_ref().is_some_and(|ask| !ask.is_followup));
}

#[test]
fn a_run_keeps_the_steps_that_it_began_with_and_replays() {
    let mut world = World::new();
    let id = world.open_playing(vec![
        run("okta.suspend"),
        Op::Wait(Span::minutes(1)),
        Op::Revert(Some("okta.suspend".to_owned())),
    ]);
    world.settle_all(id);
    world.pass(Span::minutes(1));
    world.wake(id, Timer::Ledger);
    let replayed = super::super::replay(world.records[&id].iter().cloned()).expect("replays");
    assert_eq!(replayed.as_ref(), Some(&world.cases[&id]));
    assert_eq!(world.cases[&id].runs[0].by, Asker::Policy("p".to_owned()));
}
