//! A system of the company's own that isolates devices when it is told to by a signed webhook.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use ports::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Faults, RequestLog, server::Server, webhook::authentic};

/// A device that is never isolated.
pub const CORE_ROUTER: &str = "core-router";

/// A running receiver. Dropping it closes the server.
#[derive(Debug)]
pub struct ActionSink {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    secret: String,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<Devices>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared[secret]")
    }
}

#[derive(Debug, Default)]
struct Devices {
    /// What is isolated, with the token that lifts it.
    isolated: BTreeMap<String, String>,
    /// Jobs that were taken and are not finished: to isolate with a token, or to release.
    jobs: BTreeMap<usize, (String, Option<String>)>,
    /// What was answered to each id: a repetition gets the same.
    answered: BTreeMap<String, (u16, Value)>,
    seen: Vec<Value>,
    is_slow: bool,
    gives_no_token: bool,
    jobs_begun: usize,
    effects: usize,
    refused: usize,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    target: Target,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    undo_token: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    id: String,
}

impl ActionSink {
    /// Starts it on a free port. The secret is `whsec_` and base64.
    pub async fn start(secret: &str, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Shared { secret: secret.to_owned(), clock, state: Arc::default() };
        let routes = Router::new()
            .route("/actions", post(execute))
            .route("/actions/verify", post(verify))
            .route("/actions/revert", post(revert))
            .route("/jobs/{job}", get(job))
            .with_state(shared.clone());
        Ok(Self { server: Server::start(routes, 0).await?, shared })
    }

    /// The address to send actions to; `/verify` and `/revert` lie below it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/actions", self.server.origin())
    }

    /// What goes wrong on purpose.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// The calls that came.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.server.log
    }

    /// Somebody else isolates a device.
    pub fn isolate(&self, device: &str) {
        let state = &mut *self.shared.lock();
        state.isolated.insert(device.to_owned(), "somebody-elses-token".to_owned());
    }

    /// The devices that are isolated.
    #[must_use]
    pub fn isolated(&self) -> Vec<String> {
        self.shared.lock().isolated.keys().cloned().collect()
    }

    /// Whether what is taken is finished only in [`ActionSink::finish`].
    pub fn finish_later(&self, is_slow: bool) {
        self.shared.lock().is_slow = is_slow;
    }

    /// Whether nothing is given by which an act can be taken back.
    pub fn give_no_token(&self, gives_no_token: bool) {
        self.shared.lock().gives_no_token = gives_no_token;
    }

    /// Finishes what was taken.
    pub fn finish(&self) {
        let state = &mut *self.shared.lock();
        for (device, token) in std::mem::take(&mut state.jobs).into_values() {
            state.set(device, token);
        }
    }

    /// How often it changed something.
    #[must_use]
    pub fn effects(&self) -> usize {
        self.shared.lock().effects
    }

    /// Every message that was authentic, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Value> {
        self.shared.lock().seen.clone()
    }

    /// How many were not.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.shared.lock().refused
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Devices> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers an authentic message once, and the same again.
    fn answer(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        act: impl FnOnce(&mut Devices, Message) -> (u16, Value),
    ) -> Response {
        let now = self.clock.now().as_second();
        let id = authentic(&self.secret, now, headers, body);
        let state = &mut *self.lock();
        let read = id.zip(serde_json::from_slice::<Message>(body).ok());
        let Some((id, message)) = read else {
            state.refused += 1;
            return StatusCode::UNAUTHORIZED.into_response();
        };
        state.seen.extend(serde_json::from_slice(body).ok());
        let (status, reply) = match state.answered.get(&id) {
            Some(answered) => answered.clone(),
            None => act(state, message),
        };
        state.answered.insert(id, (status, reply.clone()));
        (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), Json(reply)).into_response()
    }
}

impl Devices {
    fn set(&mut self, device: String, token: Option<String>) {
        match token {
            Some(token) => self.isolated.insert(device, token),
            None => self.isolated.remove(&device),
        };
    }

    fn change(&mut self, device: String, token: Option<String>) -> (u16, Value) {
        self.effects += 1;
        let told = token.clone().filter(|_| !self.gives_no_token);
        let mut reply = json!({ "status": "done", "prior_state": { "vlan": 7 } });
        if let Some(token) = told {
            reply["undo_token"] = json!(token);
        }
        if !self.is_slow {
            self.set(device, token);
            return (200, reply);
        }
        self.jobs_begun += 1;
        self.jobs.insert(self.jobs_begun, (device, token));
        reply["status"] = json!("accepted");
        reply["poll"] = json!(format!("/jobs/{}", self.jobs_begun));
        (202, reply)
    }
}

async fn execute(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    shared.answer(&headers, &body, |devices, message| {
        let device = message.target.id;
        if message.kind != "action.execute" {
            return (400, json!({ "reason": "another type" }));
        }
        if device == CORE_ROUTER {
            return (422, json!({ "reason": "the core router is never isolated" }));
        }
        if devices.isolated.contains_key(&device) {
            return (409, json!({ "status": "already" }));
        }
        if message.dry_run {
            return (200, json!({ "status": "ready", "prior_state": { "vlan": 7 } }));
        }
        let token = format!("undo-{}", devices.effects + 1);
        devices.change(device, Some(token))
    })
}

async fn verify(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    shared.answer(&headers, &body, |devices, message| {
        let token = devices.isolated.get(&message.target.id);
        let wanted = match message.kind.as_str() {
            "action.verify" => token.is_some(),
            "action.verify_revert" => token.is_none(),
            _ => return (400, json!({ "reason": "another type" })),
        };
        let mut reply = json!({ "status": if wanted { "done" } else { "pending" } });
        if let Some(token) = token.filter(|_| !devices.gives_no_token) {
            reply["undo_token"] = json!(token);
        }
        (200, reply)
    })
}

async fn revert(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    shared.answer(&headers, &body, |devices, message| {
        let device = message.target.id;
        match (message.kind.as_str(), devices.isolated.get(&device)) {
            ("action.revert", None) => (409, json!({ "status": "already" })),
            ("action.revert", token) if token == message.undo_token.as_ref() => {
                devices.change(device, None)
            }
            ("action.revert", _) => (422, json!({ "reason": "isolated anew by somebody else" })),
            _ => (400, json!({ "reason": "another type" })),
        }
    })
}

async fn job(State(shared): State<Shared>, headers: HeaderMap, Path(job): Path<usize>) -> Response {
    let now = shared.clock.now().as_second();
    if authentic(&shared.secret, now, &headers, b"").is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let is_pending = shared.lock().jobs.contains_key(&job);
    Json(json!({ "status": if is_pending { "accepted" } else { "done" } })).into_response()
}
