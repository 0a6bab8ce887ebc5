//! The router, and serving it.

mod listen;
mod patience;

use axum::{Router, middleware};

use crate::{
    AppState, Problem, Routes, api, assets, blocklists, callbacks, head, headers, intake, pages,
    probes, problem, problem::Kind, watch,
};

pub use listen::serve;

/// Every route there is.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .and(intake::routes())
        .and(api::routes())
        .and(blocklists::routes())
        .and(callbacks::routes())
        .and(probes::routes())
        .and(problem::routes())
        .and(assets::routes())
        .and(pages::routes())
}

/// The whole service. The layers, from the outside: the headers of every answer; the bodies of
/// problems; what is counted, and panics that must not cut a connection; the length of heads; and
/// then, for each route, its guard.
pub fn router(state: AppState) -> Router {
    let with = || state.clone();
    routes()
        .guarded(&state)
        .fallback(async || Problem::of(Kind::NotFound))
        .method_not_allowed_fallback(async || Problem::of(Kind::MethodNotAllowed))
        .layer(middleware::from_fn(head::limit))
        .layer(middleware::from_fn(watch::over))
        .layer(middleware::from_fn_with_state(with(), problem::write))
        .layer(middleware::from_fn_with_state(with(), headers::put_on))
        .with_state(state)
}
