//! A process that ends anywhere: nothing is missed, and nothing is counted or raised twice.

use std::collections::BTreeMap;

use casework::Case;
use detect::engine::Tally;
use model::Span;
use ports::{event_log::Position, store::memory::Call};

use super::world::{Rig, line};
use crate::tests::world::{ANA, MIA};

/// Where a life of the process ends: after so many steps, with or without a saving before.
#[derive(Debug, Clone, Copy)]
struct Kill {
    after_batch: u64,
    is_saved: bool,
}

/// What is left of it all.
#[derive(Debug, PartialEq)]
struct End {
    cases: BTreeMap<String, (u32, usize)>,
    tallies: Vec<(String, Tally)>,
    questions: usize,
}

fn batch(number: u64) -> String {
    let who = if number.is_multiple_of(3) { ANA } else { MIA };
    let what = match number % 5 {
        0 => "export",
        1 => "print",
        _ => "knock",
    };
    let lines = (0..3).map(|at| line(number * 10 + at, who, what, 64500 + (number / 5) as u32));
    lines.collect::<Vec<_>>().join("\n")
}

async fn play(threads: usize, kills: &[Kill]) -> End {
    let mut rig = Rig::with_threads(threads).await;
    for number in 0..15 {
        rig.take(&batch(number)).await;
        // Every other one is left for the next round.
        if number % 2 == 0 {
            while rig.step().await {}
        }
        for kill in kills.iter().filter(|kill| kill.after_batch == number) {
            if kill.is_saved {
                rig.save().await;
            }
            rig.restart().await;
        }
    }
    rig.drain().await;
    let case = |case: &Case| {
        let head = case.head();
        let key = format!("{} {}", head.rule, case.group_key);
        (key, (case.alert_count, case.alerts.len()))
    };
    let rules = rig.detection.rules();
    End {
        cases: rig.cases().await.iter().map(case).collect(),
        tallies: rules.into_iter().map(|view| (view.id, view.tally)).collect(),
        questions: rig.world.chat.questions().len(),
    }
}

#[tokio::test]
async fn killed_anywhere_it_finds_what_it_would_have_found() {
    let whole = play(1, &[]).await;
    assert!(whole.questions >= 2 && whole.cases.len() > 4, "{whole:?}");
    for after_batch in 0..15 {
        for is_saved in [false, true] {
            let kills = [
                Kill { after_batch, is_saved },
                Kill { after_batch: (after_batch + 4) % 15, is_saved: !is_saved },
            ];
            assert_eq!(play(1, &kills).await, whole, "{kills:?}");
        }
    }
}

#[tokio::test]
async fn the_number_of_threads_changes_nothing() {
    let one = play(1, &[]).await;
    for threads in [2, 8] {
        assert_eq!(play(threads, &[Kill { after_batch: 7, is_saved: true }]).await, one);
    }
}

#[tokio::test]
async fn a_damaged_batch_is_passed_over_and_what_follows_is_evaluated() {
    let mut rig = Rig::new().await;
    for number in [0, 5, 10] {
        rig.take(&batch(number)).await;
    }
    rig.restart().await;
    rig.log.damage(Position(1));
    rig.drain().await;
    assert_eq!(rig.tally("export").matched, 6);
    assert_eq!(rig.detection.standing().evaluated, 3);
}

#[tokio::test]
async fn what_was_learned_is_lost_and_comes_back_from_the_log() {
    use ports::states::States as _;
    let mut rig = Rig::new().await;
    rig.learn(MIA).await;
    rig.save().await;
    rig.states.clear().await.expect("cleared");
    rig.restart().await;
    rig.take(&line(900, MIA, "login", 64999)).await;
    rig.drain().await;
    let cases = rig.cases().await;
    assert_eq!(cases.iter().map(|case| &*case.head().rule).collect::<Vec<_>>(), ["network"]);
}

#[tokio::test]
async fn events_are_evaluated_while_what_was_learned_is_being_saved() {
    use ports::states::States as _;
    let mut rig = Rig::new().await;
    rig.drain().await;
    rig.states.slow(true);
    rig.pass(Span::minutes(1));
    for id in 0..2 {
        rig.take(&line(id, MIA, "export", 64500)).await;
        rig.drain().await;
    }
    assert_eq!(rig.tally("export").matched, 2);
    assert_eq!(rig.states.checkpoint().await, Ok(None), "the first saving goes on");
    rig.states.slow(false);
    let saved = loop {
        match rig.states.checkpoint().await.expect("readable") {
            Some(saved) => break saved,
            None => tokio::task::yield_now().await,
        }
    };
    rig.restart().await;
    assert_eq!(saved.position, Position(1), "what came meanwhile is of the next saving");
    rig.drain().await;
    assert_eq!(rig.tally("export").matched, 2);
    assert_eq!(rig.cases().await.len(), 1);
}

#[tokio::test]
async fn what_could_not_be_handed_over_is_found_again_also_before_anything_was_saved() {
    let mut rig = Rig::new().await;
    rig.drain().await;
    for id in 0..2 {
        rig.take(&line(id, MIA, "export", 64500 + id as u32)).await;
    }
    rig.front.fail(|call| matches!(call, Call::Commit(_)));
    rig.step_to_a_stop().await;
    rig.front.recover();
    rig.drain().await;
    assert_eq!(rig.cases().await.len(), 2);
    assert_eq!(rig.tally("export").matched, 2, "each is counted once");
}
