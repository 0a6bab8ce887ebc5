//! Rows of Ivanti's (LANDESK's) tables, exported by a query: each names its computer and its
//! table. Pure.
//!
//! Tables and columns, in any case: `computer` (`devicename`, `loginname`, `primary_owner`,
//! `ostype`, `osversion`, `serialnum`, `model`, `manufacturer`, `hwlastscandate`), `network`
//! (`nicaddress`), `encryption` (`drive`, `percent`, `conversion`), `firewall` (`adapter`,
//! `enabled`), `vulnerability` (`type`, `severity`, `title`), `software` (`name`, `version`,
//! `publisher`), `service` (`name`).

use std::{collections::BTreeMap, sync::Arc};

use jiff::{civil::DateTime, tz::TimeZone};
use model::{
    Timestamp,
    device::{
        Confidence, Evidence, Field, IdKind, Installed, Observation, OwnerHint, Part, Platform,
        Practice, RecordKey, Software, SourceRecord, Volume, VolumeState,
    },
};
use ports::devices::{DeviceMap, Problems, Pushed, Read, Rejected};
use serde_json::Value;

use super::csv::{self, Line};
use crate::devices::draft::{finish, text_of, yes_or_no};

/// The columns that may name a row's computer.
const COMPUTERS: [&str; 3] = ["computer_idn", "device_id", "computer"];
/// What of a vulnerability counts.
const SEVERITIES: [&str; 2] = ["critical", "high"];
const VULNERABILITY: &str = "vulnerability";
/// The conversion of a disk that is done and protected.
const CONVERTED: &str = "1 - on";
/// The most rows of one body.
const ROWS_MAX: usize = 200_000;

/// Reads rows.
#[derive(Debug)]
pub struct LandeskRows {
    name: String,
    zone: TimeZone,
}

impl LandeskRows {
    /// Reads for the source of this name, whose times are of this zone.
    #[must_use]
    pub fn new(name: &str, zone: TimeZone) -> Self {
        Self { name: name.to_owned(), zone }
    }
}

/// The rows of one computer, by their tables.
type Tables = BTreeMap<String, Vec<Line>>;

impl DeviceMap for LandeskRows {
    fn map(&self, body: &[u8], now: Timestamp) -> Result<Pushed, Rejected> {
        let text = std::str::from_utf8(body).map_err(|_| Rejected::because("not UTF-8"))?;
        let mut pushed = Pushed::default();
        let mut computers: BTreeMap<String, Tables> = BTreeMap::new();
        for (number, row) in rows(text)?.into_iter().enumerate() {
            match placed(row) {
                Ok((id, table, row)) => {
                    computers.entry(id).or_default().entry(table).or_default().push(row);
                }
                Err(why) => pushed.rejected.push((number, why)),
            }
        }
        let read = |(id, tables)| computer(&self.name, &self.zone, id, &tables, now);
        pushed.records = computers.into_iter().map(read).collect();
        Ok(pushed)
    }
}

/// A list of objects, or a table with a header.
fn rows(text: &str) -> Result<Vec<Result<Line, Rejected>>, Rejected> {
    if !text.trim_start().starts_with('[') {
        return csv::read(text);
    }
    let list: Vec<Value> =
        serde_json::from_str(text).map_err(|_| Rejected::because("not a list of JSON objects"))?;
    if list.len() > ROWS_MAX {
        return Err(Rejected::because(format!("more than {ROWS_MAX} rows")));
    }
    let row = |said: &Value| {
        let fields = said.as_object().ok_or_else(|| Rejected::because("not an object"))?;
        let pairs =
            fields.iter().filter_map(|(name, value)| Some((name.to_lowercase(), text_of(value)?)));
        Ok(pairs.collect())
    };
    Ok(list.iter().map(row).collect())
}

fn placed(row: Result<Line, Rejected>) -> Result<(String, String, Line), Rejected> {
    let row = row?;
    let id = COMPUTERS.iter().find_map(|column| row.get(*column)).cloned();
    let id = id.filter(|id| id.len() <= 256);
    let id = id.ok_or_else(|| Rejected::because("names no computer: computer_idn"))?;
    let table = row.get("table").map_or("computer", String::as_str).to_lowercase();
    Ok((id, table, row))
}

fn computer(source: &str, zone: &TimeZone, id: String, tables: &Tables, now: Timestamp) -> Read {
    let mut problems = Problems::default();
    let mut record = SourceRecord::new(RecordKey::new(source, id), now);
    let rows = |table: &str| tables.get(table).map(Vec::as_slice).unwrap_or_default();
    for row in rows("computer") {
        describe(&mut record, row, zone, &mut problems);
    }
    for text in rows("network").iter().filter_map(|row| row.get("nicaddress")) {
        match text.parse() {
            Ok(mac) if !record.identifiers.macs.contains(&mac) => record.identifiers.macs.push(mac),
            Ok(_) => {}
            Err(_) => problems.note("network.nicaddress", "not a hardware address"),
        }
    }
    let mut sees = |practice: Practice, observation: Observation| {
        record.practices.insert(practice, observation);
    };
    if tables.contains_key("encryption") {
        let volumes = rows("encryption").iter().map(volume).collect();
        sees(Practice::Encryption, Observation::new(Evidence::Volumes(volumes)));
    }
    if tables.contains_key("firewall") {
        let parts = rows("firewall").iter().map(adapter).collect();
        sees(Practice::Firewall, Observation::new(Evidence::Parts(parts)));
    }
    let open: Vec<String> = rows(VULNERABILITY).iter().filter_map(vulnerability).collect();
    if !open.is_empty() {
        let seen = Observation { details: open, ..Observation::stated(Some(false)) };
        sees(Practice::UpToDate, seen);
    }
    record.software = software(rows("software"), rows("service"), record.last_sync);
    finish(record, problems)
}

fn describe(record: &mut SourceRecord, row: &Line, zone: &TimeZone, problems: &mut Problems) {
    let said = |column: &str| row.get(column).map(String::as_str);
    for (field, column) in [
        (Field::Name, "devicename"),
        (Field::Os, "ostype"),
        (Field::OsVersion, "osversion"),
        (Field::Model, "model"),
        (Field::Manufacturer, "manufacturer"),
    ] {
        record.facts.extend(said(column).map(|text| (field, text.to_owned())));
    }
    record.platform = Platform::read(said("ostype").unwrap_or_default());
    let serial = said("serialnum").map(|text| (IdKind::Serial, text.to_owned()));
    record.identifiers.scalars.extend(serial);
    let owner = said("primary_owner").filter(|text| text.contains('@'));
    let hint = OwnerHint::new(owner, said("loginname"), Confidence::Reported);
    if hint.email.is_some() || hint.username.is_some() {
        record.owners.push(hint);
    }
    let scanned = said("hwlastscandate");
    record.last_sync =
        scanned.and_then(|text| in_zone(text, zone)).map(|at| at.min(record.fetched_at));
    if scanned.is_some() && record.last_sync.is_none() {
        problems.note("computer.hwlastscandate", "not a time");
    }
}

/// Encrypted is only what is so to the last part and protected.
fn volume(row: &Line) -> Volume {
    let said = |column: &str| row.get(column).map(|text| text.trim());
    let percent = said("percent").and_then(|text| text.trim_end_matches('%').trim().parse().ok());
    let percent: Option<u8> = percent.filter(|percent| *percent <= 100);
    let is_converted = said("conversion").map(|text| text.eq_ignore_ascii_case(CONVERTED));
    let state = match (percent, is_converted) {
        (Some(100), Some(true)) => VolumeState::Encrypted,
        (_, Some(false)) | (Some(0), _) => VolumeState::Open,
        (Some(_), Some(true)) => VolumeState::Converting,
        _ => VolumeState::Unknown,
    };
    Volume {
        name: said("drive").unwrap_or("disk").to_owned(),
        is_removable: false,
        is_recovery: false,
        capacity_mb: None,
        state,
        percent,
        is_protected: is_converted,
    }
}

fn adapter(row: &Line) -> Part {
    let name = row.get("adapter").map_or("adapter", String::as_str).to_owned();
    Part { name, is_on: row.get("enabled").and_then(|text| yes_or_no(text)) }
}

/// The title of one that counts.
fn vulnerability(row: &Line) -> Option<String> {
    let is = |column: &str, words: &[&str]| {
        row.get(column).is_some_and(|text| words.iter().any(|it| it.eq_ignore_ascii_case(text)))
    };
    let counts = is("type", &[VULNERABILITY]) && is("severity", &SEVERITIES);
    counts.then(|| row.get("title").cloned().unwrap_or_else(|| VULNERABILITY.to_owned()))
}

fn software(
    packages: &[Line],
    services: &[Line],
    taken_at: Option<Timestamp>,
) -> Option<Arc<Software>> {
    let installed = packages.iter().filter_map(|row| {
        Some(Installed {
            name: row.get("name")?.clone(),
            version: row.get("version").cloned(),
            publisher: row.get("publisher").cloned(),
            ..Installed::default()
        })
    });
    let installed: Vec<Installed> = installed.collect();
    let services = services.iter().filter_map(|row| row.get("name").cloned()).collect();
    // Services alone say nothing about what is not installed.
    let is_partial = installed.is_empty();
    let software = Software { last_scan: taken_at, installed, services, is_partial };
    (!packages.is_empty() || !software.services.is_empty()).then(|| Arc::new(software))
}

/// A time with its own offset, or of this zone.
pub(super) fn in_zone(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil: DateTime = text.parse().ok()?;
    civil.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}
