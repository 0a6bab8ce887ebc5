//! The five endpoints. Pure.

use model::{Span, Timestamp, device::RecordKey};
use ports::{
    devices::{Problems, Read, Rejected},
    store::{Record, RecordOp, Space},
};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{
    Node, NodeKey, OsquerySettings, QueryResult, Row, Rows, log, map, node,
    queries::{self, Query},
};
use crate::devices::draft::{at, text_of};

/// The longest name of a host that is taken, in bytes.
const HOST_MAX_BYTES: usize = 256;
/// How long a batch is remembered: clients send again within minutes.
const BATCH_REMEMBERED: Span = Span::days(1);

/// A configured `[devices.NAME]` of kind `osquery`.
#[derive(Debug)]
pub struct Osquery {
    name: String,
    settings: OsquerySettings,
}

/// What came of an enrolment.
#[derive(Debug)]
pub struct Enrolled {
    /// What is answered.
    pub reply: Value,
    /// What is written; nothing for a host that was refused.
    pub ops: Vec<RecordOp>,
    /// What is known of the host by now.
    pub read: Option<Read>,
}

/// What came of a batch of log lines.
#[derive(Debug)]
pub struct Logged {
    /// What is answered, once `results` are stored.
    pub reply: Value,
    /// What the queries found; to be applied with [`apply`](super::apply) to the record of `key`.
    pub results: Vec<QueryResult>,
    /// What could not be read.
    pub problems: Problems,
    /// Whose results these are; nothing for a key that is not known.
    pub key: Option<RecordKey>,
    /// Written after the results are stored, so that the same batch is known again.
    pub remember: Option<RecordOp>,
}

/// What came of answers to queries that were asked at once.
#[derive(Debug)]
pub struct Written {
    /// What is answered, once `results` are stored.
    pub reply: Value,
    /// What the queries found.
    pub results: Vec<QueryResult>,
    /// Whose results these are; nothing for a key that is not known.
    pub key: Option<RecordKey>,
    /// Written after the results are stored: the host is asked no more.
    pub op: Option<RecordOp>,
}

/// Why a request cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OsqueryError {
    /// It is not what the protocol says.
    #[error("not a request of osquery's: {0}")]
    Malformed(&'static str),
}

impl Osquery {
    /// The endpoint under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: OsquerySettings) -> Self {
        Self { name: name.to_owned(), settings }
    }

    /// Where to look up the record of the host that wants to enrol; nothing when it is refused.
    #[must_use]
    pub fn host_record_key(&self, body: &Value) -> Option<String> {
        self.host(body).map(|id| self.host_key(&id))
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where it is kept under which key a host speaks.
    pub(super) fn host_key(&self, id: &str) -> String {
        node::host_key(&self.name, id)
    }

    /// A host enrols. `known` is the record at [`Osquery::host_record_key`].
    #[must_use]
    pub fn enrol(
        &self,
        body: &Value,
        known: Option<&Record>,
        random: [u8; 32],
        now: Timestamp,
    ) -> Enrolled {
        let Some(id) = self.host(body) else {
            return Enrolled { reply: invalid(), ops: Vec::new(), read: None };
        };
        let read = self.introduced(&id, body, now);
        let node = Node::new(&self.name, id.clone(), read.record.platform, now);
        let key = NodeKey::fresh(random);
        let at_key = key.record_key(&self.name);
        let host = Record {
            space: Space::OsqueryNode,
            key: self.host_key(&id),
            owner: None,
            value: at_key.clone().into_bytes(),
            expires_at: None,
        };
        let old = known.and_then(|record| String::from_utf8(record.value.clone()).ok());
        let old = old.map(|key| RecordOp::Delete { space: Space::OsqueryNode, key });
        let expected = known.map(|record| record.value.clone());
        let mut ops = vec![RecordOp::Swap { expected, record: host, now }];
        ops.extend(old);
        ops.push(RecordOp::Put(node.record(at_key)));
        let reply = json!({ "node_key": key.reveal(), "node_invalid": false });
        Enrolled { reply, ops, read: Some(read) }
    }

    /// What a host is to run, by its node.
    #[must_use]
    pub fn config(&self, node: Option<&Node>) -> Value {
        let Some(node) = self.own(node) else { return invalid() };
        let interval = self.settings.every.as_seconds();
        let schedule = self.queries(node).map(|query| {
            let what = json!({ "query": query.sql, "interval": interval, "snapshot": true });
            (query.name.to_owned(), what)
        });
        let schedule: Map<String, Value> = schedule.collect();
        json!({ "schedule": schedule, "node_invalid": false })
    }

    /// Where a batch is remembered, by what it holds.
    #[must_use]
    pub fn batch_record_key(&self, node: &Node, raw: &[u8]) -> String {
        let mut digest = Sha256::new();
        digest.update(node.id.as_bytes());
        digest.update([0]);
        digest.update(raw);
        let digest = data_encoding::HEXLOWER.encode(&digest.finalize());
        format!("osquery/{}/{digest}", self.name)
    }

    /// Where a batch is remembered, by the key that it came under.
    #[must_use]
    pub(super) fn batch_key(&self, key: &NodeKey, raw: &[u8]) -> String {
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(raw));
        format!("osquery/{}/{digest}", key.record_key(&self.name))
    }

    /// Where the node of a key is kept.
    #[must_use]
    pub(super) fn node_record_key(&self, key: &NodeKey) -> String {
        key.record_key(&self.name)
    }

    /// A batch of log lines. `raw` is the body as it came, `seen` whether a record is at
    /// [`Osquery::batch_record_key`].
    pub fn log(
        &self,
        node: Option<&Node>,
        body: &Value,
        raw: &[u8],
        seen: bool,
        now: Timestamp,
    ) -> Result<Logged, OsqueryError> {
        let nothing = |reply| Logged {
            reply,
            results: Vec::new(),
            problems: Problems::default(),
            key: None,
            remember: None,
        };
        let Some(node) = self.own(node) else { return Ok(nothing(invalid())) };
        let lines = body.get("data").and_then(Value::as_array);
        let lines = lines.ok_or(OsqueryError::Malformed("there is no list `data`"))?;
        // What osquery tells of itself is nothing about the device.
        if seen || body.get("log_type").and_then(Value::as_str) != Some("result") {
            return Ok(nothing(valid()));
        }
        let mut problems = Problems::default();
        let results = lines.iter().filter_map(|line| log::result(line, &mut problems)).collect();
        let record = Record {
            space: Space::Replay,
            key: self.batch_record_key(node, raw),
            owner: None,
            value: Vec::new(),
            expires_at: Some(BATCH_REMEMBERED.after(now)),
        };
        let key = Some(RecordKey::new(&self.name, &node.id));
        let remember = Some(RecordOp::Put(record));
        Ok(Logged { reply: valid(), results, problems, key, remember })
    }

    /// What a host is to answer at once.
    #[must_use]
    pub fn distributed_read(&self, node: Option<&Node>) -> Value {
        let Some(node) = self.own(node) else { return invalid() };
        let asked = node.is_asked.then(|| self.queries(node)).into_iter().flatten();
        let queries: Map<String, Value> =
            asked.map(|query| (query.name.to_owned(), query.sql.into())).collect();
        json!({ "queries": queries, "node_invalid": false })
    }

    /// What a host answers. A query without a status of zero was not answered, whatever rows come
    /// with it. `record` is that of its key.
    pub fn distributed_write(
        &self,
        record: Option<&Record>,
        body: &Value,
        now: Timestamp,
    ) -> Result<Written, OsqueryError> {
        let nothing = Written { reply: invalid(), results: Vec::new(), key: None, op: None };
        let Some(record) = record else { return Ok(nothing) };
        let node = Node::of(record);
        let Some(node) = self.own(node.as_ref()) else { return Ok(nothing) };
        let answers = body.get("queries").and_then(Value::as_object);
        let answers = answers.ok_or(OsqueryError::Malformed("there is no object `queries`"))?;
        let is_answered = |name: &str| {
            let status = body.get("statuses").and_then(|it| it.get(name));
            status.and_then(text_of).as_deref() == Some("0")
        };
        let results = self.queries(node).map(|query| {
            let rows = answers.get(query.name).and_then(Value::as_array);
            let rows = match rows.filter(|_| is_answered(query.name)) {
                Some(rows) => Rows::All(rows.iter().map(log::row).collect()),
                None => Rows::Unanswered,
            };
            QueryResult { name: query.name.to_owned(), rows, at: Some(now) }
        });
        let done = node.answered().record(record.key.clone());
        let op = RecordOp::Swap { expected: Some(record.value.clone()), record: done, now };
        let key = Some(RecordKey::new(&self.name, &node.id));
        Ok(Written { reply: valid(), results: results.collect(), key, op: Some(op) })
    }

    /// The host that proves to know the secret. In constant time.
    fn host(&self, body: &Value) -> Option<String> {
        let given = body.get("enroll_secret").and_then(Value::as_str).unwrap_or_default();
        let mut is_known = subtle::Choice::from(0);
        for secret in &self.settings.secrets {
            is_known |= secret.expose_secret().as_bytes().ct_eq(given.as_bytes());
        }
        bool::from(is_known).then_some(())?;
        let uuid = at(body, "host_details.system_info.uuid").and_then(text_of);
        let uuid = uuid.filter(|text| is_uuid(text)).map(|text| text.to_lowercase());
        let named = || at(body, "host_identifier").and_then(text_of);
        uuid.or_else(named).filter(|id| id.len() <= HOST_MAX_BYTES)
    }

    /// What a host says of itself when it enrols.
    fn introduced(&self, id: &str, body: &Value, now: Timestamp) -> Read {
        let record = model::device::SourceRecord::new(RecordKey::new(&self.name, id), now);
        let results = [queries::OS_VERSION, queries::SYSTEM_INFO].map(|name| {
            let details = body.get("host_details").and_then(|it| it.get(name));
            let row: Row = details.map(log::row).unwrap_or_default();
            QueryResult { name: name.to_owned(), rows: Rows::All(vec![row]), at: None }
        });
        map::apply(record, &results, now)
    }

    /// A node of this source: its key is good for no other.
    fn own<'n>(&self, node: Option<&'n Node>) -> Option<&'n Node> {
        node.filter(|node| node.source == self.name)
    }

    fn queries(&self, node: &Node) -> impl Iterator<Item = &'static Query> {
        let has_software = self.settings.has_software;
        queries::of(node.platform).filter(move |query| has_software || !query.is_software)
    }
}

/// A placeholder would make one host of many.
fn is_uuid(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let is_of_one = digits.iter().all(|digit| Some(digit) == digits.first());
    digits.len() == 32 && !is_of_one && text.len() <= 38
}

fn valid() -> Value {
    json!({ "node_invalid": false })
}

/// "Enrol again".
fn invalid() -> Value {
    json!({ "node_invalid": true })
}

impl From<OsqueryError> for Rejected {
    fn from(error: OsqueryError) -> Self {
        Self::because(error.to_string())
    }
}
