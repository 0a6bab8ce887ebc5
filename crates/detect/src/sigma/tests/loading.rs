//! What cannot be read is told, all of it, and where.

use super::support::{is_match, public_rules, read, read_with};
use crate::sigma::{Lists, load::PATTERN_BYTES_MAX};

/// Each problem is named by the end of its path and a part of its text.
fn check(detection: &str, expected: &[(&str, &str)]) {
    let Err(problems) = read(detection) else { panic!("{detection} was read") };
    for (path, text) in expected {
        let is_it =
            |it: &&content::FileProblem| it.path.ends_with(path) && it.to_string().contains(text);
        assert!(problems.iter().any(|it| is_it(&it)), "{path}: {text}: {problems:?}");
    }
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
}

#[test]
fn every_problem_of_a_detection_is_told_at_once() {
    check(
        "{ it: { a|contians: x, b|not: y, cs.actr.id: z }, other: {}, list: [], timeframe: 5m, condition: it }",
        &[
            ("it.a|contians", "did you mean `contains`"),
            ("it.b|not", "say it in the condition"),
            ("it.cs.actr.id", "did you mean `cs.actor.id`"),
            ("detection.other", "match everything"),
            ("detection.list", "match nothing"),
            ("detection.timeframe", "correlation"),
        ],
    );
    check(
        "{ it: { a|re: '(?=x)', b|re|contains: y, c|cidr: 10.0.0, d|all|contains: z }, nil: { e|gt: many }, condition: it or nil }",
        &[
            ("it.a", "look-around"),
            ("it.b", "at most one operator"),
            ("it.c", "CIDR"),
            ("it.d", "more than one value"),
            ("nil.e", "numeric"),
        ],
    );
}

#[test]
fn a_condition_speaks_of_selections_that_are_there() {
    check(
        "{ selection: { a: x }, condition: selektion and not 1 of filter_* }",
        &[("condition", "did you mean `selection`"), ("condition", "`filter_*`")],
    );
    check("{ selection: { a: x } }", &[("condition", "is missing")]);
    check(
        "{ selection: { a: x }, condition: 'selection and (' }",
        &[("detection", "Condition parse error")],
    );
    check(
        "{ selection: { a: x }, condition: 'selection | count() > 5' }",
        &[("detection", "Condition")],
    );
}

#[test]
fn a_placeholder_stands_for_its_list_or_is_a_problem() {
    let rule = "{ it: { who|expand: ['%admins%', 'x-%admins%'] }, condition: it }";
    check(rule, &[("it.who|expand", "`%admins%`"), ("it.who|expand", "`%admins%`")]);
    let lists: Lists = [("admins".to_owned(), vec!["mia".to_owned(), "t*m".to_owned()])].into();
    let ready = read_with(rule, &lists).expect("a condition");
    let wanted = super::support::matcher(&[ready], &[]);
    let is_match = |who: &str| {
        let record = format!(r#"{{"who":"{who}"}}"#);
        !super::support::hits(&wanted, &super::support::event(&record)).is_empty()
    };
    assert!(is_match("Mia") && is_match("x-mia") && is_match("t*m"));
    assert!(!is_match("tim") && !is_match("%admins%") && !is_match("y-mia"));
}

#[test]
fn what_would_take_too_long_is_refused() {
    let long = "a".repeat(PATTERN_BYTES_MAX + 1);
    check(&format!("{{ it: {{ a|re: {long} }}, condition: it }}"), &[("it.a|re", "bytes")]);
    check("{ it: { a|re: '(a{1000}){1000}' }, condition: it }", &[("it.a", "size")]);
    let deep = format!("{}{{ a: b }}{}", "[".repeat(40), "]".repeat(40));
    check(&format!("{{ it: {deep}, condition: it }}"), &[("", "nests deeper")]);
}

#[test]
fn a_newer_version_of_the_language_is_refused() {
    check(
        "{ sigma-version: 4, detection: { it: { a: x }, condition: it } }",
        &[("sigma-version", "at most 3")],
    );
    assert!(is_match(
        "{ sigma-version: '2.1', detection: { it: { a: x }, condition: it } }",
        r#"{"a":"x"}"#
    ));
}

#[test]
fn a_list_of_nothing_is_a_problem() {
    check("{ it: { a: [] }, condition: it }", &[("it.a", "empty list")]);
}

#[test]
fn every_rule_of_the_public_set_reads_as_the_engine_reads_it() {
    let Some(all) = public_rules() else { return };
    let mut read_well = 0;
    for (_, text) in all {
        let theirs = rsigma_parser::parse_sigma_yaml(&text).expect("YAML");
        let ours = read(&text);
        let Ok(ours) = ours else {
            assert!(text.contains("|expand"), "{:?}: {text}", ours.err());
            continue;
        };
        assert_eq!(ours.detections().named, theirs.rules[0].detection.named, "{text}");
        assert_eq!(ours.detections().conditions, theirs.rules[0].detection.conditions, "{text}");
        read_well += 1;
    }
    assert!(read_well > 200, "{read_well}");
}
