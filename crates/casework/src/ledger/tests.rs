use model::{Span, Timestamp};

use super::guard::{ActRuling, Guard, Limits};

#[test]
fn the_minute_that_an_hour_began_in_still_counts() {
    let limits = Limits { per_hour: 1, per_hour_of_action: 1 };
    // The last second of a minute.
    let first = Timestamp::from_second(1_795_000_019).expect("in range");
    assert_eq!(first.as_second() % 60, 59);
    let mut guard = Guard::default();
    guard.follow("okta.suspend", &ActRuling::Go, first);
    // Fifty-nine minutes and one second later the hour is not over.
    let soon = Span::seconds(59 * 60 + 1).after(first);
    assert!(matches!(guard.rule("okta.suspend", limits, soon), ActRuling::Held { .. }));
    let later = Span::seconds(61 * 60).after(first);
    assert_eq!(guard.rule("okta.suspend", limits, later), ActRuling::Go);
}
