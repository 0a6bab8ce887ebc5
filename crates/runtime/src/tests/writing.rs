//! Outcomes that are written back.

use casework::input::Actor;
use model::{ActionState, Answer, Assurance, Disposition, Method, Reason, Span, StateName};
use ports::{
    Failure,
    outcome::{CaseOutcome, Of},
};

use super::world::{MIA, SESSION, World, alert, run};

const ASKED: (StateName, Option<Reason>, bool) = (StateName::Asking, None, true);

fn told(world: &World) -> Vec<CaseOutcome> {
    let written = world.written.written().into_iter();
    let of_case = written.filter_map(|outcome| match outcome.of {
        Of::Case(of) => Some(*of),
        Of::Action(_) => None,
    });
    of_case.collect()
}

fn stood(world: &World) -> Vec<(StateName, Option<Reason>, bool)> {
    told(world).iter().map(|it| (it.state, it.reason, it.is_new)).collect()
}

#[test]
fn a_proof_is_written_back_with_its_method_and_never_the_proof() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        assert_eq!(stood(&world), [ASKED]);
        world.claim(case).await;
        world.settle().await;
        assert_eq!(stood(&world), [ASKED], "a yes without a proof is no outcome");
        let challenge = world.challenge(case).await;
        let (mia, right) = (world.id(MIA), world.right(1));
        world.engine.finish_proof(mia, case, challenge, SESSION, &right).await.expect("proven");
        world.settle().await;
        let last = told(&world).pop().expect("written");
        assert_eq!((last.state, last.reason), (StateName::Closed, Some(Reason::Verified)));
        assert_eq!(last.evidence, Some((Method::Totp, Assurance::Possession)));
        assert_eq!(last.person.map(|(_, email)| email.reveal().to_owned()), Some(MIA.to_owned()));
        assert_eq!(last.alerts.len(), 1);
        assert!(last.alerts[0].external_id.is_some(), "the source finds its alert again");
    });
}

#[test]
fn what_a_person_said_and_what_an_analyst_decided_stay_apart() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        world.press(&question, &receipt, Answer::NotMe).await;
        let by = Actor::Key("soc".to_owned());
        let note = "a drill".into();
        // Decided before what the person said was written.
        world.engine.dispose(by, case, None, Disposition::Benign, note).await.expect("ended");
        world.settle().await;
        let expected = [
            ASKED,
            (StateName::Escalated, Some(Reason::Denied), false),
            (StateName::Closed, Some(Reason::Benign), false),
        ];
        assert_eq!(stood(&world), expected, "each as it was decided");
        let by: Vec<_> = told(&world).into_iter().map(|it| it.by).collect();
        assert_eq!(by, [None, None, Some("key:soc".to_owned())]);
    });
}

#[test]
fn a_write_back_that_fails_is_tried_again_with_the_same_id_and_holds_up_nothing() {
    run(async {
        let world = World::new();
        world.written.fail_next(Failure::retry("the other side is down"));
        world.written.fail_next(Failure::denied("the key was revoked"));
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        world.settle().await;
        assert_eq!(
            world.state(case).await.0,
            StateName::Asking,
            "the person is asked all the same"
        );
        assert_eq!(stood(&world), []);
        world.pass(Span::hours(1)).await;
        assert_eq!(stood(&world), [ASKED], "once, and not lost");
    });
}

#[test]
fn what_was_to_be_written_survives_a_restart() {
    run(async {
        let mut world = World::new();
        world.written.fail_next(Failure::retry("the other side is down"));
        world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        world.settle().await;
        world.restart();
        world.pass(Span::minutes(10)).await;
        assert_eq!(stood(&world), [ASKED]);
    });
}

#[test]
fn an_action_that_was_done_and_seen_is_written_back() {
    run(async {
        let policy = "id: p\nowner: security\nmatch: 'true'\nconfidence: high\nescalate: true\n\
                      do: [{ run: idp.suspend }]\n";
        let world = World::new().with_policy(policy);
        world.accept(alert(MIA, "stolen", "203.0.113.7")).await;
        world.pass(Span::minutes(10)).await;
        let written = world.written.written().into_iter();
        let states = written.filter_map(|outcome| match outcome.of {
            Of::Action(of) => Some((of.name.clone(), of.state)),
            Of::Case(_) => None,
        });
        let states: Vec<_> = states.collect();
        let suspend = |state| ("idp.suspend".to_owned(), state);
        assert_eq!(states, [suspend(ActionState::Applied), suspend(ActionState::Verified)]);
    });
}
