//! What is too many.

mod learning;

use model::Span;

use super::*;
use crate::baseline::{
    Explanation, Mode, TooMany,
    example::{MONDAY, World, at, event_at, target},
};

const DAY_S: i64 = 86_400;
const HOUR_S: i64 = 3_600;
const VOLUME: &str = "
kind: volume
selection: { action: file.download }
window: 1h
floor: 10
unit: files downloaded
";
const DISTINCT: &str = "
kind: distinct
selection: { action: git.clone }
value: target.id
window: 10m
unit: distinct repositories cloned
";

/// So many events from a time on, a second apart; what was found.
fn burst(world: &mut World, from: i64, count: i64) -> Vec<Finding> {
    (0..count).flat_map(|n| world.see(&event_at(from + n))).collect()
}

/// A working day: an hour of it has so many events.
fn work(world: &mut World, day: i64, counts: [i64; 8]) -> Vec<Finding> {
    let hours = counts.iter().enumerate();
    let from = MONDAY + day * DAY_S;
    hours.flat_map(|(hour, count)| burst(world, from + hour as i64 * HOUR_S, *count)).collect()
}

fn is_working(day: i64) -> bool {
    day % 7 < 5
}

/// Weeks of work.
fn worked(yaml: &str, days: i64) -> World {
    let mut world = World::of(yaml);
    for day in (0..days).filter(|day| is_working(*day)) {
        assert_eq!(work(&mut world, day, [3, 5, 4, 0, 6, 2, 5, 1]), [], "day {day}");
    }
    world
}

fn clone(second: i64, repository: i64) -> event::Event {
    let mut event = event_at(second);
    event.targets = vec![target(&format!("repository-{repository}"))];
    event
}

/// Weeks in which three repositories are cloned each hour.
fn cloned(yaml: &str) -> World {
    let mut world = World::of(yaml);
    for day in (0..28).filter(|day| is_working(*day)) {
        for hour in 0..8 {
            for n in 0..3 {
                let second = MONDAY + day * DAY_S + hour * HOUR_S + n * 100;
                assert_eq!(world.see(&clone(second, (hour + n) % 5)), []);
            }
        }
    }
    world
}

#[test]
fn too_many_in_a_window_is_raised_once_and_explained() {
    let mut world = worked(VOLUME, 28);
    let findings = burst(&mut world, MONDAY + 28 * DAY_S, 40);
    let told: Vec<String> = findings.iter().map(|it| it.explanation.to_string()).collect();
    assert_eq!(
        told,
        [
            "10 files downloaded in 1 h; this person's 99.5th percentile over 30 days is 6",
            "20 files downloaded in 1 h; this person's 99.5th percentile over 30 days is 6",
            "40 files downloaded in 1 h; this person's 99.5th percentile over 30 days is 6",
        ],
        "raised again only when it has doubled"
    );
    assert_eq!(findings[0].score, 1.5);
}

#[test]
fn a_burst_over_the_end_of_a_window_is_not_cut_in_two() {
    let mut world = worked(VOLUME, 28);
    let end_of_an_hour = MONDAY + 28 * DAY_S + HOUR_S - 5;
    assert_eq!(burst(&mut world, end_of_an_hour, 10).len(), 1);
}

#[test]
fn fewer_than_the_floor_are_never_too_many_and_the_usual_never_is() {
    let mut world = worked(VOLUME, 28);
    assert_eq!(burst(&mut world, MONDAY + 28 * DAY_S, 9), []);
    assert_eq!(work(&mut world, 29, [6; 8]), []);
}

#[test]
fn a_count_is_silent_until_enough_windows_are_known() {
    // Ten working days have 50 windows and more, idle ones included; four days have not.
    let needs = "minimum: { events: 5, days: 2 }\nlearn: 2d";
    for (days, is_raised) in [(2, false), (14, true)] {
        let mut world = worked(&format!("{VOLUME}{needs}\nfactor: 1.1"), days);
        let raised = !burst(&mut world, MONDAY + 14 * DAY_S, 40).is_empty();
        assert_eq!(raised, is_raised, "after {days} days");
    }
}

#[test]
fn different_values_are_counted_and_repeats_are_not() {
    let mut world = cloned(DISTINCT);
    let from = MONDAY + 28 * DAY_S;
    for n in 0..50 {
        assert_eq!(world.see(&clone(from + n, n % 4)), [], "four repositories are usual");
    }
    let findings: Vec<_> =
        (0..14).flat_map(|n| world.see(&clone(from + HOUR_S + n, 100 + n))).collect();
    let last = findings.last().expect("raised");
    assert_eq!(
        last.explanation.to_string(),
        "10 distinct repositories cloned in 10 min; this person's 99.5th percentile over 30 days \
         is 3"
    );
    assert_eq!(findings.len(), 2, "at 5, the floor, and when that has doubled");
}

#[test]
fn the_organisations_usual_is_told_and_counts_where_peers_do() {
    let of = |yaml: &str| {
        let mut world = cloned(yaml);
        let from = MONDAY + 28 * DAY_S;
        // Another person clones a lot, all the time.
        for n in 0..3_000 {
            let mut event = clone(from + n * 60, n % 97);
            event.actor.id = Some("bot".into());
            world.see(&event);
        }
        let later = from + 3 * DAY_S;
        (0..12).flat_map(|n| world.see(&clone(later + n, 200 + n))).collect::<Vec<_>>()
    };
    let findings = of(DISTINCT);
    let told = findings[0].explanation.to_string();
    assert!(told.ends_with("is 3; the organisation's is 10"), "{told}");
    assert_eq!(of(&format!("{DISTINCT}peers: organisation")), [], "12 of 10 is not 1.5 times");
}

#[test]
fn more_values_than_can_be_kept_are_estimated() {
    let mut world = cloned(&format!("{DISTINCT}floor: 400"));
    let from = MONDAY + 28 * DAY_S;
    let findings: Vec<_> = (0..550).flat_map(|n| world.see(&clone(from + n, 1_000 + n))).collect();
    let [finding] = &findings[..] else { panic!("one finding") };
    let Explanation::TooMany(TooMany { observed, is_estimate, .. }) = finding.explanation else {
        panic!("of counts")
    };
    assert!(is_estimate && (400..=500).contains(&observed), "{observed}");
    assert!(finding.explanation.to_string().starts_with("about 4"));
    // The next window is counted exactly again.
    assert_eq!(world.see(&clone(from + 2_000, 1)), []);
    let entity = world.entities.values().next().expect("one");
    assert!(entity.footprint_bytes() < 400, "{}", entity.footprint_bytes());
}

#[test]
fn a_season_compares_with_the_same_hour() {
    // Every Monday at 10:00 a report downloads 60 files; nothing else does.
    let yaml = format!("{VOLUME}season: hour_of_week\ndrift: false");
    let mut world = World::of(&yaml);
    for day in (0..63).filter(|day| is_working(*day)) {
        let report = if day % 7 == 0 { 60 } else { 3 };
        assert_eq!(work(&mut world, day, [3, report, 4, 4, 5, 2, 5, 2]), [], "day {day}");
    }
    assert_eq!(work(&mut world, 63, [3, 62, 4, 4, 5, 2, 5, 2]), []);
    let findings = work(&mut world, 64, [3, 40, 4, 4, 5, 2, 5, 2]);
    let told = findings.last().expect("a Tuesday").explanation.to_string();
    assert_eq!(
        told,
        "28 files downloaded in 1 h; at this hour this person's usual is 3, give or take 1.7: \
         that is 14.4 deviations above"
    );
}

#[test]
fn whoever_teaches_the_baseline_slowly_is_noticed() {
    let mut world = worked(VOLUME, 35);
    let mut findings = Vec::new();
    for day in (35..91).filter(|day| is_working(*day)) {
        let count = (6.0 * 1.05_f64.powi((day - 35) as i32)) as i64;
        findings.extend(work(&mut world, day, [count; 8]));
    }
    let first = findings.first().expect("it is noticed");
    let Explanation::Drift { observed, usual, .. } = first.explanation else {
        panic!("before any window alone is too many: {first:?}")
    };
    assert!(observed < 3 * usual, "{observed} a day, {usual} before");
}

#[test]
fn an_event_that_comes_late_counts_where_it_belongs_and_raises_nothing_by_itself() {
    let mut world = worked(VOLUME, 28);
    let from = MONDAY + 28 * DAY_S;
    world.see(&event_at(from + 1_000));
    // Within the bound, out of order: the window is as full as in order.
    let backwards: Vec<_> = (0..9)
        .rev()
        .flat_map(|n| world.see_at(&event_at(from + 200 + n), at(from + 1_000)))
        .collect();
    assert_eq!(backwards.len(), 1);
    let mut world = worked(VOLUME, 28);
    world.see(&event_at(from + DAY_S));
    let late: Vec<_> =
        (0..40).flat_map(|n| world.see_at(&event_at(from + n), at(from + DAY_S))).collect();
    assert_eq!(late, [], "a day late");
}

#[test]
fn several_windows_each_have_their_own_usual_and_the_highest_score_is_told() {
    let yaml = "
kind: volume
selection: { a: b }
windows: [10m, 1d]
floor: 30
";
    let mut world = worked(yaml, 28);
    // 96 events, four every ten minutes: usual for ten minutes, never yet in a day.
    let spread: Vec<_> =
        (0..96).flat_map(|n| world.see(&event_at(MONDAY + 28 * DAY_S + n * 150))).collect();
    let Explanation::TooMany(of) = &spread[0].explanation else { panic!("of counts") };
    assert_eq!(of.window, Span::days(1));
}

#[test]
fn a_surge_over_the_organisation_is_seen_though_no_single_account_shows_it() {
    let yaml = format!("{VOLUME}entity: organisation\nminimum: {{ events: 20, days: 5 }}");
    let mut world = World::of(&yaml);
    let from_all = |world: &mut World, from: i64, accounts: i64| -> Vec<Finding> {
        let mut findings = Vec::new();
        for account in 0..accounts {
            let mut event = event_at(from + account);
            event.actor.id = Some(format!("account-{account}").into());
            findings.extend(world.see(&event));
        }
        findings
    };
    for day in 0..28 {
        for hour in 0..8 {
            let from = MONDAY + day * DAY_S + hour * HOUR_S;
            assert_eq!(from_all(&mut world, from, 20 + hour), []);
        }
    }
    let findings = from_all(&mut world, MONDAY + 28 * DAY_S, 60);
    assert_eq!(
        findings[0].explanation.to_string(),
        "41 files downloaded in 1 h; the organisation's 99.5th percentile over 30 days is 27"
    );
    assert_eq!(world.entities.len(), 1);
}

/// The state of the first window of the only entity.
fn state(world: &World) -> State {
    let entity = world.entities.values().next().expect("one");
    let slot = world.baselines.all()[0].windows()[0].slot;
    State::read(crate::baseline::slot::body(entity.bytes_of(slot)))
}
