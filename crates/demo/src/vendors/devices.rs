//! Stand-ins for systems that manage devices: they list what they were given, page by page, and
//! can be made to do so badly.

mod fleet;
mod google;
mod intune;
mod jamf;
mod jamf_classic;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

pub use fleet::FleetWorld;
pub use google::GoogleDevicesWorld;
pub use intune::IntuneWorld;
pub use jamf::JamfWorld;
pub use jamf_classic::JamfClassicWorld;

/// What a system lists, as it would answer.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    /// By list: most systems have one.
    records: BTreeMap<&'static str, Vec<Value>>,
    renamed: Vec<(String, String)>,
    is_short: bool,
    broken: Vec<String>,
    /// How often the token was made worthless.
    expired: usize,
}

impl Shelf {
    /// Lists a record more, as the system itself writes it.
    pub fn add(&self, list: &'static str, record: Value) {
        self.lock().records.entry(list).or_default().push(record);
    }

    /// Lists it no more: the records whose value at this key is this.
    pub fn remove(&self, key: &str, value: &Value) {
        for records in self.lock().records.values_mut() {
            records.retain(|record| record.get(key) != Some(value));
        }
    }

    /// Lists nothing.
    pub fn clear(&self) {
        self.lock().records.clear();
    }

    /// From now on a field has another name, wherever it stands.
    pub fn rename(&self, from: &str, to: &str) {
        self.lock().renamed.push((from.to_owned(), to.to_owned()));
    }

    /// From now on pages hold half of what they should.
    pub fn shorten(&self, is_short: bool) {
        self.lock().is_short = is_short;
    }

    /// From now on the system fails (500) over what it calls so.
    pub fn break_one(&self, id: &str) {
        self.lock().broken.push(id.to_owned());
    }

    /// The token that was given out is worth nothing any more.
    pub fn expire_token(&self) {
        self.lock().expired += 1;
    }

    pub(super) fn is_broken(&self, id: &str) -> bool {
        self.lock().broken.iter().any(|it| it == id)
    }

    /// The token of now.
    pub(super) fn token(&self) -> String {
        format!("made-up-token-{}", self.lock().expired)
    }

    pub(super) fn all(&self, list: &str) -> Vec<Value> {
        self.lock().records.get(list).cloned().unwrap_or_default()
    }

    /// So many records after the first so many, and how many there are.
    pub(super) fn page(&self, list: &str, skip: usize, size: usize) -> (Vec<Value>, usize) {
        let all = self.all(list);
        let size = if self.lock().is_short { size / 2 } else { size };
        let page = all.iter().skip(skip).take(size);
        (page.map(|record| self.shown(record)).collect(), all.len())
    }

    /// A record with the names that fields have by now.
    pub(super) fn shown(&self, record: &Value) -> Value {
        let mut shown = record.clone();
        for (from, to) in &self.lock().renamed {
            rename(&mut shown, from, to);
        }
        shown
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf")
    }
}

fn rename(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(fields) => {
            if let Some(inner) = fields.remove(from) {
                fields.insert(to.to_owned(), inner);
            }
            fields.values_mut().for_each(|inner| rename(inner, from, to));
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| rename(inner, from, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a request has exactly this authorization, and asks for JSON.
fn is_authorised(headers: &HeaderMap, expected: &str) -> bool {
    let one = |name: header::HeaderName| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().and_then(|value| value.to_str().ok());
        value.filter(|_| values.next().is_none())
    };
    one(header::AUTHORIZATION) == Some(expected)
        && one(header::ACCEPT) == Some("application/json")
        && one(header::USER_AGENT).is_some_and(|agent| agent.starts_with("countersign/"))
}

fn refused() -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({ "error": "unauthorised" }))).into_response()
}

fn bad(what: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": what }))).into_response()
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "not found" }))).into_response()
}

/// Whether a number is the one that a path has as text.
fn is_numbered(number: &Value, text: &str) -> bool {
    number.as_u64().is_some_and(|number| text.parse() == Ok(number))
}

/// The value of a parameter that must be there once.
fn parameter<'q>(query: &'q [(String, String)], name: &str) -> Option<&'q str> {
    let mut values = query.iter().filter(|(key, _)| key == name);
    let value = values.next().map(|(_, value)| value.as_str());
    value.filter(|_| values.next().is_none())
}

/// Whether nothing but these parameters was given.
fn knows_all(query: &[(String, String)], known: &[&str]) -> bool {
    query.iter().all(|(key, _)| known.contains(&key.as_str()))
}

/// The parts that each world has besides its own: where it is and what goes wrong.
macro_rules! world {
    ($($name:ident)*) => {$(
        impl $name {
            /// What goes wrong on purpose.
            #[must_use]
            pub fn faults(&self) -> &crate::vendors::Faults {
                &self.server.faults
            }

            /// The calls that came.
            #[must_use]
            pub fn requests(&self) -> &crate::vendors::RequestLog {
                &self.server.log
            }

            /// What it lists.
            #[must_use]
            pub fn shelf(&self) -> &crate::vendors::devices::Shelf {
                &self.shelf
            }
        }
    )*};
}
pub(crate) use world;
