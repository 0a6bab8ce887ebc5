//! Protocols in which a device, or an agent on it, speaks to us under a key of its own. Pure.
//!
//! Whoever serves the routes looks up the records that a call [wants](AgentProtocol::wants), asks
//! for the [answer](AgentProtocol::answer), and carries out what it says, in its order: what must
//! hold before anything else, the record, then what is noted once that is kept.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use std::fmt;

use http::HeaderMap;
use model::{
    PersonId, Timestamp,
    device::{RecordKey, SourceRecord},
};
use secrecy::SecretString;
use serde_json::Value;

use super::Read;
use crate::{
    Directory,
    store::{Record, RecordOp, Space},
};

/// A protocol of agents. One instance a `[devices.NAME]` that has one, and one for our collector.
pub trait AgentProtocol: Send + Sync + 'static {
    /// The endpoints that it has, as they stand in an address.
    fn endpoints(&self) -> &'static [&'static str];

    /// The longest body of an endpoint, in bytes.
    fn body_max_bytes(&self) -> usize;

    /// The records that the answer depends on.
    fn wants(&self, call: &AgentCall<'_>) -> Vec<(Space, String)>;

    /// The answer. `found` are the wanted records, in their order.
    fn answer(
        &self,
        call: &AgentCall<'_>,
        found: &[Option<Record>],
        around: &AgentAround<'_>,
    ) -> AgentAnswer;

    /// A one-time code with which a device of a person's enrols, where people do that themselves:
    /// as it is shown to them, and what is written for it.
    fn invite(
        &self,
        person: PersonId,
        random: [u8; 32],
        now: Timestamp,
    ) -> Option<(SecretString, RecordOp)> {
        let _ = (person, random, now);
        None
    }

    /// What makes the device `id` answer anew when it next speaks, where the protocol lets us ask.
    /// `found` is the record that the step before named; at first there is none.
    fn recheck(&self, id: &str, found: Option<&Record>, now: Timestamp) -> Option<Recheck> {
        let _ = (id, found, now);
        None
    }
}

/// A step on the way to asking a device.
#[derive(Debug)]
pub enum Recheck {
    /// This record is needed.
    Look(Space, String),
    /// The device is asked once this is written.
    Write(RecordOp),
}

/// A call.
#[derive(Clone, Copy)]
pub struct AgentCall<'a> {
    /// Which endpoint.
    pub endpoint: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, decompressed.
    pub body: &'a [u8],
}

/// What holds beside a call.
#[derive(Clone, Copy)]
pub struct AgentAround<'a> {
    /// Who works here.
    pub directory: &'a dyn Directory,
    /// Random bits for a new key.
    pub random: [u8; 32],
    /// The instant.
    pub now: Timestamp,
}

/// What is answered, and what must be done for it to be true.
pub struct AgentAnswer {
    /// The status.
    pub status: u16,
    /// The body.
    pub reply: Value,
    /// Whose device has enrolled by this, once what is written first is: they are told.
    pub enrolled: Option<PersonId>,
    /// What is written first. Where it cannot be, somebody else was first: nothing else is done.
    pub before: Vec<RecordOp>,
    /// A record that came with it.
    pub read: Option<Read>,
    /// What is laid over a record that is kept.
    pub revision: Option<Revision>,
    /// What is written once that is kept.
    pub after: Vec<RecordOp>,
}

/// Something that is laid over the record as it is kept.
pub struct Revision {
    /// Which record.
    pub key: RecordKey,
    /// What becomes of it; of one that is not there, a new one.
    pub lay: Box<dyn Fn(SourceRecord) -> Read + Send + Sync>,
}

impl AgentAnswer {
    /// This, with nothing to be done for it.
    #[must_use]
    pub fn plain(status: u16, reply: Value) -> Self {
        let (before, after) = (Vec::new(), Vec::new());
        Self { status, reply, enrolled: None, before, read: None, revision: None, after }
    }
}

/// Bodies and keys reach no log.
impl fmt::Debug for AgentCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentCall({}, {} bytes)", self.endpoint, self.body.len())
    }
}

/// A reply may hold a new key.
impl fmt::Debug for AgentAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentAnswer({})", self.status)
    }
}
