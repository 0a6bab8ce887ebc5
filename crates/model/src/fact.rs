//! What an alert says happened, as named scalar facts.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, SeqAccess, Visitor},
};

/// The facts of an alert, in the order of their names.
pub type Facts = BTreeMap<String, FactValue>;

/// One fact's value. `Null` is a value: it differs from a fact that is absent.
#[derive(Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FactValue {
    /// Said to be nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text. Hostile until shown inert.
    Text(String),
    /// Several values.
    List(Vec<FactValue>),
}

impl FactValue {
    /// The value as a person reads it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Null => "none".to_owned(),
            Self::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(items) => items.iter().map(Self::shown).collect::<Vec<_>>().join(", "),
        }
    }

    /// An unambiguous spelling for keys and hashes: no two different values share one.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Null => "n".to_owned(),
            Self::Bool(yes) => format!("b{yes}"),
            Self::Int(number) => format!("i{number}"),
            Self::Float(number) => format!("f{number:?}"),
            Self::Text(text) => format!("t{}:{text}", text.len()),
            Self::List(items) => {
                let inner: String = items.iter().map(Self::canonical).collect();
                format!("l{}:{inner}", items.len())
            }
        }
    }
}

/// Facts may hold personal data, so that only their kind reaches a log.
impl fmt::Debug for FactValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool(_) => "[bool]",
            Self::Int(_) | Self::Float(_) => "[number]",
            Self::Text(_) => "[text]",
            Self::List(_) => "[list]",
        })
    }
}

impl From<&str> for FactValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// By hand, for what serde derives tries one variant after the other and makes an error of each.
impl<'de> Deserialize<'de> for FactValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;

        impl<'de> Visitor<'de> for Scalar {
            type Value = FactValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("nothing, a bool, a number, a text or a list of them")
            }

            fn visit_unit<E: Error>(self) -> Result<FactValue, E> {
                Ok(FactValue::Null)
            }

            fn visit_none<E: Error>(self) -> Result<FactValue, E> {
                Ok(FactValue::Null)
            }

            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<FactValue, D::Error> {
                FactValue::deserialize(inner)
            }

            fn visit_bool<E: Error>(self, yes: bool) -> Result<FactValue, E> {
                Ok(FactValue::Bool(yes))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<FactValue, E> {
                Ok(FactValue::Int(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<FactValue, E> {
                let whole = i64::try_from(number).map(FactValue::Int);
                Ok(whole.unwrap_or(FactValue::Float(number as f64)))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<FactValue, E> {
                Ok(FactValue::Float(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<FactValue, E> {
                Ok(FactValue::Text(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<FactValue, E> {
                Ok(FactValue::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FactValue, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(FactValue::List(items))
            }
        }

        deserializer.deserialize_any(Scalar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_read_as_it_was_written_and_an_object_is_none() {
        for (json, value) in [
            ("null", FactValue::Null),
            ("true", FactValue::Bool(true)),
            ("-5", FactValue::Int(-5)),
            ("9223372036854775807", FactValue::Int(i64::MAX)),
            ("1.5", FactValue::Float(1.5)),
            ("\"a\\nb\"", FactValue::Text("a\nb".to_owned())),
            ("[1,[],\"x\"]", {
                let list = FactValue::List;
                list(vec![FactValue::Int(1), list(Vec::new()), "x".into()])
            }),
        ] {
            let read: FactValue = serde_json::from_str(json).expect(json);
            assert_eq!(read, value, "{json}");
            assert_eq!(serde_json::to_string(&value).expect("writable"), json);
        }
        let beyond: FactValue = serde_json::from_str("18446744073709551615").expect("a number");
        assert_eq!(beyond, FactValue::Float(18_446_744_073_709_551_615.0));
        assert!(serde_json::from_str::<FactValue>("{}").is_err());
    }
}
