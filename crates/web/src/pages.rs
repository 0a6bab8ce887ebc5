//! What people see. Every page is rendered on the server and works without scripts, except for the
//! ceremony of a passkey.
//!
//! A page's handler takes [`Viewer`](crate::Viewer) and gives a [`Page`]; errors are
//! [`Problem`]s, which [`problem`] shows as a page. Forms are plain `axum::Form`s: where they come
//! from has been checked before (see [`csrf`](crate::csrf)).

pub mod check;
pub mod console;
pub(crate) mod devices;
pub(crate) mod frame;
pub(crate) mod language;
pub(crate) mod marks;
pub mod person;
pub mod signin;
pub mod ways;
pub(crate) mod words;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use crate::{Problem, Routes, problem::Kind};
use frame::Frame;

/// A page made of a template.
#[derive(Debug)]
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(text) => Html(text).into_response(),
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                Problem::of(Kind::Internal).into_response()
            }
        }
    }
}

/// All pages.
pub fn routes() -> Routes {
    Routes::new()
        .and(person::routes())
        .and(console::routes())
        .and(check::routes())
        .and(signin::routes())
        .and(ways::routes())
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'p> {
    frame: Frame,
    detail: &'p str,
}

/// A problem as a page.
#[must_use]
pub(crate) fn problem(problem: &Problem) -> String {
    let frame = Frame::outside(problem.kind.title());
    let page = ProblemPage { frame, detail: &problem.detail };
    page.render().unwrap_or_else(|_| problem.kind.title().to_owned())
}

#[cfg(test)]
mod tests;
