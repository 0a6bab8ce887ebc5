//! The five endpoints, as the routes serve them.

use model::{Timestamp, device::SourceRecord};
use ports::{
    devices::{
        Read,
        agents::{AgentAnswer, AgentAround, AgentCall, AgentProtocol, Recheck, Revision},
    },
    store::{Record, RecordOp, Space},
};
use serde_json::{Value, json};

use super::{Node, NodeKey, Osquery, OsqueryError, QueryResult, apply};

/// The longest body, in bytes: a host's list of software.
const BODY_MAX_BYTES: usize = 8 * 1024 * 1024;
const ENDPOINTS: [&str; 5] = ["enroll", "config", "log", "distributed/read", "distributed/write"];

impl AgentProtocol for Osquery {
    fn endpoints(&self) -> &'static [&'static str] {
        &ENDPOINTS
    }

    fn body_max_bytes(&self) -> usize {
        BODY_MAX_BYTES
    }

    fn wants(&self, call: &AgentCall<'_>) -> Vec<(Space, String)> {
        let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
        if call.endpoint == "enroll" {
            return self
                .host_record_key(&body)
                .map(|key| (Space::OsqueryNode, key))
                .into_iter()
                .collect();
        }
        let Some(key) = NodeKey::of(call.headers, &body) else { return Vec::new() };
        let node = (Space::OsqueryNode, self.node_record_key(&key));
        match call.endpoint {
            // Of which host it is shows only the node; the key stands for it here.
            "log" => vec![node, (Space::Replay, self.batch_key(&key, call.body))],
            _ => vec![node],
        }
    }

    fn answer(
        &self,
        call: &AgentCall<'_>,
        found: &[Option<Record>],
        around: &AgentAround<'_>,
    ) -> AgentAnswer {
        let Ok(body) = serde_json::from_slice::<Value>(call.body) else {
            return malformed(&OsqueryError::Malformed("not JSON"));
        };
        let record = found.first().and_then(Option::as_ref);
        let node = record.and_then(Node::of);
        let now = around.now;
        match call.endpoint {
            "enroll" => {
                let enrolled = self.enrol(&body, record, around.random, now);
                let answer = AgentAnswer::plain(200, enrolled.reply);
                AgentAnswer { before: enrolled.ops, read: enrolled.read, ..answer }
            }
            "config" => AgentAnswer::plain(200, self.config(node.as_ref())),
            "distributed/read" => AgentAnswer::plain(200, self.distributed_read(node.as_ref())),
            "log" => {
                let seen = found.get(1).is_some_and(Option::is_some);
                match self.log(node.as_ref(), &body, call.body, seen, now) {
                    Ok(logged) => {
                        let remember = NodeKey::of(call.headers, &body)
                            .map(|key| self.batch_key(&key, call.body));
                        let after = logged.remember.zip(remember).map(|(op, key)| renamed(op, key));
                        let revision = logged.key.map(|key| lay(key, logged.results, now));
                        let answer = AgentAnswer::plain(200, logged.reply);
                        AgentAnswer { revision, after: after.into_iter().collect(), ..answer }
                    }
                    Err(error) => malformed(&error),
                }
            }
            "distributed/write" => match self.distributed_write(record, &body, now) {
                Ok(written) => {
                    let revision = written.key.map(|key| lay(key, written.results, now));
                    let answer = AgentAnswer::plain(200, written.reply);
                    AgentAnswer { revision, after: written.op.into_iter().collect(), ..answer }
                }
                Err(error) => malformed(&error),
            },
            _ => AgentAnswer::plain(404, json!({ "error": "no such endpoint" })),
        }
    }

    fn recheck(&self, id: &str, found: Option<&Record>, now: Timestamp) -> Option<Recheck> {
        let Some(found) = found else {
            return Some(Recheck::Look(Space::OsqueryNode, self.host_key(id)));
        };
        match Node::of(found) {
            Some(node) if node.source == self.name() && node.id == id => {
                Node::ask(found, now).map(Recheck::Write)
            }
            Some(_) => None,
            // The host's own record names the one of its key.
            None => {
                let key = String::from_utf8(found.value.clone()).ok()?;
                Some(Recheck::Look(Space::OsqueryNode, key))
            }
        }
    }
}

fn lay(key: model::device::RecordKey, results: Vec<QueryResult>, now: Timestamp) -> Revision {
    let lay = move |record: SourceRecord| -> Read { apply(record, &results, now) };
    Revision { key, lay: Box::new(lay) }
}

/// The same record under another key.
fn renamed(op: RecordOp, key: String) -> RecordOp {
    match op {
        RecordOp::Put(record) => RecordOp::Put(Record { key, ..record }),
        other => other,
    }
}

fn malformed(error: &OsqueryError) -> AgentAnswer {
    AgentAnswer::plain(400, json!({ "error": error.to_string() }))
}
