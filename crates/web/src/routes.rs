//! Every route is declared with what it needs, and the declaration is what enforces it: a handler
//! cannot be reached by whoever lacks the right, and the table of all routes is a golden file.

use std::fmt;

use axum::{
    Router,
    handler::Handler,
    middleware,
    routing::{MethodRouter, delete, get, post},
};
use http::Method;
use runtime::people::Role;

use crate::{AppState, guard, keys::Scope};

/// What a request must show before its handler is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing, and it is answered even when the server is busy.
    Probe,
    /// Nothing. A form must come from our own pages.
    Anyone,
    /// The source's own credential; the handler checks it over the raw body.
    Source,
    /// The credential of a source of events; the handler checks it over the raw body.
    EventSource,
    /// An agent's own key, or a code to enrol with; its protocol checks them.
    Agent,
    /// The bearer token of somebody who may fetch the list; the handler checks it.
    Reader,
    /// The chat platform's own signature; its connector checks it over the raw body.
    Vendor,
    /// An API key with this scope, or the session of somebody whose role covers it.
    Api(Scope),
    /// The session of somebody of this role. A form must carry the session's token.
    Page(Role),
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Probe => f.write_str("nothing, even when busy"),
            Self::Anyone => f.write_str("nothing"),
            Self::Source | Self::EventSource => f.write_str("the source's credential"),
            Self::Agent => f.write_str("the agent's own key"),
            Self::Reader => f.write_str("the list's token"),
            Self::Vendor => f.write_str("the vendor's signature"),
            Self::Api(scope) => write!(f, "key or session: {}", scope.name()),
            Self::Page(role) => write!(f, "session: {}", role.name()),
        }
    }
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The method; `GET` serves `HEAD` too.
    pub method: Method,
    /// The path, with `{names}`.
    pub path: &'static str,
    /// What it needs.
    pub needs: Needs,
}

/// Routes, each with what it needs.
#[derive(Default)]
pub struct Routes(Vec<(Entry, MethodRouter<AppState>)>);

impl Routes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what is looked at. It must change nothing (R18).
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(Entry { method: Method::GET, path, needs }, get(handler))
    }

    /// Adds what is done.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(Entry { method: Method::POST, path, needs }, post(handler))
    }

    /// Adds what ends something.
    #[must_use]
    pub fn delete<H, T>(self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(Entry { method: Method::DELETE, path, needs }, delete(handler))
    }

    /// Adds all of another's.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// All of them, in the order of their declaration.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().map(|(entry, _)| entry)
    }

    /// The router, with a guard in front of each route.
    pub(crate) fn guarded(self, state: &AppState) -> Router<AppState> {
        self.0.into_iter().fold(Router::new(), |router, (entry, handler)| {
            let guard = middleware::from_fn_with_state((state.clone(), entry.needs), guard::check);
            router.route(entry.path, handler.layer(guard))
        })
    }

    fn with(mut self, entry: Entry, handler: MethodRouter<AppState>) -> Self {
        self.0.push((entry, handler));
        self
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}
