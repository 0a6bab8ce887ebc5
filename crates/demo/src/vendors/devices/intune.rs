//! A stand-in for Intune's devices in Microsoft Graph, with its token endpoint.

use std::{collections::BTreeMap, io};

use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{Shelf, bad, is_authorised, knows_all, missing, parameter, refused, world};
use crate::vendors::server::Server;

/// The tenant, the app and its secret. Made up.
const TENANT: &str = "11111111-2222-4333-8444-555555555555";
/// The app's id.
const CLIENT_ID: &str = "66666666-7777-4888-9999-000000000000";
/// The app's secret.
const CLIENT_SECRET: &str = "made-up-intune-secret";
const DEVICES: &str = "devices";
/// The most that a page may have.
const PAGE_MAX: usize = 1_000;

/// A running tenant. Dropping it closes the port.
#[derive(Debug)]
pub struct IntuneWorld {
    pub(super) server: Server,
    pub(super) shelf: Shelf,
}

world! { IntuneWorld }

impl IntuneWorld {
    /// The tenant's id.
    pub const TENANT: &'static str = TENANT;
    /// The app's id.
    pub const CLIENT_ID: &'static str = CLIENT_ID;
    /// The app's secret.
    pub const CLIENT_SECRET: &'static str = CLIENT_SECRET;

    /// Starts it without any devices.
    pub async fn start() -> io::Result<Self> {
        let shelf = Shelf::default();
        let routes = Router::new()
            .route("/{tenant}/oauth2/v2.0/token", post(token))
            .route("/v1.0/deviceManagement/managedDevices", get(list))
            .route("/v1.0/deviceManagement/managedDevices/{id}", get(one))
            .with_state(shelf.clone());
        Ok(Self { server: Server::start(routes, 0).await?, shelf })
    }

    /// The address for the connector's `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}/v1.0", self.server.origin())
    }

    /// The address for the connector's `login_url`.
    #[must_use]
    pub fn login_url(&self) -> String {
        self.server.origin()
    }

    /// Adds a device, as Graph writes it.
    pub fn add(&self, device: Value) {
        self.shelf.add(DEVICES, device);
    }
}

async fn token(
    State(shelf): State<Shelf>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let is = |name: &str, value: &str| form.get(name).is_some_and(|it| it == value);
    let is_good = tenant == TENANT
        && form.len() == 4
        && is("grant_type", "client_credentials")
        && is("client_id", CLIENT_ID)
        && is("client_secret", CLIENT_SECRET)
        && is("scope", &format!("http://{host}/.default"));
    if !is_good {
        let refused = Json(json!({ "error": "invalid_client" }));
        return (StatusCode::UNAUTHORIZED, refused).into_response();
    }
    let token = shelf.token();
    Json(json!({ "access_token": token, "expires_in": 3599, "token_type": "Bearer" }))
        .into_response()
}

fn is_known(shelf: &Shelf, headers: &HeaderMap) -> bool {
    is_authorised(headers, &format!("Bearer {}", shelf.token()))
}

async fn list(
    State(shelf): State<Shelf>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if !is_known(&shelf, &headers) {
        return refused();
    }
    let number = |name: &str| parameter(&query, name).map(str::parse::<usize>);
    let (Some(Ok(size)), skip) = (number("$top"), number("$skiptoken").unwrap_or(Ok(0))) else {
        return bad("$top is a number");
    };
    let Ok(skip) = skip else { return bad("$skiptoken is not ours") };
    if !knows_all(&query, &["$top", "$skiptoken"]) || size > PAGE_MAX {
        return bad("a parameter that is not known");
    }
    let (devices, total) = shelf.page(DEVICES, skip, size);
    let mut answer = json!({ "value": devices });
    if skip + size < total {
        let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let next = format!(
            "http://{host}/v1.0/deviceManagement/managedDevices?$top={size}&$skiptoken={}",
            skip + size
        );
        answer["@odata.nextLink"] = next.into();
    }
    Json(answer).into_response()
}

async fn one(State(shelf): State<Shelf>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !is_known(&shelf, &headers) {
        return refused();
    }
    let all = shelf.all(DEVICES);
    match all.iter().find(|it| it["id"] == id.as_str()) {
        Some(device) => Json(shelf.shown(device)).into_response(),
        None => missing(),
    }
}
