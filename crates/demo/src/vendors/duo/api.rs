//! The calls of the Auth API.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::{Value, json};

use super::pushes::Prepared;
use super::{DuoDevice, DuoPerson, DuoPush, POLL_HOLD, PUSH_LIFETIME, Standing, World, signature};

/// `pushinfo` must be shorter.
const PUSHINFO_MAX_BYTES: usize = 20_000;

/// An error: Duo's number and message.
pub(super) struct Refusal(pub u32, pub &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(code, message) = self;
        let status =
            u16::try_from(code / 100).ok().and_then(|code| StatusCode::from_u16(code).ok());
        let body = json!({ "stat": "FAIL", "code": code, "message": message });
        (status.unwrap_or(StatusCode::BAD_REQUEST), axum::Json(body)).into_response()
    }
}

type Answer = Result<axum::Json<Value>, Refusal>;
type Parameters = BTreeMap<String, String>;

pub(super) async fn preauth(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let known = ["username", "ipaddr", "hostname", "client_supports_verified_push"];
    let parameters = posted(&world, &method, &uri, &headers, &body, &known)?;
    let username = wanted(&parameters, "username")?;
    address(&parameters)?;
    let supports_codes = match parameters.get("client_supports_verified_push") {
        None => false,
        Some(value) if value == "1" => true,
        Some(_) => return Err(invalid()),
    };
    let Some(person) = world.people.get(username) else {
        return ok(json!({ "result": "enroll", "status_msg": "Enroll an authentication device" }));
    };
    let result = match person.standing {
        Standing::Enrolled => "auth",
        Standing::Bypass => "allow",
        Standing::Unenrolled => "enroll",
        Standing::Disabled => "deny",
    };
    let mut response = json!({ "result": result, "status_msg": "" });
    if person.standing == Standing::Enrolled {
        response["devices"] = person.devices.iter().map(device_json).collect();
        if let Some(digits) = world.code_digits.filter(|_| supports_codes) {
            prepare(&world, person, digits, &mut response);
        }
    }
    ok(response)
}

pub(super) async fn auth(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let known = [
        "username",
        "factor",
        "device",
        "async",
        "ipaddr",
        "type",
        "display_username",
        "pushinfo",
        "txid",
    ];
    let parameters = posted(&world, &method, &uri, &headers, &body, &known)?;
    let person = world.people.get(wanted(&parameters, "username")?).ok_or_else(invalid)?;
    if wanted(&parameters, "factor")? != "push" || wanted(&parameters, "async")? != "1" {
        return Err(invalid());
    }
    let device = device_of(person, wanted(&parameters, "device")?).ok_or_else(invalid)?;
    let pushinfo = parameters.get("pushinfo").map_or("", String::as_str);
    if pushinfo.len() >= PUSHINFO_MAX_BYTES {
        return Err(invalid());
    }
    let now = world.clock.now();
    let mut pushes = world.pushes();
    let code = match parameters.get("txid") {
        None => None,
        Some(txid) => Some(pushes.redeem(txid, &person.username, now).ok_or_else(invalid)?),
    };
    let push = DuoPush {
        txid: world.txid(),
        username: person.username.clone(),
        device: device.id.clone(),
        title: parameters.get("type").cloned().unwrap_or_default(),
        shown: signature::parameters(pushinfo).into_iter().collect(),
        address: address(&parameters)?,
        wants_code: code.is_some(),
        sent_at: now,
        result: "waiting",
        status: "pushed",
    };
    let txid = push.txid.clone();
    pushes.send(push, code);
    ok(json!({ "txid": txid }))
}

pub(super) async fn auth_status(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    signature::check(&world, &method, &uri, &headers, b"")?;
    let parameters = signature::parameters(uri.query().unwrap_or_default());
    let txid = match parameters.as_slice() {
        [(name, txid)] if name == "txid" => txid,
        _ => return Err(invalid()),
    };
    let changed = world.changed.notified();
    let (push, is_news) = world.pushes().look(txid, world.clock.now()).ok_or_else(invalid)?;
    if is_news {
        return ok(status_json(&push));
    }
    // Either it changed or the hold ran out: the answer is the same look.
    let _ = tokio::time::timeout(POLL_HOLD, changed).await;
    let (push, _) = world.pushes().look(txid, world.clock.now()).ok_or_else(invalid)?;
    ok(status_json(&push))
}

fn prepare(world: &World, person: &DuoPerson, digits: usize, response: &mut Value) {
    let (txid, code) = (world.txid(), world.code(digits));
    let expires_at = PUSH_LIFETIME.after(world.clock.now());
    response["txid"] = json!(txid);
    response["verification_code"] = json!(code);
    response["expiration"] = json!(expires_at.as_second());
    let username = person.username.clone();
    world.pushes().prepare(txid, Prepared { username, code, expires_at });
}

/// The parameters of a signed POST: an object of texts, none of them unknown.
fn posted(
    world: &World,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    known: &[&str],
) -> Result<Parameters, Refusal> {
    signature::check(world, method, uri, headers, body)?;
    let parameters: Parameters = serde_json::from_slice(body).map_err(|_| invalid())?;
    if uri.query().is_some() || parameters.keys().any(|name| !known.contains(&name.as_str())) {
        return Err(invalid());
    }
    Ok(parameters)
}

fn wanted<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str, Refusal> {
    let value = parameters.get(name).filter(|value| !value.is_empty());
    value.map(String::as_str).ok_or(Refusal(40_001, "Missing required request parameters"))
}

fn address(parameters: &Parameters) -> Result<Option<IpAddr>, Refusal> {
    parameters.get("ipaddr").map(|text| text.parse().map_err(|_| invalid())).transpose()
}

fn device_of<'a>(person: &'a DuoPerson, wanted: &str) -> Option<&'a DuoDevice> {
    let mut devices = person.devices.iter().filter(|device| device.takes_pushes);
    devices.find(|device| wanted == "auto" || device.id == wanted)
}

fn device_json(device: &DuoDevice) -> Value {
    if device.takes_pushes {
        let capabilities = ["auto", "push", "sms", "mobile_otp"];
        let (id, name) = (&device.id, "Phone (XXX-XXX-0100)");
        json!({ "device": id, "type": "phone", "display_name": name, "name": "",
                "number": "XXX-XXX-0100", "capabilities": capabilities })
    } else {
        json!({ "device": device.id, "type": "token", "display_name": "Token", "name": "" })
    }
}

fn status_json(push: &DuoPush) -> Value {
    json!({ "result": push.result, "status": push.status, "status_msg": "" })
}

fn ok(response: Value) -> Answer {
    Ok(axum::Json(json!({ "stat": "OK", "response": response })))
}

fn invalid() -> Refusal {
    Refusal(40_002, "Invalid request parameters")
}
