//! The calls, as strict as they are documented.

use std::collections::BTreeMap;

use axum::{
    Form, Router,
    body::Bytes,
    extract::{FromRequest as _, State},
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};

use super::{Account, Shared, signature};

/// How many keys are on a page, so that a test's listing has three.
const PAGE_KEYS: usize = 1;
const VERSION: &str = "2010-05-08";

type Fields = BTreeMap<String, String>;
type Outcome = Result<String, (StatusCode, &'static str)>;

pub(super) fn routes(shared: Shared) -> Router {
    Router::new().route("/", post(call)).with_state(shared)
}

async fn call(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let now = shared.clock.now().as_second();
    if let Some(code) = signature::refusal(&headers, &body, now) {
        return answered("Error", Err((StatusCode::FORBIDDEN, code)));
    }
    let Some(form) = form(&headers, body).await else {
        return answered("Error", Err((StatusCode::BAD_REQUEST, "MalformedInput")));
    };
    let action = form.get("Action").cloned().unwrap_or_default();
    let account = &mut *shared.lock();
    let outcome = match (form.get("Version").map(String::as_str), action.as_str()) {
        (Some(VERSION), "GetAccessKeyLastUsed") => account.last_used(&form),
        (Some(VERSION), "ListAccessKeys") => account.list(&form),
        (Some(VERSION), "UpdateAccessKey") => account.update(&form),
        _ => Err((StatusCode::BAD_REQUEST, "InvalidAction")),
    };
    answered(&action, outcome)
}

async fn form(headers: &HeaderMap, body: Bytes) -> Option<Fields> {
    let kind = headers.get(header::CONTENT_TYPE)?;
    let request = Request::post("/").header(header::CONTENT_TYPE, kind).body(body.into()).ok()?;
    Form::from_request(request, &()).await.ok().map(|Form(form)| form)
}

fn answered(action: &str, outcome: Outcome) -> Response {
    let xmlns = "https://iam.amazonaws.com/doc/2010-05-08/";
    let (status, body) = match outcome {
        Ok(result) => (
            StatusCode::OK,
            format!(
                "<{action}Response xmlns=\"{xmlns}\">{result}<ResponseMetadata>\
                 <RequestId>made-up</RequestId></ResponseMetadata></{action}Response>"
            ),
        ),
        Err((status, code)) => (
            status,
            format!(
                "<ErrorResponse xmlns=\"{xmlns}\"><Error><Type>Sender</Type><Code>{code}</Code>\
                 <Message>made up</Message></Error><RequestId>made-up</RequestId></ErrorResponse>"
            ),
        ),
    };
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

const NO_SUCH: (StatusCode, &str) = (StatusCode::NOT_FOUND, "NoSuchEntity");
const MALFORMED: (StatusCode, &str) = (StatusCode::BAD_REQUEST, "ValidationError");

fn field<'f>(form: &'f Fields, name: &str) -> Result<&'f str, (StatusCode, &'static str)> {
    form.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or(MALFORMED)
}

fn word(is_active: bool) -> &'static str {
    if is_active { "Active" } else { "Inactive" }
}

impl Account {
    /// A key that is not known is answered without a user.
    fn last_used(&self, form: &Fields) -> Outcome {
        let key = self.keys.get(field(form, "AccessKeyId")?);
        let user = key.map(|key| format!("<UserName>{}</UserName>", key.user)).unwrap_or_default();
        Ok(format!(
            "<GetAccessKeyLastUsedResult>{user}<AccessKeyLastUsed><Region>N/A</Region>\
             <ServiceName>N/A</ServiceName></AccessKeyLastUsed></GetAccessKeyLastUsedResult>"
        ))
    }

    fn list(&self, form: &Fields) -> Outcome {
        let user = field(form, "UserName")?;
        let after = form.get("Marker").cloned().unwrap_or_default();
        let all = self.keys.iter().filter(|(id, key)| key.user == user && **id > after);
        let all: Vec<_> = all.collect();
        let is_known = self.keys.values().any(|key| key.user == user);
        if !is_known {
            return Err(NO_SUCH);
        }
        let members: String = all
            .iter()
            .take(PAGE_KEYS)
            .map(|(id, key)| {
                format!(
                    "<member><UserName>{user}</UserName><AccessKeyId>{id}</AccessKeyId>\
                     <Status>{}</Status><CreateDate>2026-01-31T00:00:00Z</CreateDate></member>",
                    word(key.is_active)
                )
            })
            .collect();
        let next = all.get(PAGE_KEYS - 1).filter(|_| all.len() > PAGE_KEYS);
        let marker = next.map(|(id, _)| format!("<Marker>{id}</Marker>")).unwrap_or_default();
        Ok(format!(
            "<ListAccessKeysResult><UserName>{user}</UserName><AccessKeyMetadata>{members}\
             </AccessKeyMetadata><IsTruncated>{}</IsTruncated>{marker}</ListAccessKeysResult>",
            next.is_some()
        ))
    }

    fn update(&mut self, form: &Fields) -> Outcome {
        let (id, user) = (field(form, "AccessKeyId")?, field(form, "UserName")?);
        let is_active = match field(form, "Status")? {
            "Active" => true,
            "Inactive" => false,
            _ => return Err(MALFORMED),
        };
        let key = self.keys.get_mut(id).filter(|key| key.user == user).ok_or(NO_SUCH)?;
        let is_now = self.pending.get(id).copied().unwrap_or(key.is_active);
        if is_now != is_active {
            self.effects += 1;
        }
        if self.is_slow {
            self.pending.insert(id.to_owned(), is_active);
        } else {
            key.is_active = is_active;
        }
        Ok(String::new())
    }
}
