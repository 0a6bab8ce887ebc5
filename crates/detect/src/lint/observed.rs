//! What was seen in each log: which keys, of which kinds, with which values. Bounded, and kept over
//! restarts.

use std::collections::{BTreeMap, BTreeSet};

use event::{Event, Logsource, Node};

use super::schema::Kinds;
use crate::code::{Reader, Writer};

/// How many keys of a log are kept apart; new ones beyond are counted only.
pub const KEYS_MAX: usize = 20_000;
/// How many different values of a key are kept; with more of them the key has no list of values.
pub const VALUES_MAX: usize = 100;
/// The longest value that is kept, in bytes.
const VALUE_BYTES_MAX: usize = 80;
/// The longest path that is kept, in bytes.
const PATH_BYTES_MAX: usize = 256;
/// How many logs are kept apart.
const LOGS_MAX: usize = 64;
const FORM: u64 = 1;

/// What was seen in all logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    logs: BTreeMap<String, LogSeen>,
}

/// What was seen in one log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSeen {
    /// How many events.
    pub events: u64,
    /// How many keys had no room.
    pub left_out: u64,
    keys: BTreeMap<Box<str>, KeySeen>,
}

/// What was seen of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySeen {
    /// In how many events, or members of their lists.
    pub count: u64,
    /// When it was last seen, in seconds since 1970.
    pub last: u32,
    /// Of which kinds its values were.
    pub kinds: Kinds,
    /// All different values, in small letters; nothing where there were too many.
    values: Option<BTreeSet<Box<str>>>,
}

impl Observed {
    /// Takes an event in.
    pub fn see(&mut self, event: &Event) {
        let name = name(event.logsource);
        if !self.logs.contains_key(&name) && self.logs.len() >= LOGS_MAX {
            return;
        }
        let second = u32::try_from(event.time.as_second().max(0)).unwrap_or(u32::MAX);
        let log = self.logs.entry(name).or_default();
        log.events += 1;
        let mut path = String::new();
        log.add(event.doc.root(), &mut path, second);
    }

    /// What was seen of a log.
    #[must_use]
    pub fn of(&self, log: Logsource) -> Option<&LogSeen> {
        self.logs.get(&name(log))
    }

    /// As bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.number(FORM).number(self.logs.len() as u64);
        for (name, log) in &self.logs {
            to.text(name).number(log.events).number(log.left_out).number(log.keys.len() as u64);
            for (path, key) in &log.keys {
                to.text(path).number(key.count).number(u64::from(key.last));
                to.number(u64::from(key.kinds.bits()));
                to.number(key.values.as_ref().map_or(0, |values| values.len() as u64 + 1));
                key.values.iter().flatten().for_each(|value| {
                    to.text(value);
                });
            }
        }
        to.into_bytes()
    }

    /// Reads what [`Observed::to_bytes`] has written; nothing where it is anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::of(bytes);
        if from.number()? != FORM {
            return None;
        }
        let mut logs = BTreeMap::new();
        for _ in 0..from.count()? {
            let name = from.text()?.to_owned();
            let (events, left_out) = (from.number()?, from.number()?);
            let mut keys = BTreeMap::new();
            for _ in 0..from.count()? {
                keys.insert(from.text()?.into(), KeySeen::read(&mut from)?);
            }
            logs.insert(name, LogSeen { events, left_out, keys });
        }
        from.is_at_end().then_some(Self { logs })
    }
}

impl LogSeen {
    /// What was seen of a key.
    #[must_use]
    pub fn key(&self, path: &str) -> Option<&KeySeen> {
        self.keys.get(path)
    }

    /// The key that a path has in another case.
    #[must_use]
    pub fn in_other_case(&self, path: &str) -> Option<&str> {
        let mut keys = self.keys.keys().map(|key| &**key);
        keys.find(|key| *key != path && key.eq_ignore_ascii_case(path))
    }

    fn add(&mut self, node: Node<'_>, path: &mut String, second: u32) {
        let (kind, text) = match node {
            Node::Null => (Kinds::NULL, None),
            Node::Bool(yes) => (Kinds::BOOL, Some(if yes { "true" } else { "false" })),
            Node::Int(_) | Node::Float(_) => (Kinds::NUMBER, None),
            Node::Text(text) => (Kinds::TEXT, Some(text)),
            Node::List(list) => {
                list.items().for_each(|item| self.add(item, path, second));
                return;
            }
            Node::Object(object) => {
                self.note(path, Kinds::OBJECT, None, second);
                let before = path.len();
                for (key, value) in object.entries() {
                    if before > 0 {
                        path.push('.');
                    }
                    path.push_str(key);
                    self.add(value, path, second);
                    path.truncate(before);
                }
                return;
            }
        };
        self.note(path, kind, text, second);
    }

    fn note(&mut self, path: &str, kind: Kinds, text: Option<&str>, second: u32) {
        if path.is_empty() {
            return;
        }
        if !self.keys.contains_key(path) {
            if self.keys.len() >= KEYS_MAX || path.len() > PATH_BYTES_MAX {
                self.left_out += 1;
                return;
            }
            let new = KeySeen { values: Some(BTreeSet::new()), ..KeySeen::default() };
            self.keys.insert(path.into(), new);
        }
        let Some(key) = self.keys.get_mut(path) else { return };
        key.count += 1;
        key.last = key.last.max(second);
        key.kinds = key.kinds.and(kind);
        if kind == Kinds::NUMBER {
            key.values = None;
        } else if let Some(text) = text {
            key.note(text);
        }
    }
}

impl KeySeen {
    /// All different values, in small letters, where there are few.
    #[must_use]
    pub fn values(&self) -> Option<Vec<&str>> {
        Some(self.values.as_ref()?.iter().map(|value| &**value).collect())
    }

    fn note(&mut self, text: &str) {
        let Some(values) = &mut self.values else { return };
        if text.len() > VALUE_BYTES_MAX {
            self.values = None;
            return;
        }
        let text = text.to_lowercase();
        if values.contains(text.as_str()) {
            return;
        }
        if values.len() >= VALUES_MAX {
            self.values = None;
            return;
        }
        values.insert(text.into());
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let count = from.number()?;
        let last = u32::try_from(from.number()?).ok()?;
        let kinds = Kinds::from_bits(u8::try_from(from.number()?).ok()?);
        let values = match from.number()? {
            0 => None,
            count => {
                let texts = (1..count).map(|_| Some(from.text()?.into()));
                Some(texts.collect::<Option<_>>()?)
            }
        };
        Some(Self { count, last, kinds, values })
    }
}

fn name(log: Logsource) -> String {
    format!("{}/{}", log.product, log.service)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sigma::tests::support::event;

    fn seen(records: &[&str]) -> Observed {
        let mut observed = Observed::default();
        records.iter().for_each(|record| observed.see(&event(record)));
        observed
    }

    #[test]
    fn keys_are_seen_with_their_kinds_and_values() {
        let observed = seen(&[
            r#"{"a":{"b":[{"c":"X"},{"c":null}]},"n":1}"#,
            r#"{"a":{"b":[{"c":"y"}]},"n":"one"}"#,
        ]);
        let log = observed.of(Logsource { product: "test", service: "test" }).expect("seen");
        assert_eq!(log.events, 2);
        let key = log.key("a.b.c").expect("seen");
        assert_eq!((key.count, key.values()), (3, Some(vec!["x", "y"])));
        assert!(key.kinds.has(Kinds::NULL) && !key.kinds.has(Kinds::NUMBER));
        assert!(log.key("a.b").expect("seen").kinds.are_objects());
        assert_eq!(log.key("n").expect("seen").values(), None, "numbers are not listed");
        assert_eq!((log.key("A"), log.in_other_case("A.B.c")), (None, Some("a.b.c")));
        assert_eq!(Observed::from_bytes(&observed.to_bytes()), Some(observed));
    }

    #[test]
    fn a_flood_of_keys_and_values_is_held() {
        let mut observed = Observed::default();
        for at in 0..KEYS_MAX + 10 {
            observed.see(&event(&format!(r#"{{"k{at}":1,"v":"value {at}"}}"#)));
        }
        let log = observed.of(Logsource { product: "test", service: "test" }).expect("seen");
        assert_eq!((log.keys.len(), log.left_out), (KEYS_MAX, 11));
        assert_eq!(log.key("v").expect("seen").values(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_what_was_seen_or_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Observed::from_bytes(&bytes);
        }
    }
}
