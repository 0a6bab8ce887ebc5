//! For those who watch the server: is it alive, does it take alerts, what does it measure.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::header;
use runtime::detection::Detection;
use serde_json::json;

use crate::{AppState, Needs, Problem, Routes, keys::Scope, problem::Kind, state::MetricsText};

/// The text format of Prometheus.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new().get("/healthz", Needs::Probe, healthz).get("/readyz", Needs::Probe, readyz).get(
        "/metrics",
        Needs::Api(Scope::Read),
        metrics,
    )
}

/// What a listener of its own serves, to whoever reaches it: the measurements and nothing else.
pub fn metrics_router(text: MetricsText) -> Router {
    let measured = async move || ([(header::CONTENT_TYPE, METRICS_TYPE)], text()).into_response();
    Router::new().route("/metrics", get(measured))
}

async fn healthz() -> Json<serde_json::Value> {
    Json(json!({ "alive": true }))
}

async fn readyz(State(state): State<AppState>) -> Result<Json<serde_json::Value>, Problem> {
    match state.engine.readiness().await {
        Ok(()) => Ok(Json(json!({ "ready": true, "detection": detection(&state) }))),
        Err(_) => Err(Problem::new(
            Kind::Unavailable,
            "The store does not answer, or the disk is nearly full: look at the log.",
        )),
    }
}

/// How far detection is. It takes nothing from being ready: what is sent is kept meanwhile.
fn detection(state: &AppState) -> serde_json::Value {
    let Some(standing) = state.detection.as_ref().map(Detection::standing) else {
        return json!({ "state": "off" });
    };
    let word = if standing.is_stuck { "stuck" } else { "running" };
    json!({ "state": word, "waiting": standing.waiting })
}

async fn metrics(State(state): State<AppState>) -> Result<Response, Problem> {
    let text = state.metrics.as_ref().ok_or(Problem::of(Kind::NotFound))?;
    Ok(([(header::CONTENT_TYPE, METRICS_TYPE)], text()).into_response())
}
