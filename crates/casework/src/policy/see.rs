//! What a condition sees of an alert, of a person, and of what else is known.

use expr::{Fields, Kind, Root, Scribe, Seen, View};
use model::{Alert, FactValue, Facts, Person, Timestamp};

use crate::known::{Finding, Known};

/// What can be read of an alert.
pub(crate) const ALERT: Root = Root {
    name: "alert",
    fields: Fields::These(&[
        ("source", Kind::Plain),
        ("rule", Kind::Plain),
        ("severity", Kind::Plain),
        ("title", Kind::Plain),
        ("description", Kind::Plain),
        ("person", Kind::Plain),
        ("time", Kind::Plain),
        ("url", Kind::Plain),
        ("facts", Kind::Table),
    ]),
};
/// What can be read of the person.
pub(crate) const PERSON: Root = Root {
    name: "person",
    fields: Fields::These(&[
        ("known", Kind::Bool),
        ("id", Kind::Plain),
        ("email", Kind::Plain),
        ("groups", Kind::Plain),
        ("privileged", Kind::Bool),
        ("language", Kind::Plain),
        ("time_zone", Kind::Plain),
        ("active", Kind::Bool),
        ("manager", Kind::Plain),
        ("away", Kind::Bool),
    ]),
};
/// What the steps of enrichment have found: `enrich.NAME.field`.
pub(crate) const ENRICH: Root = Root { name: "enrich", fields: Fields::Any };

/// How many facts are seen, in the order of their names.
const MAX_FACTS: usize = 256;
/// How deep lists in lists are seen.
const MAX_LIST_DEPTH: usize = 8;

/// What is to be seen of an alert and of the person it is about, when that is known.
pub(crate) fn see(alert: &Alert, person: Option<&Person>, known: &Known) -> View {
    let mut scribe = Scribe::default();
    let seen_at = alert.time;
    let alert = see_alert(&mut scribe, alert);
    let person = see_person(&mut scribe, person, seen_at);
    let enrich = see_known(&mut scribe, known);
    View::of(&scribe, [("alert", alert), ("person", person), ("enrich", enrich)])
}

pub(crate) fn see_alert(scribe: &mut Scribe, alert: &Alert) -> Seen {
    let person = alert.person.as_ref().map(|person| scribe.text(person.reveal()));
    let url = alert.url.as_deref().map(|url| scribe.text(url));
    let facts = see_facts(scribe, &alert.facts);
    let fields = [
        ("source", Some(scribe.text(&alert.source))),
        ("rule", Some(scribe.text(&alert.rule))),
        ("severity", Some(scribe.text(alert.severity.name()))),
        ("title", Some(scribe.text(&alert.title))),
        ("description", Some(scribe.text(&alert.description))),
        ("person", person),
        ("time", Some(scribe.text(&alert.time.to_string()))),
        ("url", url),
        ("facts", Some(facts)),
    ];
    scribe.fields(fields)
}

/// What is known. A step that found nothing has no fields; one that could not look is absent, so
/// that whatever reads it is unknown.
pub(crate) fn see_known(scribe: &mut Scribe, known: &Known) -> Seen {
    let nothing = Facts::new();
    let steps: Vec<_> = known
        .0
        .iter()
        .filter_map(|(name, finding)| match finding {
            Finding::Known { facts, .. } => Some((name.clone(), see_facts(scribe, facts))),
            Finding::Nothing => Some((name.clone(), see_facts(scribe, &nothing))),
            Finding::Unknown { .. } => None,
        })
        .collect();
    scribe.table(steps)
}

fn see_facts(scribe: &mut Scribe, facts: &Facts) -> Seen {
    if facts.len() > MAX_FACTS {
        scribe.cut();
    }
    let facts: Vec<_> = facts
        .iter()
        .take(MAX_FACTS)
        .map(|(name, value)| (name.clone(), see_fact(scribe, value, 1)))
        .collect();
    scribe.table(facts)
}

fn see_person(scribe: &mut Scribe, person: Option<&Person>, at: Timestamp) -> Seen {
    let Some(person) = person else {
        return scribe.fields([("known", Some(scribe.bool(false)))]);
    };
    let fields = [
        ("known", Some(scribe.bool(true))),
        // The directory's id: ours means nothing to whoever writes a policy.
        ("id", Some(scribe.text(person.subject.reveal()))),
        ("email", Some(scribe.text(person.email.reveal()))),
        ("groups", Some(scribe.list(&person.groups, |scribe, group| scribe.text(group)))),
        ("privileged", Some(scribe.bool(person.privileged))),
        ("language", person.language.as_deref().map(|word| scribe.text(word))),
        ("time_zone", person.time_zone.as_deref().map(|zone| scribe.text(zone))),
        ("active", Some(scribe.bool(person.active))),
        ("manager", person.manager.as_ref().map(|name| scribe.text(name.reveal()))),
        ("away", Some(scribe.bool(person.away_until(at).is_some()))),
    ];
    scribe.fields(fields)
}

fn see_fact(scribe: &mut Scribe, fact: &FactValue, depth: usize) -> Seen {
    match fact {
        FactValue::Null => scribe.null(),
        FactValue::Bool(yes) => scribe.bool(*yes),
        FactValue::Int(number) => scribe.int(*number),
        FactValue::Float(number) => scribe.float(*number),
        FactValue::Text(text) => scribe.text(text),
        FactValue::List(_) if depth > MAX_LIST_DEPTH => {
            scribe.cut();
            scribe.null()
        }
        FactValue::List(items) => {
            scribe.list(items, |scribe, item| see_fact(scribe, item, depth + 1))
        }
    }
}
