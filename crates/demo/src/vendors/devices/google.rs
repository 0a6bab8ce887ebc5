//! A stand-in for the devices of Google's Directory API and of Cloud Identity.

use std::{collections::BTreeMap, fmt, io, sync::Arc};

use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use ports::Clock;
use serde_json::{Value, json};

use super::{Shelf, bad, is_authorised, knows_all, missing, parameter, refused, world};
use crate::vendors::{google::grant, server::Server};

const MOBILE: &str = "mobiledevices";
const CHROMEOS: &str = "chromeosdevices";
const DEVICES: &str = "devices";
const USERS: &str = "deviceUsers";
const PAGE_MAX: usize = 200;
const SCOPES: [&str; 3] = [
    "https://www.googleapis.com/auth/admin.directory.device.mobile.readonly",
    "https://www.googleapis.com/auth/admin.directory.device.chromeos.readonly",
    "https://www.googleapis.com/auth/cloud-identity.devices.readonly",
];

/// A running domain. Dropping it closes the port.
#[derive(Debug)]
pub struct GoogleDevicesWorld {
    pub(super) server: Server,
    pub(super) shelf: Shelf,
}

world! { GoogleDevicesWorld }

#[derive(Clone)]
struct Shared {
    shelf: Shelf,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared[google devices]")
    }
}

impl GoogleDevicesWorld {
    /// Starts it without any devices.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shelf = Shelf::default();
        let shared = Shared { shelf: shelf.clone(), clock };
        let directory = "/admin/directory/v1/customer/my_customer/devices";
        let routes = Router::new()
            .route("/token", post(token))
            .route(&format!("{directory}/mobile"), get(mobile))
            .route(&format!("{directory}/mobile/{{id}}"), get(one_mobile))
            .route(&format!("{directory}/chromeos"), get(chromeos))
            .route(&format!("{directory}/chromeos/{{id}}"), get(one_chromeos))
            .route("/v1/devices", get(devices))
            .route("/v1/devices/{id}", get(one_device))
            .route("/v1/devices/-/deviceUsers", get(users))
            .with_state(shared);
        Ok(Self { server: Server::start(routes, 0).await?, shelf })
    }

    /// The address for the connector's `base_url` and `cloud_identity_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.origin()
    }

    /// The address for the connector's `token_url`.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}/token", self.server.origin())
    }

    /// Adds a phone, as the Directory API writes it.
    pub fn add_mobile(&self, device: Value) {
        self.shelf.add(MOBILE, device);
    }

    /// Adds a Chromebook, as the Directory API writes it.
    pub fn add_chromeos(&self, device: Value) {
        self.shelf.add(CHROMEOS, device);
    }

    /// Adds a device, as Cloud Identity writes it.
    pub fn add_device(&self, device: Value) {
        self.shelf.add(DEVICES, device);
    }

    /// Adds somebody who signed in on a device, as Cloud Identity writes it.
    pub fn add_user(&self, user: Value) {
        self.shelf.add(USERS, user);
    }
}

async fn token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let is_scope = |text: &str| text.split(' ').all(|scope| SCOPES.contains(&scope));
    if !grant::is_good(&form, &headers, shared.clock.now(), is_scope) {
        let refused = Json(json!({ "error": "invalid_grant" }));
        return (StatusCode::BAD_REQUEST, refused).into_response();
    }
    let token = shared.shelf.token();
    Json(json!({ "access_token": token, "expires_in": 3599, "token_type": "Bearer" }))
        .into_response()
}

type Parameters = Query<Vec<(String, String)>>;

fn is_known(shared: &Shared, headers: &HeaderMap) -> bool {
    is_authorised(headers, &format!("Bearer {}", shared.shelf.token()))
}

/// A page of a list, as both APIs have them: a token leads to the next, an empty list is left out.
fn page(
    shared: &Shared,
    headers: &HeaderMap,
    query: &[(String, String)],
    list: &'static str,
    size: &str,
) -> Response {
    if !is_known(shared, headers) {
        return refused();
    }
    if !knows_all(query, &[size, "pageToken", "projection", "query"]) {
        return bad("a parameter that is not known");
    }
    let per_page = parameter(query, size).map_or(Ok(100), str::parse::<usize>);
    let token = parameter(query, "pageToken").map_or("", |token| token);
    let skip = if token.is_empty() { Ok(0) } else { token.trim_start_matches("t-").parse() };
    let (Ok(per_page), Ok(skip)) = (per_page, skip) else { return bad("not a number") };
    if per_page > PAGE_MAX {
        return bad("more than a page has");
    }
    let (mut records, total) = shared.shelf.page(list, skip, per_page);
    if let Some(wanted) = parameter(query, "query") {
        let Some(email) = wanted.strip_prefix("email:") else { return bad("query") };
        records.retain(|it| it["email"].as_array().is_some_and(|all| all.contains(&email.into())));
    }
    let mut answer = json!({ "kind": format!("admin#directory#{list}") });
    if !records.is_empty() {
        answer[list] = records.into();
    }
    if skip + per_page < total {
        answer["nextPageToken"] = format!("t-{}", skip + per_page).into();
    }
    Json(shared.shelf.shown(&answer)).into_response()
}

fn one(shared: &Shared, headers: &HeaderMap, list: &str, field: &str, id: &str) -> Response {
    if !is_known(shared, headers) {
        return refused();
    }
    match shared.shelf.all(list).iter().find(|it| it[field] == id) {
        Some(device) => Json(shared.shelf.shown(device)).into_response(),
        None => missing(),
    }
}

async fn mobile(State(shared): State<Shared>, headers: HeaderMap, query: Parameters) -> Response {
    page(&shared, &headers, &query, MOBILE, "maxResults")
}

async fn chromeos(State(shared): State<Shared>, headers: HeaderMap, query: Parameters) -> Response {
    page(&shared, &headers, &query, CHROMEOS, "maxResults")
}

async fn devices(State(shared): State<Shared>, headers: HeaderMap, query: Parameters) -> Response {
    page(&shared, &headers, &query, DEVICES, "pageSize")
}

async fn users(State(shared): State<Shared>, headers: HeaderMap, query: Parameters) -> Response {
    page(&shared, &headers, &query, USERS, "pageSize")
}

async fn one_mobile(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    one(&shared, &headers, MOBILE, "resourceId", &id)
}

async fn one_chromeos(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    one(&shared, &headers, CHROMEOS, "deviceId", &id)
}

async fn one_device(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    one(&shared, &headers, DEVICES, "name", &format!("devices/{id}"))
}
