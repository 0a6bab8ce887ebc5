//! A small company behind the router: Mia is nobody special, Ana an analyst, Ada an administrator.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, body::Body};
use casework::{
    calendar::Calendar,
    input::Evidence,
    playbook::Playbook,
    policy::{Files, Policies},
};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
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
    store::{Store as _, memory::MemoryStore},
    verifier::{Factor, Verifier},
};
use runtime::{
    Engine, Parts, Settings,
    blocklists::StoredBlocklists,
    people::{Authority, LinkKind, StepUpOutcome},
    posture::Posture,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tower::ServiceExt as _;
use web::{
    AppState, Site,
    blocklists::{Blocklists, ReaderOfToken},
    keys::{ApiKey, ApiKeys, Scope},
    limits::Limits,
};

use crate::fakes::{Code, Talk, hook, lab, siem};

pub(crate) const URL: &str = "https://countersign.example.com";
pub(crate) const MIA: &str = "mia@example.com";
pub(crate) const ANA: &str = "ana@example.com";
pub(crate) const ADA: &str = "ada@example.com";

/// The token of a firewall, of the list `edge`.
pub(crate) const LIST_TOKEN: &str = "list-secret-0a1b2c3d4e5f";

pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) engine: Engine,
    pub(crate) store: MemoryStore,
    pub(crate) clock: ManualClock,
    pub(crate) responder: Arc<FakeResponder>,
    pub(crate) provider: Arc<FakeIdentityProvider>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The last part of a problem's `type`; the rest of the document is checked on the way.
    pub(crate) fn problem(&self) -> String {
        let kind = self.headers.get(header::CONTENT_TYPE).expect("a content type");
        assert_eq!(kind, "application/problem+json", "{}", self.text);
        let document = self.json();
        assert_eq!(document["status"], self.status.as_u16());
        assert!(document["detail"].as_str().is_some_and(|detail| detail.ends_with('.')));
        let name = document["type"].as_str().expect("a type");
        let name = name.strip_prefix(&format!("{URL}/problems/")).expect("one of ours");
        name.to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }
}

/// The type of an answer that has no end.
const STREAM: &str = "text/event-stream";

/// The beginning of a body; nothing of an empty one.
async fn first_of(mut body: Body) -> bytes::Bytes {
    let first = body.frame().await.and_then(Result::ok);
    first.and_then(|frame| frame.into_data().ok()).unwrap_or_default()
}

/// The token of the key with this scope.
pub(crate) fn token(scope: Scope) -> String {
    format!("key-secret-{}-4d5e6f708192", scope.name())
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        let store = MemoryStore::new();
        // A Wednesday morning.
        let clock = ManualClock::at(Timestamp::from_second(1_795_000_000).expect("in range"));
        let responder = Arc::new(FakeResponder::new());
        let provider = Arc::new(FakeIdentityProvider::default());
        let engine = Engine::new(parts(&store, &clock, &responder, &provider));
        let of_token = |token: &str| (token == LIST_TOKEN).then(|| "fw1".to_owned());
        let site = Site::new(URL, Vec::new()).expect("an address");
        let scopes = [Scope::Ingest, Scope::Read, Scope::Analyst, Scope::Admin];
        let keys = scopes.map(|scope| {
            let token = SecretString::from(token(scope));
            ApiKey::new(scope.name(), vec![scope], &token).expect("long enough")
        });
        let detection = crate::events::detection(&engine);
        let state = AppState::new(engine.clone(), Arc::new(clock.clone()), site)
            .with_sources([siem(), hook(), crate::events::vpn()])
            .with_detection(detection)
            .with_keys(ApiKeys::new(keys.to_vec()))
            .with_blocklists(Blocklists::new(
                StoredBlocklists::new(Arc::new(store.clone()), Arc::new(clock.clone())),
                BTreeMap::from([("edge".to_owned(), Arc::new(of_token) as ReaderOfToken)]),
            ))
            .with_limits(limits)
            .with_posture(Posture::without_devices(engine.clone()), [lab()])
            .with_metrics(Arc::new(|| "countersign_up 1\n".to_owned()));
        Self { router: web::router(state), engine, store, clock, responder, provider }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let is_endless = parts.headers.get(header::CONTENT_TYPE).is_some_and(|it| it == STREAM);
        let bytes = match is_endless {
            true => first_of(body).await,
            false => body.collect().await.expect("a whole body").to_bytes(),
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// A call with the key of this scope.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        scope: Scope,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", token(scope)));
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).expect("a request")).await
    }

    pub(crate) async fn get(&self, path: &str, scope: Scope) -> Answer {
        self.call(Method::GET, path, scope, None).await
    }

    /// A browser signed in by a link.
    pub(crate) async fn browser(&self, email: &str) -> Browser {
        let url = self.engine.create_link(Authority::Host, email, LinkKind::SignIn).await;
        let url = url.expect("a link");
        let secret = url.expose_secret().rsplit('/').next().expect("a secret").to_owned();
        let session = self.engine.redeem_link(&secret).await.expect("signed in");
        let token = session.token.expose_secret().to_owned();
        let viewer = self.engine.viewer(&token).await.expect("readable").expect("signed in");
        Browser {
            cookie: format!("{}={token}", web::cookies::SESSION_COOKIE),
            csrf: viewer.session.csrf.clone(),
            token,
        }
    }

    /// Lets a browser's person prove it is them.
    pub(crate) async fn prove(&self, browser: &Browser) {
        let viewer = self.engine.viewer(&browser.token).await.expect("readable");
        let viewer = viewer.expect("signed in");
        let begun = self.engine.begin_step_up(&viewer, model::Method::Totp, None).await;
        let begun = begun.expect("begun");
        let code = Some(crate::fakes::CODE);
        let outcome = self.engine.finish_step_up(&viewer, begun.challenge, code).await;
        assert_eq!(outcome, Ok(StepUpOutcome::Proven));
    }

    /// Posts one alert about a person and gives the id of its case.
    pub(crate) async fn case_about(&self, email: &str) -> String {
        self.case_of("new-device", email).await
    }

    /// The same of another rule.
    pub(crate) async fn case_of(&self, rule: &str, email: &str) -> String {
        // The newest case is the first of the list.
        self.clock.advance(Span::seconds(1));
        let body = serde_json::json!({ "rule": rule, "person": email, "severity": "high" });
        let answer = self.send(alert_request(&body.to_string())).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        let list = self.get("/v1/cases", Scope::Read).await.json();
        list["items"][0]["id"].as_str().expect("a case").to_owned()
    }

    /// Carries out what is to be done now and in the next seconds.
    pub(crate) async fn work(&self) {
        for _ in 0..12 {
            for lane in self.engine.lanes() {
                self.engine.run_lane_once(&lane).await.expect("carried out");
            }
            self.engine.run_timers_once().await.expect("carried out");
            self.clock.advance(Span::seconds(1));
        }
    }

    /// How long the audit chain is: it grows with everything that happens.
    pub(crate) async fn audit_length(&self) -> u64 {
        self.store.audit_head().await.expect("readable").0
    }

    pub(crate) fn id_of(&self, email: &str) -> PersonId {
        self.engine.find_person(email).expect("works here").id
    }
}

/// Alerts as the source `siem` sends them.
pub(crate) fn alert_request(body: &str) -> Request<Body> {
    Request::post("/v1/alerts/siem")
        .header(header::AUTHORIZATION, format!("Bearer {}", crate::fakes::SOURCE_TOKEN))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_owned()))
        .expect("a request")
}

/// A signed-in browser.
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
    pub(crate) token: String,
}

impl Browser {
    /// What a browser sends along with what it does on our pages.
    pub(crate) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, URL)
    }
}

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

fn parts(
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
        admin_groups: vec!["it".to_owned()],
        provider_analysts: Vec::new(),
        provider_admins: Vec::new(),
        disk_reserve_bytes: 0,
        session_life: Span::hours(12),
        analyst_idle: Span::hours(1),
        token_key: [7; 32],
    }
}
