//! How rules do, and what an analyst makes of it.

use casework::{
    count::About,
    health::Change,
    input::Actor,
    policy::exception::{EXCEPTIONS_MAX, Exception},
};
use model::{CaseId, Disposition, PersonId, Reason, Span, StateName, Timestamp};
use ports::store::{Commit, Day, Record, RecordOp, Space, TALLIES_READ_MAX, Tally};

use super::world::{MIA, World, alert, run};
use crate::{
    engine::EngineError,
    rule_health::{RULING_LIFE, RULINGS_MAX, Ruling},
};

fn analyst() -> Actor {
    Actor::Key("soc".to_owned())
}

async fn judged(world: &World, number: usize, disposition: Disposition) -> CaseId {
    judged_of(world, "usual", number, disposition).await
}

async fn judged_of(world: &World, rule: &str, number: usize, disposition: Disposition) -> CaseId {
    let ip = format!("203.0.{}.{}", number / 250, number % 250 + 1);
    let case = world.accept(alert(MIA, rule, &ip)).await;
    let note = "looked at it".into();
    world.engine.dispose(analyst(), case, None, disposition, note).await.expect("judged");
    case
}

async fn version(world: &World) -> String {
    let health = world.engine.rule_health("usual", 7).await.expect("had cases");
    health.versions[0].0.clone()
}

async fn accept(world: &World, change: Change) -> Result<(), EngineError> {
    let version = version(world).await;
    let accepted = world.engine.accept_proposal(analyst(), "usual", &version, change, "so be it");
    accepted.await.map(|_| ())
}

#[test]
fn the_health_of_a_rule_is_what_became_of_its_cases() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.clock.advance(Span::minutes(3));
        world.claim(case).await;
        let challenge = world.challenge(case).await;
        let (mia, right) = (world.id(MIA), world.right(1));
        world
            .engine
            .finish_proof(mia, case, challenge, super::world::SESSION, &right)
            .await
            .expect("ok");
        judged(&world, 1, Disposition::Malicious).await;
        let health = world.engine.rule_health("usual", 7).await.expect("had cases");
        assert_eq!((health.all.real(), health.all.judged(), health.all.people), (1, 2, 1));
        assert_eq!(health.all.mean_seconds(), Some(180));
        assert_eq!(health.versions.len(), 1);
        assert_eq!(world.engine.rules_health(7).await.expect("readable"), [health]);
        let other = world.engine.rule_health("usua", 7).await;
        assert_eq!(other.err(), Some(EngineError::NotFound), "another rule's name");
        world.clock.advance(Span::days(8));
        let later = world.engine.rule_health("usual", 7).await;
        assert_eq!(later.err(), Some(EngineError::NotFound), "of other days");
    });
}

#[test]
fn numbers_that_are_not_all_that_was_counted_say_so() {
    run(async {
        let world = World::new();
        judged(&world, 1, Disposition::Benign).await;
        assert!(!world.engine.rule_health("usual", 7).await.expect("had cases").is_cut);
        let day = Day::of(world.engine.now());
        let asked = |person: u32| Tally {
            key: About::Asked { rule: "usual", person: PersonId::from_digest(person.into()) }.key(),
            day,
            name: "asked".to_owned(),
            n: 1,
        };
        let tallies = (0..TALLIES_READ_MAX).map(asked).collect();
        world.store.commit(Commit { tallies, ..Commit::default() }).await.expect("stored");
        assert!(world.engine.rule_health("usual", 7).await.expect("had cases").is_cut);
        let all = world.engine.rules_health(7).await.expect("readable");
        assert!(all[0].is_cut && all[0].all.people > 1);
    });
}

#[test]
fn only_what_the_numbers_propose_can_be_accepted() {
    run(async {
        let world = World::new();
        judged(&world, 1, Disposition::Benign).await;
        for change in Change::ALL {
            assert!(matches!(accept(&world, change).await, Err(EngineError::Invalid(_))));
        }
        for number in 2..=40 {
            judged(&world, number, Disposition::Benign).await;
        }
        assert!(accept(&world, Change::Retire).await.is_err(), "40 are too few for that");
        accept(&world, Change::Demote).await.expect("proposed");
        let health = world.engine.rule_health("usual", 7).await.expect("had cases");
        assert_eq!(health.rulings[0].proposal.change, Change::Demote);
    });
}

#[test]
fn a_demoted_rule_asks_nobody_until_that_is_taken_back_or_over() {
    run(async {
        let mut world = World::new();
        for number in 1..=40 {
            judged(&world, number, Disposition::Benign).await;
        }
        accept(&world, Change::Demote).await.expect("proposed");
        world.restart();
        world.engine.load_rulings().await.expect("readable");
        let watched = world.accept(alert(MIA, "usual", "198.51.100.1")).await;
        assert_eq!(world.state(watched).await.0, StateName::Watching, "also after a restart");
        let other = world.accept(alert(MIA, "commented", "198.51.100.1")).await;
        assert_ne!(world.state(other).await.0, StateName::Watching, "another rule");

        let version = version(&world).await;
        world.engine.end_ruling(&analyst(), "usual", &version).await.expect("there");
        let asked = world.accept(alert(MIA, "usual", "198.51.100.2")).await;
        assert_ne!(world.state(asked).await.0, StateName::Watching, "taken back");
        let again = world.engine.end_ruling(&analyst(), "usual", &version).await;
        assert_eq!(again, Err(EngineError::NotFound));

        accept(&world, Change::Demote).await.expect("proposed");
        world.clock.advance(RULING_LIFE);
        let asked = world.accept(alert(MIA, "usual", "198.51.100.3")).await;
        assert_ne!(world.state(asked).await.0, StateName::Watching, "nothing hides for ever");
    });
}

#[test]
fn a_retired_rule_is_closed_at_once_and_says_why() {
    run(async {
        let world = World::new();
        for number in 1..=100 {
            judged(&world, number, Disposition::FalsePositive).await;
        }
        accept(&world, Change::Retire).await.expect("proposed");
        let closed = world.accept(alert(MIA, "usual", "198.51.100.1")).await;
        assert_eq!(world.state(closed).await, (StateName::Closed, Some(Reason::Filtered)));
        let story = world.engine.story(closed, 0, 100).await.expect("readable");
        let why = story.iter().find(|line| line.kind == "filtered").expect("told");
        assert!(why.text.contains("retired by key:soc"), "{}", why.text);
        world.check(closed).await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_rulings_at_once_the_last_place_takes_one() {
    let world = World::new();
    let mut versions = Vec::new();
    for rule in ["usual", "commented"] {
        for number in 1..=40 {
            judged_of(&world, rule, number, Disposition::Benign).await;
        }
        let health = world.engine.rule_health(rule, 7).await.expect("had cases");
        versions.push((rule, health.versions[0].0.clone()));
    }
    let (rule, version) = versions[0].clone();
    let by = analyst();
    let ruled = world.engine.accept_proposal(by, rule, &version, Change::Demote, "so be it");
    let ruled = ruled.await.expect("proposed");
    world.engine.end_ruling(&analyst(), rule, &version).await.expect("there");
    let record = |number: usize| {
        let ruling = Ruling { rule: format!("rule-{number}"), ..ruled.clone() };
        RecordOp::Put(Record {
            space: Space::RuleRuling,
            key: format!("{}/{version}", ruling.rule),
            owner: None,
            value: crate::bytes::write(&ruling),
            expires_at: Some(ruling.expires_at),
        })
    };
    let records = (1..RULINGS_MAX).map(record).collect();
    let commit = Commit { records, ..Commit::default() };
    world.engine.parts.store.commit(commit).await.expect("stored");
    let ruling = versions.into_iter().map(|(rule, version)| {
        let engine = world.engine.clone();
        tokio::spawn(async move {
            let change = Change::Demote;
            engine.accept_proposal(analyst(), rule, &version, change, "so be it").await.is_ok()
        })
    });
    let ruled = futures::future::join_all(ruling.collect::<Vec<_>>()).await;
    assert_eq!(ruled.iter().filter(|ruled| matches!(ruled, Ok(true))).count(), 1);
}

/// An exception for a day, of this number.
fn nightly(number: usize, now: Timestamp) -> Exception {
    Exception {
        id: format!("exc_{number}"),
        owner: analyst(),
        reason: "a nightly job".into(),
        created_at: now,
        expires_at: Span::days(1).after(now),
        source: Some("siem".to_owned()),
        rule: Some("usual".to_owned()),
        person: None,
        facts: Default::default(),
        condition: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_exceptions_at_once_no_more_are_taken_than_there_may_be() {
    let world = World::new();
    let now = world.engine.now();
    let exception = |number: usize| nightly(number, now);
    let record = |number: usize| {
        let exception = exception(number);
        RecordOp::Put(Record {
            space: Space::Exception,
            key: exception.id.clone(),
            owner: None,
            value: crate::bytes::write(&exception),
            expires_at: Some(exception.expires_at),
        })
    };
    let records = (1..EXCEPTIONS_MAX).map(record).collect();
    let commit = Commit { records, ..Commit::default() };
    world.engine.parts.store.commit(commit).await.expect("stored");
    let adding = (0..4).map(|number| {
        let (engine, exception) = (world.engine.clone(), exception(1_000_000 + number));
        tokio::spawn(async move { engine.add_exception(exception).await.is_ok() })
    });
    let added = futures::future::join_all(adding.collect::<Vec<_>>()).await;
    assert_eq!(added.iter().filter(|added| matches!(added, Ok(true))).count(), 1);
}

/// How often those who look are let run against one who decides.
const TURNS_OF_A_RACE: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_ended_is_not_put_in_force_again_by_who_looked_earlier() {
    let world = World::new();
    for turn in 0..TURNS_OF_A_RACE {
        let now = world.engine.now();
        let exception = nightly(turn, now);
        let id = exception.id.clone();
        world.engine.add_exception(exception).await.expect("made");
        let looking = (0..2).map(|_| {
            let engine = world.engine.clone();
            tokio::spawn(async move { engine.load_exceptions().await })
        });
        let looking: Vec<_> = looking.collect();
        world.engine.end_exception(&id, &analyst()).await.expect("ended");
        futures::future::join_all(looking).await;
        assert_eq!(world.engine.parts.exceptions.load().all().count(), 0, "turn {turn}");
    }
}
