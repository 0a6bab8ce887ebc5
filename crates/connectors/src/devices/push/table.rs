//! A table with a line a device: its columns are the names of facts and `practice:NAME`. Pure.

use jiff::tz::TimeZone;
use model::Timestamp;
use ports::devices::{DeviceMap, Pushed, Rejected};
use serde_json::{Map, Value, json};

use super::{JsonDevices, csv, landesk::in_zone};

/// Before the name of a practice in a column.
const PRACTICE: &str = "practice:";
/// Before the name of a fact of the company's own.
const ATTRIBUTE: &str = "attribute:";
/// Between the addresses of adapters.
const BETWEEN_MACS: [char; 2] = [';', ' '];

/// Reads tables.
#[derive(Debug)]
pub struct TableDevices {
    json: JsonDevices,
    zone: TimeZone,
}

impl TableDevices {
    /// Reads for the source of this name, whose times are of this zone.
    #[must_use]
    pub fn new(name: &str, zone: TimeZone) -> Self {
        Self { json: JsonDevices::new(name), zone }
    }

    /// A line in the shape of a record.
    fn record(&self, line: csv::Line) -> Value {
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
                record.insert(column, json!(macs));
            } else if column == "last_sync" {
                let at = in_zone(&text, &self.zone).map_or(text, |at| at.to_string());
                record.insert(column, at.into());
            } else {
                record.insert(column, text.into());
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
        let (mut records, mut places, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
        for (number, line) in csv::read(text)?.into_iter().enumerate() {
            match line {
                Ok(line) => {
                    records.push(self.record(line));
                    places.push(number);
                }
                Err(why) => rejected.push((number, why)),
            }
        }
        let mut pushed = self.json.map(&json!(records).to_string().into_bytes(), now)?;
        for (place, why) in std::mem::take(&mut pushed.rejected) {
            rejected.push((places.get(place).copied().unwrap_or(place), why));
        }
        rejected.sort_by_key(|(number, _)| *number);
        Ok(Pushed { rejected, ..pushed })
    }
}
