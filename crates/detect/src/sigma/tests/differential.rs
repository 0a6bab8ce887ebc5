//! Ours beside the Sigma engine's own, over the same documents.

use proptest::{collection::vec, prelude::*, sample::select};
use rsigma_eval::{Event as _, EventValue, JsonEvent, evaluate_rule};
use serde_json::{Map, Value as Json, json};

use super::support::{condition, event, hits, matcher};
use crate::sigma::{Condition, View, lens::Lens, slot::SlotsBuilder};

const KEYS: [&str; 9] = ["a", "b", "c", "a.b", "b[0]", "a[b]", "", "A", "c.a.b"];

fn key() -> impl Strategy<Value = String> {
    select(&KEYS[..]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    let known = select(
        &[
            "x", "X", "xy", "yx", "5", "5.0", "true", "TRUE", "no", "", "ß", "ẞ", "ÄX", "äx", "*",
            "10.1.2.3", "ΟΔΟΣ", "οδος", "\u{212a}",
        ][..],
    );
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "\\PC{0,4}"]
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        5 => text().prop_map(Json::from),
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::from),
        1 => select(&[0_i64, 1, 5, -3, i64::MAX][..]).prop_map(Json::from),
        1 => select(&[5.0_f64, 0.5, -1.25e10, 1e300][..]).prop_map(Json::from),
        1 => Just(json!(u64::MAX)),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec((key(), inner), 0..4).prop_map(|entries| Json::Object(Map::from_iter(entries))),
        ]
    })
}

fn record() -> impl Strategy<Value = Json> {
    vec((key(), json()), 0..6).prop_map(|entries| Json::Object(Map::from_iter(entries)))
}

fn path() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => key(),
        2 => (key(), select(&["[0]", "[1]", "[-1]", "[0][0]", "[x]", "[", "\\[0\\]", "\\[b\\]", "[-9]"][..]))
            .prop_map(|(key, index)| format!("{key}{index}")),
    ];
    // The engine gives up a path that begins with a key with a bracket that is no index, where
    // there is no shorter key of that name, although it would find the key. We find it.
    let is_read_alike = |path: &String| {
        let begin = path.split('.').next().unwrap_or_default();
        !["[x", "[b", "[."].iter().any(|odd| begin.replace("\\[", "").contains(odd))
            && !begin.replace("\\[", "").ends_with('[')
    };
    vec(part, 1..4).prop_map(|parts| parts.join(".")).prop_filter("read alike", is_read_alike)
}

/// A key of a selection, without a list selector, and its value.
fn item() -> impl Strategy<Value = (String, Json)> {
    let name = prop_oneof![3 => key(), 1 => path()]
        .prop_filter("a name", |name| !name.is_empty() && !name.contains('|') && name != ".");
    let plain = (name.clone(), vec(scalar_wanted(), 1..4))
        .prop_map(|(name, values)| (name, one_or_list(values)));
    let modified = (
        name.clone(),
        select(
            &[
                "contains",
                "startswith",
                "endswith",
                "cased",
                "contains|cased",
                "neq",
                "re",
                "re|i",
                "windash|contains",
                "base64offset|contains",
            ][..],
        ),
        vec(text(), 1..4),
    )
        .prop_map(|(name, modifier, texts)| {
            let texts = texts.into_iter().map(|text| match modifier {
                "re" | "re|i" => Json::from(format!("^{}.*", regex_literal(&text))),
                _ => Json::from(text),
            });
            (format!("{name}|{modifier}"), one_or_list(texts.collect()))
        });
    let many_needles = (name.clone(), vec("[a-z]{1,2}", 9..12))
        .prop_map(|(name, texts)| (format!("{name}|contains"), Json::from(texts)));
    let all = (name.clone(), vec(text(), 2..4))
        .prop_map(|(name, texts)| (format!("{name}|contains|all"), Json::from(texts)));
    let number = (name.clone(), select(&["gt", "gte", "lt", "lte"][..]), -5_i64..10)
        .prop_map(|(name, modifier, number)| (format!("{name}|{modifier}"), Json::from(number)));
    let exists = (name.clone(), any::<bool>())
        .prop_map(|(name, yes)| (format!("{name}|exists"), Json::from(yes)));
    let cidr = name.clone().prop_map(|name| (format!("{name}|cidr"), json!("10.0.0.0/8")));
    let other = (name.clone(), name)
        .prop_map(|(name, other)| (format!("{name}|fieldref"), Json::from(other)));
    prop_oneof![6 => plain, 4 => modified, 1 => many_needles, 1 => all, 1 => number, 1 => exists, 1 => cidr, 1 => other]
}

fn regex_literal(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Null in a list of values is read otherwise by the engine; see the conformance tests.
fn scalar_wanted() -> impl Strategy<Value = Json> {
    prop_oneof![
        6 => text().prop_map(Json::from),
        1 => any::<bool>().prop_map(Json::from),
        1 => select(&[0_i64, 1, 5][..]).prop_map(Json::from),
    ]
}

fn one_or_list(mut values: Vec<Json>) -> Json {
    if values.len() == 1 { values.remove(0) } else { Json::from(values) }
}

fn selection() -> impl Strategy<Value = Json> {
    let map = vec(item(), 1..4).prop_map(|items| Json::Object(Map::from_iter(items))).boxed();
    let null =
        key().prop_filter("a name", |name| !name.is_empty()).prop_map(|name| json!({ name: null }));
    let words = vec("[a-zX]{1,2}", 1..3).prop_map(Json::from);
    let members = (key(), select(&["any", "all", "none", "all_or_empty"][..]), vec(item(), 1..3))
        .prop_filter("a name", |(name, _, _)| !name.is_empty() && !name.contains('['))
        .prop_map(|(name, quantifier, items)| {
            json!({ format!("{name}[{quantifier}]"): Map::from_iter(items) })
        });
    prop_oneof![
        6 => map.clone(),
        2 => vec(map, 1..3).prop_map(Json::from),
        1 => null,
        1 => words,
        2 => members,
    ]
}

fn rule() -> impl Strategy<Value = Json> {
    let conditions = [
        "one",
        "not one",
        "one and two",
        "one or two",
        "one and not two",
        "1 of them",
        "all of them",
        "2 of *",
        "not (one or two)",
        "1 of t* or one",
        "all of one*",
    ];
    (selection(), selection(), select(conditions.to_vec()), select(&[2, 3][..])).prop_map(
        |(one, two, condition, version)| {
            json!({ "sigma-version": version, "detection": { "one": one, "two": two, "condition": condition } })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_field_is_found_as_the_engine_finds_it(record in record(), path in path()) {
        let event = event(&record.to_string());
        let engine = JsonEvent::borrow(&record);
        let theirs = engine.get_field(&path);
        let view = View::of(&event, &[]);
        prop_assert_eq!(&view.get_field(&path), &theirs, "{}", path);
        let mut slots = SlotsBuilder::new(&[]);
        let slot = slots.add(&path);
        let slots = slots.build();
        let lens = Lens::over(&event, &slots);
        prop_assert_eq!(&lens.value(slot).to_event_value(), &theirs, "{}", path);
        let view = lens.view();
        prop_assert_eq!(&view.get_field(&path), &theirs, "{}", path);
    }

    #[test]
    fn an_event_reads_as_the_engines_own(record in record()) {
        let event = event(&record.to_string());
        let (ours, theirs) = (View::of(&event, &[]), JsonEvent::borrow(&record));
        // Numbers beyond 63 bits keep no more digits here than the engine looks at.
        let (one, other) = (ours.to_json(), theirs.to_json());
        prop_assert_eq!(EventValue::from(&one), EventValue::from(&other));
        let (mut one, mut other) = (ours.all_string_values(), theirs.all_string_values());
        one.sort();
        other.sort();
        prop_assert_eq!(one, other);
        for text in ["x", "true", ""] {
            let is_it = |it: &str| it == text;
            prop_assert_eq!(ours.any_string_value(&is_it), theirs.any_string_value(&is_it));
        }
    }

    #[test]
    fn rules_match_what_the_engine_matches(
        rules in vec(rule(), 1..12),
        records in vec(record(), 1..8),
    ) {
        let readable = |rule: &Json| super::support::read(&rule.to_string()).ok();
        let conditions: Vec<Condition> = rules.iter().filter_map(readable).collect();
        let matcher = matcher(&conditions, &[]);
        for record in &records {
            let ours = hits(&matcher, &event(&record.to_string()));
            let json = JsonEvent::borrow(record);
            let theirs: Vec<u32> = (0..).zip(&conditions)
                .filter(|(_, it)| evaluate_rule(it.compiled(), &json).is_some())
                .map(|(number, _)| number)
                .collect();
            prop_assert_eq!(ours, theirs, "{} over {:?}", record, rules);
        }
    }
}

#[test]
fn most_of_the_rules_that_are_made_up_can_be_read() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let is_readable = |_| {
        let rule = rule().new_tree(&mut runner).expect("a rule").current();
        super::support::read(&rule.to_string()).is_ok()
    };
    let readable = (0..500).map(is_readable).filter(|it| *it).count();
    assert!(readable > 350, "{readable}");
    let _used = condition("{ a: { b: c }, condition: a }");
}
