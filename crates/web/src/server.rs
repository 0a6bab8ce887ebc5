//! The router, and serving it.

use axum::{Router, middleware};

use crate::{AppState, Problem, Routes, assets, headers, pages, problem, problem::Kind};

/// Every route there is.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().and(assets::routes()).and(pages::routes())
}

/// The whole service.
pub fn router(state: AppState) -> Router {
    let with = |state: &AppState| state.clone();
    routes()
        .guarded(&state)
        .fallback(async || Problem::of(Kind::NotFound))
        .method_not_allowed_fallback(async || Problem::of(Kind::MethodNotAllowed))
        .layer(middleware::from_fn_with_state(with(&state), problem::write))
        .layer(middleware::from_fn_with_state(with(&state), headers::put_on))
        .with_state(state)
}
