//! The length of a request's head.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Problem, limits, problem::Kind};

/// What a header line has besides its name and value: a colon, a space and the line's end.
const LINE_BYTES: usize = 4;

/// Refuses heads beyond [`limits::HEAD_BYTES`]. Those far beyond it never get here: the connection
/// is given up at [`limits::HEAD_BUFFER_BYTES`].
pub async fn limit(request: Request, next: Next) -> Response {
    if size(&request) > limits::HEAD_BYTES {
        return Problem::of(Kind::HeadTooLarge).into_response();
    }
    next.run(request).await
}

fn size(request: &Request) -> usize {
    let uri = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let lines = request.headers().iter();
    let lines: usize =
        lines.map(|(name, value)| name.as_str().len() + value.len() + LINE_BYTES).sum();
    request.method().as_str().len() + uri + lines
}
