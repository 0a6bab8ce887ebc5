use proptest::prelude::*;

use super::*;
use crate::Doc;

const ENVELOPES: &[Envelope] = &[&["Records"], &["data", "events"]];

fn split<'b>(body: &'b [u8], envelopes: &[Envelope]) -> Result<Vec<&'b str>, SplitError> {
    let found = records(body, envelopes, 10)?;
    Ok(found.into_iter().map(|range| str::from_utf8(&body[range]).expect("UTF-8")).collect())
}

fn check(body: &str, records: &[&str]) {
    assert_eq!(split(body.as_bytes(), ENVELOPES).as_deref(), Ok(records), "{body:?}");
}

#[test]
fn every_frame_gives_the_records_in_it() {
    let two = [r#"{"a":"},{"}"#, r#"{"b":[{"c":"\"]"}]}"#];
    let [a, b] = two;
    for body in [
        format!("[{a},{b}]"),
        format!(" [ {a} ,\n{b}\t]\r\n"),
        format!("{a}\n{b}"),
        format!("\u{feff}{a}\r\n\r\n  \n\u{feff}{b}\r\n"),
        format!("{a}{b}"),
        format!("{a} {b}\n"),
        format!("[{a}][{b}]"),
        format!("{a}\n[{b}]\n"),
        format!(r#"{{"Records":[{a},{b}]}}"#),
        format!(r#"{{ "x" : {{"Records":[1]}}, "Records" : [ {a} , {b} ] , "y" : [] }}"#),
        format!(r#"{{"data":{{"z":"","events":[{a},{b}]}},"n":1}}"#),
        format!("{{\"Records\":[{a}]}}\n{{\"Records\":[{b}]}}\n"),
        format!("{{\"Records\":[{a}]}}{{\"Records\":[{b}]}}"),
        format!(r#"[{{"Records":[{a}]}},{{"Records":[{b}]}}]"#),
        format!(r#"{{"Records":[{a}],"Records":[{b}]}}"#),
        format!(r#"{{"\u0052ecords":[{a},{b}]}}"#),
    ] {
        check(&body, &two);
    }
    let pretty = "{\n  \"a\": [\n    1\n  ]\n}";
    check(pretty, &[pretty]);
    check(&format!("{pretty}\n{pretty}\n"), &[pretty, pretty]);
}

#[test]
fn what_only_looks_like_an_envelope_is_a_record() {
    for body in [
        r#"{"Records":{}}"#,
        r#"{"records":[{}]}"#,
        r#"{"data":[{"events":[{}]}]}"#,
        r#"{"data":{"data":{"events":[{}]}}}"#,
        r#"{"a":{"Records":[{}]}}"#,
        r#"{"data.events":[{}]}"#,
    ] {
        check(body, &[body]);
    }
    assert_eq!(split(br#"{"Records":[{}]}"#, &[]), Ok(vec![r#"{"Records":[{}]}"#]));
}

#[test]
fn a_body_of_nothing_has_no_records() {
    for body in ["", " \r\n\n", "\u{feff}", "[]", " [ ] ", r#"{"Records":[]}"#] {
        check(body, &[]);
    }
}

#[test]
fn a_broken_record_costs_only_itself() {
    for (body, records) in [
        ("{\"a\":1}\n{\"b\":\n{\"c\":3}\n", &["{\"a\":1}", "{\"b\":", "{\"c\":3}"][..]),
        ("{\"a\":\n{\"b\":2}\n", &["{\"a\":", "{\"b\":2}"]),
        ("\"a\":1}\n{\"b\":2}\n", &["\"a\":1}", "{\"b\":2}"]),
        ("{\"a\":1}\nplain words\n\n7\n", &["{\"a\":1}", "plain words", "7"]),
        ("[{\"a\":1},{\"b\":},,7]", &["{\"a\":1}", "{\"b\":}", "", "7"]),
        ("{\"a\":1}}{\"b\":2}", &["{\"a\":1}", "}", "{\"b\":2}"]),
        ("{\"a\":1}{\"b\":2}{\"c\":[", &["{\"a\":1}", "{\"b\":2}", "{\"c\":["]),
        (
            "{\"Records\":[{\"a\":1}]}\n{\"Records\":[{\"b\":2}\n{\"Records\":[{\"c\":3}]}",
            &["{\"a\":1}", "{\"Records\":[{\"b\":2}", "{\"c\":3}"],
        ),
    ] {
        check(body, records);
    }
}

#[test]
fn a_broken_frame_costs_the_body() {
    for (body, error) in [
        ("<html><body>{</body></html>", SplitError::NotJson),
        ("<style>\np {\n}\n</style>", SplitError::NotJson),
        ("[{\"a\":1},{\"b\":2}", SplitError::NotJson),
        ("[{\"a\":1}}", SplitError::NotJson),
        ("{\"a\":\"", SplitError::NotJson),
        ("{\"a\":\"\\", SplitError::NotJson),
        ("{", SplitError::NotJson),
        ("hello", SplitError::NotJson),
        ("7", SplitError::Shape),
        ("\"{}\"", SplitError::Shape),
        ("null", SplitError::Shape),
    ] {
        assert_eq!(split(body.as_bytes(), ENVELOPES), Err(error), "{body:?}");
    }
    assert_eq!(split(b"{\0\"\0a\0", ENVELOPES), Err(SplitError::NotJson));
}

#[test]
fn ten_thousand_levels_cost_no_stack_and_among_others_only_their_record() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let object = format!("{{\"a\":{deep}}}");
    for body in [&deep, &object, &format!("[{object}]"), &format!("{{\"Records\":[{deep}]}}")] {
        assert_eq!(split(body.as_bytes(), ENVELOPES), Err(SplitError::TooDeep));
    }
    check(&format!("[{{}},{object}]"), &["{}", &object]);
    check(&format!("{object}\n{{}}\n"), &[&object, "{}"]);
    let keys = "{\"data\":".repeat(10_000);
    assert_eq!(split(keys.as_bytes(), ENVELOPES), Err(SplitError::NotJson));
}

#[test]
fn more_records_than_wanted_end_the_walk() {
    for (first, between, last) in
        [("[", ",", "]"), ("", "\n", ""), ("", "", ""), ("{\"Records\":[", ",", "]}")]
    {
        let body = |count| format!("{first}{}{last}", vec!["{}"; count].join(between));
        assert_eq!(split(body(10).as_bytes(), ENVELOPES).map(|all| all.len()), Ok(10));
        assert_eq!(split(body(11).as_bytes(), ENVELOPES), Err(SplitError::TooMany));
    }
}

#[test]
fn many_broken_lines_are_walked_over_once() {
    let body = "{\"Records\":[{}]}\n".to_owned() + &"{\"Records\":[\n".repeat(200_000);
    assert_eq!(records(body.as_bytes(), ENVELOPES, 1_000_000).map(|all| all.len()), Ok(200_001));
}

/// Texts with everything in them that could confuse a walk.
fn text() -> impl Strategy<Value = String> {
    "[\\[\\]{}\",:\\\\ \na-c\u{e9}\u{feff}]{0,12}"
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        text().prop_map(serde_json::Value::from),
        any::<i32>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            proptest::collection::btree_map(text(), inner, 0..4)
                .prop_map(serde_json::Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_framed_comes_out_again(
        inner in proptest::collection::vec(value(), 0..6),
        frame in 0..5_usize,
    ) {
        let objects: Vec<_> =
            inner.into_iter().map(|value| serde_json::json!({ "k": value })).collect();
        let joined = |between: &str| {
            let texts: Vec<_> = objects.iter().map(ToString::to_string).collect();
            texts.join(between)
        };
        let body = match frame {
            0 => serde_json::to_string(&objects).expect("writes"),
            1 => serde_json::to_string_pretty(&objects).expect("writes"),
            2 => joined("\n"),
            3 => joined(""),
            _ => format!("{{\"data\":{{\"events\":[{}]}}}}", joined(" , ")),
        };
        let found = records(body.as_bytes(), ENVELOPES, 10).expect("well framed");
        let read: Vec<serde_json::Value> = found
            .into_iter()
            .map(|range| serde_json::from_slice(&body.as_bytes()[range]).expect("a record"))
            .collect();
        prop_assert_eq!(read, objects);
    }

    #[test]
    fn any_bytes_give_places_in_order_or_an_error(
        body in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(&b"{}[]\",:\\\n \xef\xbb\xbf"[..]).prop_map(u8::from),
                any::<u8>(),
            ],
            0..200,
        ),
        max in 0..5_usize,
    ) {
        let Ok(found) = records(&body, ENVELOPES, max) else { return Ok(()) };
        prop_assert!(found.len() <= max);
        let mut after = 0;
        for range in found {
            prop_assert!(after <= range.start && range.start <= range.end);
            prop_assert!(range.end <= body.len());
            after = range.end;
            let _read = Doc::parse(&body[range]);
        }
    }
}
