//! A stand-in for Jamf's Classic API.

use std::io;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Shelf, is_authorised, is_numbered, missing, refused, world};
use crate::vendors::server::Server;

/// The account that is accepted. Made up.
const USER: &str = "reader";
/// Its password.
const PASSWORD: &str = "made-up-classic-password";
const COMPUTERS: &str = "computers";
const USERS: &str = "users";

/// A running tenant. Dropping it closes the port.
#[derive(Debug)]
pub struct JamfClassicWorld {
    pub(super) server: Server,
    pub(super) shelf: Shelf,
}

world! { JamfClassicWorld }

impl JamfClassicWorld {
    /// The account that is accepted.
    pub const USER: &'static str = USER;
    /// Its password.
    pub const PASSWORD: &'static str = PASSWORD;

    /// Starts it without any computers.
    pub async fn start() -> io::Result<Self> {
        let shelf = Shelf::default();
        let routes = Router::new()
            .route("/JSSResource/computers", get(list))
            .route("/JSSResource/computers/id/{id}", get(one))
            .route("/JSSResource/users/email/{email}", get(user))
            .with_state(shelf.clone());
        Ok(Self { server: Server::start(routes, 0).await?, shelf })
    }

    /// The address for the connector's `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.origin()
    }

    /// Adds a computer, as Jamf writes it: what is below `computer`.
    pub fn add(&self, computer: Value) {
        self.shelf.add(COMPUTERS, computer);
    }

    /// Adds a person, as Jamf writes one.
    pub fn add_user(&self, user: Value) {
        self.shelf.add(USERS, user);
    }
}

fn is_known(headers: &HeaderMap) -> bool {
    let expected = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    is_authorised(headers, &format!("Basic {expected}"))
}

async fn list(State(shelf): State<Shelf>, headers: HeaderMap) -> Response {
    if !is_known(&headers) {
        return refused();
    }
    let all = shelf.all(COMPUTERS);
    let short = |it: &Value| json!({ "id": it["general"]["id"], "name": it["general"]["name"] });
    Json(json!({ "computers": all.iter().map(short).collect::<Vec<_>>() })).into_response()
}

async fn one(State(shelf): State<Shelf>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !is_known(&headers) {
        return refused();
    }
    if shelf.is_broken(&id) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let all = shelf.all(COMPUTERS);
    let found = all.iter().find(|it| is_numbered(&it["general"]["id"], &id));
    let Some(computer) = found else { return missing() };
    Json(json!({ "computer": shelf.shown(computer) })).into_response()
}

async fn user(
    State(shelf): State<Shelf>,
    headers: HeaderMap,
    Path(email): Path<String>,
) -> Response {
    if !is_known(&headers) {
        return refused();
    }
    if shelf.is_broken(&email) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let all = shelf.all(USERS);
    match all.iter().find(|it| it["email"] == email.as_str()) {
        Some(user) => Json(json!({ "users": [user] })).into_response(),
        None => missing(),
    }
}
