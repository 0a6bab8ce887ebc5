use jiff::civil::date;

use super::*;

fn window(from: &str, zone: &str, lasts: Span, repeats: Option<&str>) -> Window {
    Window {
        from: from.parse().expect("a local time"),
        zone: TimeZone::get(zone).expect("a zone"),
        lasts,
        repeats: repeats.map(|text| text.parse().expect("a rule")),
    }
}

#[track_caller]
fn check(window: &Window, at: &str, until: Option<&str>) {
    let at = at.parse().expect("an instant");
    assert_eq!(window.open_until(at).map(|end| end.to_string()), until.map(str::to_owned), "{at}");
}

#[test]
fn a_window_is_open_from_its_beginning_to_its_end() {
    let once = window("2026-12-05T22:00", "Europe/Berlin", Span::hours(4), None);
    check(&once, "2026-12-05T20:59:59Z", None);
    check(&once, "2026-12-05T21:00:00Z", Some("2026-12-06T01:00:00Z"));
    check(&once, "2026-12-06T00:59:59Z", Some("2026-12-06T01:00:00Z"));
    check(&once, "2026-12-06T01:00:00Z", None);
    check(&once, "2026-12-12T22:00:00Z", None);
}

#[test]
fn a_beginning_that_the_clocks_leap_over_or_pass_twice_is_one_instant() {
    // In Berlin clocks leap from 02:00 to 03:00 on 2027-03-28 and back on 2026-10-25.
    let daily = Some("FREQ=DAILY");
    let leapt = window("2027-03-27T02:30", "Europe/Berlin", Span::hours(1), daily);
    check(&leapt, "2027-03-28T01:29:59Z", None);
    check(&leapt, "2027-03-28T01:30:00Z", Some("2027-03-28T02:30:00Z"));
    let twice = window("2026-10-24T02:30", "Europe/Berlin", Span::minutes(30), daily);
    check(&twice, "2026-10-25T00:30:00Z", Some("2026-10-25T01:00:00Z"));
    check(&twice, "2026-10-25T01:30:00Z", None);
}

#[test]
fn a_rule_falls_on_exactly_its_days() {
    let first = date(2026, 12, 5);
    for (rule, on, off) in [
        ("FREQ=DAILY;INTERVAL=3", vec![date(2026, 12, 8)], vec![date(2026, 12, 6)]),
        ("FREQ=WEEKLY", vec![date(2026, 12, 12)], vec![date(2026, 12, 13)]),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU",
            vec![date(2026, 12, 6), date(2026, 12, 19)],
            vec![date(2026, 12, 12)],
        ),
        ("FREQ=MONTHLY;BYDAY=1SA", vec![date(2027, 1, 2)], vec![date(2027, 1, 9)]),
        ("FREQ=MONTHLY;BYDAY=-1FR", vec![date(2027, 1, 29)], vec![date(2027, 1, 22)]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", vec![date(2027, 2, 28)], vec![date(2027, 2, 27)]),
        ("FREQ=MONTHLY", vec![date(2027, 1, 5)], vec![date(2027, 1, 6)]),
        ("FREQ=DAILY;UNTIL=20261206", vec![date(2026, 12, 6)], vec![date(2026, 12, 7)]),
    ] {
        let rule: Recurrence = rule.parse().expect("a rule");
        assert!(on.iter().all(|day| rule.is_on(first, *day)), "{rule:?}");
        assert!(!off.iter().any(|day| rule.is_on(first, *day)), "{rule:?}");
        assert!(!rule.is_on(first, date(2026, 12, 4)), "{rule:?}");
    }
}

#[test]
fn what_is_no_rule_is_refused() {
    for text in [
        "",
        "FREQ",
        "FREQ=HOURLY",
        "FREQ=DAILY;COUNT=3",
        "BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYDAY=9MO",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=WEEKLY;BYDAY=\u{e9}",
        "FREQ=DAILY;UNTIL=soon",
    ] {
        assert!(text.parse::<Recurrence>().is_err(), "{text}");
    }
}
