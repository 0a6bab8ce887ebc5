//! Detection over the fakes: what comes in is stored, looked at once, and becomes questions.

mod crashes;
mod world;

use bytes::Bytes;
use casework::Input;
use model::{Answer, Reason, Span, StateName};
use ports::event_log::EventLog as _;

use super::{pipeline::Step, *};
use crate::{
    apply::Along,
    tests::world::{ANA, MIA},
};
use world::{RECORDED, Rig, line};

#[tokio::test]
async fn what_a_rule_finds_is_asked_about_once() {
    let mut rig = Rig::new().await;
    let body = [line(1, MIA, "export", 64500), line(2, MIA, "login", 64500)].join("\n");
    let taken = rig.take(&body).await;
    assert_eq!((taken.accepted, taken.duplicates, taken.rejected.len()), (2, 0, 0));
    rig.drain().await;
    let cases = rig.cases().await;
    assert_eq!(cases.len(), 1, "{cases:?}");
    assert_eq!(cases[0].state_name(), StateName::Asking);
    assert_eq!(cases[0].head().rule, "export");
    assert_eq!(cases[0].treatment.policy, "export", "the rule's own words say what is done");
    let again = rig.take(&body).await;
    assert_eq!((again.accepted, again.duplicates, again.batch), (2, 2, None));
    rig.restart().await;
    let again = rig.take(&body).await;
    assert_eq!((again.duplicates, again.batch), (2, None), "known after a restart too");
    rig.drain().await;
    assert_eq!(rig.cases().await.len(), 1);
    assert_eq!(rig.tally("export").matched, 1);
    assert_eq!(rig.world.chat.questions().len(), 1);
}

#[tokio::test]
async fn what_a_rule_in_shadow_finds_is_recorded_and_nobody_is_asked() {
    let mut rig = Rig::new().await;
    rig.take(&line(1, MIA, "print", 64500)).await;
    rig.drain().await;
    let cases = rig.cases().await;
    assert_eq!(cases.len(), 1);
    assert_eq!((cases[0].state_name(), &*cases[0].head().rule), (StateName::Watching, "print"));
    assert!(rig.world.chat.questions().is_empty());
}

#[tokio::test]
async fn a_rule_in_shadow_that_matches_everything_is_counted_and_does_not_fill_the_store() {
    let mut rig = Rig::new().await;
    for id in 0..2 * RECORDED {
        if id == RECORDED + 2 {
            rig.save().await;
            rig.restart().await;
        }
        rig.take(&line(id, MIA, "print", 64500 + id as u32)).await;
        rig.drain().await;
    }
    assert_eq!(rig.cases().await.len() as u64, RECORDED);
    assert_eq!(rig.tally("print").raised, 2 * RECORDED);
    rig.pass(Span::hours(24));
    rig.take(&line(900, MIA, "print", 60000)).await;
    rig.drain().await;
    assert_eq!(rig.cases().await.len() as u64, RECORDED + 1, "another day");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_costs_itself_and_is_kept() {
    let mut rig = Rig::new().await;
    let bad = r#"{"id":"7","who":"mia@example.com"}"#;
    let body =
        [line(1, MIA, "export", 1), bad.to_owned(), "{]".to_owned(), line(2, ANA, "export", 1)];
    let taken = rig.take(&body.join("\n")).await;
    assert_eq!(taken.accepted, 2);
    let places: Vec<usize> = taken.rejected.iter().map(|(index, _)| *index).collect();
    assert_eq!(places, [1, 2]);
    rig.drain().await;
    assert_eq!(rig.cases().await.len(), 2);
    let dead = rig.world.engine.dead_records("", 10).await.expect("readable");
    assert_eq!(dead.len(), 2);
    let whole = dead.iter().find(|it| it.record.as_deref() == Some(bad.as_bytes()));
    let id = whole.expect("kept as it was sent").id.clone();
    let replayed = rig.detection.replay(&id).await.expect("there");
    assert!(matches!(replayed, Replayed::Refused(_)), "it is as bad as it was");
    rig.lenient();
    assert_eq!(rig.detection.replay(&id).await.expect("there"), Replayed::Taken);
    assert!(matches!(rig.detection.replay(&id).await, Err(ReplayError::Missing)));
}

#[tokio::test]
async fn a_body_that_is_no_list_of_records_is_refused_as_a_whole() {
    let rig = Rig::new().await;
    let refused = rig.detection.take("vpn", Bytes::from_static(b"hello"), RECORDS_MAX).await;
    assert!(matches!(refused, Err(TakeError::Body(_))), "{refused:?}");
    let many = vec![line(1, MIA, "login", 1); 11].join("\n");
    let refused = rig.detection.take("vpn", many.into(), 10).await;
    assert!(matches!(refused, Err(TakeError::Body(_))), "{refused:?}");
    let refused = rig.detection.take("other", Bytes::from_static(b"{}"), RECORDS_MAX).await;
    assert_eq!(refused, Err(TakeError::NoSource));
    assert_eq!(rig.log.bounds().await.expect("readable").records, 0);
}

#[tokio::test]
async fn what_detection_cannot_keep_up_with_is_refused_and_taken_once_it_has() {
    let mut rig = Rig::new().await;
    let mut taken = 0;
    let refused = loop {
        let body = [line(taken, MIA, "login", 1), line(taken + 1, MIA, "login", 1)].join("\n");
        match rig.detection.take("vpn", body.into(), RECORDS_MAX).await {
            Ok(some) => taken += some.accepted as u64,
            Err(error) => break error,
        }
    };
    assert_eq!((refused, taken), (TakeError::Behind, world::BACKLOG));
    rig.drain().await;
    rig.take(&line(taken, MIA, "login", 1)).await;
    rig.drain().await;
    assert_eq!(rig.log.bounds().await.expect("readable").records, taken + 1);
    assert_eq!(rig.detection.standing().waiting, 0);
}

/// Senders who do not slow down: each waits only where it is told to.
#[tokio::test]
async fn ten_times_what_it_keeps_up_with_is_held_off_and_the_counts_add_up() {
    let mut rig = Rig::new().await;
    let (mut accepted, mut refused) = (0, 0);
    while accepted < 10 * world::BACKLOG {
        let body = line(accepted, MIA, "print", 1);
        match rig.detection.take("vpn", body.into(), RECORDS_MAX).await {
            Ok(some) => accepted += some.accepted as u64,
            Err(error) => {
                assert_eq!(error, TakeError::Behind);
                refused += 1;
                rig.drain().await;
            }
        }
        let waiting = rig.detection.standing().waiting;
        assert!(waiting <= world::BACKLOG, "{waiting} wait");
    }
    rig.drain().await;
    assert!(refused >= 9, "{refused}");
    assert_eq!(rig.log.bounds().await.expect("readable").records, accepted, "stored");
    assert_eq!(rig.tally("print").matched, accepted, "evaluated");
}

#[tokio::test]
async fn detection_that_gets_no_further_says_so_and_goes_on_once_it_can() {
    let mut rig = Rig::new().await;
    rig.take(&line(1, MIA, "print", 1)).await;
    rig.states.silence(true);
    assert_eq!(rig.try_step().await, Step::Stuck);
    let standing = rig.detection.standing();
    assert_eq!((standing.is_stuck, standing.waiting), (true, 1));
    rig.states.silence(false);
    rig.drain().await;
    let standing = rig.detection.standing();
    assert_eq!((standing.is_stuck, standing.waiting), (false, 0));
    assert_eq!(rig.tally("print").matched, 1);
}

#[tokio::test]
async fn detection_that_waits_for_what_it_has_learned_stops_when_it_is_told_to() {
    let mut rig = Rig::new().await;
    rig.drain().await;
    rig.take(&[line(1, MIA, "login", 1), line(2, MIA, "print", 1)].join("\n")).await;
    rig.states.silence(true);
    let step = tokio::time::timeout(std::time::Duration::from_secs(10), rig.last_step());
    assert_eq!(step.await, Ok(Step::Stuck));
    rig.states.silence(false);
    rig.drain().await;
    assert_eq!((rig.tally("print").matched, rig.detection.standing().waiting), (1, 0));
}

/// Everything that is bad about records at once, around one that a rule looks for.
#[tokio::test]
async fn what_is_bad_about_one_record_stalls_no_other() {
    let mut rig = Rig::new().await;
    let deep = format!(r#"{{"id":"1","a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let bad: [&[u8]; 5] =
        [b"{\"id\":\"2\",\"who\":\"\xff\"}", b"{\"n\":1e999}", deep.as_bytes(), b"{]", b"7"];
    let odd = r#"{"id":"3","who":"ana@example.com","do":"print","n":99999999999999999999999999}"#;
    let equal_keys = r#"{"id":"4","who":"mia@example.com","do":"export","asn":"1","asn":"2"}"#;
    let plain = line(5, MIA, "export", 1);
    let good = [odd, equal_keys, &plain].map(str::as_bytes);
    let body = [bad.as_slice(), &good].concat().join(&b'\n');
    let taken = rig.detection.take("vpn", body.into(), RECORDS_MAX).await.expect("taken");
    let places: Vec<usize> = taken.rejected.iter().map(|(index, _)| *index).collect();
    assert_eq!((taken.accepted, places), (3, vec![0, 1, 2, 3, 4]));
    rig.drain().await;
    assert_eq!((rig.tally("print").matched, rig.tally("export").matched), (1, 2));
    assert_eq!(rig.detection.standing().waiting, 0);
}

#[tokio::test]
async fn a_disk_that_is_full_refuses_and_nothing_is_half_taken() {
    let mut rig = Rig::new().await;
    rig.log.fill(true);
    let body = line(1, MIA, "export", 1);
    let refused = rig.detection.take("vpn", body.clone().into(), RECORDS_MAX).await;
    assert!(matches!(refused, Err(TakeError::Unavailable(_))), "{refused:?}");
    rig.log.fill(false);
    let taken = rig.take(&body).await;
    assert_eq!((taken.accepted, taken.duplicates), (1, 0), "it is as new as before");
    rig.drain().await;
    assert_eq!(rig.cases().await.len(), 1);
}

#[tokio::test]
async fn a_finding_that_was_denied_comes_again_and_one_that_was_proven_does_not() {
    for (answer, expected) in [(Answer::Me, 1), (Answer::NotMe, 2)] {
        let mut rig = Rig::new().await;
        rig.learn(MIA).await;
        rig.take(&line(900, MIA, "login", 64999)).await;
        rig.drain().await;
        let case = rig.cases().await.remove(0);
        assert_eq!((&*case.head().rule, case.state_name()), ("network", StateName::Asking));
        assert!(case.head().description.contains("64999 is new"), "{}", case.head().description);
        rig.answer(case.id, answer).await;
        rig.look_for_verdicts().await;
        rig.drain().await;
        // The same network again, when a finding without a verdict would be quiet.
        rig.pass(Span::hours(30));
        rig.take(&line(901, MIA, "login", 64999)).await;
        rig.drain().await;
        let cases = rig.cases().await;
        assert_eq!(cases.len(), expected, "{answer}: {cases:?}");
        let reason = if answer == Answer::Me { Reason::Verified } else { Reason::Denied };
        let first = rig.world.case(case.id).await;
        assert_eq!(first.reason(), Some(reason));
        let verdicts = rig.verdicts().await;
        assert_eq!(verdicts.len(), 1, "{verdicts:?}");
        assert!(verdicts[0].contains(if answer == Answer::Me { "confirmed" } else { "denied" }));
    }
}

#[tokio::test]
async fn what_was_proven_with_a_factor_that_was_not_theirs_is_unlearned() {
    let mut rig = Rig::new().await;
    rig.learn(MIA).await;
    rig.take(&line(900, MIA, "login", 64999)).await;
    rig.drain().await;
    let case = rig.cases().await.remove(0);
    rig.answer(case.id, Answer::Me).await;
    rig.look_for_verdicts().await;
    rig.drain().await;
    let proof = rig.world.case(case.id).await.proof().cloned().expect("proven");
    let revoked = Input::FactorRevoked { challenge: proof.challenge };
    rig.world.engine.apply(case.id, revoked, Along::default()).await.expect("taken");
    rig.look_for_verdicts().await;
    rig.drain().await;
    rig.pass(Span::hours(30));
    rig.take(&line(901, MIA, "login", 64999)).await;
    rig.drain().await;
    let verdicts = rig.verdicts().await;
    assert!(verdicts.len() == 2 && verdicts[1].contains("denied"), "{verdicts:?}");
    assert!(rig.cases().await[0].alert_count == 2 || rig.cases().await.len() == 2);
}

#[tokio::test]
async fn no_source_may_say_what_people_have_proven() {
    let rig = Rig::new().await;
    let verdict = r#"{"id":"1","who":"mia@example.com","do":"verdict","product":"countersign"}"#;
    let taken = rig.take(verdict).await;
    assert_eq!((taken.accepted, taken.rejected.len()), (0, 1));
    let refused = rig.detection.take(OWN_SOURCE, Bytes::from_static(b"{}"), 10).await;
    assert!(matches!(refused, Err(TakeError::Body(_))), "{refused:?}");
}

#[tokio::test]
async fn other_rules_are_taken_up_and_what_was_learned_goes_on() {
    let mut rig = Rig::new().await;
    rig.learn(MIA).await;
    rig.drain().await;
    let more =
        ("more.yml", world::rule("more", "detection: { s: { do: login }, condition: s }", "live"));
    rig.reload(&[more]).await;
    rig.take(&line(900, MIA, "login", 64999)).await;
    rig.drain().await;
    let mut rules: Vec<String> =
        rig.cases().await.iter().map(|case| case.head().rule.clone()).collect();
    rules.sort();
    assert_eq!(rules, ["more", "network"]);
}
