//! What pulling a vendor's log has in common: fetching a page within limits, the records in it,
//! the link to the next one, waiting as told, and cursors.
//!
//! A cursor is stored together with what its page held, so that a page may be fetched twice and is
//! never lost; whoever takes the records in knows them again by their names. What a vendor tells
//! late is found by looking back: a little each time, and far after a start and now and then.

mod links;
mod window;

#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use bytes::Bytes;
use event::{Doc, split};
use http::{HeaderMap, StatusCode, header};
use jiff::fmt::rfc2822::DateTimeParser;
use model::{Span, Timestamp};
use ports::{Clock, Failure, events::Cursor};
use serde::{Serialize, de::DeserializeOwned};

use crate::http::{HttpClient, RETRY_AFTER_MAX, Reply};

pub(super) use links::{address, followed, next_link};
pub(super) use window::{Collected, Page, Pages, Window, collected, next_window};

/// The largest page, in bytes. A record has up to 1 MiB, and is mostly some kilobytes.
const PAGE_BYTES_MAX: usize = 32 * 1_024 * 1_024;
/// How long fetching a page may take.
const PAGE_TIMEOUT: Duration = Duration::from_secs(60);
/// The most records of a page. Vendors are asked for a tenth of it.
const PAGE_RECORDS_MAX: usize = 20_000;

/// Fetches a page, whatever its status.
pub(super) async fn fetched(
    http: &HttpClient,
    who: &str,
    request: reqwest::RequestBuilder,
) -> Result<Reply, Failure> {
    http.send_capped(who, request.timeout(PAGE_TIMEOUT), PAGE_BYTES_MAX).await
}

/// The records of a page: of the array that it is, or of the list at an envelope's path.
pub(super) fn records(
    who: &str,
    body: &Bytes,
    envelope: Option<&str>,
) -> Result<Vec<Bytes>, Failure> {
    // A page that is something else would be read as one record.
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_framed = first == Some(if envelope.is_some() { &b'{' } else { &b'[' });
    let keys = envelope.map(|key| [key]);
    let paths: Vec<&[&str]> = keys.iter().map(|keys| &keys[..]).collect();
    match split::records(body, &paths, PAGE_RECORDS_MAX) {
        Ok(found) if is_framed => Ok(found.into_iter().map(|range| body.slice(range)).collect()),
        // It is one record, and too deep; then it is passed on, and told where it is refused.
        Err(split::SplitError::TooDeep) if is_framed => Ok(vec![body.clone()]),
        _ => Err(unreadable(who)),
    }
}

/// What came is from something in between, or broke off.
pub(super) fn unreadable(who: &str) -> Failure {
    Failure::retry(format!("{who}: the reply is not what the API answers; check base_url"))
}

/// The latest time that records tell at a path.
pub(super) fn latest<'r>(
    records: impl IntoIterator<Item = &'r Bytes>,
    time: impl Fn(&Doc) -> Option<Timestamp>,
) -> Option<Timestamp> {
    let time_of = |record: &Bytes| time(&Doc::parse(record).ok()?.0);
    records.into_iter().filter_map(time_of).max()
}

/// Where a puller stands; the beginning where nobody can read it any more, such as after an
/// update: what was seen already is known again.
pub(super) fn stand<T: DeserializeOwned>(who: &str, cursor: Option<&Cursor>) -> Option<T> {
    let stand = serde_json::from_slice(&cursor?.0);
    if stand.is_err() {
        tracing::warn!(source = who, "the stored cursor cannot be read: pulled from the beginning");
    }
    stand.ok()
}

pub(super) fn cursor<T: Serialize>(stand: &T) -> Cursor {
    Cursor(serde_json::to_vec(stand).expect("a stand is plain JSON"))
}

/// A failure by the reply's status, with the wait that a header of the vendor's own tells, in
/// seconds since 1970, where `Retry-After` tells none.
pub(super) fn failure(who: &str, reply: &Reply, reset: &str, clock: &dyn Clock) -> Failure {
    let failure = reply.failure(who);
    let is_limit = reply.status == StatusCode::TOO_MANY_REQUESTS;
    if !is_limit || reply.headers.contains_key(header::RETRY_AFTER) {
        return failure;
    }
    match until(&reply.headers, reset, clock.now()) {
        Some(wait) => Failure::retry_after(wait, failure.what),
        None => failure,
    }
}

/// How long to wait before the next page, where this one used up what was left of a limit.
pub(super) fn exhausted(
    headers: &HeaderMap,
    (remaining, reset): (&str, &str),
    clock: &dyn Clock,
) -> Option<Span> {
    if number(headers, remaining)? > 0 {
        return None;
    }
    until(headers, reset, clock.now()).map(|wait| Span::seconds(wait.as_secs()))
}

/// The longer of two waits.
pub(super) fn longer(one: Option<Span>, other: Option<Span>) -> Option<Span> {
    one.max(other)
}

/// How long it is until a header's time, by the reply's own clock, so that ours does not matter.
fn until(headers: &HeaderMap, reset: &str, now: Timestamp) -> Option<Duration> {
    let reset = Timestamp::from_second(number(headers, reset)?).ok()?;
    let sent = headers.get(header::DATE).and_then(|date| date.to_str().ok());
    let sent = sent.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
    let wait = Duration::try_from(reset.duration_since(sent.unwrap_or(now))).ok()?;
    // A second more: the header's are whole ones.
    Some((wait + Duration::from_secs(1)).min(RETRY_AFTER_MAX))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
