//! What the company is made of: its people, their factors, its policies and its settings.

use std::{collections::BTreeMap, sync::Arc};

use casework::{
    calendar::Calendar,
    input::Evidence,
    playbook::Playbook,
    policy::{Files, Policies},
};
use jiff::{
    civil::{Weekday, time},
    tz::TimeZone,
};
use model::{FactorId, Person, PersonId, Span, Timestamp};
use ports::{
    Clock as _,
    chat::Chat,
    clock::ManualClock,
    directory::ListDirectory,
    entropy::SeededEntropy,
    identity::{IdentityProvider, fake::FakeIdentityProvider},
    responder::{Responder, fake::FakeResponder},
    seal::OpenSeal,
    store::memory::MemoryStore,
    verifier::{Factor, Verifier},
};
use runtime::{Parts, Settings};

use super::{ADA, ANA, MIA, URL};
use crate::fakes::{Code, Talk};

/// Ends sessions by itself, and waits for nobody.
const ACTS: &str = r#"
id: acts
owner: security
match: 'alert.rule == "stolen"'
confidence: high
escalate: true
do: [{ run: fake.end_sessions }]
tests: [{ name: escalates, alert: { rule: stolen }, expect: { act: escalate } }]
"#;
const CONTAIN: &str = r#"
id: contain
owner: security
purpose: Contains what can be contained
steps: [{ run: fake.end_sessions }, { approve: { needs: 1, within: 1h } }, { run: fake.suspend }]
tests:
  - name: everything
    case: {}
    expect: [run fake.end_sessions, approve 1, run fake.suspend]
"#;

/// The policies and playbooks of the company.
fn content(
    responders: &BTreeMap<String, Arc<dyn Responder>>,
) -> (Policies, BTreeMap<String, Arc<Playbook>>) {
    let catalog = runtime::acting::catalog(responders, &BTreeMap::new());
    let (contain, _) = casework::playbook::read("contain.yml", CONTAIN, &catalog).expect("sound");
    let policies = vec![("policies/acts.yml".to_owned(), ACTS.to_owned())];
    let (policies, problems) = Policies::load(&Files { policies, ..Files::default() }, &catalog);
    assert!(problems.is_empty(), "{problems:?}");
    (policies, BTreeMap::from([(contain.id.clone(), contain)]))
}

pub(super) fn parts(
    store: &MemoryStore,
    clock: &ManualClock,
    responder: &Arc<FakeResponder>,
    provider: &Arc<FakeIdentityProvider>,
) -> Parts {
    let people = [person(1, MIA, &[]), person(2, ANA, &["security"]), person(3, ADA, &["it"])];
    let responder = Arc::clone(responder) as Arc<dyn Responder>;
    let responders = BTreeMap::from([("fake".to_owned(), responder)]);
    let (policies, playbooks) = content(&responders);
    let mut directory = ListDirectory::new(people.clone());
    for person in &people {
        directory = directory.with_factors(person.id, vec![factor(person.id, clock.now())]);
    }
    Parts {
        store: Arc::new(store.clone()),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(1)),
        seal: Arc::new(OpenSeal),
        directory: Arc::new(directory),
        chats: vec![("talk".to_owned(), Arc::new(Talk) as Arc<dyn Chat>)],
        pagers: BTreeMap::new(),
        responders,
        enrichers: BTreeMap::new(),
        writebacks: BTreeMap::new(),
        playbooks,
        identity: Some(Arc::clone(provider) as Arc<dyn IdentityProvider>),
        verifiers: BTreeMap::from([(model::Method::Totp, Arc::new(Code) as Arc<dyn Verifier>)]),
        policies,
        templates: runtime::render::Templates::default(),
        settings: settings(),
    }
}

fn person(number: u128, email: &str, groups: &[&str]) -> Person {
    Person {
        id: PersonId::from_digest(number),
        subject: format!("subject-{number}").into(),
        email: email.into(),
        name: "Some Body".into(),
        time_zone: None,
        language: None,
        manager: None,
        groups: groups.iter().map(ToString::to_string).collect(),
        privileged: false,
        chat: BTreeMap::from([("talk".to_owned(), email.to_uppercase())]),
        aliases: Vec::new(),
        away: Vec::new(),
        active: true,
    }
}

fn factor(person: PersonId, now: Timestamp) -> Factor {
    Factor {
        id: FactorId::from_digest(person.bits()),
        person,
        method: model::Method::Totp,
        label: "phone".to_owned(),
        created_at: Some(Span::days(90).before(now)),
        authorised_by: "directory".to_owned(),
        material: b"factor-secret-77aa55cc33ee".to_vec(),
        counter: 0,
        is_external: true,
    }
}

fn settings() -> Settings {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    let days = [Monday, Tuesday, Wednesday, Thursday, Friday];
    let (start, end) = (time(9, 0, 0, 0), time(18, 0, 0, 0));
    let calendar = Calendar::new(days, start, end, TimeZone::UTC, Default::default());
    Settings {
        organisation: "Example".to_owned(),
        public_url: URL.to_owned(),
        calendar: calendar.expect("a calendar"),
        languages: vec!["en".to_owned(), "de".to_owned()],
        is_observed: false,
        evidence: Evidence {
            independence_window: Span::hours(72),
            attempts: 3,
            sampled_permille: 0,
        },
        escalation: Default::default(),
        act_limits: None,
        enrich_deadline: Span::seconds(5),
        event_sources: Default::default(),
        is_enrolment_guarded: true,
        rates: BTreeMap::new(),
        reporters: Vec::new(),
        analyst_groups: vec!["security".to_owned()],
        admin_groups: vec!["it".to_owned()],
        provider_analysts: Vec::new(),
        provider_admins: Vec::new(),
        disk_reserve_bytes: 0,
        session_life: Span::hours(12),
        analyst_idle: Span::hours(1),
        token_key: [7; 32],
    }
}
