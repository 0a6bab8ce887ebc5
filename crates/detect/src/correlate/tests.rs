//! Windows beside the Sigma engine's own, and what theirs do not have.

use proptest::prelude::*;
use rsigma_eval::{CorrelationConfig, CorrelationEngine, JsonEvent, TimestampFallback};
use serde_json::json;

use super::{
    group::{ENTRIES_MAX, Entry},
    plan::Plan,
    windows::{GROUPS_MAX, Windows},
};
use crate::{digest::Digest, rule::Correlation};

fn correlation(section: &str) -> Correlation {
    let value: serde_norway::Value = serde_norway::from_str(section).expect("YAML");
    let mut problems = content::Problems::of("c.yml");
    let read = crate::rule::correlation::read(&value, None, &mut problems);
    assert!(problems.is_empty(), "{section}: {problems:?}");
    read.expect("a correlation")
}

fn plan(section: &str) -> Plan {
    Plan::of(&correlation(section))
}

fn entry(time: u32, part: u16, value: u64) -> Entry {
    Entry { time, part, value, actor: 1 }
}

/// At which of the entries a window is as wanted, and its number.
fn reached(plan: &Plan, entries: &[(u32, u16, u64)], lateness_s: u32) -> Vec<(usize, f64)> {
    let mut windows = Windows::default();
    let take = |(at, (time, part, value)): (usize, &(u32, u16, u64))| {
        let reached = windows.take(7, entry(*time, *part, *value), plan, lateness_s);
        reached.map(|reached| (at, reached.number))
    };
    entries.iter().enumerate().filter_map(take).collect()
}

const COUNT: &str = "{ type: event_count, rules: [a], timespan: 10s, condition: { gte: 3 } }";

#[test]
fn a_window_slides_with_the_events() {
    let plan = plan(COUNT);
    let times =
        |times: &[u32]| -> Vec<(u32, u16, u64)> { times.iter().map(|it| (*it, 0, 0)).collect() };
    assert_eq!(reached(&plan, &times(&[100, 105, 110, 111, 121]), 0), [(2, 3.0), (3, 3.0)]);
    assert_eq!(reached(&plan, &times(&[100, 105, 116, 120]), 0), []);
}

#[test]
fn a_late_event_counts_in_the_window_of_its_time() {
    let plan = plan(COUNT);
    let entries = [(100, 0, 0), (108, 0, 0), (130, 0, 0), (104, 0, 0)];
    assert_eq!(reached(&plan, &entries, 60), [(3, 3.0)]);
    assert_eq!(reached(&plan, &entries, 5), [], "what came before was dropped already");
    let between = [(100, 0, 0), (130, 0, 0), (115, 0, 0), (120, 0, 0)];
    assert_eq!(reached(&plan, &between, 60), [], "no ten seconds hold three of them");
}

#[test]
fn rules_match_in_order_by_the_time_of_events_not_of_arrival() {
    let ordered =
        plan("{ type: temporal_ordered, rules: [a, b, c], timespan: 10s, group-by: [x] }");
    assert_eq!(reached(&ordered, &[(1, 0, 0), (2, 1, 0), (3, 2, 0)], 0).len(), 1);
    assert_eq!(reached(&ordered, &[(1, 0, 0), (3, 2, 0), (2, 1, 0)], 60), [(2, 3.0)]);
    assert_eq!(reached(&ordered, &[(1, 1, 0), (2, 0, 0), (3, 2, 0)], 60), []);
    assert_eq!(reached(&ordered, &[(5, 2, 0), (5, 1, 0), (5, 0, 0)], 60), [(2, 3.0)]);
}

#[test]
fn all_rules_must_match_unless_said_otherwise() {
    let temporal = |condition: &str| {
        plan(&format!("{{ type: temporal, rules: [a, b, c], timespan: 10s{condition} }}"))
    };
    let all = temporal("");
    assert_eq!(reached(&all, &[(1, 0, 0), (2, 1, 0)], 0), []);
    assert_eq!(reached(&all, &[(1, 0, 0), (2, 1, 0), (3, 2, 0)], 0), [(2, 3.0)]);
    let two = temporal(", condition: { gte: 2 }");
    assert_eq!(reached(&two, &[(1, 0, 0), (2, 2, 0)], 0), [(1, 2.0)]);
    let expr = temporal(", condition: a and not b");
    assert_eq!(reached(&expr, &[(1, 0, 0), (2, 1, 0)], 0), [(0, 1.0)]);
}

#[test]
fn a_percentile_is_compared_with_what_is_wanted() {
    let plan = plan(
        "{ type: value_percentile, rules: [a], timespan: 10s, condition: { field: x, percentile: 75, gt: 3 } }",
    );
    let number = |number: f64| number.to_bits();
    let entries =
        [(1, 0, number(1.0)), (2, 0, number(2.0)), (3, 0, number(3.0)), (4, 0, number(9.0))];
    assert_eq!(reached(&plan, &entries, 0), [(3, 4.5)]);
}

#[test]
fn a_window_is_about_somebody_only_if_all_of_it_is() {
    let plan = plan(COUNT);
    let by = |actors: [u64; 3]| {
        let mut windows = Windows::default();
        let entries = actors.into_iter().zip(100..);
        let each = entries.map(|(actor, time)| Entry { actor, ..entry(time, 0, 0) });
        each.filter_map(|it| windows.take(7, it, &plan, 0)).last().expect("reached").actor
    };
    assert_eq!(by([5, 5, 5]), Some(5));
    assert_eq!(by([5, 6, 5]), None);
    assert_eq!(by([0, 0, 0]), None);
}

#[test]
fn a_flood_of_groups_and_of_events_is_held_and_counted() {
    let plan = plan(COUNT);
    let mut windows = Windows::default();
    for group in 0..GROUPS_MAX as u128 + 10 {
        windows.take(group, entry(1_000, 0, 0), &plan, 0);
    }
    assert!(windows.size().0 <= GROUPS_MAX && windows.shed.groups > 0);
    let long =
        self::plan("{ type: event_count, rules: [a], timespan: 1d, condition: { gte: 90000 } }");
    let mut windows = Windows::default();
    for at in 0..ENTRIES_MAX as u32 + 10 {
        windows.take(1, entry(1_000 + at, 0, 0), &long, 0);
    }
    assert_eq!((windows.size(), windows.shed.entries), ((1, ENTRIES_MAX), 10));
}

#[test]
fn what_has_passed_is_swept_out() {
    let plan = plan(COUNT);
    let mut windows = Windows::default();
    for group in 0..1_000 {
        windows.take(group, entry(1_000, 0, 0), &plan, 0);
    }
    windows.take(5_000, entry(2_000, 0, 0), &plan, 0);
    assert_eq!(windows.size(), (1, 1));
}

/// The Sigma engine over one rule and one correlation, and what it finds of every event.
fn theirs(section: &str, entries: &[(u32, u16, u64)], parts: usize) -> Vec<(usize, f64)> {
    let rules: String = (0..parts)
        .map(|part| {
            format!(
                "title: r{part}\nid: r{part}\nname: r{part}\ndetection: {{ s: {{ part: {part} }}, condition: s }}\n---\n"
            )
        })
        .collect();
    let text = format!("{rules}title: c\nid: c\ncorrelation: {section}\n");
    let collection = rsigma_parser::parse_sigma_yaml(&text).expect("YAML");
    assert!(collection.errors.is_empty(), "{:?}", collection.errors);
    let mut engine = CorrelationEngine::new(CorrelationConfig {
        timestamp_fallback: TimestampFallback::Skip,
        ..CorrelationConfig::default()
    });
    engine.add_collection(&collection).expect("rules");
    let mut all = Vec::new();
    for (at, (time, part, value)) in entries.iter().enumerate() {
        let record = json!({ "part": part, "v": value });
        let results = engine.process_event_at(&JsonEvent::borrow(&record), i64::from(*time));
        let number = results.iter().find_map(|it| Some(it.as_correlation()?.aggregated_value));
        all.extend(number.map(|number| (at, number)));
    }
    all
}

fn in_order() -> impl Strategy<Value = Vec<(u32, u16, u64)>> {
    let step = (0_u32..8, 0_u16..3, 0_u64..4);
    proptest::collection::vec(step, 1..40).prop_map(|steps| {
        let mut time = 1_000;
        steps
            .into_iter()
            .map(|(step, part, value)| {
                time += step;
                (time, part, value)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn events_in_order_are_counted_as_the_engine_counts_them(
        entries in in_order(),
        kind in proptest::sample::select(vec![
            "type: event_count, condition: { gte: 3 }",
            "type: event_count, condition: { gt: 2, lt: 6 }",
            "type: value_count, condition: { field: v, gte: 3 }",
            "type: value_sum, condition: { field: v, gt: 6 }",
            "type: value_avg, condition: { field: v, gte: 2 }",
            "type: value_median, condition: { field: v, gte: 2 }",
            "type: temporal, condition: { gte: 3 }",
            "type: temporal, condition: r0 and r1 and not r2",
            "type: temporal_ordered",
        ]),
    ) {
        let section = format!("{{ {kind}, rules: [r0, r1, r2], timespan: 10s }}");
        let plan = plan(&section);
        let is_numeric = plan.correlation().kind.is_numeric();
        let coded: Vec<(u32, u16, u64)> = entries.iter().map(|(time, part, value)| {
            let value = if is_numeric { (*value as f64).to_bits() } else { *value };
            (*time, *part, value)
        }).collect();
        prop_assert_eq!(reached(&plan, &coded, 0), theirs(&section, &entries, 3));
    }

    /// Whatever the order of arrival, the same windows are found as by looking at all of them.
    #[test]
    fn in_whatever_order_events_come_a_window_is_found_when_its_last_event_comes(
        entries in in_order(),
        order in any::<u64>(),
        kind in proptest::sample::select(vec![
            "type: event_count, condition: { gte: 4 }",
            "type: value_count, condition: { field: v, gte: 3 }",
            "type: temporal",
            "type: temporal_ordered",
        ]),
    ) {
        let plan = plan(&format!("{{ {kind}, rules: [r0, r1, r2], timespan: 10s }}"));
        let mut shuffled = entries.clone();
        shuffled.sort_by_key(|(time, part, value)| {
            Digest::of("order").number(order).number((*time).into()).number((*part).into()).number(*value).finish()
        });
        let any_sorted = !reached(&plan, &entries, 1_000).is_empty();
        let any_shuffled = !reached(&plan, &shuffled, 1_000).is_empty();
        prop_assert_eq!(any_sorted, any_shuffled);
    }

    #[test]
    fn a_state_goes_on_from_its_bytes(entries in in_order(), cut in any::<proptest::sample::Index>()) {
        let plan = plan("{ type: value_count, rules: [r0, r1, r2], timespan: 10s, condition: { field: v, gte: 3 } }");
        let cut = cut.index(entries.len());
        let mut whole = Windows::default();
        let mut first = Windows::default();
        for (time, part, value) in &entries[..cut] {
            let entry = entry(*time, *part, *value);
            whole.take(u128::from(*part), entry, &plan, 5);
            first.take(u128::from(*part), entry, &plan, 5);
        }
        let bytes = first.to_bytes(9);
        prop_assert_eq!(Windows::from_bytes(&bytes, 8), None);
        prop_assert_eq!(Windows::from_bytes(&bytes[..bytes.len() - 1], 9), None);
        let mut second = Windows::from_bytes(&bytes, 9).expect("as it was written");
        for (time, part, value) in &entries[cut..] {
            let entry = entry(*time, *part, *value);
            let key = u128::from(*part);
            prop_assert_eq!(whole.take(key, entry, &plan, 5), second.take(key, entry, &plan, 5));
        }
        prop_assert_eq!(whole, second);
    }

    #[test]
    fn any_bytes_are_a_state_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Windows::from_bytes(&bytes, 0);
    }
}
