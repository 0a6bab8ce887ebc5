use jiff::civil::{date, time};
use proptest::prelude::*;

use super::*;

const WEEKDAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone of the database")
}

fn calendar(name: &str, holidays: &[Date]) -> Calendar {
    let holidays = holidays.iter().copied().collect();
    Calendar::new(WEEKDAYS, time(10, 0, 0, 0), time(18, 0, 0, 0), zone(name), holidays)
        .expect("working hours")
}

/// A time on the wall, such as `2016-07-18 10:00`, in the calendar's zone.
fn on_the_wall(calendar: &Calendar, text: &str) -> Timestamp {
    let wall = text.parse::<jiff::civil::DateTime>().expect("a civil time");
    calendar.zone().to_timestamp(wall).expect("in range")
}

/// Zones on both sides of the date line, with and without changes of the clock.
const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Australia/Lord_Howe",
];

#[test]
fn working_hours_include_their_start_and_exclude_their_end_in_the_users_zone() {
    // Monday 18 July 2016 and the Sunday before it.
    let cases = [
        ("2016-07-18 10:00", true),
        ("2016-07-18 12:00", true),
        ("2016-07-18 17:59:59", true),
        ("2016-07-18 09:59:59", false),
        ("2016-07-18 18:00:00", false),
        ("2016-07-17 10:00", false),
    ];
    for name in ZONES {
        let calendar = calendar(name, &[]);
        for (wall, expected) in cases {
            let at = on_the_wall(&calendar, wall);
            assert_eq!(calendar.is_working(at), expected, "{wall} in {name}");
        }
    }
}

/// Each case: from, a span, and where it ends, on the wall of the zone.
fn check(calendar: &Calendar, cases: &[(&str, Span, &str)]) {
    for (from, span, end) in cases {
        let from_at = on_the_wall(calendar, from);
        let ends_at = calendar.add(AskClock::Working, from_at, *span);
        let expected = on_the_wall(calendar, end);
        assert_eq!(ends_at, expected, "{from} and {span} of work end at {end}, not {ends_at}");
    }
}

#[test]
fn a_span_of_working_time_goes_on_the_next_working_day() {
    for name in ZONES {
        check(
            &calendar(name, &[]),
            &[
                ("2016-07-18 10:00", Span::hours(4), "2016-07-18 14:00"),
                ("2016-07-18 17:00", Span::hours(2), "2016-07-19 11:00"),
                ("2016-07-22 17:00", Span::hours(2), "2016-07-25 11:00"),
                // Before the hours, after them, and exactly to their end.
                ("2016-07-18 03:00", Span::hours(1), "2016-07-18 11:00"),
                ("2016-07-18 23:00", Span::hours(1), "2016-07-19 11:00"),
                ("2016-07-18 10:00", Span::hours(8), "2016-07-18 18:00"),
                ("2016-07-18 18:00", Span::seconds(1), "2016-07-19 10:00:01"),
                ("2016-07-18 10:00", Span::hours(40), "2016-07-22 18:00"),
            ],
        );
    }
}

#[test]
fn the_wall_clock_counts_every_hour() {
    let calendar = calendar("Europe/Berlin", &[]);
    let friday = on_the_wall(&calendar, "2016-07-22 17:00");
    let ends_at = calendar.add(AskClock::Wall, friday, Span::hours(2));
    assert_eq!(ends_at, on_the_wall(&calendar, "2016-07-22 19:00"));
}

#[test]
fn a_change_of_the_clock_between_two_days_moves_no_deadline() {
    // The clocks change in the night to Sunday; Friday afternoon goes on on Monday.
    check(
        &calendar("Europe/Berlin", &[]),
        &[
            ("2026-03-27 17:00", Span::hours(2), "2026-03-30 11:00"),
            ("2026-10-23 17:00", Span::hours(2), "2026-10-26 11:00"),
        ],
    );
    check(
        &calendar("America/New_York", &[]),
        &[
            ("2026-03-06 17:00", Span::hours(2), "2026-03-09 11:00"),
            ("2026-10-30 17:00", Span::hours(2), "2026-11-02 11:00"),
        ],
    );
}

#[test]
fn a_change_of_the_clock_inside_the_hours_makes_the_day_that_much_shorter_or_longer() {
    let every_day = [Weekday::Sunday, Weekday::Monday];
    let nights = |name: &str| {
        let (start, end) = (time(0, 0, 0, 0), time(4, 0, 0, 0));
        Calendar::new(every_day, start, end, zone(name), BTreeSet::new()).expect("working hours")
    };
    // Spring: of the four hours on the wall only three happen. Autumn: five do.
    check(
        &nights("Europe/Berlin"),
        &[
            ("2026-03-29 00:00", Span::hours(3), "2026-03-29 04:00"),
            ("2026-03-29 00:00", Span::hours(4), "2026-03-30 01:00"),
            ("2026-10-25 00:00", Span::hours(5), "2026-10-25 04:00"),
        ],
    );
    check(
        &nights("America/New_York"),
        &[
            ("2026-03-08 00:00", Span::hours(3), "2026-03-08 04:00"),
            ("2026-11-01 00:00", Span::hours(5), "2026-11-01 04:00"),
        ],
    );
}

#[test]
fn hours_that_begin_or_end_in_a_gap_or_an_overlap_stay_in_order() {
    let (start, end) = (time(2, 10, 0, 0), time(2, 50, 0, 0));
    let calendar =
        Calendar::new([Weekday::Sunday], start, end, zone("Europe/Berlin"), BTreeSet::new())
            .expect("working hours");
    for sunday in ["2026-03-29", "2026-10-25"] {
        let midnight = on_the_wall(&calendar, &format!("{sunday} 00:00"));
        let ends_at = calendar.add(AskClock::Working, midnight, Span::minutes(40));
        assert_eq!(calendar.zone().to_datetime(ends_at).date().to_string(), sunday);
        assert!(calendar.is_working(Span::seconds(1).before(ends_at)), "{sunday}");
        assert!(!calendar.is_working(ends_at), "{sunday}");
    }
}

#[test]
fn a_holiday_is_no_working_day() {
    let calendar = calendar("Europe/Berlin", &[date(2026, 12, 25), date(2026, 12, 28)]);
    let christmas = on_the_wall(&calendar, "2026-12-25 12:00");
    assert!(!calendar.is_working(christmas));
    check(&calendar, &[("2026-12-24 17:00", Span::hours(2), "2026-12-29 11:00")]);
}

#[test]
fn a_day_that_the_zone_skipped_counts_for_nothing() {
    // Samoa went over the date line: Thursday 29 December 2011 was followed by Saturday.
    check(
        &calendar("Pacific/Apia", &[]),
        &[("2011-12-29 17:00", Span::hours(2), "2012-01-02 11:00")],
    );
}

#[test]
fn a_colleague_elsewhere_works_other_hours_by_the_same_calendar() {
    let berlin = calendar("Europe/Berlin", &[]);
    let auckland = berlin.for_zone(zone("Pacific/Auckland"));
    let monday_morning = on_the_wall(&auckland, "2016-07-18 10:00");
    assert!(auckland.is_working(monday_morning));
    // It is Sunday night in Berlin.
    assert!(!berlin.is_working(monday_morning));
}

#[test]
fn a_calendar_of_holidays_only_still_has_deadlines() {
    let mut holidays = BTreeSet::new();
    let mut day = date(2026, 1, 1);
    while day < date(2032, 1, 1) {
        holidays.insert(day);
        day = day.tomorrow().expect("in range");
    }
    let (start, end) = (time(10, 0, 0, 0), time(18, 0, 0, 0));
    let calendar = Calendar::new(WEEKDAYS, start, end, TimeZone::UTC, holidays).expect("hours");
    let from = on_the_wall(&calendar, "2026-01-01 12:00");
    let ends_at = calendar.add(AskClock::Working, from, Span::hours(2));
    let walked = Span::days(u64::from(MAX_DAYS_WALKED));
    assert_eq!(ends_at, Span::hours(2).after(walked.after(from)) - SignedDuration::from_hours(12));
    for late in [Timestamp::MAX, Span::days(2).before(Timestamp::MAX)] {
        assert!(calendar.add(AskClock::Working, late, Span::MAX) >= late);
    }
}

#[test]
fn hours_without_a_day_or_an_end_are_refused() {
    let (ten, six) = (time(10, 0, 0, 0), time(18, 0, 0, 0));
    let hours = |days: &[Weekday], start, end| {
        Calendar::new(days.iter().copied(), start, end, TimeZone::UTC, BTreeSet::new()).err()
    };
    assert_eq!(hours(&[], ten, six), Some(CalendarError::NoDays));
    let backwards = CalendarError::EndsBeforeStart { start: six, end: ten };
    assert_eq!(hours(&WEEKDAYS, six, ten), Some(backwards));
    assert!(hours(&WEEKDAYS, ten, ten).is_some());
    assert_eq!(hours(&[Weekday::Sunday], ten, six), None);
}

prop_compose! {
    /// A calendar with any hours, some days, and holidays in the time that is tried.
    fn any_calendar()(
        zone_index in 0..ZONES.len(),
        days in proptest::collection::btree_set(0_i8..7, 1..7),
        start in 0_i8..23,
        length in 1_i8..24,
        holidays in proptest::collection::btree_set(0_i64..400, 0..20),
    ) -> Calendar {
        let days = days.into_iter().map(|day| Weekday::from_monday_zero_offset(day).expect("a day"));
        let end = (start + length).min(23);
        let first = date(2026, 1, 1);
        let holidays = holidays
            .into_iter()
            .map(|day| first.checked_add(SignedDuration::from_hours(day * 24)).expect("in range"))
            .collect();
        let (start, end) = (time(start, 15, 0, 0), time(end, 45, 0, 0));
        Calendar::new(days, start, end, zone(ZONES[zone_index]), holidays).expect("working hours")
    }
}

/// An instant of 2026.
fn any_instant() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600_i64..1_798_761_600).prop_map(|at| Timestamp::from_second(at).expect("in range"))
}

proptest! {
    #[test]
    fn a_longer_span_or_a_later_start_never_ends_earlier(
        calendar in any_calendar(),
        from in any_instant(),
        span in 0_u64..400_000,
        longer_by in 0_u64..400_000,
        later_by in 0_u64..1_000_000,
    ) {
        let ends_at = calendar.add(AskClock::Working, from, Span::seconds(span));
        let longer = calendar.add(AskClock::Working, from, Span::seconds(span + longer_by));
        prop_assert!(ends_at <= longer);
        let later_from = Span::seconds(later_by).after(from);
        prop_assert!(ends_at <= calendar.add(AskClock::Working, later_from, Span::seconds(span)));
    }

    #[test]
    fn working_time_never_ends_before_wall_time_and_always_at_work(
        calendar in any_calendar(),
        from in any_instant(),
        span in 1_u64..400_000,
    ) {
        let span = Span::seconds(span);
        let ends_at = calendar.add(AskClock::Working, from, span);
        prop_assert!(ends_at >= calendar.add(AskClock::Wall, from, span));
        let before = ends_at - SignedDuration::from_nanos(1);
        prop_assert!(calendar.is_working(before), "{} ends at {}", from, ends_at);
    }
}
