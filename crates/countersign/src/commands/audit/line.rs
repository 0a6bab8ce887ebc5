//! An entry of the chain as a line of an export: what `GET /v1/audit` lists.

use data_encoding::HEXLOWER;
use model::{CaseId, Timestamp};
use ports::audit::AuditRow;
use serde::{Deserialize, Serialize};

/// A line, strictly: an entry with more or less in it is none of ours.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: u64,
    at: Timestamp,
    kind: String,
    by: String,
    case: Option<CaseId>,
    digest: String,
    previous: String,
    hash: String,
}

/// The line of an entry.
pub(super) fn written(row: &AuditRow) -> String {
    let line = Line {
        seq: row.seq,
        at: row.at,
        kind: row.kind.clone(),
        by: row.by.clone(),
        case: row.case,
        digest: HEXLOWER.encode(&row.digest),
        previous: HEXLOWER.encode(&row.previous),
        hash: HEXLOWER.encode(&row.hash),
    };
    serde_json::to_string(&line).expect("an entry is plain data")
}

/// The entry of a line; nothing where it is not one.
pub(super) fn read(text: &[u8]) -> Option<AuditRow> {
    let line: Line = serde_json::from_slice(text).ok()?;
    let hash = |text: &str| HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok();
    Some(AuditRow {
        seq: line.seq,
        at: line.at,
        kind: line.kind,
        by: line.by,
        case: line.case,
        digest: hash(&line.digest)?,
        previous: hash(&line.previous)?,
        hash: hash(&line.hash)?,
    })
}
