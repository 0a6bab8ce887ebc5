//! Where audit events come from: reading what a source sends, and fetching what it keeps.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use event::{Doc, Event, Logsource, split::SplitError};
use model::{Problem, Span, Timestamp};

use crate::{
    Failure,
    source::{CLOCK_SKEW, OLD, Rejected},
};

/// Reads one source's events. Pure. The same for what is pushed, pulled, replayed from the log or
/// read from a file.
pub trait EventMap: Send + Sync + 'static {
    /// Where in a body its records are: one object, an array, lines, or the vendor's envelope.
    /// The body is whole, decompressed and within its limit; it may be anything else. At most
    /// `max` records.
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError>;

    /// The events of one record, each handed to `take` in order, and what could not be read of
    /// them. A record that holds no event at all is rejected.
    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected>;

    /// Other names under which rules know a field of the record: a rule's name, and the path in
    /// the record, or `cs.` and the name of a common field. Tried where the record itself has no
    /// such field; of several for one name the first that the record has.
    fn aliases(&self) -> &'static [(&'static str, &'static str)];

    /// What logs this source carries.
    fn logsources(&self) -> &'static [Logsource];

    /// The answer to a vendor's one-time verification of our address, where it has one.
    fn handshake(&self, _headers: &http::HeaderMap) -> Option<Handshake> {
        None
    }
}

/// What a vendor wants to read from our address before it sends anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// The body's media type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// Why a body holds no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON, and not lines of it.
    #[error("the body is neither JSON nor lines of JSON")]
    NotJson,
    /// JSON of another shape.
    #[error(
        "the body is not of this source's shape: send an object, an array, lines of JSON, or the vendor's own envelope"
    )]
    Shape,
    /// Nests deeper than any record may.
    #[error("the body nests too deep")]
    TooDeep,
    /// More records than one request may hold.
    #[error("too many records in one request")]
    TooMany,
}

impl From<SplitError> for BodyError {
    fn from(error: SplitError) -> Self {
        match error {
            SplitError::NotJson => Self::NotJson,
            SplitError::Shape => Self::Shape,
            SplitError::TooDeep => Self::TooDeep,
            SplitError::TooMany => Self::TooMany,
        }
    }
}

/// Settles when an event happened against when it arrived, and says what was odd. A time ahead of
/// ours is not believed: windows and baselines would wait for it. One long ago is; whether that is
/// too late is for whoever looks at it. The time of arrival is in the log, so that a replay settles
/// the same.
pub fn settle_time(event: &mut Event, received_at: Timestamp) -> Option<Problem> {
    let time = event.time;
    event.time = time.min(received_at);
    if time > CLOCK_SKEW.after(received_at) {
        Some(Problem::at("time", "in the future, the time of arrival counts"))
    } else if time < OLD.before(received_at) {
        Some(Problem::at("time", "more than 30 days ago"))
    } else {
        None
    }
}

/// Fetches a source's events, page by page.
#[async_trait]
pub trait Puller: Send + Sync + 'static {
    /// The page behind a cursor; from the configured beginning without one. The caller stores
    /// what the page holds before it stores the page's cursor, and drops what it has seen before.
    async fn pull(&self, cursor: Option<&Cursor>) -> Result<PulledPage, Failure>;
}

/// Where a puller stands, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub Vec<u8>);

/// A page of records.
#[derive(Debug, Clone)]
pub struct PulledPage {
    /// The records as sent, oldest first.
    pub records: Vec<Bytes>,
    /// Where to go on.
    pub cursor: Cursor,
    /// How long to wait before the next page: none while the source has more.
    pub wait: Option<Span>,
}

#[cfg(test)]
mod tests {
    use event::{Actor, Client, Origin, Outcome, Uid};

    use super::*;

    #[test]
    fn a_time_ahead_of_ours_is_never_believed_and_one_long_ago_is() {
        let now = Timestamp::from_second(1_795_000_000).expect("in range");
        let (doc, _) = Doc::parse(b"{}").expect("a document");
        for (time, settled, is_odd) in [
            (Span::hours(1).before(now), Span::hours(1).before(now), false),
            (Span::minutes(4).after(now), now, false),
            (Span::minutes(6).after(now), now, true),
            (Timestamp::MAX, now, true),
            (Span::days(31).before(now), Span::days(31).before(now), true),
            (Timestamp::MIN, Timestamp::MIN, true),
        ] {
            let mut event = Event {
                uid: Uid(1),
                time,
                logsource: Logsource { product: "okta", service: "okta" },
                actor: Actor::default(),
                action: "x".into(),
                targets: Vec::new(),
                origin: Origin::default(),
                client: Client::default(),
                session: None,
                outcome: Outcome::Unknown,
                reason: None,
                doc: doc.clone(),
            };
            let problem = settle_time(&mut event, now);
            assert_eq!((event.time, problem.is_some()), (settled, is_odd), "{time}");
        }
    }
}
