//! For those who watch the server: is it alive, does it take alerts, what does it measure.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use serde_json::json;

use crate::{AppState, Needs, Problem, Routes, keys::Scope, problem::Kind};

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

async fn healthz() -> Json<serde_json::Value> {
    Json(json!({ "alive": true }))
}

async fn readyz(State(state): State<AppState>) -> Result<Json<serde_json::Value>, Problem> {
    match state.engine.readiness().await {
        Ok(()) => Ok(Json(json!({ "ready": true }))),
        Err(_) => Err(Problem::new(
            Kind::Unavailable,
            "The store does not answer, or the disk is nearly full: look at the log.",
        )),
    }
}

async fn metrics(State(state): State<AppState>) -> Result<Response, Problem> {
    let text = state.metrics.as_ref().ok_or(Problem::of(Kind::NotFound))?;
    Ok(([(header::CONTENT_TYPE, METRICS_TYPE)], text()).into_response())
}
