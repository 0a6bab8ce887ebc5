//! What is learned of windows that have passed.

use model::Span;
use proptest::prelude::*;

use super::*;

#[test]
fn idle_windows_count_in_active_hours_of_days_with_events_only() {
    let mut world = World::of(VOLUME);
    for day in [0, 1, 9] {
        burst(&mut world, MONDAY + day * DAY_S, 1);
        burst(&mut world, MONDAY + day * DAY_S + 4 * HOUR_S, 1);
        burst(&mut world, MONDAY + day * DAY_S + 9 * HOUR_S, 1);
    }
    let state = state(&world);
    // Eight have passed. Active hours are 9, 13 and 18: each lies between others once a day at
    // most, and none of the 8 days without an event counts.
    assert_eq!(state.windows, 8);
    burst(&mut world, MONDAY + 10 * DAY_S, 1);
    burst(&mut world, MONDAY + 10 * DAY_S + 9 * HOUR_S, 1);
    burst(&mut world, MONDAY + 11 * DAY_S, 1);
    burst(&mut world, MONDAY + 11 * DAY_S + 9 * HOUR_S, 1);
    let state = self::state(&world);
    assert_eq!(state.windows, 12 + 1, "13:00 of one whole day was idle");
}

#[test]
fn one_day_teaches_little_and_a_flood_does_not_become_usual() {
    let yaml = VOLUME.replace("floor: 10", "floor: 1000\nfactor: 50\ndrift: false");
    let mut world = worked(&yaml, 28);
    world.mode = Mode::Live;
    // Below the threshold, so never raised: the attacker fills every hour of a day.
    work(&mut world, 28, [200; 8]);
    work(&mut world, 29, [5; 8]);
    let state = state(&world);
    let usual = state.history.quantile(0.995).expect("known").highest();
    assert!(usual <= 1_000, "bounded by the floor: {usual}");
    let mut world = worked(&format!("{VOLUME}factor: 50\ndrift: false"), 28);
    work(&mut world, 28, [200; 8]);
    work(&mut world, 29, [5; 8]);
    let state = self::state(&world);
    let usual = state.history.quantile(0.995).expect("known").highest();
    assert!(usual <= 10, "6 and a quarter, or the floor: {usual}");
}

#[test]
fn values_that_are_seen_again_and_again_count_in_every_window() {
    let mut world = World::of(DISTINCT);
    // The same six repositories in turn, one every minute, hour after hour.
    for day in (0..28).filter(|day| is_working(*day)) {
        for minute in 0..240 {
            let second = MONDAY + day * DAY_S + minute * 60;
            assert_eq!(world.see(&clone(second, minute % 6)), [], "day {day}");
        }
    }
    let state = state(&world);
    assert_eq!(state.history.quantile(0.2), Some(Bin(6)));
    assert_eq!(state.history.quantile(1.0), Some(Bin(6)));
}

#[test]
fn what_was_raised_is_not_learned_until_it_is_confirmed() {
    for (verdict, is_raised_again) in [(None, true), (Some(false), true), (Some(true), false)] {
        let mut world = worked(VOLUME, 28);
        let findings = burst(&mut world, MONDAY + 28 * DAY_S, 12);
        if let Some(is_confirmed) = verdict {
            world.answer(&findings[0], is_confirmed, at(MONDAY + 28 * DAY_S + 600));
        }
        let again = burst(&mut world, MONDAY + 36 * DAY_S, 12);
        assert_eq!(!again.is_empty(), is_raised_again, "{verdict:?}");
    }
}

#[test]
fn whoever_confirms_many_confirms_what_it_had_grown_from() {
    let mut world = worked(VOLUME, 28);
    let findings = burst(&mut world, MONDAY + 28 * DAY_S, 40);
    assert_eq!(findings.len(), 3);
    world.answer(&findings[2], true, at(MONDAY + 28 * DAY_S + 600));
    let entity = world.entities.values().next().expect("one");
    let moment = Moment::new(at(MONDAY + 29 * DAY_S), at(MONDAY + 29 * DAY_S), None, Span::ZERO);
    let readiness = entity.readiness(&world.baselines.all()[0], &moment);
    assert_eq!(readiness, crate::baseline::Readiness::Armed, "nothing is held any more");
}

#[test]
fn a_whole_day_is_that_of_the_person_also_when_clocks_change() {
    let yaml = "{ kind: volume, selection: { a: b }, window: 1d, floor: 20, drift: false }";
    let mut world = World::of(yaml);
    world.zone = jiff::tz::TimeZone::get("America/New_York").ok();
    // Twelve events at noon and twelve at 23:30 each day are one local day's; in UTC the latter
    // fall into the next one. The clocks change on 2026-03-08.
    let first: jiff::Zoned = "2026-01-26T12:00:00[America/New_York]".parse().expect("a time");
    let mut findings = Vec::new();
    for day in 0..70 {
        let noon = first.checked_add(jiff::Span::new().days(day)).expect("in range");
        let late = noon.checked_add(jiff::Span::new().minutes(690)).expect("in range");
        for time in [noon, late] {
            let second = time.timestamp().as_second();
            findings.extend(burst(&mut world, second, 12));
        }
    }
    assert_eq!(findings, []);
    let state = state(&world);
    assert_eq!(state.history.quantile(0.01), state.history.quantile(1.0), "every day is alike");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// In order of time, what is raised and learned is what counting it all anew would give.
    #[test]
    fn what_is_in_a_window_is_counted_exactly(
        events in proptest::collection::vec((0_i64..900, 0_i64..12), 1..120),
        is_distinct: bool,
    ) {
        let yaml = if is_distinct { DISTINCT } else { "{ kind: volume, selection: { a: b }, window: 10m }" };
        let mut world = World::of(yaml);
        let mut second = MONDAY;
        let mut seen: Vec<(u32, i64)> = Vec::new();
        for (after, value) in events {
            second += after;
            world.see(&clone(second, value));
            seen.push((u32::try_from(second / 150).expect("small"), value));
            let newest = seen[seen.len() - 1].0;
            let in_window = seen.iter().filter(|(step, _)| newest - step < 4);
            let counted = if is_distinct {
                in_window.map(|(_, value)| value).collect::<std::collections::BTreeSet<_>>().len()
            } else {
                in_window.count()
            };
            let baseline = &world.baselines.all()[0];
            let crate::baseline::Kind::Counts(of) = baseline.kind() else { panic!("counts") };
            let place = Place { baseline, of, window: of.windows[0], is_first: true };
            let state = state(&world);
            prop_assert_eq!(state.newest, newest);
            prop_assert_eq!(state.in_window(newest, &place) as usize, counted);
        }
    }
}
