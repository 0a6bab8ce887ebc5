//! What a condition sees of an alert and a person.

use expr::{Scribe, Seen, View};
use model::{Alert, FactValue, Person};

/// How many facts are seen, in the order of their names.
const MAX_FACTS: usize = 256;
/// How deep lists in lists are seen.
const MAX_LIST_DEPTH: usize = 8;

/// What is to be seen of an alert and of the person it is about, when that is known.
pub(in crate::policy) fn see(alert: &Alert, person: Option<&Person>) -> View {
    let mut scribe = Scribe::default();
    let alert = see_alert(&mut scribe, alert);
    let person = see_person(&mut scribe, person);
    // Nothing enriches yet: what a condition reads there is missing, so unknown.
    let enrich = scribe.fields([]);
    View::of(&scribe, [("alert", alert), ("person", person), ("enrich", enrich)])
}

fn see_alert(scribe: &mut Scribe, alert: &Alert) -> Seen {
    let person = alert.person.as_ref().map(|person| scribe.text(person.reveal()));
    let url = alert.url.as_deref().map(|url| scribe.text(url));
    if alert.facts.len() > MAX_FACTS {
        scribe.cut();
    }
    let facts = alert.facts.iter().take(MAX_FACTS);
    let facts: Vec<_> =
        facts.map(|(name, value)| (name.clone(), see_fact(scribe, value, 1))).collect();
    let fields = [
        ("source", Some(scribe.text(&alert.source))),
        ("rule", Some(scribe.text(&alert.rule))),
        ("severity", Some(scribe.text(alert.severity.name()))),
        ("title", Some(scribe.text(&alert.title))),
        ("description", Some(scribe.text(&alert.description))),
        ("person", person),
        ("time", Some(scribe.text(&alert.time.to_string()))),
        ("url", url),
        ("facts", Some(scribe.table(facts))),
    ];
    scribe.fields(fields)
}

fn see_person(scribe: &mut Scribe, person: Option<&Person>) -> Seen {
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
