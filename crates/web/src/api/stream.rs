//! Changes of cases, as they happen.
//!
//! A stream is read from the store: what a client missed while it was away comes first, and nothing
//! is kept for it meanwhile. Several changes of one case that are found together are told as one,
//! with the case as it stands.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use futures::stream;
use http::{HeaderMap, HeaderName, header};
use model::{CaseId, Timestamp};
use ports::audit::AuditRow;
use runtime::people::Role;

use super::{
    arguments::{Arguments, invalid},
    case::CaseBody,
};
use crate::{
    AppState, Problem,
    guard::Caller,
    limits,
    streams::{Closing, Seat},
};

/// Where a client says what it has seen.
const LAST_EVENT_ID: &str = "last-event-id";
/// Entries of the journal that are looked through at once.
const PAGE: u32 = 500;
/// After how long a client comes back that was cut off, in milliseconds.
const RETRY_MS: u32 = 5_000;
/// The entry by which a case begins.
const OPENED: &str = "case.open";
/// What keeps proxies from holding events back.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Changes of cases as Server-Sent Events, resumable by `Last-Event-ID`.
///
/// `opened` and `changed` carry the case as `GET /v1/cases` shows it; their ids are positions in the
/// journal. `reset` says that the client is too far behind, or ahead: list anew. Without a position
/// it begins now. It ends when the credential does.
#[utoipa::path(
    get, path = "/v1/stream", tag = "cases",
    params(
        ("after" = Option<u64>, Query, description = "Begin after this position, where no `Last-Event-ID` is sent"),
        ("Last-Event-ID" = Option<u64>, Header, description = "The id of the last event that was seen"),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = "4XX", body = super::ProblemBody),
    ),
    security(("key" = [])),
)]
pub(super) async fn open(
    State(state): State<AppState>,
    caller: Caller,
    closing: Option<Extension<Closing>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let seen = position(&headers, query.as_deref())?;
    let reader = Reader::of(caller);
    let seat = state.streams.seat(&reader.name())?;
    let closing = closing.map(|Extension(closing)| closing);
    let live = Live::begin(state, reader, closing, seen, seat).await?;
    let chunks = stream::unfold(live, |mut live| async move {
        let chunk = live.next().await?;
        Some((Ok::<_, Infallible>(chunk), live))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), UNBUFFERED];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// What the client has seen, where it says so.
fn position(headers: &HeaderMap, query: Option<&str>) -> Result<Option<u64>, Problem> {
    let arguments = Arguments::read(query, &["after"])?;
    let after = arguments.one("after", "a position of this stream")?;
    let Some(last) = headers.get(LAST_EVENT_ID) else { return Ok(after) };
    let last = last.to_str().ok().and_then(|text| text.parse().ok());
    last.map(Some).ok_or_else(|| invalid("`Last-Event-ID` is not an id of this stream.".into()))
}

/// Who reads, as far as it has to be looked at again.
enum Reader {
    /// A key holds for as long as the server runs.
    Key(String),
    /// The hash of a session, which may end at any time.
    Session(String),
}

impl Reader {
    fn of(caller: Caller) -> Self {
        match caller {
            Caller::Key(name) => Self::Key(name),
            Caller::Viewer(viewer) => Self::Session(viewer.session.hash),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Key(name) => format!("key:{name}"),
            Self::Session(hash) => format!("session:{hash}"),
        }
    }

    async fn may_still(&self, state: &AppState) -> bool {
        match self {
            Self::Key(_) => true,
            // Who cannot be recognised now may not go on.
            Self::Session(hash) => {
                state.engine.is_signed_in(hash, Role::Analyst).await.unwrap_or(false)
            }
        }
    }
}

/// A stream at work.
struct Live {
    state: AppState,
    reader: Reader,
    closing: Option<Closing>,
    /// The last entry that was looked at.
    after: u64,
    /// Written, and not yet taken.
    ready: VecDeque<Bytes>,
    /// When it was last heard of.
    said_at: Timestamp,
    _seat: Seat,
}

impl Live {
    async fn begin(
        state: AppState,
        reader: Reader,
        closing: Option<Closing>,
        seen: Option<u64>,
        seat: Seat,
    ) -> Result<Self, Problem> {
        let (head, _) = state.engine.audit_head().await?;
        let is_in_reach =
            |seen: &u64| *seen <= head && head - seen <= limits::STREAM_REPLAY_ENTRIES;
        let after = seen.filter(is_in_reach).unwrap_or(head);
        // A position without an event: whoever is cut off before the first one comes back to it.
        let mut ready = VecDeque::from([format!("retry: {RETRY_MS}\nid: {after}\n\n").into()]);
        if seen.is_some_and(|seen| seen != after) {
            ready.push_back(format!("id: {after}\nevent: reset\ndata: {{}}\n\n").into());
        }
        let said_at = state.clock.now();
        Ok(Self { state, reader, closing, after, ready, said_at, _seat: seat })
    }

    /// What is to be sent next; nothing once it is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                self.said_at = self.state.clock.now();
                return Some(chunk);
            }
            if self.is_closing() || !self.reader.may_still(&self.state).await {
                return None;
            }
            if let Err(problem) = self.look().await {
                // It may be there again at the next look.
                tracing::debug!(problem = problem.kind.slug(), "a stream could not look");
            }
            if self.ready.is_empty() {
                self.wait().await;
            }
        }
    }

    /// Reads what has come since.
    async fn look(&mut self) -> Result<(), Problem> {
        let rows = self.state.engine.audit(self.after, PAGE).await?;
        let Some(last) = rows.last().map(|row| row.seq) else { return Ok(()) };
        let mut events = Vec::new();
        for (case, change) in changes(&rows) {
            if let Some(row) = self.state.engine.listed(case).await? {
                events.push((change, CaseBody::from(row)));
            }
        }
        events.sort_by_key(|(change, _)| change.seq);
        self.ready.extend(events.iter().map(|(change, case)| change.written(case)));
        self.after = last;
        Ok(())
    }

    async fn wait(&mut self) {
        let now = self.state.clock.now();
        let silence = std::time::Duration::try_from(now.duration_since(self.said_at));
        if silence.is_ok_and(|silence| silence >= limits::STREAM_BEAT) {
            self.ready.push_back(Bytes::from_static(b": still here\n\n"));
            return;
        }
        let nap = self.state.clock.sleep(limits::STREAM_LOOK);
        match &mut self.closing {
            Some(closing) => tokio::select! {
                () = nap => {}
                () = closing.told() => {}
            },
            None => nap.await,
        }
    }

    fn is_closing(&self) -> bool {
        self.closing.as_ref().is_some_and(|closing| *closing.0.borrow())
    }
}

/// What happened to one case.
struct Change {
    seq: u64,
    is_new: bool,
}

impl Change {
    fn written(&self, case: &CaseBody) -> Bytes {
        let event = if self.is_new { "opened" } else { "changed" };
        let data = serde_json::to_string(case).expect("a case is plain data");
        format!("id: {}\nevent: {event}\ndata: {data}\n\n", self.seq).into()
    }
}

/// The cases that these entries are about, each with its last one.
fn changes(rows: &[AuditRow]) -> BTreeMap<CaseId, Change> {
    let mut changes = BTreeMap::new();
    for row in rows {
        let Some(case) = row.case else { continue };
        let change = changes.entry(case).or_insert(Change { seq: row.seq, is_new: false });
        change.seq = row.seq;
        change.is_new |= row.kind == OPENED;
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_changes_of_a_case_are_one_at_its_last_position() {
        let row = |seq, case: Option<u128>, kind: &str| AuditRow {
            seq,
            at: Timestamp::UNIX_EPOCH,
            kind: kind.to_owned(),
            by: "system".to_owned(),
            case: case.map(CaseId::from_digest),
            digest: [0; 32],
            previous: [0; 32],
            hash: [0; 32],
        };
        let rows = [
            row(4, Some(1), "case.answer"),
            row(5, Some(2), "case.open"),
            row(6, None, "signin.link"),
            row(7, Some(2), "case.delivered"),
            row(8, Some(1), "case.proof"),
        ];
        let found: Vec<_> = changes(&rows)
            .into_iter()
            .map(|(case, change)| (case.bits(), change.seq, change.is_new))
            .collect();
        assert_eq!(found, [(1, 8, false), (2, 7, true)]);
    }
}
