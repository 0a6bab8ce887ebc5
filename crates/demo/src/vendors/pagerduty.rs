//! A stand-in for PagerDuty's Events API v2, with the incidents it would have opened.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Html,
    routing::{get, post},
};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    page::{escape, page},
    server::{Server, stand_in},
};

const BODY_MAX_BYTES: usize = 512 * 1024;
const SUMMARY_MAX: usize = 1_024;
const DEDUP_MAX: usize = 255;
const LINKS_MAX: usize = 100;
/// How many incidents, and how many entries of each, are kept.
const INCIDENTS_MAX: usize = 10_000;
const ENTRIES_MAX: usize = 100;

/// The routing key that is accepted unless another is given. Made up.
pub const ROUTING_KEY: &str = "MADEUPR0UTINGKEYF0RTHEDEM0000000";

/// A running stand-in. Dropping it closes the server.
#[derive(Debug)]
pub struct PagerDutyWorld {
    server: Server,
    shared: Shared,
}

#[derive(Debug, Clone)]
struct Shared {
    routing_key: String,
    incidents: Arc<Mutex<Incidents>>,
}

#[derive(Debug, Default)]
struct Incidents {
    /// The open incident of each key, and those that ended, oldest first.
    all: Vec<Incident>,
    open: BTreeMap<String, usize>,
    accepted: u64,
}

/// An incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// The key that events of it share.
    pub dedup: String,
    /// Whether it still needs somebody.
    pub is_open: bool,
    /// The summary of the first event.
    pub summary: String,
    /// The severity of the latest event.
    pub severity: String,
    /// Every event it took, oldest first, without the routing key.
    pub events: Vec<Value>,
}

stand_in! {
    PagerDutyWorld,
    "The address for the connector's `base_url`; its page is at `/`.",
    "What goes wrong on purpose. The only call is `enqueue`."
}

impl PagerDutyWorld {
    /// Starts it on a free port with [`ROUTING_KEY`].
    pub async fn start() -> io::Result<Self> {
        Self::start_at(ROUTING_KEY, 0).await
    }

    /// Starts it with this routing key, on this port; 0 for any.
    pub async fn start_at(routing_key: &str, port: u16) -> io::Result<Self> {
        let shared = Shared { routing_key: routing_key.to_owned(), incidents: Arc::default() };
        let routes = Router::new()
            .route("/", get(list))
            .route("/v2/enqueue", post(enqueue))
            .with_state(shared.clone());
        Ok(Self { server: Server::start(routes, port).await?, shared })
    }

    /// All incidents, oldest first.
    #[must_use]
    pub fn incidents(&self) -> Vec<Incident> {
        self.shared.lock().all.clone()
    }

    /// How many events were ever accepted.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.shared.lock().accepted
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Incidents> {
        self.incidents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event as the vendor documents it, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    routing_key: String,
    event_action: String,
    dedup_key: Option<String>,
    #[serde(rename = "client")]
    _client: Option<String>,
    client_url: Option<String>,
    payload: Option<Payload>,
    #[serde(default)]
    links: Vec<Link>,
    #[serde(default, rename = "images")]
    _images: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    summary: String,
    source: String,
    severity: String,
    timestamp: Option<String>,
    #[serde(rename = "component")]
    _component: Option<String>,
    #[serde(rename = "group")]
    _group: Option<String>,
    #[serde(rename = "class")]
    _class: Option<String>,
    #[serde(rename = "custom_details")]
    _custom_details: Option<serde_json::Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    href: String,
    #[serde(rename = "text")]
    _text: Option<String>,
}

async fn enqueue(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    match accept(&shared, &headers, &body) {
        Ok(dedup) => (
            StatusCode::ACCEPTED,
            Json(json!({
                "status": "success", "message": "Event processed", "dedup_key": dedup,
            })),
        ),
        Err(why) => (
            StatusCode::BAD_REQUEST,
            Json(json!({
                "status": "invalid event", "message": "Event object is invalid", "errors": [why],
            })),
        ),
    }
}

fn accept(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<String, String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    ensure(kind.is_some_and(|kind| kind.starts_with("application/json")), "content type")?;
    ensure(body.len() <= BODY_MAX_BYTES, "body larger than 512 KB")?;
    let event: Event = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    check(shared, &event)?;
    let mut kept: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if let Some(object) = kept.as_object_mut() {
        object.remove("routing_key");
    }
    let incidents = &mut *shared.lock();
    incidents.accepted += 1;
    let dedup = event.dedup_key.unwrap_or_else(|| format!("made-{}", incidents.accepted));
    match event.payload.filter(|_| event.event_action == "trigger") {
        Some(payload) => incidents.trigger(&dedup, &payload, kept),
        None => incidents.change(&dedup, event.event_action == "resolve", kept),
    }
    Ok(dedup)
}

fn check(shared: &Shared, event: &Event) -> Result<(), String> {
    ensure(event.routing_key == shared.routing_key, "routing_key is not known")?;
    let is_action = matches!(event.event_action.as_str(), "trigger" | "acknowledge" | "resolve");
    ensure(is_action, "event_action")?;
    let dedup = event.dedup_key.as_deref();
    ensure(dedup.is_none_or(|key| (1..=DEDUP_MAX).contains(&key.len())), "dedup_key")?;
    ensure(event.links.len() <= LINKS_MAX, "links")?;
    ensure(event.links.iter().all(|link| link.href.starts_with("http")), "links.href")?;
    ensure(event.client_url.as_ref().is_none_or(|url| url.starts_with("http")), "client_url")?;
    let Some(payload) = &event.payload else {
        return ensure(event.event_action != "trigger" && dedup.is_some(), "payload or dedup_key");
    };
    ensure((1..=SUMMARY_MAX).contains(&payload.summary.chars().count()), "payload.summary")?;
    ensure(!payload.source.is_empty(), "payload.source")?;
    let severities = ["critical", "error", "warning", "info"];
    ensure(severities.contains(&payload.severity.as_str()), "payload.severity")?;
    let time = payload.timestamp.as_deref();
    ensure(time.is_none_or(|time| time.parse::<Timestamp>().is_ok()), "payload.timestamp")
}

fn ensure(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{what} is invalid")) }
}

impl Incidents {
    fn trigger(&mut self, dedup: &str, payload: &Payload, event: Value) {
        let open = self.open.get(dedup).and_then(|&index| self.all.get_mut(index));
        if let Some(incident) = open {
            incident.severity.clone_from(&payload.severity);
            return incident.take(event);
        }
        if self.all.len() == INCIDENTS_MAX {
            return;
        }
        self.open.insert(dedup.to_owned(), self.all.len());
        self.all.push(Incident {
            dedup: dedup.to_owned(),
            is_open: true,
            summary: payload.summary.clone(),
            severity: payload.severity.clone(),
            events: vec![event],
        });
    }

    /// Acknowledges or resolves; where nothing is open, it is dropped silently as the vendor does.
    fn change(&mut self, dedup: &str, resolves: bool, event: Value) {
        let open = self.open.get(dedup).and_then(|&index| self.all.get_mut(index));
        let Some(incident) = open else { return };
        incident.take(event);
        if resolves {
            incident.is_open = false;
            self.open.remove(dedup);
        }
    }
}

impl Incident {
    fn take(&mut self, event: Value) {
        if self.events.len() < ENTRIES_MAX {
            self.events.push(event);
        }
    }
}

async fn list(State(shared): State<Shared>) -> Html<String> {
    let incidents = shared.lock();
    let mut body = String::new();
    for incident in incidents.all.iter().rev() {
        let state = if incident.is_open { "OPEN" } else { "resolved" };
        body += &format!(
            "<article><small>{state}, {}, {} event(s)</small><p>{}</p>",
            escape(&incident.severity),
            incident.events.len(),
            escape(&incident.summary),
        );
        let details = incident
            .events
            .iter()
            .rev()
            .find_map(|event| event["payload"]["custom_details"].as_object());
        body += "<dl>";
        for (label, value) in details.into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            body += &format!("<dt>{}</dt><dd>{}</dd>", escape(label), escape(value));
        }
        body += "</dl></article>";
    }
    if incidents.all.is_empty() {
        body += "<p>Nobody was paged yet.</p>";
    }
    page("PagerDuty, played", true, &body)
}
