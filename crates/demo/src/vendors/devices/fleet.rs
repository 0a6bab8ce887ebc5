//! A stand-in for Fleet's REST API.

use std::io;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    Shelf, bad, is_authorised, is_numbered, knows_all, missing, parameter, refused, world,
};
use crate::vendors::server::Server;

/// The token that is accepted. Made up.
const TOKEN: &str = "made-up-fleet-token";
const HOSTS: &str = "hosts";
const PARAMETERS: [&str; 6] =
    ["page", "per_page", "order_key", "populate_policies", "populate_software", "device_mapping"];

/// A running server. Dropping it closes the port.
#[derive(Debug)]
pub struct FleetWorld {
    pub(super) server: Server,
    pub(super) shelf: Shelf,
}

world! { FleetWorld }

impl FleetWorld {
    /// The token that it accepts.
    pub const TOKEN: &'static str = TOKEN;

    /// Starts it without any hosts.
    pub async fn start() -> io::Result<Self> {
        let shelf = Shelf::default();
        let routes = Router::new()
            .route("/api/v1/fleet/hosts", get(list))
            .route("/api/v1/fleet/hosts/count", get(count))
            .route("/api/v1/fleet/hosts/{id}", get(one))
            .route("/api/v1/fleet/hosts/{id}/device_mapping", get(mapping))
            .with_state(shelf.clone());
        Ok(Self { server: Server::start(routes, 0).await?, shelf })
    }

    /// The address for the connector's `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.origin()
    }

    /// Adds a host, as Fleet writes it.
    pub fn add(&self, host: Value) {
        self.shelf.add(HOSTS, host);
    }
}

fn is_known(headers: &HeaderMap) -> bool {
    is_authorised(headers, &format!("Bearer {TOKEN}"))
}

async fn list(
    State(shelf): State<Shelf>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if !is_known(&headers) {
        return refused();
    }
    let number = |name: &str| parameter(&query, name).and_then(|text| text.parse::<usize>().ok());
    let (Some(page), Some(size)) = (number("page"), number("per_page")) else {
        return bad("page and per_page are numbers");
    };
    if !knows_all(&query, &PARAMETERS) || size > 500 {
        return bad("a parameter that is not known");
    }
    let (mut hosts, total) = shelf.page(HOSTS, page * size, size);
    let wants = |name: &str| parameter(&query, name) == Some("true");
    for host in hosts.iter_mut().filter_map(Value::as_object_mut) {
        for (field, asked) in [
            ("policies", "populate_policies"),
            ("software", "populate_software"),
            ("device_mapping", "device_mapping"),
        ] {
            if !wants(asked) {
                host.remove(field);
            }
        }
    }
    let has_next = (page + 1) * size < total;
    Json(json!({ "hosts": hosts, "meta": { "has_next_results": has_next } })).into_response()
}

async fn count(State(shelf): State<Shelf>, headers: HeaderMap) -> Response {
    if !is_known(&headers) {
        return refused();
    }
    Json(json!({ "count": shelf.all(HOSTS).len() })).into_response()
}

fn host(shelf: &Shelf, id: &str) -> Option<Value> {
    let is_it = |host: &&Value| is_numbered(&host["id"], id);
    shelf.all(HOSTS).iter().find(is_it).map(|host| shelf.shown(host))
}

async fn one(State(shelf): State<Shelf>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !is_known(&headers) {
        return refused();
    }
    let Some(mut host) = host(&shelf, &id) else { return missing() };
    if let Some(fields) = host.as_object_mut() {
        fields.remove("device_mapping");
    }
    Json(json!({ "host": host })).into_response()
}

async fn mapping(
    State(shelf): State<Shelf>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    if !is_known(&headers) {
        return refused();
    }
    let Some(host) = host(&shelf, &id) else { return missing() };
    Json(json!({ "host_id": host["id"], "device_mapping": host["device_mapping"] })).into_response()
}
