//! Our own steps.

use std::sync::Arc;

use futures::executor::block_on;
use jiff::{civil::Weekday, tz::TimeZone};
use model::{Alert, AlertId, FactValue, Facts, Person, PersonId, Severity, Timestamp};
use ports::{
    clock::ManualClock,
    conformance::{self, AtHand, EnricherStage},
    directory::ListDirectory,
    enricher::About,
    store::{Commit, Day, Tally, memory::MemoryStore},
};

use super::*;

fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().expect("a time")
}

fn alert(person: Option<&str>, ip: &str) -> Alert {
    Alert {
        id: AlertId::from_parts(now(), 1),
        source: "siem".to_owned(),
        external_id: None,
        rule: "new-country".to_owned(),
        title: String::new(),
        description: String::new(),
        severity: Severity::Medium,
        time: now(),
        person: person.map(Into::into),
        url: None,
        facts: Facts::from([("ip".to_owned(), FactValue::from(ip))]),
        received_at: now(),
        problems: Vec::new(),
    }
}

fn mia() -> Person {
    Person {
        id: PersonId::from_digest(1),
        subject: "s-1".into(),
        email: "mia@example.com".into(),
        name: "Mia".into(),
        time_zone: Some("Europe/Berlin".to_owned()),
        language: None,
        manager: Some("s-2".into()),
        groups: vec!["it".to_owned()],
        privileged: true,
        chat: Default::default(),
        aliases: Vec::new(),
        away: Vec::new(),
        active: true,
    }
}

fn steps(store: MemoryStore) -> BTreeMap<String, Arc<dyn Enricher>> {
    let days = Weekday::Monday.cycle_forward().take(7);
    let (start, end) = (jiff::civil::time(9, 0, 0, 0), jiff::civil::time(17, 0, 0, 0));
    let calendar = Calendar::new(days, start, end, TimeZone::UTC, Default::default());
    let boss = Person {
        id: PersonId::from_digest(2),
        subject: "s-2".into(),
        email: "ana@example.com".into(),
        ..mia()
    };
    own(Sources {
        store: Arc::new(store),
        clock: Arc::new(ManualClock::at(now())),
        directory: Arc::new(ListDirectory::new(vec![mia(), boss])),
        calendar: calendar.expect("hours"),
    })
}

fn found(step: &dyn Enricher, alert: &Alert, person: Option<&Person>) -> Facts {
    let looked = block_on(step.enrich(&About { alert, person }));
    let facts = looked.expect("an answer").expect("something");
    let fields = step.fields().expect("known beforehand");
    assert!(facts.keys().all(|name| fields.contains(&name.as_str())), "{:?}", facts.keys());
    facts
}

fn tally(key: String, days_ago: u16, name: &str, n: i64) -> Tally {
    Tally { key, day: Day::of(now()).before(days_ago), name: name.to_owned(), n }
}

#[test]
fn history_tells_what_became_of_the_cases_of_person_rule_and_address() {
    use casework::count::About as Of;
    let store = MemoryStore::new();
    let rule = |version: &'static str| Of::Rule { rule: "new-country", version }.key();
    let other = Of::Rule { rule: "new-country-2", version: "a" }.key();
    let mine = PersonId::from_digest(1);
    let tallies = vec![
        tally(Of::Person(mine).key(), 1, "cases", 4),
        tally(Of::Person(mine).key(), 1, "real", 1),
        tally(Of::Person(mine).key(), 200, "real", 9),
        tally(Of::Address("203.0.113.7").key(), 1, "harmless", 2),
        tally(Of::Address("203.0.113.70").key(), 1, "harmless", 5),
        tally(rule("a"), 1, "cases", 10),
        tally(rule("b"), 1, "cases", 5),
        tally(rule("b"), 1, "real", -3),
        tally(other, 1, "cases", 100),
    ];
    block_on(ports::store::Store::commit(&store, Commit { tallies, ..Commit::default() }))
        .expect("stored");
    let steps = steps(store);
    let step = &*steps[HISTORY];
    let facts = found(step, &alert(None, "203.0.113.7"), Some(&mia()));
    let told = |name: &str| facts.get(name).cloned();
    for (name, n) in [
        ("person_cases", 4),
        ("person_real", 1),
        ("address_harmless", 2),
        ("rule_cases", 15),
        ("rule_real", 0),
    ] {
        assert_eq!(told(name), Some(FactValue::Int(n)), "{name}");
    }
    let unknown = found(step, &alert(None, "not an address"), None);
    assert!(unknown.keys().all(|name| name.starts_with("rule_")), "what is unknown is absent");
}

#[test]
fn the_directory_tells_who_it_is_and_whether_they_work_now() {
    let steps = steps(MemoryStore::new());
    let step = &*steps[DIRECTORY];
    let facts = found(step, &alert(None, "x"), Some(&mia()));
    let told = |name: &str| facts.get(name).cloned();
    assert_eq!(told("is_known"), Some(FactValue::Bool(true)));
    assert_eq!(told("is_privileged"), Some(FactValue::Bool(true)));
    assert_eq!(told("is_working"), Some(FactValue::Bool(true)), "10:00 in Berlin");
    assert_eq!(told("manager"), Some(FactValue::from("ana@example.com")));
    let away = model::person::Away { from: now(), to: model::Span::days(1).after(now()) };
    let facts = found(step, &alert(None, "x"), Some(&Person { away: vec![away], ..mia() }));
    assert_eq!(facts.get("is_working"), Some(&FactValue::Bool(false)));
    let nobody = found(step, &alert(Some("who@example.com"), "x"), None);
    assert_eq!(nobody, Facts::from([("is_known".to_owned(), FactValue::Bool(false))]));
    assert_eq!(step.key(&About { alert: &alert(None, "x"), person: None }), None);
}

#[test]
fn the_fields_are_known_before_there_is_an_engine() {
    let steps = steps(MemoryStore::new());
    for (name, fields) in own_fields() {
        let of_step = steps[&name].fields().expect("known beforehand");
        assert_eq!(fields.expect("known beforehand"), of_step);
        assert!(steps[&name].is_local(), "{name} waits for no network");
    }
}

#[test]
fn every_step_of_our_own_keeps_what_every_enricher_must_keep() {
    for name in own_fields().into_keys() {
        block_on(conformance::enricher(async || {
            let enricher = Arc::clone(&steps(MemoryStore::new())[&name]);
            let (known, person) = (alert(Some("mia@example.com"), "203.0.113.7"), Some(mia()));
            Box::new(AtHand { enricher, known, person }) as Box<dyn EnricherStage>
        }));
    }
}
