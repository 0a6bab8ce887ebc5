//! A small company behind the router: Mia is nobody special, Ana an analyst, Ada an administrator.

mod parts;

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use model::{PersonId, Span, Timestamp};
use ports::{
    clock::ManualClock,
    identity::fake::FakeIdentityProvider,
    responder::fake::FakeResponder,
    store::{Store as _, memory::MemoryStore},
};
use runtime::{
    Engine,
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

use crate::fakes::{hook, lab, siem};
use parts::parts;

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
