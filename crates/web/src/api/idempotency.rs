//! The same write twice: with the same `Idempotency-Key` it is answered as it was, and done once.
//!
//! A key belongs to the one who sends it, for a day. While the first request is at work a second
//! one is told to wait. A refused request leaves its key free. An answer that is too long to be kept
//! is given once; afterwards only its status is. What is not covered is a process
//! that is killed between doing and writing down: the key is free again after
//! [`AT_WORK`], and the same request is done again.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body::Body as _;
use model::{Span, Timestamp};
use runtime::replay::Book;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AppState, Problem, guard::Caller, problem::Kind};

/// The header of a key.
pub(crate) const HEADER: &str = "idempotency-key";
/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 255;
/// How long an answer is remembered.
const LIFE: Span = Span::hours(24);
/// How long a request may be at work before its key is free again.
const AT_WORK: Span = Span::minutes(1);
/// The longest answer that is remembered, in bytes.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;
/// What is answered in place of a longer one.
const UNKEPT: &str = "null";

/// What is written down under a key.
#[derive(Serialize, Deserialize)]
struct Entry {
    request: String,
    /// Since when it is at work: so a request tells its own entry from a later one's.
    #[serde(default)]
    since: Option<Timestamp>,
    answer: Option<Answer>,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    location: Option<String>,
    body: String,
}

/// Runs a write once for its key, if it has one.
pub(crate) async fn once(state: &AppState, request: Request, body: &Bytes, next: Next) -> Response {
    let place = match Place::of(&request, body, state.clock.now()) {
        Ok(Some(place)) => place,
        Ok(None) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    match place.claim(state).await {
        Ok(None) => {}
        Ok(Some(answer)) => return answer.into_response(),
        Err(problem) => return problem.into_response(),
    }
    let response = next.run(request).await;
    match response.status().is_success() {
        true => place.keep(state, response).await,
        false => place.give_up(state, response).await,
    }
}

/// A key's place, and what the request is.
struct Place {
    key: String,
    request: String,
    since: Timestamp,
}

impl Place {
    fn of(request: &Request, body: &Bytes, since: Timestamp) -> Result<Option<Self>, Problem> {
        let Some(key) = key_of(request.headers())? else { return Ok(None) };
        let caller = request.extensions().get::<Caller>().ok_or(Problem::of(Kind::Internal))?;
        let owner = caller.actor().to_string();
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        let request = hash(&[request.method().as_str().as_bytes(), path.as_bytes(), body]);
        Ok(Some(Self { key: hash(&[owner.as_bytes(), key.as_bytes()]), request, since }))
    }

    /// Takes the place, or finds what was answered before.
    async fn claim(&self, state: &AppState) -> Result<Option<Answer>, Problem> {
        let until = AT_WORK.after(self.since);
        let entry = self.entry(None)?;
        if state.engine.reserve(Book::Idempotency, &self.key, entry, until).await? {
            return Ok(None);
        }
        let known = state.engine.recall(Book::Idempotency, &self.key).await?;
        // Gone between the two looks: the first request has just been refused.
        let known = known.ok_or(Problem::of(Kind::InProgress))?;
        let known: Entry =
            serde_json::from_slice(&known).map_err(|_| Problem::of(Kind::Internal))?;
        if known.request != self.request {
            return Err(Problem::of(Kind::KeyReused));
        }
        known.answer.map(Some).ok_or(Problem::of(Kind::InProgress))
    }

    /// Writes the answer down. It is given even when that fails: the deed is done.
    async fn keep(&self, state: &AppState, response: Response) -> Response {
        let (answer, response) = Answer::of(response).await;
        if let Err(problem) = self.write_down(state, answer).await {
            tracing::error!(problem = problem.kind.slug(), "an answer could not be kept");
        }
        response
    }

    async fn write_down(&self, state: &AppState, answer: Answer) -> Result<(), Problem> {
        let until = LIFE.after(state.clock.now());
        let (mine, entry) = (self.entry(None)?, self.entry(Some(answer))?);
        Ok(state.engine.fulfil(Book::Idempotency, &self.key, mine, entry, until).await?)
    }

    /// Frees the key of a refused request; if that fails it is free in a minute.
    async fn give_up(&self, state: &AppState, response: Response) -> Response {
        if let Ok(mine) = self.entry(None) {
            let _ = state.engine.give_up(Book::Idempotency, &self.key, mine).await;
        }
        response
    }

    fn entry(&self, answer: Option<Answer>) -> Result<Vec<u8>, Problem> {
        let entry = Entry { request: self.request.clone(), since: Some(self.since), answer };
        serde_json::to_vec(&entry).map_err(|_| Problem::of(Kind::Internal))
    }
}

impl Answer {
    /// What is remembered of a response, and the response as it is given. Of one that is too long,
    /// or of unknown length, only that it was given is remembered.
    async fn of(response: Response) -> (Self, Response) {
        let (parts, body) = response.into_parts();
        let location = parts.headers.get(header::LOCATION);
        let mut answer = Self {
            status: parts.status.as_u16(),
            location: location.and_then(|value| value.to_str().ok()).map(str::to_owned),
            body: UNKEPT.to_owned(),
        };
        let is_short = body.size_hint().exact().is_some_and(|bytes| bytes <= ANSWER_BYTES_MAX);
        if !is_short {
            return (answer, Response::from_parts(parts, body));
        }
        match to_bytes(body, ANSWER_BYTES_MAX as usize).await {
            Ok(bytes) => {
                answer.body = String::from_utf8_lossy(&bytes).into_owned();
                (answer, Response::from_parts(parts, Body::from(bytes)))
            }
            Err(_) => (answer, Problem::of(Kind::Internal).into_response()),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = (status, self.body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
        if let Some(place) = self.location.and_then(|place| place.parse().ok()) {
            headers.insert(header::LOCATION, place);
        }
        response
    }
}

fn key_of(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut lines = headers.get_all(HEADER).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let key = line.to_str().ok().filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()));
    match key.filter(|_| lines.next().is_none()) {
        Some(key) => Ok(Some(key)),
        None => Err(Problem::new(
            Kind::InvalidArgument,
            "Send one Idempotency-Key of 1 to 255 visible characters.",
        )),
    }
}

fn hash(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    HEXLOWER.encode(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_given_as_it_is_and_kept_where_it_is_short() {
        let most = "x".repeat(ANSWER_BYTES_MAX as usize);
        let longer = format!("{most}x");
        let pieces = vec![Ok::<_, std::io::Error>(longer.clone())];
        for (body, given, kept) in [
            (Body::from("{}"), "{}", "{}"),
            (Body::from(most.clone()), most.as_str(), most.as_str()),
            (Body::from(longer.clone()), longer.as_str(), UNKEPT),
            (Body::from_stream(stream::iter(pieces)), longer.as_str(), UNKEPT),
        ] {
            let response = Response::builder().status(201).header(header::LOCATION, "/v1/x");
            let (answer, response) = Answer::of(response.body(body).expect("a response")).await;
            assert_eq!((answer.status, answer.location.as_deref()), (201, Some("/v1/x")));
            assert!(answer.body == kept, "{}", answer.body.len());
            assert_eq!(response.status(), StatusCode::CREATED);
            let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
            assert!(body == given, "{}", body.len());
        }
    }
}
