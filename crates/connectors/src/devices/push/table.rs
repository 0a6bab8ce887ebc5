//! A table with a line a device: its columns are the names of facts and `practice:NAME`. Pure.

use jiff::tz::TimeZone;
use model::Timestamp;
use ports::devices::{DeviceMap, Pushed, Rejected};
use serde_json::{Map, Value, json};

use super::{
    csv,
    json::{RECORDS_MAX, device},
    landesk::in_zone,
};
use crate::devices::draft::add;

/// Before the name of a practice in a column.
const PRACTICE: &str = "practice:";
/// Before the name of a fact of the company's own.
const ATTRIBUTE: &str = "attribute:";
/// Between the addresses of adapters.
const BETWEEN_MACS: [char; 2] = [';', ' '];

/// Reads tables.
#[derive(Debug)]
pub struct TableDevices {
    name: String,
    zone: TimeZone,
}

impl TableDevices {
    /// Reads for the source of this name, whose times are of this zone.
    #[must_use]
    pub fn new(name: &str, zone: TimeZone) -> Self {
        Self { name: name.to_owned(), zone }
    }

    /// A line in the shape of a record.
    fn record(&self, line: csv::Line<'_>) -> Value {
        let mut record = Map::new();
        let (mut practices, mut attributes) = (Map::new(), Map::new());
        for (column, text) in line {
            if let Some(practice) = column.strip_prefix(PRACTICE) {
                practices.insert(practice.to_owned(), value(&text));
            } else if let Some(attribute) = column.strip_prefix(ATTRIBUTE) {
                attributes.insert(attribute.to_owned(), text.into());
            } else if column == "mac_addresses" {
                let macs: Vec<&str> =
                    text.split(BETWEEN_MACS).filter(|mac| !mac.is_empty()).collect();
                record.insert(column.to_owned(), json!(macs));
            } else if column == "last_sync" {
                let at = in_zone(&text, &self.zone).map_or(text, |at| at.to_string());
                record.insert(column.to_owned(), at.into());
            } else {
                record.insert(column.to_owned(), text.into());
            }
        }
        record.insert("practices".to_owned(), practices.into());
        record.insert("attributes".to_owned(), attributes.into());
        record.into()
    }
}

/// A word for yes or no; `unknown` is nothing, and anything else a problem of its own.
fn value(text: &str) -> Value {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "1" => true.into(),
        "false" | "no" | "0" => false.into(),
        "unknown" | "null" => Value::Null,
        _ => text.into(),
    }
}

impl DeviceMap for TableDevices {
    fn map(&self, body: &[u8], now: Timestamp) -> Result<Pushed, Rejected> {
        let text = std::str::from_utf8(body).map_err(|_| Rejected::because("not UTF-8"))?;
        let mut pushed = Pushed::default();
        csv::read(text, RECORDS_MAX, |number, line| {
            let read = line.and_then(|line| {
                let said = self.record(line);
                device(&self.name, &said, now).map_err(Rejected::because)
            });
            match read {
                Ok(read) => add(&mut pushed.records, read),
                Err(why) => pushed.rejected.push((number, why)),
            }
            Ok(())
        })?;
        Ok(pushed)
    }
}
