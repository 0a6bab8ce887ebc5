//! The ladder of escalation, and what is heard from its targets.

use casework::input::Actor;
use model::{Answer, CaseId, Disposition, Reason, Span, StateName};
use ports::{
    Clock as _, Failure,
    pager::{PageKind, SignalKind, fake::FakePager},
};

use super::world::{World, run};

const DENIED: (StateName, Option<Reason>) = (StateName::Escalated, Some(Reason::Denied));

/// A case that was denied, and its incident's key.
async fn denied(world: &World) -> (CaseId, String) {
    let (case, question, receipt) = world.asked().await;
    world.press(&question, &receipt, Answer::NotMe).await;
    world.settle().await;
    (case, format!("cs-{case}"))
}

fn kinds(pager: &FakePager) -> Vec<PageKind> {
    pager.pages().iter().map(|page| page.kind).collect()
}

fn boss(world: &World) -> &FakePager {
    world.boss.as_ref().expect("a second target")
}

#[test]
fn the_next_target_is_paged_when_nobody_takes_it_and_both_are_resolved_with_one_key() {
    run(async {
        let world = World::new().with_ladder();
        let (case, key) = denied(&world).await;
        assert_eq!(kinds(&world.pager), [PageKind::Trigger]);
        assert_eq!(kinds(boss(&world)), []);
        world.pass(Span::minutes(10)).await;
        assert_eq!(kinds(boss(&world)), [PageKind::Trigger]);
        assert_eq!(boss(&world).pages()[0].dedup, key);
        let note = "a drill".into();
        let by = Actor::Key("soc".to_owned());
        world.engine.dispose(by, case, None, Disposition::Benign, note).await.expect("ended");
        world.settle().await;
        for pager in [&*world.pager, boss(&world)] {
            assert_eq!(kinds(pager), [PageKind::Trigger, PageKind::Resolve]);
            assert!(!pager.is_open(&key));
        }
        world.check(case).await;
    });
}

#[test]
fn an_acknowledgement_stops_the_ladder_and_leaves_the_case_open() {
    run(async {
        let world = World::new().with_ladder();
        let (case, key) = denied(&world).await;
        let at = world.clock.now();
        let call = FakePager::call(SignalKind::Acknowledged, &key, at);
        assert_eq!(world.engine.pager_call("pd", &call).await.status, 200);
        assert_eq!(world.engine.pager_call("pd", &call).await.status, 200, "told twice");
        world.pass(Span::hours(2)).await;
        assert_eq!(kinds(boss(&world)), [], "nobody else is woken");
        assert_eq!(world.state(case).await, DENIED);
        let story = world.engine.story(case, 0, 100).await.expect("readable");
        let taken: Vec<_> = story.iter().filter(|line| line.kind == "acknowledged").collect();
        assert_eq!(taken.len(), 1);
        assert!(taken[0].text.contains("at pd by Ana"), "{}", taken[0].text);
        world.check(case).await;
    });
}

#[test]
fn an_acknowledgement_at_one_target_is_told_to_the_others() {
    run(async {
        let world = World::new().with_ladder();
        let (case, key) = denied(&world).await;
        world.pass(Span::minutes(10)).await;
        let call = FakePager::call(SignalKind::Acknowledged, &key, world.clock.now());
        world.engine.pager_call("boss", &call).await;
        world.settle().await;
        assert_eq!(kinds(&world.pager), [PageKind::Trigger, PageKind::Acknowledge]);
        assert_eq!(kinds(boss(&world)), [PageKind::Trigger]);
        world.check(case).await;
    });
}

#[test]
fn calls_that_are_forged_unreadable_or_about_nothing_of_ours_change_nothing() {
    run(async {
        let world = World::new().with_ladder();
        let (case, key) = denied(&world).await;
        let at = world.clock.now();
        let right = FakePager::call(SignalKind::Resolved, &key, at);
        let forged = ports::chat::HttpCall { headers: Default::default(), ..right.clone() };
        let unreadable = ports::chat::HttpCall { body: "?".into(), ..right.clone() };
        let other = FakePager::call(SignalKind::Resolved, "cs-other", at);
        let nobodys = "cs-case_00000000000000000000000000";
        let nobodys = FakePager::call(SignalKind::Resolved, nobodys, at);
        for (name, call, status) in [
            ("pd", &forged, 401),
            ("pd", &unreadable, 400),
            ("other", &right, 404),
            ("pd", &other, 200),
            ("pd", &nobodys, 200),
        ] {
            assert_eq!(world.engine.pager_call(name, call).await.status, status);
        }
        world.pass(Span::minutes(10)).await;
        assert_eq!(kinds(boss(&world)), [PageKind::Trigger], "the ladder goes on");
        assert_eq!(world.state(case).await, DENIED);
    });
}

#[test]
fn a_target_that_refuses_us_is_passed_at_once() {
    run(async {
        let world = World::new().with_ladder();
        let (_, question, receipt) = world.asked().await;
        world.pager.fail_next(Failure::denied("the key was revoked"));
        world.press(&question, &receipt, Answer::NotMe).await;
        world.settle().await;
        assert_eq!(kinds(boss(&world)), [PageKind::Trigger]);
    });
}
