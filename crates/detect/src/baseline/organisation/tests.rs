//! What all entities together know, and that it does not depend on who came first.

use proptest::prelude::*;

use super::*;
use crate::baseline::{
    LATENESS, Mode, Moment, Tuning,
    example::{MONDAY, at, baseline, event_at},
};

const DAY_S: i64 = 86_400;

fn lesson(slot: u64, generation: u16, what: What) -> Lesson {
    Lesson { slot, group: 0, generation, what }
}

fn of(told: Vec<Lesson>) -> Lessons {
    Lessons { told }
}

fn lessons() -> impl Strategy<Value = Vec<Lesson>> {
    let what = prop_oneof![
        Just(What::Here),
        Just(What::Armed),
        (0_u64..30).prop_map(|value| What::Known(Token(value))),
        (0_u8..240).prop_map(|bin| What::Window(Bin(bin))),
    ];
    let one = (0_u64..3, 100_u16..103, what);
    proptest::collection::vec(one.prop_map(|(slot, at, what)| lesson(slot, at, what)), 0..60)
}

proptest! {
    #[test]
    fn lessons_may_come_in_any_order_and_any_number_of_shards(
        told in lessons(),
        cut in 0_usize..60,
    ) {
        let mut one = Organisation::default();
        one.learn([of(told.clone())]);
        let cut = cut.min(told.len());
        let mut other = Organisation::default();
        let mut back = told[..cut].to_vec();
        back.reverse();
        other.learn([of(told[cut..].to_vec()), of(Vec::new()), of(back)]);
        prop_assert_eq!(&one, &other);
        let mut bytes = Vec::new();
        one.encode(&mut bytes);
        prop_assert_eq!(Organisation::decode(&bytes), Ok(one));
    }

    #[test]
    fn any_bytes_are_an_organisation_or_an_error(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        told in lessons(),
    ) {
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        if let Ok(mut read) = Organisation::decode(&bytes) {
            read.learn([of(told)]);
            read.encode(&mut Vec::new());
        }
    }
}

#[test]
fn a_generation_turns_once_a_batch_and_the_one_before_still_counts() {
    let mut organisation = Organisation::default();
    let here = |generation| lesson(1, generation, What::Here);
    organisation.learn([of(vec![here(10); 40])]);
    // One clock years ahead.
    organisation.learn([of(vec![here(500)])]);
    let part = &organisation.parts[&(1, 0)];
    assert_eq!((part.generation, part.here.higher()), (11, 40));
    // The right ones still find their place.
    organisation.learn([of(vec![here(10); 5])]);
    assert_eq!(organisation.parts[&(1, 0)].here.higher(), 45);
}

#[test]
fn only_the_values_that_most_use_are_kept() {
    let mut organisation = Organisation::default();
    let mut told: Vec<Lesson> = (0..5_000).map(|n| lesson(1, 10, What::Known(Token(n)))).collect();
    told.extend(vec![lesson(1, 10, What::Known(Token(4_999))); 3]);
    organisation.learn([of(told)]);
    let known = &organisation.parts[&(1, 0)].known;
    assert!(known.len() <= KNOWN_MAX && known[&Token(4_999)].now == 4);
}

#[test]
fn there_are_so_many_groups_and_no_more() {
    let mut organisation = Organisation::default();
    let told = (0..500).map(|group| Lesson { group, ..lesson(1, 10, What::Here) }).collect();
    organisation.learn([of(told)]);
    assert_eq!(organisation.parts.len(), GROUPS_MAX);
}

#[test]
fn peers_are_those_of_the_same_group() {
    let baseline = baseline(
        "{ kind: first_seen, selection: { a: b }, value: source.asn, peers: { by: record.team } }",
    );
    let mut organisation = Organisation::default();
    let moment = Moment::new(at(MONDAY), at(MONDAY), None, LATENESS);
    let tuning = Tuning::of(&baseline, Mode::Live);
    let told = |team: &str, organisation: &Organisation| {
        let event = crate::baseline::example::event(&format!(r#"{{"team":"{team}"}}"#));
        let step = Step { event: &event, moment: &moment, organisation, tuning };
        let mut lessons = Lessons::default();
        for _ in 0..20 {
            lessons.here(&baseline, &step, true, false);
        }
        lessons.known(&baseline, &step, Token::number(64_512));
        (lessons, organisation.peers(&baseline, &step, Token::number(64_512)))
    };
    let (ops, before) = told("ops", &organisation);
    assert_eq!(before, None);
    organisation.learn([ops]);
    assert_eq!(told("ops", &organisation).1, Some((1, 19)));
    assert_eq!(told("sales", &organisation).1, None, "another group knows nothing of it");
    assert_eq!(organisation.readiness(&baseline), (20, 0));
}

#[test]
fn what_belongs_to_no_baseline_is_forgotten() {
    let kept = baseline("{ kind: volume, selection: { a: b }, window: 1h }");
    let slot = kept.windows()[0].slot;
    let mut organisation = Organisation::default();
    organisation.learn([of(vec![lesson(slot, 1, What::Here), lesson(slot + 1, 1, What::Here)])]);
    organisation.tidy(&crate::baseline::Baselines::new(vec![kept]));
    assert_eq!(organisation.parts.keys().collect::<Vec<_>>(), [&(slot, 0)]);
    assert!(event_at(MONDAY + DAY_S).time > at(MONDAY));
}
