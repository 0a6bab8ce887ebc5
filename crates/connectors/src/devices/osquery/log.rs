//! Lines of a results log, as clients send them and as files hold them. Pure.

use std::collections::BTreeMap;

use model::{
    Timestamp,
    device::{RecordKey, SourceRecord},
};
use ports::devices::{DeviceMap, Problems, Pushed, Rejected};
use serde_json::Value;

use super::{QueryResult, Row, Rows, map};
use crate::devices::draft::{at, text_of};

/// The most lines of a file.
const LINES_MAX: usize = 200_000;
/// The most hosts of a file.
const HOSTS_MAX: usize = 10_000;

/// A result, where the line is one.
pub(super) fn result(line: &Value, problems: &mut Problems) -> Option<QueryResult> {
    let name = at(line, "name").and_then(text_of);
    let Some(name) = name else {
        problems.note("name", "a line without one");
        return None;
    };
    let rows = |path: &str| -> Vec<Row> {
        let list = at(line, path).and_then(Value::as_array);
        list.into_iter().flatten().map(row).collect()
    };
    let one = || at(line, "columns").map(row).into_iter().collect::<Vec<Row>>();
    let found = match at(line, "action").and_then(Value::as_str) {
        Some("snapshot") => Rows::All(rows("snapshot")),
        Some("added") => Rows::Changes { added: one(), removed: Vec::new() },
        Some("removed") => Rows::Changes { added: Vec::new(), removed: one() },
        _ if line.get("diffResults").is_some() => {
            Rows::Changes { added: rows("diffResults.added"), removed: rows("diffResults.removed") }
        }
        _ if line.get("snapshot").is_some() => Rows::All(rows("snapshot")),
        _ => {
            problems.note("action", "a line that is no result");
            return None;
        }
    };
    let seconds = at(line, "unixTime").and_then(text_of).and_then(|text| text.parse().ok());
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    Some(QueryResult { name, rows: found, at })
}

/// A row with all its values as texts.
pub(super) fn row(said: &Value) -> Row {
    let fields = said.as_object().into_iter().flatten();
    let text = |value: &Value| text_of(value).unwrap_or_default();
    fields.map(|(name, value)| (name.clone(), text(value))).collect()
}

/// Reads files: the results and snapshots logs of osquery clients that somebody else manages, one
/// JSON object a line.
#[derive(Debug)]
pub struct OsqueryLog {
    name: String,
}

impl OsqueryLog {
    /// Reads for the source of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}

impl DeviceMap for OsqueryLog {
    fn map(&self, body: &[u8], now: Timestamp) -> Result<Pushed, Rejected> {
        let text = std::str::from_utf8(body).map_err(|_| Rejected::because("not UTF-8"))?;
        let mut hosts: BTreeMap<String, (Vec<QueryResult>, Problems)> = BTreeMap::new();
        let mut pushed = Pushed::default();
        for (number, line) in text.lines().enumerate().filter(|(_, it)| !it.trim().is_empty()) {
            let refuse = |why: &str| (number, Rejected::because(why));
            if number >= LINES_MAX {
                pushed.rejected.push(refuse("more lines than are taken at once"));
                break;
            }
            let Ok(said) = serde_json::from_str::<Value>(line) else {
                pushed.rejected.push(refuse("not a line of JSON"));
                continue;
            };
            let Some(host) = at(&said, "hostIdentifier").and_then(text_of) else {
                pushed.rejected.push(refuse("there is no hostIdentifier"));
                continue;
            };
            if hosts.len() >= HOSTS_MAX && !hosts.contains_key(&host) {
                pushed.rejected.push(refuse("more hosts than are taken at once"));
                continue;
            }
            let (results, problems) = hosts.entry(host).or_default();
            results.extend(result(&said, problems));
        }
        for (host, (results, problems)) in hosts {
            let record = SourceRecord::new(RecordKey::new(&self.name, host), now);
            let mut read = map::apply(record, &results, now);
            read.problems.extend(problems);
            pushed.records.push(read);
        }
        Ok(pushed)
    }
}
