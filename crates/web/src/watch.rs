//! What is counted and logged of a request: its route, method, status and time, and nothing else.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use http::Method;

use crate::{Problem, meters, problem::Kind};

/// The name of what matches no route.
const NO_ROUTE: &str = "none";

/// Watches over a request. A panic of a handler is a problem of ours, told as one: it neither cuts
/// the connection nor takes other requests with it.
pub(crate) async fn over(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = named(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = answer.unwrap_or_else(|_| {
        meters::panicked();
        tracing::error!(http.route = route, http.method = method, "a handler panicked");
        Problem::of(Kind::Internal).into_response()
    });
    if let Some(problem) = response.extensions().get::<Problem>() {
        meters::refused(problem.kind.slug());
    }
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    meters::answered(route, method, status, took);
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(http.route = route, http.method = method, http.status = status, took_ms);
    response
}

/// A method's name, from a list: what a client makes up must not become a label.
fn named(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware, routing::get};
    use http::StatusCode;
    use tower::ServiceExt as _;

    use super::*;

    async fn faulty() -> &'static str {
        panic!("on purpose")
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_of_ours_and_not_a_cut_connection() {
        let router = Router::new().route("/", get(faulty)).layer(middleware::from_fn(over));
        let request = Request::get("/").body(Body::empty()).expect("a request");
        let response = router.oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let problem = response.extensions().get::<Problem>().map(|problem| problem.kind);
        assert_eq!(problem, Some(Kind::Internal));
    }

    #[test]
    fn a_made_up_method_is_no_label() {
        assert_eq!(named(&Method::POST), "POST");
        assert_eq!(named(&Method::from_bytes(b"HUNTER2").expect("a method")), "other");
    }
}
