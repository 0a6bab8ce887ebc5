//! The names of all measurements of this crate.

use std::time::Duration;

/// A measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meter {
    /// Counter: requests answered, by route, method and status.
    Requests,
    /// Histogram: seconds until the answer, by route.
    Seconds,
    /// Counter: requests refused, by the problem's name.
    Refused,
    /// Counter: handlers that panicked.
    Panics,
}

impl Meter {
    /// All of them with what they count, for the exporter.
    pub const ALL: &[(Self, &'static str)] = &[
        (Self::Requests, "HTTP requests answered"),
        (Self::Seconds, "seconds until a request was answered"),
        (Self::Refused, "HTTP requests refused, by problem"),
        (Self::Panics, "HTTP requests that ran into a panic"),
    ];

    /// Its name as exported.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "countersign_http_requests_total",
            Self::Seconds => "countersign_http_seconds",
            Self::Refused => "countersign_http_refused_total",
            Self::Panics => "countersign_http_panics_total",
        }
    }
}

/// A request that was answered. The route is the pattern, never the path, which may hold secrets.
pub(crate) fn answered(route: &str, method: &'static str, status: u16, took: Duration) {
    let route = route.to_owned();
    metrics::histogram!(Meter::Seconds.name(), "route" => route.clone()).record(took);
    let labels = [("route", route), ("method", method.to_owned()), ("status", status.to_string())];
    metrics::counter!(Meter::Requests.name(), &labels).increment(1);
}

/// A request that was refused.
pub(crate) fn refused(problem: &'static str) {
    metrics::counter!(Meter::Refused.name(), "problem" => problem).increment(1);
}

/// A handler that panicked.
pub(crate) fn panicked() {
    metrics::counter!(Meter::Panics.name()).increment(1);
}
