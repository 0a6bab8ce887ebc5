//! What the company is made of before anybody can be reached.

use std::{collections::BTreeMap, sync::Arc};

use casework::{
    calendar::Calendar,
    catalog::Catalog,
    input::Evidence,
    policy::{Files, Policies},
};
use jiff::{
    civil::{Weekday, time},
    tz::TimeZone,
};
use model::{FactorId, Method, Person, PersonId, Span, Timestamp};
use ports::{
    clock::ManualClock, directory::ListDirectory, entropy::SeededEntropy, seal::OpenSeal,
    store::Store, verifier::Factor,
};

use super::{URL, WINDOW};
use crate::{Parts, Settings, Templates};

/// A policy that suppresses after a proof, and asks for a comment where the rule says so.
const POLICIES: &[(&str, &str)] = &[
    (
        "a.yml",
        r#"
id: commented
owner: security
match: 'alert.rule == "commented"'
ask: { message: generic, assurance: possession, deadline: 2h, clock: wall, reminders: [30m], comment: required }
on: { verified: [] }
"#,
    ),
    (
        "b.yml",
        r#"
id: told
owner: security
match: 'alert.rule == "told"'
notify: { message: notice }
on: { verified: [] }
"#,
    ),
    (
        "c.yml",
        r#"
id: usual
owner: security
match: 'alert.rule == "usual"'
ask: { message: generic, assurance: possession, deadline: 2h, clock: wall, reminders: [30m, 1h] }
on: { verified: [{ suppress: 21h, max_hits: 20, same: [ip] }], denied: [page], silent: [page] }
"#,
    ),
];

/// Parts that nobody can be reached through.
pub(super) fn nothing(store: &Arc<dyn Store>, clock: &ManualClock) -> Parts {
    let files: Vec<(String, String)> =
        POLICIES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let (policies, problems) = Policies::load(
        &Files { policies: files.to_vec(), ..Files::default() },
        &Catalog::default(),
    );
    assert_eq!(problems, []);
    Parts {
        store: Arc::clone(store),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(0)),
        seal: Arc::new(OpenSeal),
        directory: Arc::new(ListDirectory::default()),
        chats: Vec::new(),
        pagers: BTreeMap::new(),
        responders: BTreeMap::new(),
        enrichers: BTreeMap::new(),
        writebacks: BTreeMap::new(),
        playbooks: BTreeMap::new(),
        identity: None,
        verifiers: BTreeMap::new(),
        policies,
        templates: Templates::default(),
        settings: settings(),
    }
}

pub(super) fn person(number: u128, email: &str, active: bool) -> Person {
    let name = email.split('@').next().expect("an account");
    let account = format!("U-{name}");
    Person {
        id: PersonId::from_digest(number),
        subject: format!("subject-{number}").into(),
        email: email.into(),
        name: format!("{}{} Example", name[..1].to_uppercase(), &name[1..]).into(),
        time_zone: Some("Europe/Berlin".to_owned()),
        language: None,
        manager: None,
        groups: Vec::new(),
        privileged: false,
        chat: BTreeMap::from([("talk".to_owned(), account)]),
        aliases: Vec::new(),
        away: Vec::new(),
        active,
    }
}

pub(super) fn totp(person: PersonId, number: u128, created_at: Timestamp) -> Factor {
    Factor {
        id: FactorId::from_digest(number),
        person,
        method: Method::Totp,
        label: "phone".to_owned(),
        created_at: Some(created_at),
        authorised_by: "directory".to_owned(),
        material: b"secret".to_vec(),
        counter: 0,
        is_external: true,
    }
}

pub(crate) fn settings() -> Settings {
    let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday];
    let (start, end) = (time(9, 0, 0, 0), time(17, 0, 0, 0));
    let calendar = Calendar::new(days, start, end, TimeZone::UTC, Default::default());
    Settings {
        organisation: "Example".to_owned(),
        public_url: URL.to_owned(),
        calendar: calendar.expect("a calendar"),
        languages: vec!["en".to_owned()],
        is_observed: false,
        evidence: Evidence { independence_window: WINDOW, attempts: 3, sampled_permille: 0 },
        escalation: Default::default(),
        act_limits: None,
        enrich_deadline: Span::seconds(5),
        event_sources: Default::default(),
        is_enrolment_guarded: true,
        rates: BTreeMap::new(),
        reporters: vec!["spare".to_owned()],
        analyst_groups: Vec::new(),
        admin_groups: Vec::new(),
        provider_analysts: Vec::new(),
        provider_admins: Vec::new(),
        disk_reserve_bytes: 0,
        session_life: Span::hours(12),
        analyst_idle: Span::hours(1),
        token_key: [7; 32],
    }
}
