//! What is taken at most. Everything that arrives has a limit with a name and a unit.

use std::time::Duration;

/// The longest body of an alert request, on the wire and decompressed, in bytes.
pub const ALERT_BODY_BYTES: usize = 1024 * 1024;
/// The most alerts in one request.
pub const ALERTS: usize = 1_000;
/// The longest body of events, on the wire, in bytes.
pub const EVENT_BODY_BYTES: usize = 10 * 1024 * 1024;
/// The same decompressed.
pub const EVENT_PLAIN_BYTES: usize = 64 * 1024 * 1024;
/// The most events in one request.
pub const EVENTS: usize = 10_000;
/// How deep JSON may be nested.
pub const JSON_DEPTH: usize = 64;
/// The longest body of device facts, on the wire and decompressed, in bytes.
pub const DEVICES_BODY_BYTES: usize = 8 * 1024 * 1024;
/// The longest call of a chat platform, in bytes.
pub const CALLBACK_BODY_BYTES: usize = 1024 * 1024;
/// The longest body of an API call, in bytes.
pub const API_BODY_BYTES: usize = 256 * 1024;
/// The longest form of a page, in bytes.
pub const FORM_BODY_BYTES: usize = 64 * 1024;
/// The longest request line and headers together, in bytes.
pub const HEAD_BYTES: usize = 16 * 1024;
/// How much of a head is read before the connection is given up, in bytes. More than
/// [`HEAD_BYTES`], so that a head that is somewhat too long is answered with a problem document.
pub const HEAD_BUFFER_BYTES: usize = 2 * HEAD_BYTES;
/// How long a request's head may take, and how long a connection may be idle.
pub const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long a body may take.
pub const BODY_TIME: Duration = Duration::from_secs(30);
/// How long a peer may refuse to take what we answer.
pub const WRITE_STALL_TIME: Duration = Duration::from_secs(30);
/// How long open requests may take once the server is told to stop.
pub const DRAIN_TIME: Duration = Duration::from_secs(10);
/// Connections at a time; further ones wait to be accepted.
pub const CONNECTIONS: usize = 1_024;
/// Headers of a request.
pub const HEADERS: usize = 100;
/// Bodies that are held at a time, of one kind of request, in bytes altogether; a compressed one
/// counts as what it may become.
pub const BODIES_IN_FLIGHT_BYTES: usize = 32 * 1024 * 1024;
/// Requests of one kind that are worked on at a time.
pub const REQUESTS_IN_FLIGHT: usize = 128;
/// Requests of alerts that are worked on at a time.
pub const ALERT_REQUESTS_IN_FLIGHT: usize = 256;
/// Requests of events that are worked on at a time.
pub const EVENT_REQUESTS_IN_FLIGHT: usize = 64;
/// Bodies of events that are held at a time, in bytes altogether, as sent and decompressed.
pub const EVENT_BODIES_IN_FLIGHT_BYTES: usize = 256 * 1024 * 1024;
/// Streams of case changes at a time.
pub const STREAMS: usize = 64;
/// Streams of one key or session at a time. A browser has six connections to us in all.
pub const STREAMS_PER_CALLER: usize = 4;
/// How far behind a stream may begin, in entries of the journal; beyond, it says so and begins now.
pub const STREAM_REPLAY_ENTRIES: u64 = 10_000;
/// How often a stream shows that it is alive.
pub const STREAM_BEAT: Duration = Duration::from_secs(20);
/// How often a stream looks for changes, and whether it may still be read.
pub const STREAM_LOOK: Duration = Duration::from_millis(500);
/// How long a refused sender is asked to wait, in seconds.
pub const RETRY_AFTER_SECONDS: u32 = 5;
/// Items of a listing, unless told.
pub const PAGE_ITEMS: u32 = 50;
/// Items of a listing at most.
pub const PAGE_ITEMS_MAX: u32 = 200;

/// The limits that the configuration may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// [`ALERT_BODY_BYTES`].
    pub alert_body_bytes: usize,
    /// [`ALERTS`].
    pub alerts: usize,
    /// [`EVENT_BODY_BYTES`].
    pub event_body_bytes: usize,
    /// [`EVENT_PLAIN_BYTES`].
    pub event_plain_bytes: usize,
    /// [`EVENTS`].
    pub events: usize,
    /// [`EVENT_REQUESTS_IN_FLIGHT`].
    pub event_requests_in_flight: usize,
    /// [`EVENT_BODIES_IN_FLIGHT_BYTES`].
    pub event_bodies_in_flight_bytes: usize,
    /// [`JSON_DEPTH`]; at most 127, where the reader itself gives up.
    pub json_depth: usize,
    /// [`BODY_TIME`].
    pub body_time: Duration,
    /// [`ALERT_REQUESTS_IN_FLIGHT`].
    pub alert_requests_in_flight: usize,
    /// [`REQUESTS_IN_FLIGHT`].
    pub requests_in_flight: usize,
    /// [`BODIES_IN_FLIGHT_BYTES`].
    pub bodies_in_flight_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            alert_body_bytes: ALERT_BODY_BYTES,
            alerts: ALERTS,
            event_body_bytes: EVENT_BODY_BYTES,
            event_plain_bytes: EVENT_PLAIN_BYTES,
            events: EVENTS,
            event_requests_in_flight: EVENT_REQUESTS_IN_FLIGHT,
            event_bodies_in_flight_bytes: EVENT_BODIES_IN_FLIGHT_BYTES,
            json_depth: JSON_DEPTH,
            body_time: BODY_TIME,
            alert_requests_in_flight: ALERT_REQUESTS_IN_FLIGHT,
            requests_in_flight: REQUESTS_IN_FLIGHT,
            bodies_in_flight_bytes: BODIES_IN_FLIGHT_BYTES,
        }
    }
}
