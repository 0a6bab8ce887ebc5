//! The known problems. Their slugs are part of the interface: they never change meaning.

use http::StatusCode;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $status:ident $slug:literal $title:literal $advice:literal;)*) => {
        /// The known problems.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[$doc])* $variant,)*
        }
        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The end of its `type`.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug),* }
            }
            /// What it is, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
            /// What to do about it.
            #[must_use]
            pub fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice),* }
            }
            /// The status it is answered with.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),* }
            }
        }
    };
}

kinds! {
    /// Not JSON.
    MalformedJson = BAD_REQUEST "malformed-json" "The body is not JSON"
        "Send one JSON value, complete and as RFC 8259 has it.";
    /// Bytes that are no text.
    InvalidUtf8 = BAD_REQUEST "invalid-utf8" "The body is not UTF-8"
        "Send JSON as UTF-8.";
    /// A key twice in one object.
    DuplicateKey = BAD_REQUEST "duplicate-key" "A key stands twice in one object"
        "Send each key once: of two, nobody can tell which one counts.";
    /// Nested too deeply.
    TooDeep = BAD_REQUEST "too-deep" "The JSON is nested too deeply"
        "Send at most 64 levels of arrays and objects.";
    /// Neither an object nor an array.
    NotAlerts = BAD_REQUEST "not-alerts" "The body holds no alerts"
        "Send one JSON object, or an array of them.";
    /// Not in the shape of the source's events.
    NotEvents = BAD_REQUEST "not-events" "The body holds no events of this source"
        "Send an object, an array, lines of JSON, or the vendor's own envelope.";
    /// The source is of another kind than the address takes.
    OtherKind = BAD_REQUEST "other-kind" "This source sends something else"
        "Send alerts to /v1/alerts/{source}, events to /v1/events/{source} and devices to /v1/devices/{source}, each from a source of that kind.";
    /// A broken compressed body.
    BadEncoding = BAD_REQUEST "bad-encoding" "The body does not decompress"
        "Send a whole gzip stream and nothing after it, or no Content-Encoding.";
    /// A vendor's call that is authentic and not understood.
    MalformedCall = BAD_REQUEST "malformed-call" "The call cannot be understood"
        "Check that the platform sends what its connector was written for.";
    /// The body broke off.
    IncompleteBody = BAD_REQUEST "incomplete-body" "The body broke off"
        "Send the whole body.";
    /// A path or argument that cannot be read.
    InvalidArgument = BAD_REQUEST "invalid-argument" "An argument cannot be read"
        "Look up the arguments in /openapi.json.";
    /// A body that is not what the route takes.
    InvalidBody = UNPROCESSABLE_ENTITY "invalid-body" "The body is not what is expected here"
        "Look up the body in /openapi.json.";
    /// No credential, or none that holds.
    Unauthorized = UNAUTHORIZED "unauthorized" "A valid credential is needed"
        "Send the credential for this address, or sign in.";
    /// The credential lacks the right.
    Forbidden = FORBIDDEN "forbidden" "The right for this is missing"
        "Ask an administrator for a key or a role that may do this.";
    /// A grave act without a fresh proof.
    ProofRequired = FORBIDDEN "proof-required" "A fresh proof is needed"
        "Prove yourself at /me/prove, then repeat this within 10 minutes.";
    /// A form that another site sent, or that is too old.
    ForeignForm = FORBIDDEN "foreign-form" "The form does not come from our page"
        "Open the page again at its usual address and repeat this there.";
    /// One acts on a case about oneself.
    OwnCase = FORBIDDEN "own-case" "The case is about you"
        "Let another analyst decide it: nobody judges a case about themself.";
    /// There is no such thing.
    NotFound = NOT_FOUND "not-found" "There is nothing here"
        "Check the address.";
    /// The thing does not take this method.
    MethodNotAllowed = METHOD_NOT_ALLOWED "method-not-allowed" "This cannot be done here"
        "Use one of the methods named in the Allow header.";
    /// The body took too long.
    SlowBody = REQUEST_TIMEOUT "slow-body" "The body took too long"
        "Send the whole body within 30 seconds.";
    /// The case is closed.
    CaseClosed = CONFLICT "case-closed" "The case is closed"
        "Nothing more can be done here; look at the case.";
    /// The facts have changed.
    Stale = CONFLICT "stale" "The facts have changed since they were shown"
        "Look at the case again and decide on what it shows now.";
    /// What is asked does not fit where the case stands.
    Conflict = CONFLICT "conflict" "This does not fit where things stand"
        "Look at the case again.";
    /// The same key for another request.
    KeyReused = UNPROCESSABLE_ENTITY "key-reused" "The key was used for another request"
        "Use a new Idempotency-Key, or webhook id, for each new request.";
    /// The same key while the first request is at work.
    InProgress = CONFLICT "in-progress" "The same request is at work"
        "Wait a moment and ask again with the same Idempotency-Key.";
    /// Too much to take in.
    TooLarge = PAYLOAD_TOO_LARGE "too-large" "The body is too large"
        "Send less at a time.";
    /// Too many records.
    TooMany = PAYLOAD_TOO_LARGE "too-many" "There are too many records in the body"
        "Send fewer at a time.";
    /// A type that is not taken.
    UnsupportedType = UNSUPPORTED_MEDIA_TYPE "unsupported-type" "The body's type is not taken here"
        "Send Content-Type: application/json, in UTF-8.";
    /// An encoding that is not taken.
    UnsupportedEncoding = UNSUPPORTED_MEDIA_TYPE "unsupported-encoding"
        "The body's encoding is not taken here"
        "Send the body plain, or with Content-Encoding: gzip; events also with zstd.";
    /// The head is too long.
    HeadTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE "head-too-large" "The headers are too large"
        "Send at most 16 KiB of request line and headers.";
    /// Too many tries.
    Limited = TOO_MANY_REQUESTS "limited" "Too many tries"
        "Wait before trying again.";
    /// More than can be worked on.
    Overloaded = SERVICE_UNAVAILABLE "overloaded" "The server is busy"
        "Send the same again after the time in Retry-After.";
    /// The store or the disk.
    Unavailable = SERVICE_UNAVAILABLE "unavailable" "This cannot be done right now"
        "Send the same again after the time in Retry-After.";
    /// Somebody else's server failed.
    Upstream = BAD_GATEWAY "upstream" "A connected service failed"
        "Try again; if it stays, an administrator finds the cause in the log.";
    /// Our own fault.
    Internal = INTERNAL_SERVER_ERROR "internal" "Something went wrong on our side"
        "Try again; if it stays, an administrator finds the cause in the log.";
}

impl Kind {
    /// Whether the same request may succeed a little later.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(self, Self::Overloaded | Self::Unavailable | Self::InProgress)
    }

    /// The problem whose `type` ends so.
    #[must_use]
    pub fn named(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_problem_stands_in_the_specification_with_its_status() {
        let specification = include_str!("../../../../docs/specs/http.md");
        for kind in Kind::ALL {
            let row = format!("| `{}` | {} |", kind.slug(), kind.status().as_u16());
            assert!(specification.contains(&row), "docs/specs/http.md: no row {row}");
        }
    }

    #[test]
    fn every_problem_has_its_own_name_and_says_what_to_do() {
        let slugs: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        assert_eq!(slugs.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(
                kind.slug()
                    .bytes()
                    .all(|byte| b"abcdefghijklmnopqrstuvwxyz0123456789-".contains(&byte))
            );
            assert!(kind.advice().ends_with('.'), "{kind:?}");
            assert!(kind.status().is_client_error() || kind.status().is_server_error());
            assert_eq!(Kind::named(kind.slug()), Some(*kind));
        }
    }
}
