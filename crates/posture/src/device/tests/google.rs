//! The four records of a vendor that lie beside the checkout, when they do.

use model::device::{RecordKey, split_os};
use serde_json::Value;

use super::*;

/// Where data for tests lies.
const DATA: &str = "COUNTERSIGN_DATA";
const FILES: [&str; 4] = ["android", "android_oreo", "chromeos", "ios_google-sync"];

#[expect(clippy::disallowed_methods, reason = "a test over files beside the checkout")]
fn read(name: &str) -> Option<Value> {
    let folder = std::path::PathBuf::from(std::env::var_os(DATA)?).join("google-devices");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).ok()?;
    serde_json::from_str(&text).ok()
}

/// As much of a record as merging reads. The real reading is a connector's.
fn as_record(name: &str, said: &Value) -> SourceRecord {
    let text = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut record = record("google", name).fact(Field::Model, text("model"));
    record.key = RecordKey::new("google", name);
    for (key, kind) in [
        ("serialNumber", IdKind::Serial),
        ("imei", IdKind::Imei),
        ("meid", IdKind::Meid),
        ("deviceId", IdKind::GoogleDeviceId),
    ] {
        record = record.id(kind, text(key));
    }
    let macs = ["wifiMacAddress", "macAddress"].map(text);
    record.identifiers.macs = macs.iter().filter_map(|mac| mac.parse().ok()).collect();
    let (os, version) = split_os(text("os"));
    record.platform = Platform::read(os);
    record.fact(Field::Os, os).fact(Field::OsVersion, version.as_deref().unwrap_or_default())
}

#[test]
fn m14_the_supplied_records_are_four_devices() {
    let read: Option<Vec<(&str, Value)>> =
        FILES.iter().map(|name| Some((*name, read(name)?))).collect();
    let Some(read) = read else {
        eprintln!("skipped: {DATA} does not lead to the records");
        return;
    };
    let records: Vec<SourceRecord> =
        read.iter().map(|(name, said)| as_record(name, said)).collect();
    let placeholders = records.iter().filter(|record| {
        record.identifiers.scalars.get(&IdKind::Serial).is_some_and(|serial| serial == "...")
    });
    assert_eq!(placeholders.count(), 3);
    let all = devices(&records, &[], &MergeRules::default());
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|device| device.flags.is_empty()), "{all:?}");
}
