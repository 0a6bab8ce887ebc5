use std::sync::Arc;

use model::device::{Attribute, Confidence, Evidence, Field, Gap, IdKind, Platform, Practice};
use ports::devices::{DeviceMap, Excess, Pushed, Read};
use posture::check::State;
use serde_json::{Value, json};

use super::*;
use crate::devices::tests::{evidence, merged, now, paths, state};

fn map(format: &str, zone: Option<&str>) -> Arc<dyn DeviceMap> {
    let mut text = format!("format = \"{format}\"\nauth = {{ bearer = {{ env = \"X\" }} }}\n");
    text.extend(zone.map(|zone| format!("time_zone = \"{zone}\"\n")));
    let config: PushConfig = toml::from_str(&text).expect("a section");
    config.map("push").expect("a map")
}

fn pushed(format: &str, body: &str) -> Pushed {
    map(format, None).map(body.as_bytes(), now()).expect("a body")
}

fn record() -> Value {
    json!({
        "id": "desk-1", "platform": "macos", "name": "Desk 1", "model": "MacBook Pro",
        "os": "macOS", "os_version": "26.6.1", "serial": "C02XMADE0001",
        "mac_addresses": ["00-de-ca-fb-00-01"], "email": " Mia@Example.com ",
        "owner_confidence": "assigned", "last_sync": "2026-11-20T11:00:00Z",
        "practices": {
            "encryption": true, "jailed": null, "firewall": { "value": false, "details": ["off"] },
            "agent:Foobar": { "value": true, "version": "1.2" }, "lab:badge": true,
        },
        "software": { "last_scan_date": "2026-11-20T10:00:00Z", "services": [{ "name": "ssh" }],
            "installed": [{ "name": "curl", "version": "8.2" }] },
        "attributes": { "asset_tag": "A-1742", "floor": 3, "home_ip": "192.168.1.7" },
        "environment": { "HOME": "/srv/mia", "TOKEN": "x" }, "processes": ["sh"],
    })
}

#[test]
fn a_record_in_our_own_shape_is_read_whole() {
    let pushed = pushed("json", &record().to_string());
    assert!(!pushed.is_snapshot && pushed.rejected.is_empty());
    let read = &pushed.records[0];
    let record = &read.record;
    assert_eq!((record.platform, record.fact(Field::Name)), (Platform::Macos, Some("Desk 1")));
    assert_eq!(record.identifiers.scalars[&IdKind::Serial], "C02XMADE0001");
    assert_eq!(record.identifiers.macs[0].to_string(), "00:DE:CA:FB:00:01");
    assert_eq!(record.owners[0].email.as_ref().map(|it| it.reveal()), Some("mia@example.com"));
    assert_eq!(record.owners[0].confidence, Confidence::Assigned);
    assert_eq!(evidence(read, &Practice::Encryption), Some(Evidence::Stated(true)));
    assert_eq!(evidence(read, &Practice::Jailed), Some(Evidence::Unknown(Gap::NotReported)));
    assert_eq!(record.practices[&Practice::Firewall].details, ["off"]);
    assert_eq!(record.attributes["floor"], Attribute::Int(3));
    assert!(!record.attributes.contains_key("home_ip"));
    let software = record.software.as_ref().expect("an inventory");
    assert_eq!(
        (software.installed.len(), software.services.as_slice()),
        (1, &["ssh".to_owned()][..])
    );
    assert_eq!(read.problems.count, 0, "{:?}", read.problems);
    assert_eq!(read.problems.dropped[&Excess::Environment], 2);
    assert_eq!(read.problems.dropped[&Excess::Processes], 1);
    assert_eq!(read.problems.dropped[&Excess::Networks], 1);
}

#[test]
fn a_practice_that_is_not_known_is_refused_by_its_name() {
    let mut said = record();
    said["practices"] = json!({ "encription": true, "firewall": "on", "encryption": true });
    let read = &pushed("json", &said.to_string()).records[0];
    assert_eq!(paths(read), ["practices.encription", "practices.firewall"]);
    assert_eq!(read.record.practices.len(), 1);
    let mut strange = record();
    strange["colour"] = json!("red");
    assert_eq!(pushed("json", &strange.to_string()).records[0].problems.count, 1);
}

#[test]
fn a_push_is_all_there_is_only_when_it_says_so_and_every_record_is_known() {
    let list = |snapshot: Value, devices: Value| {
        pushed("json", &json!({ "snapshot": snapshot, "devices": devices }).to_string())
    };
    assert!(list(json!(true), json!([record()])).is_snapshot);
    assert!(!list(json!("true"), json!([record()])).is_snapshot);
    let with_bad = list(json!(true), json!([record(), { "name": "no id" }, 7]));
    assert!(!with_bad.is_snapshot);
    let refused: Vec<usize> = with_bad.rejected.iter().map(|(number, _)| *number).collect();
    assert_eq!((with_bad.records.len(), refused), (1, vec![1, 2]));
    let mut later = record();
    later["name"] = json!("Desk 2");
    let twice = list(json!(true), json!([record(), later]));
    assert_eq!(twice.records.len(), 1);
    assert_eq!(twice.records[0].record.fact(Field::Name), Some("Desk 2"));
    for body in ["", "{", "7", "{\"devices\": 7}", &"[".repeat(10_000)] {
        let read = map("json", None).map(body.as_bytes(), now());
        assert!(read.is_err() || read.is_ok_and(|it| it.records.is_empty()), "{body:.9}");
    }
}

#[test]
fn a_time_ahead_of_ours_is_now() {
    let mut said = record();
    said["last_sync"] = json!("2036-01-01T00:00:00Z");
    said["practices"]["firewall"]["observed_at"] = json!("2036-01-01T00:00:00Z");
    let read = &pushed("json", &said.to_string()).records[0];
    assert_eq!(read.record.last_sync, Some(now()));
    assert_eq!(read.record.practices[&Practice::Firewall].observed_at, Some(now()));
}

#[test]
fn a_table_has_a_line_a_device() {
    let text = "ID,Name,Platform,Serial,MAC_Addresses,Email,Last_Sync,practice:encryption,\
                practice:agent:Foobar,attribute:room\r\n\
                1,\"Desk, 1\",windows,C02A,00:de:ca:fb:00:01; 00decafb0002,mia@example.com,\
                2026-11-20 12:00:00,yes,unknown,12\r\n\
                2,Desk 2,linux,C02B,,,,perhaps,no,\r\n\
                3,too,few\r\n";
    let map = map("csv", Some("Europe/Berlin"));
    let pushed = map.map(text.as_bytes(), now()).expect("a table");
    assert_eq!(pushed.records.len(), 2);
    assert_eq!(pushed.rejected.iter().map(|it| it.0).collect::<Vec<_>>(), [2]);
    let [one, two] = &pushed.records[..] else { panic!("two") };
    assert_eq!(one.record.fact(Field::Name), Some("Desk, 1"));
    assert_eq!(one.record.identifiers.macs.len(), 2);
    assert_eq!(one.record.last_sync, Some("2026-11-20T11:00:00Z".parse().expect("an instant")));
    assert_eq!(evidence(one, &Practice::Encryption), Some(Evidence::Stated(true)));
    let agent = Practice::Agent("foobar".to_owned());
    assert_eq!(evidence(one, &agent), Some(Evidence::Unknown(Gap::NotReported)));
    assert_eq!(evidence(two, &agent), Some(Evidence::Stated(false)));
    assert_eq!(paths(two), ["practices.encryption"]);
}

fn landesk(rows: Value) -> Read {
    let pushed = pushed("landesk", &rows.to_string());
    assert_eq!((pushed.records.len(), pushed.rejected.len()), (1, 0));
    pushed.records.into_iter().next().expect("one")
}

fn computer() -> Value {
    json!({
        "Computer_Idn": 7, "Table": "Computer", "DeviceName": "DESK-7", "SerialNum": "C02L",
        "OSType": "Microsoft Windows 10 Enterprise", "OSVersion": "10.0.19045.5011",
        "LoginName": "mia", "Primary_Owner": "mia@example.com",
        "HWLastScanDate": "2026-11-20 03:00:00",
    })
}

#[test]
fn l1_a_disk_is_encrypted_at_the_whole_and_switched_on_and_a_firewall_on_every_adapter() {
    for (percent, conversion, expected) in [
        ("100", "1 - on", State::Ok),
        ("100%", "1 - On", State::Ok),
        ("99", "1 - on", State::Unknown),
        ("100", "0 - off", State::Warn),
        ("0", "1 - on", State::Warn),
        ("", "1 - on", State::Unknown),
    ] {
        let disk = json!({ "Computer_Idn": 7, "Table": "Encryption", "Drive": "C:",
            "Percent": percent, "Conversion": conversion });
        let is = state(&landesk(json!([computer(), disk])), &Practice::Encryption);
        assert_eq!(is, expected, "{percent} {conversion}");
    }
    for (enabled, expected) in [
        (["Yes", "Yes"], State::Ok),
        (["Yes", "No"], State::Warn),
        (["No", "Maybe"], State::Warn),
        (["Yes", "Maybe"], State::Unknown),
    ] {
        let adapter = |enabled: &str| json!({ "Computer_Idn": 7, "Table": "Firewall", "Adapter": "LAN", "Enabled": enabled });
        let rows = json!([computer(), adapter(enabled[0]), adapter(enabled[1])]);
        assert_eq!(state(&landesk(rows), &Practice::Firewall), expected, "{enabled:?}");
    }
    let read = landesk(json!([computer()]));
    assert_eq!(read.record.last_sync, Some("2026-11-20T11:00:00Z".parse().expect("an instant")));
    let berlin = map("landesk", Some("Europe/Berlin"));
    let rows = json!([computer()]).to_string();
    let read = &berlin.map(rows.as_bytes(), now()).expect("rows").records[0];
    assert_eq!(read.record.last_sync, Some("2026-11-20T02:00:00Z".parse().expect("an instant")));
}

#[test]
fn l2_a_grave_vulnerability_means_not_up_to_date_and_is_named() {
    let row = |kind: &str, severity: &str, title: &str| {
        json!({ "Computer_Idn": 7, "Table": "Vulnerability", "Type": kind, "Severity": severity,
            "Title": title })
    };
    let rows = json!([
        computer(),
        row("Vulnerability", "Critical", "A hole"),
        row("vulnerability", "HIGH", "Another"),
        row("Vulnerability", "Low", "A small one"),
        row("Spyware", "Critical", "Not this"),
    ]);
    let read = landesk(rows);
    let seen = &read.record.practices[&Practice::UpToDate];
    assert_eq!(
        (&seen.evidence, &seen.details[..]),
        (&Evidence::Stated(false), &["A hole".to_owned(), "Another".to_owned()][..])
    );
    let without = landesk(json!([computer(), row("Vulnerability", "Low", "A small one")]));
    assert_eq!(evidence(&without, &Practice::UpToDate), None);
}

#[test]
fn rows_of_a_table_make_devices_of_their_computers() {
    let text = "computer_idn,table,devicename,nicaddress,name,version\n\
                1,computer,DESK-1,,,\n1,network,,00:de:ca:fb:00:01,,\n1,software,,,curl,8.2\n\
                2,computer,DESK-2,,,\n,computer,nobody,,,\n";
    let pushed = pushed("landesk", text);
    assert_eq!((pushed.records.len(), pushed.rejected[0].0), (2, 4));
    assert_eq!(merged(&pushed.records).len(), 2);
    assert_eq!(pushed.records[0].record.identifiers.macs.len(), 1);
}

#[test]
fn a_body_of_too_many_lines_or_fields_is_refused_as_a_whole() {
    let devices = |count: usize| format!("id,name\n{}", "1,desk\n".repeat(count));
    let rows = |columns: &str, row: &str, count: usize| format!("{columns}\n{}", row.repeat(count));
    for (format, body, is_taken) in [
        ("csv", devices(10_000), true),
        ("csv", devices(10_001), false),
        ("landesk", rows("device_id,name,x", "1,curl,\n", 200_000), true),
        ("landesk", rows("device_id,name,x", "1,curl,\n", 200_001), false),
        ("landesk", rows("name,x,y", "curl,,\n", 10_001), false),
        (
            "landesk",
            rows("device_id,name,version,type,title,model", "1,a,b,c,d,e\n", 170_000),
            false,
        ),
        // What is not read takes no room.
        ("landesk", rows("device_id,a,b,c,d,e", "1,a,b,c,d,e\n", 170_000), true),
    ] {
        let read = map(format, None).map(body.as_bytes(), now());
        assert_eq!(read.is_ok(), is_taken, "{format} {body:.30}");
    }
}

#[test]
fn a_zone_that_is_none_is_a_problem_of_its_key() {
    let text = "auth = { bearer = { env = \"X\" } }\ntime_zone = \"Mars/Olympus\"\n";
    let config: PushConfig = toml::from_str(text).expect("a section");
    assert_eq!(config.map("push").err().map(|it| it.key), Some("time_zone"));
    assert!(
        toml::from_str::<PushConfig>("auth = { bearer = { env = \"X\" } }\nformat = \"xml\"")
            .is_err()
    );
}
