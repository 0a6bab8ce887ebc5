//! What a condition sees of an alert and a person: made once for an alert, and never more than an
//! expression can go through in a moment, whatever a source sent.

use std::sync::Arc;

use cel::{Context, Value};
use model::{Alert, FactValue, Person, Timestamp};

use super::ENV;

/// How many items of a list, and groups of a person, are seen.
pub(super) const MAX_ITEMS: usize = 100;
/// How many facts are seen, in the order of their names.
const MAX_FACTS: usize = 256;
/// How much of a text is seen, in bytes.
const MAX_TEXT_BYTES: usize = 16 * 1_024;
/// How deep lists in lists are seen.
const MAX_LIST_DEPTH: usize = 8;

/// An alert and a person, ready for any number of conditions.
pub(in crate::policy) struct View {
    context: Context<'static, 'static>,
    is_cut: bool,
}

impl View {
    /// What is to be seen of an alert and of the person it is about, when that is known.
    pub(in crate::policy) fn of(alert: &Alert, person: Option<&Person>) -> Self {
        let mut scribe = Scribe { is_cut: false };
        let mut context = Context::with_env(Arc::clone(&ENV));
        context.add_variable_from_value("alert", scribe.alert(alert));
        context.add_variable_from_value("person", scribe.person(person, alert.time));
        // Nothing enriches yet: what a condition reads there is missing, so unknown.
        context.add_variable_from_value("enrich", map([]));
        Self { context, is_cut: scribe.is_cut }
    }

    /// Whether the alert holds more than is seen.
    pub(in crate::policy) fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(super) fn context(&self) -> &Context<'static, 'static> {
        &self.context
    }
}

/// Turns our values into the evaluator's, and remembers whether something was left out.
struct Scribe {
    is_cut: bool,
}

impl Scribe {
    fn alert(&mut self, alert: &Alert) -> Value {
        let person = alert.person.as_ref().map(|person| self.text(person.reveal()));
        let url = alert.url.as_deref().map(|url| self.text(url));
        self.is_cut |= alert.facts.len() > MAX_FACTS;
        let facts = alert.facts.iter().take(MAX_FACTS);
        let facts: Vec<_> =
            facts.map(|(name, value)| (name.clone(), self.fact(value, 1))).collect();
        map([
            ("source", Some(self.text(&alert.source))),
            ("rule", Some(self.text(&alert.rule))),
            ("severity", Some(Value::from(alert.severity.name()))),
            ("title", Some(self.text(&alert.title))),
            ("description", Some(self.text(&alert.description))),
            ("person", person),
            ("time", Some(Value::from(alert.time.to_string()))),
            ("url", url),
            ("facts", Some(table(facts))),
        ])
    }

    fn person(&mut self, person: Option<&Person>, at: Timestamp) -> Value {
        let Some(person) = person else {
            return map([("known", Some(Value::Bool(false)))]);
        };
        self.is_cut |= person.groups.len() > MAX_ITEMS;
        let groups = person.groups.iter().take(MAX_ITEMS).map(|group| self.text(group)).collect();
        map([
            ("known", Some(Value::Bool(true))),
            // The directory's id: ours means nothing to whoever writes a policy.
            ("id", Some(self.text(person.subject.reveal()))),
            ("email", Some(self.text(person.email.reveal()))),
            ("groups", Some(Value::List(Arc::new(groups)))),
            ("privileged", Some(Value::Bool(person.privileged))),
            ("language", person.language.as_deref().map(|word| self.text(word))),
            ("time_zone", person.time_zone.as_deref().map(|zone| self.text(zone))),
            ("active", Some(Value::Bool(person.active))),
            ("manager", person.manager.as_ref().map(|name| self.text(name.reveal()))),
            ("away", Some(Value::Bool(person.away_until(at).is_some()))),
        ])
    }

    fn fact(&mut self, fact: &FactValue, depth: usize) -> Value {
        match fact {
            FactValue::Null => Value::Null,
            FactValue::Bool(yes) => Value::Bool(*yes),
            FactValue::Int(number) => Value::Int(*number),
            FactValue::Float(number) => Value::Float(*number),
            FactValue::Text(text) => self.text(text),
            FactValue::List(_) if depth > MAX_LIST_DEPTH => {
                self.is_cut = true;
                Value::Null
            }
            FactValue::List(items) => {
                self.is_cut |= items.len() > MAX_ITEMS;
                let items = items.iter().take(MAX_ITEMS);
                Value::List(Arc::new(items.map(|item| self.fact(item, depth + 1)).collect()))
            }
        }
    }

    fn text(&mut self, text: &str) -> Value {
        let end = text.floor_char_boundary(MAX_TEXT_BYTES);
        self.is_cut |= end < text.len();
        Value::from(&text[..end])
    }
}

/// A map of what is there: what is absent is left out, so that reading it is unknown.
fn map<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let present = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    table(present)
}

/// A map for the evaluator.
#[expect(clippy::disallowed_types, reason = "its only kind of map; no loop can see the order")]
fn table(entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::from(entries.into_iter().collect::<std::collections::HashMap<_, _>>())
}
