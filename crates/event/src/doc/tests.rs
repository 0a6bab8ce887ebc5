use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> Doc {
    Doc::parse(text.as_bytes()).expect("a document").0
}

#[test]
fn what_is_no_document_is_refused_with_its_reason() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(RECORD_BYTES_MAX));
    for (bytes, error) in [
        (&b""[..], DocError::NotJson),
        (b"{", DocError::NotJson),
        (b"{} {}", DocError::NotJson),
        (b"{\"a\":\"\xff\"}", DocError::NotJson),
        (b"{\"a\":1e999}", DocError::NotJson),
        (b"[1]", DocError::NotAnObject),
        (b"7", DocError::NotAnObject),
        (deep.as_bytes(), DocError::TooDeep),
        (long.as_bytes(), DocError::TooLong),
    ] {
        assert_eq!(Doc::parse(bytes).err(), Some(error), "{:?}", bytes.get(..8));
    }
}

#[test]
fn brackets_in_texts_do_not_count_as_nesting() {
    let text = format!(r#"{{"a":"{}","b":[[1]]}}"#, r#"[\"{"#.repeat(100));
    assert!(is_within(text.as_bytes(), 3) && !is_within(text.as_bytes(), 2));
    assert!(Doc::parse(text.as_bytes()).is_ok());
}

#[test]
fn equal_keys_are_read_as_the_list_of_their_values() {
    let text = br#"{"x":{"name":"good","id":1,"name":["bad","worse"]},"y":2}"#;
    let (doc, problem) = Doc::parse(text).expect("a document");
    assert!(problem.is_some());
    let names: Vec<_> =
        doc.at(&["x", "name"]).expect("there").items().filter_map(Node::as_text).collect();
    assert_eq!(names, ["good", "bad", "worse"]);
    assert_eq!(doc.at(&["y"]).and_then(Node::as_int), Some(2));
    let wide: String = (0..100).map(|at| format!("\"k{at}\":1,")).collect();
    let wide = format!("{{{wide}\"k7\":2}}");
    assert!(Doc::parse(wide.as_bytes()).expect("a document").1.is_some());
}

#[test]
fn a_value_is_read_by_its_path_and_kind() {
    let doc = parsed(
        r#"{"a":{"b":[{"c":"t"},5]},"n":-3,"big":18446744073709551615,"f":1.5,"yes":"TRUE","no":false,"nil":null,"e":""}"#,
    );
    let b = doc.at(&["a", "b"]).expect("there");
    assert_eq!(b.items().next().and_then(|item| item.get("c")).and_then(Node::as_text), Some("t"));
    assert_eq!(doc.text(&["n"]).as_deref(), Some("-3"));
    assert_eq!(doc.at(&["big"]).and_then(Node::as_float), Some(18_446_744_073_709_551_615.0));
    assert_eq!(doc.at(&["yes"]).and_then(Node::as_bool), Some(true));
    assert_eq!(doc.at(&["no"]).and_then(Node::as_bool), Some(false));
    assert!(matches!(doc.at(&["nil"]), Some(Node::Null)));
    assert!(doc.at(&["a", "x"]).is_none() && doc.at(&["n", "x"]).is_none());
    assert_eq!((doc.text(&["e"]), doc.text(&["nil"]), doc.text(&["a"])), (None, None, None));
}

#[test]
fn an_inner_object_is_a_document_that_outlives_its_frame() {
    let frame = parsed(r#"{"log_id":"9","data":{"type":"s","details":{"a":[1]}},"list":[{}]}"#);
    let inner = frame.inner(&["data"]).expect("an object");
    let again = frame.inner(&["data", "details"]).expect("an object");
    assert!(frame.inner(&["list"]).is_none() && frame.inner(&["log_id"]).is_none());
    assert!(frame.inner(&["data", "type"]).is_none() && frame.inner(&["x"]).is_none());
    drop(frame);
    assert_eq!(inner.text(&["type"]).as_deref(), Some("s"));
    assert_eq!(inner.to_json(), r#"{"type":"s","details":{"a":[1]}}"#);
    drop(inner);
    assert_eq!(again.to_json(), r#"{"a":[1]}"#);
}

#[test]
fn two_documents_are_canonically_equal_when_they_say_the_same() {
    let one = parsed(r#"{"a":1,"b":{"c":[true,null,"x"],"d":1.5}}"#).canonical();
    let same = parsed("{\n \"b\": {\"d\":1.50, \"c\":[true,null,\"\\u0078\"]}, \"a\":1 }");
    assert_eq!(one, same.canonical());
    for other in [
        r#"{"a":"1","b":{"c":[true,null,"x"],"d":1.5}}"#,
        r#"{"a":1,"b":{"c":[null,true,"x"],"d":1.5}}"#,
        r#"{"a":1,"b":{"c":[true,null],"x":"d"}}"#,
        r#"{"a":1}"#,
    ] {
        assert_ne!(one, parsed(other).canonical(), "{other}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_document_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _read = Doc::parse(&bytes);
    }

    #[test]
    fn a_document_without_equal_keys_says_what_was_written(
        entries in proptest::collection::btree_map("[a-z]{1,4}", any::<i32>(), 0..30),
    ) {
        let text = serde_json::to_string(&entries).expect("writes");
        let (doc, problem) = Doc::parse(text.as_bytes()).expect("a document");
        prop_assert!(problem.is_none());
        for (key, number) in &entries {
            prop_assert_eq!(doc.at(&[key]).and_then(Node::as_int), Some(i64::from(*number)));
        }
    }
}
