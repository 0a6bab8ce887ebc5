//! What the numbers say.

use super::*;

fn health(sums: &[(&str, i64)]) -> Health {
    Health::of(sums.iter().copied(), 4)
}

#[test]
fn the_interval_is_wilsons() {
    // Reference values of the score interval without continuity correction.
    for (hits, of, low, high) in [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (1, 100, 0.0018, 0.0545),
    ] {
        let interval = Interval::of(hits, of).expect("of some");
        assert!((interval.low - low).abs() < 5e-5, "{interval:?}");
        assert!((interval.high - high).abs() < 5e-5, "{interval:?}");
        assert!(interval.low <= interval.share && interval.share <= interval.high);
    }
    assert_eq!(Interval::of(0, 0), None);
    assert!(Interval::of(9, 3).is_some_and(|interval| interval.share <= 1.0), "never beyond all");
}

#[test]
fn numbers_propose_and_few_numbers_propose_nothing() {
    for (sums, change) in [
        (vec![], None),
        (vec![("real", 19)], None),
        (vec![("real", 20)], Some(Change::Promote)),
        (vec![("real", 10), ("harmless", 10)], None),
        (vec![("real", 1), ("harmless", 60)], Some(Change::Demote)),
        (vec![("harmless", 19)], None),
        (vec![("harmless", 40)], Some(Change::Demote)),
        (vec![("harmless", 100)], Some(Change::Retire)),
        (vec![("real", 1), ("harmless", 1_000)], Some(Change::Demote)),
        (vec![("silent", 30), ("answered", 2)], Some(Change::Demote)),
        (vec![("silent", 30), ("answered", 2), ("real", 1)], None),
        (vec![("real", -5), ("harmless", -1)], None),
    ] {
        let proposal = health(&sums).proposal();
        assert_eq!(proposal.as_ref().map(|it| it.change), change, "{sums:?}");
        assert!(proposal.is_none_or(|it| !it.evidence.is_empty()));
    }
}

#[test]
fn the_time_to_answer_is_told_by_buckets() {
    let health = health(&[
        ("answered", 4),
        ("answer_seconds", 1_000),
        ("answer_le_60", 2),
        ("answer_le_900", 1),
        ("answer_later", 1),
        ("asked", 6),
    ]);
    assert_eq!(health.mean_seconds(), Some(250));
    assert_eq!(health.answered_within(50), Some(60));
    assert_eq!(health.answered_within(75), Some(900));
    assert_eq!(health.answered_within(90), None, "longer than the longest bucket");
    assert_eq!(health.questions_per_person(), Some(1.5));
    assert_eq!(Health::default().mean_seconds(), None);
    assert_eq!(Health::default().answered_within(50), None);
}

#[test]
fn versions_add_up() {
    let mut both = health(&[("real", 1)]);
    both.add(&health(&[("real", 2), ("harmless", 3)]));
    assert_eq!((both.real(), both.judged()), (3, 6));
}

proptest::proptest! {
    #[test]
    fn an_interval_holds_its_share_and_stays_between_none_and_all(hits in 0..10_000_u64, more in 0..10_000_u64) {
        if let Some(it) = Interval::of(hits, hits + more) {
            proptest::prop_assert!(0.0 <= it.low && it.low <= it.share + 1e-9);
            proptest::prop_assert!(it.share <= it.high + 1e-9 && it.high <= 1.0);
        }
    }
}
