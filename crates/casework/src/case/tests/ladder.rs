//! The ladder of an incident.

use model::Personal;

use super::*;
use crate::ladder::Told;

const NONE: [u32; 0] = [];

/// Three steps: 10 and 20 minutes apart; an hour after it was taken it is paged again.
fn ladder() -> Ladder {
    let waits = vec![Span::minutes(10), Span::minutes(20)];
    Ladder { waits, resume_after: Some(Span::hours(1)) }
}

impl World {
    /// A case that was denied, and paged.
    fn denied(&mut self) -> CaseId {
        let mut opening = self.opening(asking(Assurance::Possession), &[]);
        opening.ladder = ladder();
        let id = self.open_with(opening);
        self.say(id, Answer::NotMe);
        id
    }

    /// The steps that were paged after the first one.
    fn climbed(&self, id: CaseId) -> Vec<u32> {
        let effects = self.effects.iter().filter(|(case, _)| *case == id);
        let steps = effects.filter_map(|(_, effect)| match effect {
            Effect::Climb { step, .. } => Some(*step),
            _ => None,
        });
        steps.collect()
    }

    fn acknowledged(&self, id: CaseId) -> usize {
        self.count(id, |effect| matches!(effect, Effect::Acknowledge { .. }))
    }

    fn told(&mut self, id: CaseId, told: Told) {
        self.told_at(id, told, self.now);
    }

    fn told_at(&mut self, id: CaseId, told: Told, at: Timestamp) {
        let (target, by) = ("pd".to_owned(), Some(Personal::from("Ana")));
        self.give(id, Input::Told { target, told, at, by });
    }

    fn wait(&mut self, id: CaseId, span: Span) {
        self.pass(span);
        self.wake(id, Timer::Climb);
    }
}

#[test]
fn an_incident_that_nobody_takes_is_brought_to_one_after_another_and_no_further() {
    let mut world = World::new();
    let id = world.denied();
    assert_eq!((world.pages(id), world.climbed(id)), (1, Vec::new()), "a denial pages at once");
    world.wait(id, Span::minutes(9));
    assert_eq!(world.climbed(id), NONE, "an early timer is set again");
    world.wait(id, Span::minutes(1));
    assert_eq!(world.climbed(id), [1]);
    world.wait(id, Span::minutes(10));
    assert_eq!(world.climbed(id), [1]);
    world.wait(id, Span::minutes(10));
    assert_eq!(world.climbed(id), [1, 2], "the last resort");
    world.wait(id, Span::days(1));
    assert_eq!(world.climbed(id), [1, 2], "there is nobody else");
}

#[test]
fn whoever_takes_it_stops_the_climb_and_ends_no_case() {
    for told in [Told::Taken, Told::Ended] {
        let mut world = World::new();
        let id = world.denied();
        world.pass(Span::minutes(1));
        world.told(id, told);
        check(&world, id, StateName::Escalated, Reason::Denied);
        assert_eq!(world.acknowledged(id), 1, "the other targets are told");
        world.wait(id, Span::minutes(30));
        assert_eq!(world.climbed(id), NONE);
        world.wait(id, Span::minutes(30));
        assert_eq!(world.climbed(id), [0], "an hour later it is paged again where it stood");
        world.wait(id, Span::minutes(10));
        assert_eq!(world.climbed(id), [0, 1], "and goes on");
    }
}

#[test]
fn an_incident_that_is_given_back_is_waited_for_anew() {
    let mut world = World::new();
    let id = world.denied();
    world.pass(Span::minutes(1));
    world.told(id, Told::Taken);
    world.pass(Span::minutes(1));
    world.told(id, Told::Left);
    world.wait(id, Span::minutes(10));
    assert_eq!(world.climbed(id), [1]);
}

#[test]
fn news_that_comes_twice_or_out_of_order_changes_nothing() {
    let mut world = World::new();
    let id = world.denied();
    let first = world.now;
    world.pass(Span::minutes(2));
    let second = world.now;
    world.told_at(id, Told::Taken, second);
    world.told_at(id, Told::Taken, second);
    world.told_at(id, Told::Left, first);
    assert_eq!(world.acknowledged(id), 1);
    world.wait(id, Span::minutes(30));
    assert_eq!(world.climbed(id), NONE, "still taken");
}

#[test]
fn news_of_before_it_was_paged_anew_takes_nothing() {
    let mut world = World::new();
    let id = world.denied();
    world.pass(Span::minutes(1));
    let before = world.now;
    world.told(id, Told::Taken);
    world.pass(Span::minutes(1));
    let alert = Box::new(world.alert(&[("n", "2")]));
    let severity = Severity::Critical;
    let treatment = Box::new(Treatment { severity, ..asking(Assurance::Possession) });
    world.give(id, Input::Join { alert, treatment, is_update: false });
    assert_eq!(world.pages(id), 2, "it is graver now");
    // The target sends the same call again.
    world.told_at(id, Told::Taken, before);
    world.wait(id, Span::minutes(10));
    assert_eq!((world.acknowledged(id), world.climbed(id)), (1, vec![1]));
}

#[test]
fn an_analyst_who_takes_the_case_stops_the_climb_for_good() {
    let mut world = World::new();
    let id = world.denied();
    let by = world.analyst();
    world.give(id, Input::Take { by });
    assert_eq!(world.acknowledged(id), 1);
    world.wait(id, Span::days(1));
    assert_eq!(world.climbed(id), NONE);
}

#[test]
fn a_target_that_does_not_take_the_page_makes_the_next_be_paged_at_once() {
    let mut world = World::new();
    let id = world.denied();
    let fail = |target: &str| {
        let failure = Some("the key was revoked".to_owned());
        Input::Paged { target: target.to_owned(), failure }
    };
    world.give(id, fail("report.slack"));
    assert_eq!(world.climbed(id), NONE, "a report is no page");
    world.give(id, fail("escalate.pd"));
    assert_eq!(world.climbed(id), [1]);
    world.give(id, fail("escalate.mail"));
    world.give(id, fail("escalate.last"));
    assert_eq!(world.climbed(id), [1, 2]);
}

#[test]
fn the_end_of_a_case_resolves_what_was_reached_and_stops_the_climb() {
    let mut world = World::new();
    let id = world.denied();
    world.wait(id, Span::minutes(10));
    let analyst = world.analyst();
    world.dispose(id, analyst).expect("may");
    assert_eq!(world.count(id, |it| matches!(it, Effect::Resolve { step: 1, .. })), 1);
    world.wait(id, Span::days(1));
    world.told(id, Told::Reopened);
    assert_eq!(world.climbed(id), [1]);
    check(&world, id, StateName::Closed, Reason::Benign);
}

#[test]
fn without_a_ladder_everybody_is_paged_once() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::NotMe);
    world.wait(id, Span::days(1));
    assert_eq!((world.pages(id), world.climbed(id)), (1, Vec::new()));
}
