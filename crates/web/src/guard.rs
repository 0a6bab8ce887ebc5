//! What stands before every handler: who asks, whether they may, and their body within its limits.

use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use casework::input::Actor;
use http::{HeaderMap, Method, header, request::Parts};
use runtime::people::{Authority, Role, Viewer};

use crate::{
    AppState, Needs, Problem,
    api::idempotency,
    body::{self, Allowance, Read},
    csrf,
    keys::{ApiKey, Scope},
    limits,
    problem::Kind,
    viewer,
};

/// Who calls the API.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A program, by the name of its key.
    Key(String),
    /// A signed-in person.
    Viewer(Box<Viewer>),
}

impl Caller {
    /// As the one by whose right an administrator's act is done.
    #[must_use]
    pub fn authority(&self) -> Authority<'_> {
        match self {
            Self::Key(name) => Authority::Key(name),
            Self::Viewer(viewer) => Authority::Viewer(viewer),
        }
    }

    /// As the one who acts on a case.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Key(name) => Actor::Key(name.clone()),
            Self::Viewer(viewer) => viewer.actor(),
        }
    }
}

/// The guard has found them.
impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        // Absent only on a route that is declared without needing a right of the API.
        parts.extensions.get::<Self>().cloned().ok_or(Problem::of(Kind::Internal))
    }
}

/// Lets through who may.
pub(crate) async fn check(
    State((state, needs)): State<(AppState, Needs)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let admitted = match needs {
        // These are authenticated over their raw bodies, by the intake itself.
        Needs::Probe | Needs::Source | Needs::EventSource | Needs::Agent => {
            return next.run(Request::from_parts(parts, body)).await;
        }
        Needs::Anyone | Needs::Reader | Needs::Vendor => admit_anyone(&state, needs, &parts),
        Needs::Api(scope) => admit_caller(&state, scope, &mut parts).await,
        Needs::Page(role) => match viewer::of_session(&state, &parts).await {
            Ok(None) => return to_signin(&parts),
            Ok(Some(viewer)) => admit_viewer(&state, role, viewer, &mut parts),
            Err(problem) => Err(problem),
        },
    };
    let admitted = async {
        admitted?;
        let read = read(&state, needs, body).await?;
        require_token(needs, &parts, &read.bytes)?;
        require_session(&state, &parts).await?;
        let room = state.gates.of(needs).enter()?;
        Ok::<_, Problem>((read, room))
    };
    match admitted.await {
        Err(problem) => problem.into_response(),
        Ok((read, _room)) => {
            let is_write = matches!(needs, Needs::Api(_)) && changes_something(&parts);
            let request = Request::from_parts(parts, Body::from(read.bytes.clone()));
            match is_write {
                true => idempotency::once(&state, request, &read.bytes, next).await,
                false => next.run(request).await,
            }
        }
    }
}

async fn read(state: &AppState, needs: Needs, body: Body) -> Result<Read, Problem> {
    let bytes = match needs {
        Needs::Vendor => limits::CALLBACK_BODY_BYTES,
        Needs::Api(_) => limits::API_BODY_BYTES,
        _ => limits::FORM_BODY_BYTES,
    };
    let time = state.limits.body_time;
    body::read(body, Allowance { bytes, time, gate: state.gates.of(needs) }).await
}

fn admit_anyone(state: &AppState, needs: Needs, parts: &Parts) -> Result<(), Problem> {
    if needs == Needs::Anyone && changes_something(parts) {
        csrf::require_own_origin(&state.site, &parts.headers)?;
    }
    Ok(())
}

fn admit_viewer(
    state: &AppState,
    role: Role,
    viewer: Viewer,
    parts: &mut Parts,
) -> Result<(), Problem> {
    if changes_something(parts) {
        csrf::require_own_origin(&state.site, &parts.headers)?;
    }
    viewer.require_role(role).map_err(|_| Problem::of(Kind::Forbidden))?;
    parts.extensions.insert(viewer);
    Ok(())
}

async fn admit_caller(state: &AppState, scope: Scope, parts: &mut Parts) -> Result<(), Problem> {
    let caller = match presented_token(&parts.headers)? {
        Some(token) => Caller::Key(key(state, token, scope)?.name.clone()),
        None => {
            let viewer = viewer::of_session(state, parts).await?;
            let viewer = viewer.ok_or(Problem::of(Kind::Unauthorized))?;
            let role = role_for(scope).ok_or(Problem::of(Kind::Forbidden))?;
            admit_viewer(state, role, viewer.clone(), parts)?;
            Caller::Viewer(Box::new(viewer))
        }
    };
    parts.extensions.insert(caller);
    Ok(())
}

/// The bearer token, if there is an `Authorization` at all.
pub(crate) fn presented_token(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let malformed = || {
        Problem::new(
            Kind::Unauthorized,
            "The Authorization header is malformed: send it once, as `Bearer` and the API key.",
        )
    };
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(malformed());
    }
    let (scheme, token) =
        line.to_str().ok().and_then(|line| line.split_once(' ')).ok_or_else(malformed)?;
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if scheme.eq_ignore_ascii_case("bearer") && is_token {
        Ok(Some(token))
    } else {
        Err(malformed())
    }
}

fn key<'s>(state: &'s AppState, token: &str, scope: Scope) -> Result<&'s ApiKey, Problem> {
    let key = state.keys.find(token);
    let unknown =
        || Problem::new(Kind::Unauthorized, "The API key is not known here: send one that is.");
    let key = key.ok_or_else(unknown)?;
    if key.may(scope) {
        return Ok(key);
    }
    let advice = format!("The API key lacks the scope `{}`: use one that has it.", scope.name());
    Err(Problem::new(Kind::Forbidden, advice))
}

/// The role that a scope asks of a person. Listing other people's cases is an analyst's.
fn role_for(scope: Scope) -> Option<Role> {
    match scope {
        Scope::Ingest => None,
        Scope::Read | Scope::Analyst => Some(Role::Analyst),
        Scope::Admin => Some(Role::Admin),
    }
}

/// A session's act carries the session's token, in whatever way it comes.
fn require_token(needs: Needs, parts: &Parts, body: &[u8]) -> Result<(), Problem> {
    let is_by_session = matches!(needs, Needs::Page(_) | Needs::Api(_));
    match parts.extensions.get::<Viewer>() {
        Some(viewer) if is_by_session && changes_something(parts) => {
            csrf::require_token(viewer, &parts.headers, body)
        }
        _ => Ok(()),
    }
}

/// A body may take its time: what changes something is done only in a session that has not ended
/// while it came, and by somebody whose role is what it was.
async fn require_session(state: &AppState, parts: &Parts) -> Result<(), Problem> {
    match parts.extensions.get::<Viewer>() {
        Some(viewer) if changes_something(parts) => {
            match state.engine.is_signed_in(&viewer.session.hash, viewer.role).await? {
                true => Ok(()),
                false => Err(Problem::new(
                    Kind::Unauthorized,
                    "The session is over: sign in at /signin.",
                )),
            }
        }
        _ => Ok(()),
    }
}

fn changes_something(parts: &Parts) -> bool {
    !matches!(parts.method, Method::GET | Method::HEAD)
}

/// Leads a person to the sign-in; a script learns that the session is over.
fn to_signin(parts: &Parts) -> Response {
    let accepts = |kind: &str| {
        let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        accept.is_some_and(|accept| accept.contains(kind))
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    if changes_something(parts) {
        if accepts("text/html") {
            return Redirect::to("/signin").into_response();
        }
    } else if !accepts("application/json") {
        return Redirect::to(&viewer::signin_for(path)).into_response();
    }
    Problem::new(Kind::Unauthorized, "The session is over: sign in at /signin.").into_response()
}
