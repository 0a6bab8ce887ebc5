//! The real router over the real engine, with a store in memory and verifiers that do as told.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use axum::{Router, body::Body};
use casework::{
    calendar::Calendar,
    input::Evidence,
    playbook::Playbook,
    policy::{Files, Policies},
};
use http::{Method as Verb, Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::{
    civil::{Weekday, time},
    tz::TimeZone,
};
use model::{CaseId, Facts, Method, Person, PersonId, Severity, Span, Timestamp, person::Away};
use ports::{
    Clock, Directory, Failure,
    clock::ManualClock,
    directory::ListDirectory,
    entropy::SeededEntropy,
    responder::{Responder, fake::FakeResponder},
    seal::OpenSeal,
    source::AlertDraft,
    store::{Store as _, memory::MemoryStore},
    verifier::{Begun, ChallengeRequest, Enrolled, Factor, Proven, Verdict, Verifier},
};
use runtime::{
    Engine, Parts, Settings,
    people::{Authority, LinkKind},
    posture::Posture,
    render::Templates,
};
use secrecy::ExposeSecret;
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

use crate::{AppState, Site, router};

pub(super) const URL: &str = "https://countersign.example.com";
pub(super) const MIA: &str = "mia@example.com";
pub(super) const LEO: &str = "leo@example.com";
pub(super) const ANA: &str = "ana@example.com";
/// What proves anything here.
pub(super) const RIGHT: &str = "123456";
/// The code that a pushed request shows.
pub(super) const MATCH_CODE: &str = "804213";

pub(super) struct World {
    router: Router,
    pub(super) engine: Engine,
    pub(super) store: MemoryStore,
    pub(super) clock: ManualClock,
    pub(super) responder: Arc<FakeResponder>,
}

/// A browser with a session, or without.
#[derive(Clone)]
pub(super) struct Browser<'w> {
    world: &'w World,
    token: Option<String>,
}

/// What came back.
pub(super) struct Shown {
    pub(super) status: StatusCode,
    pub(super) location: String,
    pub(super) html: String,
}

impl World {
    /// Mia and Leo are people with old factors, Ana is an analyst.
    pub(super) fn new() -> Self {
        Self::with(None, |engine, _, _| Posture::without_devices(engine.clone()))
    }

    /// The same with people who read this language, and with devices.
    pub(super) fn with(
        language: Option<&str>,
        posture: impl FnOnce(&Engine, Arc<dyn Clock>, Arc<dyn Directory>) -> Posture,
    ) -> Self {
        let store = MemoryStore::new();
        let clock = ManualClock::at(Timestamp::from_second(1_795_003_200).expect("in range"));
        let told = |method| Arc::new(Told(method)) as Arc<dyn Verifier>;
        let people = [person(1, MIA, "Mia"), person(2, LEO, "Leo"), person(3, ANA, "Ana")];
        let people = people.map(|it| Person { language: language.map(str::to_owned), ..it });
        let directory = people.iter().fold(ListDirectory::new(people.clone()), |all, person| {
            all.with_factors(person.id, factors(person.id, clock.now()))
        });
        let directory: Arc<dyn Directory> = Arc::new(directory);
        let responder = Arc::new(FakeResponder::new());
        let own = Arc::clone(&responder) as Arc<dyn Responder>;
        let responders = BTreeMap::from([("fake".to_owned(), own)]);
        let (policies, playbooks) = content(&responders);
        let engine = Engine::new(Parts {
            store: Arc::new(store.clone()),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(7)),
            seal: Arc::new(OpenSeal),
            directory: Arc::clone(&directory),
            chats: Vec::new(),
            pagers: BTreeMap::new(),
            responders,
            enrichers: BTreeMap::new(),
            writebacks: BTreeMap::new(),
            playbooks,
            identity: None,
            verifiers: Method::ALL.into_iter().map(|method| (method, told(method))).collect(),
            policies,
            templates: Templates::default(),
            settings: settings(),
        });
        let site = Site::new(URL, Vec::new()).expect("an address");
        let posture = posture(&engine, Arc::new(clock.clone()), directory);
        let state = AppState::new(engine.clone(), Arc::new(clock.clone()), site);
        let state = state.with_posture(posture, []);
        Self { router: router(state), engine, store, clock, responder }
    }

    /// Takes an alert in; says which case it belongs to.
    pub(super) async fn alert(&self, draft: AlertDraft) -> CaseId {
        let accepted = self.engine.accept("siem", vec![Ok(draft)]).await.expect("accepted");
        accepted.alerts[0].case
    }

    /// A question to a person about something usual.
    pub(super) async fn question(&self, email: &str) -> CaseId {
        self.alert(draft(email, "Sign-in from a new country", Severity::Medium)).await
    }

    /// Carries out everything that waits, once.
    pub(super) async fn dispatch(&self) {
        for lane in self.engine.lanes() {
            self.engine.run_lane_once(&lane).await.expect("carried out");
        }
    }

    pub(super) async fn browser(&self, email: &str) -> Browser<'_> {
        let made = self.engine.create_link(Authority::Host, email, LinkKind::SignIn).await;
        let url = made.expect("made");
        let link = url.expose_secret().rsplit('/').next().expect("a token");
        let session = self.engine.redeem_link(link).await.expect("redeemed");
        Browser { world: self, token: Some(session.token.expose_secret().to_owned()) }
    }

    pub(super) fn stranger(&self) -> Browser<'_> {
        Browser { world: self, token: None }
    }

    /// How much has ever been written: any change whatever moves it.
    pub(super) async fn marks(&self) -> (u64, Vec<(String, u64)>) {
        let head = self.store.audit_head().await.expect("readable");
        (head.0, self.store.outbox_depth().await.expect("readable"))
    }
}

impl Browser<'_> {
    pub(super) async fn get(&self, path: &str) -> Shown {
        self.send(Verb::GET, path, None).await
    }

    pub(super) async fn head(&self, path: &str) -> Shown {
        self.send(Verb::HEAD, path, None).await
    }

    /// Sends a form of one of our pages.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let csrf = self.csrf().await;
        let mut form = Serializer::new(String::new());
        form.append_pair("csrf", &csrf).extend_pairs(fields);
        self.send(Verb::POST, path, Some(form.finish())).await
    }

    /// Sends a form as it is.
    pub(super) async fn post_raw(&self, path: &str, form: &str) -> Shown {
        self.send(Verb::POST, path, Some(form.to_owned())).await
    }

    /// Lets its person prove that it is them.
    pub(super) async fn prove(&self) {
        let (engine, token) = (&self.world.engine, self.token.as_deref().expect("signed in"));
        let viewer = engine.viewer(token).await.expect("readable").expect("signed in");
        let begun = engine.begin_step_up(&viewer, Method::Totp, None).await.expect("begun");
        let outcome = engine.finish_step_up(&viewer, begun.challenge, Some(RIGHT)).await;
        assert_eq!(outcome, Ok(runtime::people::StepUpOutcome::Proven));
    }

    pub(super) async fn csrf(&self) -> String {
        let Some(token) = &self.token else { return String::new() };
        let viewer = self.world.engine.viewer(token).await.expect("readable").expect("signed in");
        viewer.session.csrf
    }

    async fn send(&self, verb: Verb, path: &str, form: Option<String>) -> Shown {
        let mut request = Request::builder().method(verb).uri(path);
        request = request.header(header::ACCEPT, "text/html").header(header::ORIGIN, URL);
        if let Some(token) = &self.token {
            request = request.header(header::COOKIE, format!("__Host-countersign_session={token}"));
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(form.unwrap_or_default())).expect("a request");
        let response = self.world.router.clone().oneshot(request).await.expect("infallible");
        let location = response.headers().get(header::LOCATION);
        let location = location.map_or("", |value| value.to_str().expect("a path")).to_owned();
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        Shown { status, location, html: String::from_utf8(bytes.to_vec()).expect("UTF-8") }
    }
}

/// Ends sessions by itself.
const ACTS: &str = r#"
id: acts
owner: security
match: 'alert.rule == "stolen"'
confidence: high
escalate: true
do: [{ run: fake.end_sessions }, { run: fake.revoke }]
tests: [{ name: escalates, alert: { rule: stolen }, expect: { act: escalate } }]
"#;
const CONTAIN: &str = r#"
id: contain
owner: security
purpose: Contains what can be contained
steps: [{ approve: { needs: 1, within: 1h } }, { run: fake.suspend }]
tests: [{ name: everything, case: {}, expect: [approve 1, run fake.suspend] }]
"#;

type Playbooks = BTreeMap<String, Arc<Playbook>>;

fn content(responders: &BTreeMap<String, Arc<dyn Responder>>) -> (Policies, Playbooks) {
    let catalog = runtime::acting::catalog(responders, &BTreeMap::new());
    let (contain, _) = casework::playbook::read("contain.yml", CONTAIN, &catalog).expect("sound");
    let policies = vec![("policies/acts.yml".to_owned(), ACTS.to_owned())];
    let (policies, problems) = Policies::load(&Files { policies, ..Files::default() }, &catalog);
    assert!(problems.is_empty(), "{problems:?}");
    (policies, BTreeMap::from([(contain.id.clone(), contain)]))
}

/// An alert about a person.
pub(super) fn draft(email: &str, title: &str, severity: Severity) -> AlertDraft {
    AlertDraft {
        external_id: None,
        rule: "new-country".to_owned(),
        title: title.to_owned(),
        description: "A sign-in came from a country not seen before.".to_owned(),
        severity,
        time: None,
        person: Some(email.into()),
        url: Some("https://siem.example.com/a/1".to_owned()),
        facts: Facts::from([("place".to_owned(), "Lisbon, Portugal".into())]),
        problems: Vec::new(),
    }
}

fn factors(person: PersonId, now: Timestamp) -> Vec<Factor> {
    let local = Method::ALL.into_iter().filter(|method| !method.is_remote());
    let factor = |(number, method)| Factor {
        id: model::FactorId::from_digest(person.bits() * 10 + number),
        person,
        method,
        label: "mine".to_owned(),
        created_at: Some(Span::days(30).before(now)),
        authorised_by: "directory".to_owned(),
        material: b"material".to_vec(),
        counter: 0,
        is_external: true,
    };
    (1..).zip(local).map(factor).collect()
}

fn person(number: u128, email: &str, name: &str) -> Person {
    // Leo is away, and Ana manages him.
    let is_leo = email == LEO;
    let away = Away { from: Timestamp::UNIX_EPOCH, to: Timestamp::MAX };
    let groups = if email == ANA { vec!["security".to_owned()] } else { Vec::new() };
    Person {
        id: PersonId::from_digest(number),
        subject: format!("subject-{number}").into(),
        email: email.into(),
        name: format!("{name} Example").into(),
        time_zone: Some("Europe/Berlin".to_owned()),
        language: None,
        manager: is_leo.then(|| ANA.into()),
        groups,
        privileged: false,
        chat: BTreeMap::new(),
        aliases: Vec::new(),
        away: is_leo.then_some(away).into_iter().collect(),
        active: true,
    }
}

fn settings() -> Settings {
    let days =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let (start, end) = (time(9, 0, 0, 0), time(17, 0, 0, 0));
    let calendar = Calendar::new(days, start, end, TimeZone::UTC, Default::default());
    Settings {
        organisation: "Example".to_owned(),
        public_url: URL.to_owned(),
        calendar: calendar.expect("a calendar"),
        languages: vec!["en".to_owned()],
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
        admin_groups: Vec::new(),
        provider_analysts: Vec::new(),
        provider_admins: Vec::new(),
        disk_reserve_bytes: 0,
        session_life: Span::hours(12),
        analyst_idle: Span::hours(1),
        token_key: [7; 32],
    }
}

/// A verifier to which [`RIGHT`] proves everything; the remote one waits for ever.
struct Told(Method);

#[async_trait]
impl Verifier for Told {
    fn method(&self) -> Method {
        self.0
    }
    fn is_local(&self) -> bool {
        !self.0.is_remote()
    }
    async fn begin(&self, _: &ChallengeRequest<'_>) -> Result<Begun, Failure> {
        let options = (self.0 == Method::Passkey)
            .then(|| serde_json::json!({ "publicKey": { "challenge": "\"'<hostile>" } }));
        let code = self.0.is_remote().then(|| MATCH_CODE.to_owned());
        Ok(Begun { state: Vec::new(), options, code })
    }
    async fn check(
        &self,
        request: &ChallengeRequest<'_>,
        _: &[u8],
        response: Option<&str>,
        now: Timestamp,
    ) -> Result<Verdict, Failure> {
        let counter = u64::try_from(now.as_second()).ok();
        let factor = request.factors.iter().find(|factor| factor.method == self.0);
        Ok(match (response, factor) {
            (None, _) => Verdict::Waiting,
            (Some(RIGHT), Some(factor)) => Verdict::Proven(Proven {
                factor: Some(factor.id),
                provider_device: None,
                counter,
                material: None,
            }),
            _ => Verdict::Wrong,
        })
    }
    fn begin_enrolment(&self, _: &Person, _: &[Factor]) -> Option<Result<Begun, Failure>> {
        None
    }
    fn finish_enrolment(
        &self,
        _: &Person,
        _: &[u8],
        _: &str,
        _: Timestamp,
    ) -> Result<Enrolled, Verdict> {
        Err(Verdict::Wrong)
    }
    async fn is_available(&self, _: &Person, _: &[Factor]) -> Result<bool, Failure> {
        Ok(true)
    }
}
