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

use super::csv;
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
/// The most fields of a body that are kept: those that are read, and are not empty.
const FIELDS_MAX: usize = 1_000_000;
/// The most rows that are refused one by one: with more of them it is no table of Ivanti's.
const REFUSED_MAX: usize = 10_000;
/// What is read.
const COLUMNS: [&str; 25] = [
    "computer_idn",
    "device_id",
    "computer",
    "table",
    "devicename",
    "loginname",
    "primary_owner",
    "ostype",
    "osversion",
    "serialnum",
    "model",
    "manufacturer",
    "hwlastscandate",
    "nicaddress",
    "drive",
    "percent",
    "conversion",
    "adapter",
    "enabled",
    "type",
    "severity",
    "title",
    "name",
    "version",
    "publisher",
];

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

/// What is read of a row.
type Row = BTreeMap<&'static str, String>;

/// The rows of one computer, by their tables.
type Tables = BTreeMap<String, Vec<Row>>;

/// The rows of a body, as they come.
#[derive(Default)]
struct Rows {
    computers: BTreeMap<String, Tables>,
    refused: Vec<(usize, Rejected)>,
    fields: usize,
}

impl DeviceMap for LandeskRows {
    fn map(&self, body: &[u8], now: Timestamp) -> Result<Pushed, Rejected> {
        let text = std::str::from_utf8(body).map_err(|_| Rejected::because("not UTF-8"))?;
        let mut rows = Rows::default();
        if text.trim_start().starts_with('[') {
            rows.take_list(text)?;
        } else {
            csv::read(text, ROWS_MAX, |number, line| {
                let pairs = line.map(|line| line.into_iter().filter_map(known).collect());
                rows.take(number, pairs)
            })?;
        }
        let read = |(id, tables)| computer(&self.name, &self.zone, id, &tables, now);
        let records = rows.computers.into_iter().map(read).collect();
        Ok(Pushed { records, rejected: rows.refused, ..Pushed::default() })
    }
}

impl Rows {
    /// A list of objects.
    fn take_list(&mut self, text: &str) -> Result<(), Rejected> {
        let list: Vec<Value> = serde_json::from_str(text)
            .map_err(|_| Rejected::because("not a list of JSON objects"))?;
        if list.len() > ROWS_MAX {
            return Err(Rejected::because(format!("more than {ROWS_MAX} rows: send it in parts")));
        }
        for (number, said) in list.into_iter().enumerate() {
            let Value::Object(fields) = said else {
                self.take(number, Err(Rejected::because("not an object")))?;
                continue;
            };
            let pairs = fields
                .iter()
                .filter_map(|(name, value)| known((name.to_lowercase().as_str(), text_of(value)?)));
            self.take(number, Ok(pairs.collect()))?;
        }
        Ok(())
    }

    fn take(&mut self, number: usize, row: Result<Row, Rejected>) -> Result<(), Rejected> {
        match row.and_then(placed) {
            Ok((id, table, row)) => {
                self.fields += row.len();
                self.computers.entry(id).or_default().entry(table).or_default().push(row);
            }
            Err(why) => self.refused.push((number, why)),
        }
        if self.fields > FIELDS_MAX {
            return Err(Rejected::because(format!("more than {FIELDS_MAX} fields")));
        }
        if self.refused.len() > REFUSED_MAX {
            return Err(Rejected::because(format!(
                "more than {REFUSED_MAX} rows name no computer or cannot be read: is it a table of \
                 Ivanti's, with the column computer_idn?"
            )));
        }
        Ok(())
    }
}

/// A field that is read.
fn known((name, text): (&str, String)) -> Option<(&'static str, String)> {
    COLUMNS.into_iter().find(|column| *column == name).map(|column| (column, text))
}

fn placed(row: Row) -> Result<(String, String, Row), Rejected> {
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

fn describe(record: &mut SourceRecord, row: &Row, zone: &TimeZone, problems: &mut Problems) {
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
fn volume(row: &Row) -> Volume {
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

fn adapter(row: &Row) -> Part {
    let name = row.get("adapter").map_or("adapter", String::as_str).to_owned();
    Part { name, is_on: row.get("enabled").and_then(|text| yes_or_no(text)) }
}

/// The title of one that counts.
fn vulnerability(row: &Row) -> Option<String> {
    let is = |column: &str, words: &[&str]| {
        row.get(column).is_some_and(|text| words.iter().any(|it| it.eq_ignore_ascii_case(text)))
    };
    let counts = is("type", &[VULNERABILITY]) && is("severity", &SEVERITIES);
    counts.then(|| row.get("title").cloned().unwrap_or_else(|| VULNERABILITY.to_owned()))
}

fn software(
    packages: &[Row],
    services: &[Row],
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
