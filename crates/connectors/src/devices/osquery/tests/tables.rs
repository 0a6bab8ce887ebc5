//! What answers say, table by table, and logs of somebody else's server.

use model::{
    Span, Timestamp,
    device::{Evidence, Field, Gap, IdKind, Lock, Platform, Practice, SourceRecord},
};
use ports::devices::{DeviceMap as _, Read};
use posture::check::State;
use serde_json::{Value, json};

use super::super::*;
use crate::devices::tests::{evidence, now, state};

fn row(columns: &[(&str, &str)]) -> Row {
    columns.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn found(name: &str, rows: &[&[(&str, &str)]]) -> QueryResult {
    let rows = Rows::All(rows.iter().map(|columns| row(columns)).collect());
    QueryResult { name: name.to_owned(), rows, at: None }
}

fn applied(platform: Platform, results: &[QueryResult]) -> Read {
    let mut record = SourceRecord::new(model::device::RecordKey::new("osquery", "1"), now());
    record.platform = platform;
    apply(record, results, now())
}

#[test]
fn tables_say_what_they_say_and_empty_ones_what_that_means() {
    let (mac, windows, linux) = (Platform::Macos, Platform::Windows, Platform::Linux);
    type Columns = &'static [(&'static str, &'static str)];
    let cases: &[(Platform, &str, &[Columns], Practice, State)] = &[
        (mac, "disk_encryption", &[&[("filevault_status", "on")]], Practice::Encryption, State::Ok),
        (
            mac,
            "disk_encryption",
            &[&[("filevault_status", "off")]],
            Practice::Encryption,
            State::Warn,
        ),
        (mac, "disk_encryption", &[], Practice::Encryption, State::Unknown),
        (
            linux,
            "mounted_disk_encryption",
            &[&[("name", "/"), ("encrypted", "1")], &[("name", "/home"), ("encrypted", "0")]],
            Practice::Encryption,
            State::Warn,
        ),
        (
            linux,
            "mounted_disk_encryption",
            &[&[("name", "/"), ("encrypted", "")]],
            Practice::Encryption,
            State::Unknown,
        ),
        (
            windows,
            "bitlocker_info",
            &[&[("conversion_status", "1"), ("protection_status", "1")]],
            Practice::Encryption,
            State::Ok,
        ),
        (
            windows,
            "bitlocker_info",
            &[&[("conversion_status", "1"), ("protection_status", "0")]],
            Practice::Encryption,
            State::Warn,
        ),
        (
            windows,
            "bitlocker_info",
            &[&[("conversion_status", "1"), ("protection_status", "2")]],
            Practice::Encryption,
            State::Unknown,
        ),
        (
            windows,
            "bitlocker_info",
            &[&[("conversion_status", "2"), ("protection_status", "0")]],
            Practice::Encryption,
            State::Unknown,
        ),
        (windows, "bitlocker_info", &[], Practice::Encryption, State::Unknown),
        (mac, "alf", &[&[("global_state", "2")]], Practice::Firewall, State::Ok),
        (mac, "alf", &[&[("global_state", "0")]], Practice::Firewall, State::Warn),
        (mac, "alf", &[], Practice::Firewall, State::Unknown),
        (
            windows,
            "windows_security_center",
            &[&[("firewall", "Good")]],
            Practice::Firewall,
            State::Ok,
        ),
        (
            windows,
            "windows_security_center",
            &[&[("firewall", "Snoozed")]],
            Practice::Firewall,
            State::Warn,
        ),
        (
            windows,
            "windows_security_center",
            &[&[("firewall", "Error")]],
            Practice::Firewall,
            State::Unknown,
        ),
        (mac, "screenlock", &[], Practice::ScreenLock, State::Unknown),
        (
            mac,
            "screenlock",
            &[&[("enabled", "1"), ("grace_period", "5")]],
            Practice::ScreenLock,
            State::Ok,
        ),
        (
            mac,
            "sharing_preferences",
            &[&[("remote_login", "1"), ("screen_sharing", "0"), ("remote_management", "0")]],
            Practice::RemoteLogin,
            State::Nudge,
        ),
        (mac, "managed_policies", &[], Practice::AutoUpdate, State::Unknown),
        (
            mac,
            "managed_policies",
            &[
                &[("name", "AutomaticCheckEnabled"), ("value", "1")],
                &[("name", "AutomaticDownload"), ("value", "1")],
                &[("name", "CriticalUpdateInstall"), ("value", "1")],
            ],
            Practice::AutoUpdate,
            State::Ok,
        ),
        (linux, "ssh_listeners", &[&[("address", "127.0.0.1")]], Practice::RemoteLogin, State::Ok),
        (linux, "ssh_listeners", &[&[("address", "::")]], Practice::RemoteLogin, State::Nudge),
        (linux, "secureboot", &[&[("secure_boot", "0")]], Practice::SecureBoot, State::Nudge),
    ];
    for (platform, table, rows, practice, expected) in cases {
        let read = applied(*platform, &[found(table, rows)]);
        assert_eq!(state(&read, practice), *expected, "{table} {rows:?}");
    }
}

#[test]
fn results_are_laid_over_what_is_known_and_a_late_failure_takes_it_back() {
    let read = applied(
        Platform::Macos,
        &[
            found(
                "os_version",
                &[&[("name", "macOS"), ("version", "26.6.1"), ("platform", "darwin")]],
            ),
            found("system_info", &[&[("hardware_model", "Mac14,9"), ("hardware_serial", "C02A")]]),
            found(
                "interface_details",
                &[
                    &[("interface", "en0"), ("mac", "00:de:ca:fb:00:01")],
                    &[("interface", "utun3"), ("mac", "00:de:ca:fb:00:02")],
                    &[("interface", "en5"), ("mac", "nonsense")],
                ],
            ),
            found("screenlock", &[&[("enabled", "1"), ("grace_period", "5")]]),
            found("apps", &[&[("name", "Foobar.app"), ("version", "1.0")]]),
            found("pack_inventory_alf", &[&[("global_state", "1")]]),
            found("somebody_elses_query", &[]),
        ],
    );
    let record = &read.record;
    assert_eq!(record.platform, Platform::Macos);
    assert_eq!(record.fact(Field::ModelIdentifier), Some("Mac14,9"));
    assert_eq!(record.identifiers.scalars[&IdKind::Serial], "C02A");
    assert_eq!(record.identifiers.macs.len(), 1);
    let lock = Lock { is_on: Some(true), delay_seconds: Some(5) };
    assert_eq!(evidence(&read, &Practice::ScreenLock), Some(Evidence::Lock(lock)));
    assert_eq!(evidence(&read, &Practice::Firewall), Some(Evidence::Stated(true)));
    assert_eq!(read.problems.count, 2);
    let failed = QueryResult { name: "alf".to_owned(), rows: Rows::Unanswered, at: None };
    let later = apply(record.clone(), &[failed], Span::hours(1).after(now()));
    assert_eq!(evidence(&later, &Practice::Firewall), Some(Evidence::Unknown(Gap::NotReported)));
    assert_eq!(later.record.software, record.software);
}

#[test]
fn logs_of_somebody_elses_server_are_read_line_by_line() {
    let lines = [
        json!({ "name": "pack_a_deb_packages", "hostIdentifier": "a", "unixTime": "1795000000",
            "action": "added", "columns": { "name": "curl", "version": "8.1" } }),
        json!({ "name": "pack_a_deb_packages", "hostIdentifier": "a", "unixTime": 1_795_000_100,
            "diffResults": { "added": [{ "name": "curl", "version": "8.2" }],
                "removed": [{ "name": "curl", "version": "8.1" }] } }),
        json!({ "name": "os_version", "hostIdentifier": "b", "action": "snapshot",
            "snapshot": [{ "name": "Debian GNU/Linux", "version": "12 (bookworm)" }] }),
        json!({ "name": "os_version", "action": "snapshot", "snapshot": [] }),
    ];
    let mut text: Vec<String> = lines.iter().map(Value::to_string).collect();
    text.push("{ cut".to_owned());
    let pushed = OsqueryLog::new("logs").map(text.join("\n").as_bytes(), now()).expect("a log");
    let ids: Vec<&str> = pushed.records.iter().map(|it| it.record.key.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    let refused: Vec<usize> = pushed.rejected.iter().map(|(number, _)| *number).collect();
    assert_eq!(refused, [3, 4]);
    let software = pushed.records[0].record.software.clone().expect("changes");
    assert_eq!(software.installed[0].version.as_deref(), Some("8.2"));
    assert!(software.is_partial, "changes alone are no whole list");
    assert_eq!(pushed.records[1].record.platform, Platform::Linux);
    let seen = Timestamp::from_second(1_795_000_100).expect("in range");
    assert_eq!(pushed.records[0].record.last_sync, Some(seen.min(now())));
}
