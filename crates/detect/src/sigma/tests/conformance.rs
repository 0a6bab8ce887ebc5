//! What rules may rely on, as `docs/specs/detection.md` says it: a test for each row.

use event::{Actor, Target};
use proptest::prelude::*;

use super::support::{condition, event, hits, is_match, matcher};
use crate::sigma::View;

fn check(detection: &str, matching: &[&str], other: &[&str]) {
    for record in matching {
        assert!(is_match(detection, record), "{detection} should match {record}");
    }
    for record in other {
        assert!(!is_match(detection, record), "{detection} should not match {record}");
    }
}

#[test]
fn null_is_null_or_missing() {
    check(
        "{ it: { name: Delete, error: null }, condition: it }",
        &[r#"{"name":"Delete"}"#, r#"{"name":"Delete","error":null}"#],
        &[r#"{"name":"Delete","error":"Denied"}"#, r#"{"name":"Delete","error":""}"#],
    );
}

#[test]
fn null_among_other_values_is_null_or_missing_too() {
    check(
        "{ it: { name: Delete, error: [null, Throttled] }, condition: it }",
        &[
            r#"{"name":"Delete"}"#,
            r#"{"name":"Delete","error":null}"#,
            r#"{"name":"Delete","error":"throttled"}"#,
        ],
        &[r#"{"name":"Delete","error":"Denied"}"#],
    );
}

#[test]
fn a_value_within_a_list_matches() {
    check(
        "{ it: { roles: admin }, condition: it }",
        &[r#"{"roles":["user","admin"]}"#, r#"{"roles":[["admin"]]}"#, r#"{"roles":"admin"}"#],
        &[r#"{"roles":[]}"#, r#"{"roles":{"admin":1}}"#],
    );
}

#[test]
fn letters_match_in_any_case_unless_cased() {
    check(
        "{ it: { name|contains: Trail }, condition: it }",
        &[r#"{"name":"DELETETRAIL"}"#, r#"{"name":"a trail"}"#],
        &[r#"{"name":"tail"}"#],
    );
    check(
        "{ it: { name|contains|cased: Trail }, condition: it }",
        &[r#"{"name":"DeleteTrail"}"#],
        &[r#"{"name":"DELETETRAIL"}"#],
    );
    check(
        "{ it: { name: straße }, condition: it }",
        &[r#"{"name":"STRAßE"}"#],
        &[r#"{"name":"strasse"}"#],
    );
}

#[test]
fn a_truth_value_and_its_text_are_the_same() {
    check(
        "{ it: { mfa: 'true' }, condition: it }",
        &[r#"{"mfa":true}"#, r#"{"mfa":"true"}"#, r#"{"mfa":"True"}"#],
        &[r#"{"mfa":false}"#, r#"{"mfa":1}"#],
    );
    check(
        "{ it: { mfa: true }, condition: it }",
        &[r#"{"mfa":true}"#, r#"{"mfa":"true"}"#, r#"{"mfa":"yes"}"#, r#"{"mfa":"1"}"#],
        &[r#"{"mfa":"false"}"#, r#"{"mfa":1}"#],
    );
}

#[test]
fn an_object_has_no_text() {
    check(
        "{ it: { parameters|contains: admin }, condition: it }",
        &[r#"{"parameters":"admin"}"#],
        &[r#"{"parameters":{"role":"admin"}}"#],
    );
}

#[test]
fn not_a_selection_holds_where_its_field_is_missing() {
    check(
        "{ it: { name: x }, other: { kind: y }, condition: it and not other }",
        &[r#"{"name":"x"}"#, r#"{"name":"x","kind":"z"}"#],
        &[r#"{"name":"x","kind":"y"}"#],
    );
    check("{ other: { kind: y }, condition: not other }", &["{}"], &[r#"{"kind":"y"}"#]);
}

#[test]
fn not_equal_wants_the_field_to_be_there() {
    check(
        "{ it: { kind|neq: y }, condition: it }",
        &[r#"{"kind":"z"}"#],
        &["{}", r#"{"kind":"y"}"#],
    );
}

#[test]
fn a_path_through_a_list_may_be_met_by_different_members() {
    let record = r#"{"target":[{"type":"User","name":"bob"},{"type":"Group","name":"admins"}]}"#;
    let apart = "{ it: { target.type: User, target.name: admins }, condition: it }";
    assert!(is_match(apart, record));
    let together = |name: &str| {
        format!(
            "{{ sigma-version: 3, detection: {{ it: {{ 'target[any]': {{ type: User, name: {name} }} }}, condition: it }} }}"
        )
    };
    assert!(!is_match(&together("admins"), record));
    assert!(is_match(&together("bob"), record));
}

#[test]
fn every_member_may_be_wanted() {
    let all =
        "{ sigma-version: 3, detection: { it: { 'ips[all]|cidr': 10.0.0.0/8 }, condition: it } }";
    check(
        all,
        &[r#"{"ips":["10.1.1.1","10.2.2.2"]}"#],
        &[r#"{"ips":["10.1.1.1","8.8.8.8"]}"#, r#"{"ips":[]}"#],
    );
}

#[test]
fn a_member_is_picked_by_its_place_from_version_three_on() {
    let picked = "{ sigma-version: 3, detection: { it: { 'args[-1]': force }, condition: it } }";
    check(picked, &[r#"{"args":["a","force"]}"#], &[r#"{"args":["force","a"]}"#]);
    check(
        "{ it: { 'args[0]': force }, condition: it }",
        &[r#"{"args[0]":"force"}"#],
        &[r#"{"args":["force"]}"#],
    );
}

#[test]
fn a_key_with_dots_comes_before_a_path() {
    check(
        "{ it: { actor.name: mia }, condition: it }",
        &[r#"{"actor.name":"mia","actor":{"name":"tom"}}"#, r#"{"actor":{"name":"mia"}}"#],
        &[r#"{"actor.name":"tom","actor":{"name":"mia"}}"#],
    );
}

#[test]
fn numbers_are_compared_as_texts_by_texts_and_as_numbers_by_numbers() {
    check(
        "{ it: { port: '22' }, condition: it }",
        &[r#"{"port":22}"#, r#"{"port":"22"}"#],
        &[r#"{"port":"022"}"#],
    );
    check(
        "{ it: { port: 22 }, condition: it }",
        &[r#"{"port":22}"#, r#"{"port":"022"}"#],
        &[r#"{"port":221}"#],
    );
    check(
        "{ it: { port|startswith: 22 }, condition: it }",
        &[r#"{"port":221}"#],
        &[r#"{"port":122}"#],
    );
    check(
        "{ it: { port|gte: 1024 }, condition: it }",
        &[r#"{"port":1024}"#, r#"{"port":"2000"}"#],
        &[r#"{"port":80}"#, r#"{"port":"high"}"#],
    );
}

#[test]
fn numbers_beyond_53_bits_are_told_apart_as_texts_only() {
    let (one, next) = (r#"{"id":9007199254740993}"#, r#"{"id":9007199254740992}"#);
    check("{ it: { id: 9007199254740993 }, condition: it }", &[one, next], &[]);
    check("{ it: { id: '9007199254740993' }, condition: it }", &[one], &[next]);
}

#[test]
fn names_of_fields_are_in_their_own_case() {
    check(
        "{ it: { eventName: x }, condition: it }",
        &[r#"{"eventName":"X"}"#],
        &[r#"{"eventname":"x"}"#],
    );
}

#[test]
fn an_empty_text_is_not_null() {
    check(
        "{ it: { name: '' }, condition: it }",
        &[r#"{"name":""}"#],
        &[r#"{"name":null}"#, "{}", r#"{"name":"x"}"#],
    );
    check(
        "{ it: { name|exists: true }, condition: it }",
        &[r#"{"name":""}"#],
        &[r#"{"name":null}"#, "{}"],
    );
}

#[test]
fn them_passes_over_names_that_begin_with_an_underscore() {
    check(
        "{ one: { a: x }, _two: { b: y }, condition: all of them }",
        &[r#"{"a":"x"}"#],
        &[r#"{"b":"y"}"#],
    );
}

#[test]
fn the_deepest_record_that_is_taken_is_looked_into() {
    let levels = event::doc::DEPTH_MAX - 1;
    let record = format!("{}\"x\"{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    let path = vec!["a"; levels].join(".");
    assert!(is_match(&format!("{{ it: {{ {path}: x }}, condition: it }}"), &record));
    assert!(is_match("{ it: [x], condition: it }", &record));
}

#[test]
fn equal_keys_of_a_record_match_by_any_of_their_values() {
    let record = r#"{"name":"Describe","name":"Delete"}"#;
    check("{ it: { name: Delete }, condition: it }", &[record], &[]);
    check("{ it: { name: Describe }, condition: it }", &[record], &[]);
}

#[test]
fn a_name_is_looked_up_in_the_record_then_among_aliases_then_among_common_fields() {
    const ALIASES: &[(&str, &str)] = &[
        ("gcp.method", "payload.method"),
        ("gcp.method", "payload.methodName"),
        ("actor.id", "who.id"),
        ("status", "cs.outcome"),
    ];
    let of = |record: &str| {
        let mut event = event(record);
        event.actor = Actor { id: Some("common".into()), ..Actor::default() };
        event
    };
    let is_match = |detection: &str, record: &str| {
        !hits(&matcher(&[condition(detection)], ALIASES), &of(record)).is_empty()
    };
    let asks = |name: &str, value: &str| format!("{{ it: {{ {name}: {value} }}, condition: it }}");
    assert!(is_match(&asks("gcp.method", "x"), r#"{"payload":{"method":"x"}}"#));
    assert!(is_match(
        &asks("gcp.method", "y"),
        r#"{"payload":{"method":"x"},"gcp":{"method":"y"}}"#
    ));
    assert!(is_match(&asks("gcp.method", "z"), r#"{"payload":{"methodName":"z"}}"#));
    assert!(is_match(&asks("status", "unknown"), "{}"));
    assert!(is_match(&asks("status", "ok"), r#"{"status":"ok"}"#));
    assert!(is_match(&asks("actor.id", "own"), r#"{"actor":{"id":"own"},"who":{"id":"alias"}}"#));
    assert!(is_match(&asks("actor.id", "alias"), r#"{"who":{"id":"alias"}}"#));
    assert!(is_match(&asks("actor.id", "common"), "{}"));
    assert!(is_match(&asks("cs.actor.id", "common"), r#"{"actor":{"id":"own"}}"#));
    assert!(!is_match(&asks("cs.actor.id", "own"), r#"{"cs.actor.id":"own"}"#));
}

#[test]
fn a_common_field_with_several_values_matches_by_any() {
    let target = |name: &str| Target { name: Some(name.into()), ..Target::default() };
    let mut event = event("{}");
    event.targets = vec![target("one"), target("two")];
    let matcher = matcher(&[condition("{ it: { target.name: TWO }, condition: it }")], &[]);
    assert_eq!(hits(&matcher, &event), [0]);
    let view = View::of(&event, &[]);
    let names = rsigma_eval::Event::get_field(&view, "cs.target.name").expect("there");
    assert!(matches!(names, rsigma_eval::EventValue::Array(all) if all.len() == 2));
}

proptest! {
    /// A rule is found by what it asks for, whatever the letters of the event are.
    #[test]
    fn a_text_matches_itself_in_any_case(text in "\\PC{1,12}") {
        let quoted = serde_json::to_string(&text.replace(['*', '?', '\\'], "")).expect("JSON");
        let rule = format!("{{ it: {{ name: {quoted} }}, condition: it }}");
        let value: String = serde_json::from_str(&quoted).expect("JSON");
        let record = |text: &str| serde_json::json!({ "name": text }).to_string();
        prop_assert!(is_match(&rule, &record(&value)));
        prop_assert!(is_match(&rule, &record(&value.to_lowercase())));
    }
}

#[test]
fn a_pattern_that_would_backtrack_elsewhere_is_matched_in_one_walk() {
    let long = "a".repeat(100_000);
    let (good, bad) = (format!(r#"{{"x":"{long}"}}"#), format!(r#"{{"x":"{long}!"}}"#));
    for pattern in ["x|re: '^(a+)+$'", "x|re: '^(a|a)*$'", "x|re: '^(a|aa)+$'"] {
        check(&format!("{{ it: {{ {pattern} }}, condition: it }}"), &[&good], &[&bad]);
    }
    // Each star may end anywhere.
    let stars = format!("{{ it: {{ x: '{}b' }}, condition: it }}", "*a".repeat(30));
    let with_b = format!(r#"{{"x":"{long}b"}}"#);
    check(&stars, &[&with_b], &[&good, &bad]);
}
