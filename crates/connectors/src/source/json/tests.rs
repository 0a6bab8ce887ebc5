use model::FactValue;
use serde_json::json;

use super::*;
use crate::source::limits;

fn one(record: Value) -> AlertDraft {
    let mut read = JsonMap.map(&record);
    assert_eq!(read.len(), 1);
    read.remove(0).expect("an alert")
}

fn problems(draft: &AlertDraft) -> Vec<(&str, &str)> {
    draft.problems.iter().map(|each| (each.path.as_str(), each.text.as_str())).collect()
}

#[test]
fn a_whole_alert_is_read_without_a_problem() {
    let draft = one(json!({
        "id": "a-1", "rule": "aws-root-login", "title": "Root signed in", "description": "Why",
        "severity": "high", "time": "2026-11-21T03:04:05Z", "person": "mia@example.com",
        "url": "https://siem.example.com/a/1",
        "facts": {"ip": "203.0.113.7", "action": "ConsoleLogin", "mfa": null, "tries": 3}
    }));
    assert_eq!(problems(&draft), []);
    assert_eq!(draft.external_id.as_deref(), Some("a-1"));
    assert_eq!((draft.rule.as_str(), draft.title.as_str()), ("aws-root-login", "Root signed in"));
    assert_eq!((draft.severity, draft.description.as_str()), (Severity::High, "Why"));
    assert_eq!(draft.time, "2026-11-21T03:04:05Z".parse().ok());
    assert_eq!(draft.person, Some("mia@example.com".into()));
    assert_eq!(draft.url.as_deref(), Some("https://siem.example.com/a/1"));
    assert_eq!(draft.facts.get("mfa"), Some(&FactValue::Null), "null differs from absent");
    assert_eq!(draft.facts.get("tries"), Some(&FactValue::Int(3)));
    assert!(!draft.facts.contains_key("country"));
}

#[test]
fn one_bad_record_never_costs_its_neighbours() {
    let body = json!([{"title": "first"}, 7, {"severity": "high"}, null, {"title": "last"}]);
    let read = JsonMap.map(&body);
    let is_read: Vec<_> = read.iter().map(Result::is_ok).collect();
    assert_eq!(is_read, [true, false, false, false, true]);
    assert!(read[2].as_ref().is_err_and(|bad| bad.problem.contains("`rule`")));
}

#[test]
fn a_bad_field_is_a_problem_and_not_a_lost_alert() {
    for (field, value, path, what) in [
        ("severity", json!("dire"), "severity", "unknown severity, read as medium"),
        ("severity", json!(9), "severity", "not a text, ignored"),
        ("severity", json!("x".repeat(100_000)), "severity", "no known severity, read as medium"),
        ("time", json!("yesterday"), "time", "not a time"),
        ("time", json!("2026-11-21T03:04:05"), "time", "not a time"),
        ("time", json!(1_795_000_000), "time", "not a text, ignored"),
        ("person", json!(["mia"]), "person", "not a text, ignored"),
        ("person", json!("  "), "person", "empty, ignored"),
        ("person", json!("m".repeat(321)), "person", "read as nobody"),
        ("url", json!("javascript:alert(1)"), "url", "not an http or https address"),
        ("url", json!("/a/1"), "url", "not an http or https address"),
        ("facts", json!([1]), "facts", "not an object, ignored"),
        ("title", json!({"a": 1}), "title", "not a text, ignored"),
        ("sevrity", json!("high"), "sevrity", "unknown field"),
        ("id", json!("i\0d"), "id", "NUL"),
    ] {
        let mut record = json!({"rule": "r", "title": "t", "severity": "low"});
        record[field] = value;
        let draft = one(record);
        let found = problems(&draft).iter().any(|(at, text)| *at == path && text.contains(what));
        assert!(found, "{field}: {:?}", problems(&draft));
    }
}

#[test]
fn the_words_of_other_tools_for_severities_are_understood() {
    for (word, severity) in [
        ("informational", Severity::Info),
        ("warning", Severity::Medium),
        ("error", Severity::High),
        ("page", Severity::High),
        ("CRITICAL", Severity::Critical),
    ] {
        let draft = one(json!({"rule": "r", "title": "t", "severity": word}));
        assert_eq!((draft.severity, problems(&draft)), (severity, vec![]), "{word}");
    }
}

#[test]
fn nested_facts_become_dotted_names_to_a_depth() {
    let mut deep = json!({"end": 1});
    for _ in 0..12 {
        deep = json!({ "in": deep });
    }
    let draft = one(json!({"title": "t", "facts": {
        "a": {"b": {"c": true}, "list": [1, "two", null, {"x": 1}]}, "a.b.c": "shadow",
        "empty": {}, "deep": deep, "big": 18_446_744_073_709_551_615_u64, "half": 0.5, "": 1
    }}));
    let fact = |name: &str| draft.facts.get(name).map(FactValue::canonical);
    assert_eq!(fact("a.b.c"), Some("btrue".to_owned()), "the first of two of a name is kept");
    assert_eq!(fact("a.list"), Some("l4:i1t3:twont7:{\"x\":1}".to_owned()));
    assert_eq!(fact("big"), Some("t20:18446744073709551615".to_owned()));
    assert_eq!(fact("half"), Some("f0.5".to_owned()));
    assert!(fact("deep.in.in.in.in.in.in.in").is_some_and(|text| text.contains("end")));
    let paths: Vec<_> = draft.problems.iter().map(|each| each.path.as_str()).collect();
    assert!(paths.contains(&"facts.a.b.c") && paths.contains(&"facts"), "{paths:?}");
}

#[test]
fn every_text_and_count_has_its_limit() {
    let flood = "é".repeat(50_000);
    let many: Map<String, Value> = (0..500).map(|n| (format!("f{n:03}"), json!("v"))).collect();
    let long: Map<String, Value> =
        ["a", "b"].iter().map(|tail| (format!("{flood}{tail}"), json!(flood))).collect();
    let list = json!({"list": vec![flood.clone(); 500], "numbers": vec![1; 500]});

    let draft = one(json!({"id": flood, "rule": flood, "title": flood, "description": flood,
        "url": format!("https://example.com/{flood}"), "facts": many}));
    assert!(draft.external_id.is_some_and(|id| id.len() <= limits::EXTERNAL_ID_BYTES));
    assert!(draft.rule.len() <= limits::RULE_BYTES);
    assert!(draft.title.len() <= limits::TITLE_BYTES && draft.title.ends_with('…'));
    assert!(draft.description.len() <= limits::DESCRIPTION_BYTES);
    assert_eq!(draft.url, None);
    assert_eq!(draft.facts.len(), limits::FACTS);

    let draft = one(json!({"title": "t", "facts": long}));
    assert_eq!(draft.facts.len(), 2, "two long names of one beginning stay apart");
    assert!(draft.facts.keys().all(|key| key.len() <= limits::FACT_KEY_BYTES));
    for value in draft.facts.values() {
        assert!(value.shown().len() <= limits::FACT_VALUE_BYTES);
    }

    let draft = one(json!({"title": "t", "facts": list}));
    for value in draft.facts.values() {
        let FactValue::List(items) = value else { panic!("a list") };
        assert!(items.len() <= limits::FACT_LIST_ITEMS);
        let text_bytes: usize = items.iter().map(|item| item.shown().len()).sum();
        assert!(text_bytes <= limits::FACT_VALUE_BYTES);
    }
}

#[test]
fn problems_are_counted_beyond_their_limit_and_never_hold_a_value() {
    let fields: Map<String, Value> =
        (0..1_000).map(|n| (format!("x{n}"), json!("hunter2"))).collect();
    let mut record = Value::Object(fields);
    record["title"] = json!("t");
    let draft = one(record);
    assert_eq!(draft.problems.len(), limits::PROBLEMS + 1);
    let last = draft.problems.last().expect("a last one");
    assert!(last.text.ends_with("more problems are not listed"), "{last:?}");
    assert!(!format!("{:?}", draft.problems).contains("hunter2"));
}

#[test]
fn an_id_too_long_to_keep_still_tells_two_alerts_apart() {
    let id = |tail: &str| {
        one(json!({"title": "t", "id": format!("{}{tail}", "x".repeat(300))})).external_id
    };
    assert_eq!(id("a"), id("a"));
    assert_ne!(id("a"), id("b"));
    assert_eq!(one(json!({"title": "t", "id": 42})).external_id.as_deref(), Some("42"));
    assert_eq!(one(json!({"title": "t", "id": null})).external_id, None);
}

#[test]
fn hostile_text_is_kept_as_it_came_but_for_nul() {
    let hostile = "<script>@channel\u{202e}\u{7}*x*\r\n</script>";
    let draft = one(json!({"title": hostile, "facts": {"note": format!("\0{hostile}")}}));
    assert_eq!(draft.title, hostile);
    assert_eq!(draft.facts.get("note"), Some(&FactValue::from(hostile)));
}
