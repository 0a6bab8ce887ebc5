//! What the sections `[sources.NAME]` of vendors of events have in common.

use std::sync::Arc;

use model::Span;
use ports::{
    Clock,
    events::{EventMap, Puller},
    source::{Reads, Source, SourceAuth},
};

use crate::{
    http::HttpClient,
    secret::{SettingProblem, Settings},
    source::{auth::Closed, config::AuthConfig},
};

/// The shortest wait between two looks at a vendor's log.
const EVERY_MIN: Span = Span::seconds(5);
/// The longest one: beyond it detection comes too late to be of use.
const EVERY_MAX: Span = Span::hours(1);
/// How far back a first pull may begin: no vendor keeps more for everybody.
const START_MAX: Span = Span::days(180);

/// What a source needs beside its section.
#[derive(Clone)]
pub struct Outside {
    /// The way out.
    pub http: HttpClient,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Where a first pull begins, unless told otherwise.
pub(super) fn start() -> Span {
    Span::hours(24)
}

/// Checks how often is pulled, and from when.
pub(super) fn check_times(read: &mut Settings, every: Span, start: Span) {
    let is_often_enough = (EVERY_MIN..=EVERY_MAX).contains(&every);
    read.require("pull.every", is_often_enough, format!("is between {EVERY_MIN} and {EVERY_MAX}"));
    read.require("pull.start", start <= START_MAX, format!("is at most {START_MAX}"));
}

/// A source that is sent to, pulled, or both.
pub(super) fn source(
    name: &str,
    auth: Option<&AuthConfig>,
    map: impl EventMap,
    puller: Option<Result<Arc<dyn Puller>, Vec<SettingProblem>>>,
) -> Result<Source, Vec<SettingProblem>> {
    let mut problems = Vec::new();
    if auth.is_none() && puller.is_none() {
        let why = "say how the sender proves itself with `auth`, how the log is fetched with \
                   `pull`, or both";
        problems.push(SettingProblem::new("auth", why));
    }
    let auth: Option<Box<dyn SourceAuth>> = match auth.map(AuthConfig::build) {
        None => Some(Box::new(Closed)),
        Some(auth) => auth.map_err(|problem| problems.push(problem)).ok(),
    };
    let puller = match puller.transpose() {
        Ok(puller) => puller,
        Err(more) => {
            problems.extend(more);
            None
        }
    };
    match auth {
        Some(auth) if problems.is_empty() => {
            let reads = Reads::Events(Arc::new(map));
            Ok(Source { name: name.to_owned(), auth, reads, puller })
        }
        _ => Err(problems),
    }
}
