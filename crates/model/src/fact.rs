//! What an alert says happened, as named scalar facts.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// The facts of an alert, in the order of their names.
pub type Facts = BTreeMap<String, FactValue>;

/// One fact's value. `Null` is a value: it differs from a fact that is absent.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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
