//! A stand-in for Jamf Pro: its token endpoint and the inventory of computers.

use std::{collections::BTreeMap, io};

use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::{Map, Value, json};

use super::{Shelf, bad, is_authorised, knows_all, missing, parameter, refused, world};
use crate::vendors::server::Server;

/// The API client that is accepted. Made up.
const CLIENT_ID: &str = "11111111-made-up-client";
/// Its secret.
const CLIENT_SECRET: &str = "made-up-jamf-secret";
const COMPUTERS: &str = "computers";
/// The most that a page may have.
const PAGE_MAX: usize = 2_000;
/// The sections that may be asked for, and the field that each fills.
const SECTIONS: [(&str, &str); 9] = [
    ("GENERAL", "general"),
    ("HARDWARE", "hardware"),
    ("OPERATING_SYSTEM", "operatingSystem"),
    ("SECURITY", "security"),
    ("DISK_ENCRYPTION", "diskEncryption"),
    ("USER_AND_LOCATION", "userAndLocation"),
    ("EXTENSION_ATTRIBUTES", "extensionAttributes"),
    ("APPLICATIONS", "applications"),
    ("LOCAL_USER_ACCOUNTS", "localUserAccounts"),
];

/// A running tenant. Dropping it closes the port.
#[derive(Debug)]
pub struct JamfWorld {
    pub(super) server: Server,
    pub(super) shelf: Shelf,
}

world! { JamfWorld }

impl JamfWorld {
    /// The API client that is accepted.
    pub const CLIENT_ID: &'static str = CLIENT_ID;
    /// Its secret.
    pub const CLIENT_SECRET: &'static str = CLIENT_SECRET;

    /// Starts it without any computers.
    pub async fn start() -> io::Result<Self> {
        let shelf = Shelf::default();
        let routes = Router::new()
            .route("/api/v1/oauth/token", post(token))
            .route("/api/v1/computers-inventory", get(list))
            .route("/api/v1/computers-inventory/{id}", get(one))
            .with_state(shelf.clone());
        Ok(Self { server: Server::start(routes, 0).await?, shelf })
    }

    /// The address for the connector's `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.origin()
    }

    /// Adds a computer with all its sections, as Jamf writes it.
    pub fn add(&self, computer: Value) {
        self.shelf.add(COMPUTERS, computer);
    }
}

async fn token(State(shelf): State<Shelf>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let is = |name: &str, value: &str| form.get(name).is_some_and(|it| it == value);
    let is_good = form.len() == 3
        && is("grant_type", "client_credentials")
        && is("client_id", CLIENT_ID)
        && is("client_secret", CLIENT_SECRET);
    if !is_good {
        let refused = Json(json!({ "error": "invalid_client" }));
        return (StatusCode::UNAUTHORIZED, refused).into_response();
    }
    let token = shelf.token();
    Json(json!({ "access_token": token, "expires_in": 1199, "token_type": "Bearer" }))
        .into_response()
}

fn is_known(shelf: &Shelf, headers: &HeaderMap) -> bool {
    is_authorised(headers, &format!("Bearer {}", shelf.token()))
}

/// A computer with what was asked for of it; nothing where that is not known.
fn cut(computer: &Value, query: &[(String, String)]) -> Option<Value> {
    let asked = query.iter().filter(|(key, _)| key == "section");
    let mut kept = Map::new();
    for name in ["id", "udid"] {
        kept.insert(name.to_owned(), computer[name].clone());
    }
    for (_, section) in asked {
        let (_, field) = SECTIONS.iter().find(|(name, _)| name == section)?;
        kept.insert((*field).to_owned(), computer.get(*field).cloned().unwrap_or(Value::Null));
    }
    Some(kept.into())
}

async fn list(
    State(shelf): State<Shelf>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if !is_known(&shelf, &headers) {
        return refused();
    }
    let number = |name: &str| parameter(&query, name).and_then(|text| text.parse::<usize>().ok());
    let (Some(page), Some(size)) = (number("page"), number("page-size")) else {
        return bad("page and page-size are numbers");
    };
    if !knows_all(&query, &["section", "page", "page-size", "sort"]) || size > PAGE_MAX {
        return bad("a parameter that is not known");
    }
    let (computers, total) = shelf.page(COMPUTERS, page * size, size);
    // Cut by the names of before: a field that was renamed is so inside of its section.
    let cut: Option<Vec<Value>> = computers.iter().map(|it| cut(it, &query)).collect();
    let Some(results) = cut else { return bad("a section that is not known") };
    Json(json!({ "totalCount": total, "results": results })).into_response()
}

async fn one(
    State(shelf): State<Shelf>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if !is_known(&shelf, &headers) {
        return refused();
    }
    let all = shelf.all(COMPUTERS);
    let Some(computer) = all.iter().find(|it| it["id"] == id.as_str()) else { return missing() };
    match cut(&shelf.shown(computer), &query) {
        Some(computer) => Json(computer).into_response(),
        None => bad("a section that is not known"),
    }
}
