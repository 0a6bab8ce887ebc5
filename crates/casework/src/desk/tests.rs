//! The desk's own rules; how cases use them is told in `case/tests`.

use super::*;

fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().expect("a time")
}

#[test]
fn a_pause_is_held_to_its_cap() {
    let mut desk = Desk::new(PersonId::from_digest(1));
    let short = Span::minutes(30).after(now());
    assert_eq!(desk.pause(short, now()), short);
    assert_eq!(desk.pause(Span::days(1).after(now()), now()), PAUSE_MAX.after(now()));
}

#[test]
fn a_lock_ends_by_itself() {
    let mut tally = limits::Tally::default();
    for _ in 0..FAILURES_TO_LOCK {
        assert!(tally.may_challenge(now()));
        tally.failed(now());
    }
    assert!(!tally.may_challenge(now()));
    let later = LOCK_LIFE.after(now());
    tally.forget(later);
    assert!(tally.may_challenge(later));
}
