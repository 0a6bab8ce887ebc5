//! JSON as strictly as it can be read: UTF-8, one value, no key twice, no deeper than told.

use std::{cell::Cell, fmt};

use http::{HeaderMap, header};
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use crate::{Problem, problem::Kind};

/// Refuses bodies that say they are something else. One that says nothing is tried as JSON.
pub fn require_type(headers: &HeaderMap) -> Result<(), Problem> {
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    let Some(line) = lines.next() else { return Ok(()) };
    let is_json = lines.next().is_none() && line.to_str().is_ok_and(is_json);
    if is_json { Ok(()) } else { Err(Problem::of(Kind::UnsupportedType)) }
}

/// The same where lines of JSON are taken too, under any of the names that senders have for them.
pub fn require_type_of_lines(headers: &HeaderMap) -> Result<(), Problem> {
    let line = headers.get(header::CONTENT_TYPE).and_then(|line| line.to_str().ok());
    let essence = line.and_then(|line| line.split(';').next()).unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonlines"
        | "text/plain" => Ok(()),
        _ => require_type(headers),
    }
}

fn is_json(kind: &str) -> bool {
    let mut parts = kind.split(';').map(|part| part.trim().to_ascii_lowercase());
    let essence = parts.next().unwrap_or_default();
    let subtype = essence.strip_prefix("application/").unwrap_or_default();
    let is_utf8 = |part: String| match part.split_once('=') {
        Some(("charset", name)) => matches!(name.trim_matches('"'), "utf-8" | "utf8" | "us-ascii"),
        _ => true,
    };
    (subtype == "json" || subtype.ends_with("+json")) && parts.all(is_utf8)
}

/// Reads one value. What is said of a fault never repeats the input.
pub fn parse(bytes: &[u8], depth: usize) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::of(Kind::InvalidUtf8))?;
    let fault = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let strict = Strict { depth, fault: &fault };
    let value = strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        match fault.take() {
            Some(Fault::TooDeep) => {
                let advice = format!("At {place}: send at most {depth} levels.");
                Problem::new(Kind::TooDeep, advice).with("limit_depth", depth)
            }
            Some(Fault::DuplicateKey) => Problem::new(
                Kind::DuplicateKey,
                format!("At {place}: send each key once; of two, nobody can tell which counts."),
            ),
            None => Problem::new(
                Kind::MalformedJson,
                format!("At {place}: send one JSON value, complete and as RFC 8259 has it."),
            ),
        }
    })
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    TooDeep,
    DuplicateKey,
}

/// Reads a value that may be nested so deep.
struct Strict<'f> {
    depth: usize,
    fault: &'f Cell<Option<Fault>>,
}

impl Strict<'_> {
    fn fail<E: Error>(&self, fault: Fault) -> E {
        self.fault.set(Some(fault));
        E::custom("refused")
    }

    /// For what is inside an array or an object.
    fn inside<E: Error>(&self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| self.fail(Fault::TooDeep))?;
        Ok(Self { depth, fault: self.fault })
    }

    fn again(&self) -> Self {
        Self { depth: self.depth, fault: self.fault }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inside.again())? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(self.fail(Fault::DuplicateKey));
            }
            object.insert(key, entries.next_value_seed(inside.again())?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_the_usual_reader_reads() {
        for text in [
            "null",
            "true",
            "-1",
            "1.5e3",
            "18446744073709551615",
            r#""a\u0000\ud83d\ude00""#,
            r#"{"a":[1,{"b":null}],"":{}}"#,
            " [ ] ",
        ] {
            let usual: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(parse(text.as_bytes(), 64), Ok(usual), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_plain_value_is_refused_by_name() {
        let nest = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nest(64).as_bytes(), 64).is_ok());
        let objects = format!("{}1{}", r#"{"a":"#.repeat(65), "}".repeat(65));
        for (body, kind) in [
            (nest(65).into_bytes(), Kind::TooDeep),
            ("[".repeat(1_000_000).into_bytes(), Kind::TooDeep),
            (objects.into_bytes(), Kind::TooDeep),
            (br#"{"a":1,"a":1}"#.to_vec(), Kind::DuplicateKey),
            (br#"{"a":1,"\u0061":2}"#.to_vec(), Kind::DuplicateKey),
            (br#"[{"x":{"k":0,"l":0,"k":0}}]"#.to_vec(), Kind::DuplicateKey),
            (b"{\"a\":\"\xff\"}".to_vec(), Kind::InvalidUtf8),
            (b"\"\xed\xa0\x80\"".to_vec(), Kind::InvalidUtf8),
            (br#""\ud800""#.to_vec(), Kind::MalformedJson),
            (b"".to_vec(), Kind::MalformedJson),
            (b"{".to_vec(), Kind::MalformedJson),
            (b"{} {}".to_vec(), Kind::MalformedJson),
            (b"[1,]".to_vec(), Kind::MalformedJson),
            (b"NaN".to_vec(), Kind::MalformedJson),
            (b"1e999".to_vec(), Kind::MalformedJson),
            (b"\xef\xbb\xbf{}".to_vec(), Kind::MalformedJson),
        ] {
            let problem = parse(&body, 64).expect_err("refused");
            assert_eq!(
                problem.kind,
                kind,
                "{}",
                String::from_utf8_lossy(&body[..body.len().min(40)])
            );
        }
    }

    #[test]
    fn a_fault_is_told_without_what_was_sent() {
        let problem = parse(br#"{"hunter2":1,"hunter2":2}"#, 64).expect_err("refused");
        assert!(!problem.detail.contains("hunter2"), "{}", problem.detail);
        assert!(problem.detail.contains("line 1, column"), "{}", problem.detail);
    }

    #[test]
    fn a_body_of_another_type_is_refused() {
        for (kind, is_taken) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/cloudevents+json", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json; charset=utf-16", false),
            ("text/plain", false),
            ("text/json", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().expect("a header"));
            assert_eq!(require_type(&headers).is_ok(), is_taken, "{kind}");
        }
        assert!(require_type(&HeaderMap::new()).is_ok());
    }
}
