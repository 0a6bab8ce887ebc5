//! Computers as each system writes them.

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::{Desk, Wrong, instant, name};

/// How long a computer lies in a drawer.
const DRAWER_DAYS: i64 = 45;

fn serial(n: usize) -> String {
    format!("C02XMADE{n:04}")
}

fn mac(n: usize) -> String {
    format!("00decafb{n:04x}")
}

/// When it was last heard of.
fn heard(desk: &Desk, now: Timestamp) -> Timestamp {
    let days = if desk.wrong == Wrong::Silent { DRAWER_DAYS } else { 0 };
    now.checked_sub((days * 24).hours()).unwrap_or(now)
}

fn uuid(n: usize) -> String {
    format!("4C4C4544-0042-3510-8054-{n:012X}")
}

pub(super) fn jamf(n: usize, desk: &Desk, now: Timestamp) -> Value {
    let seen = instant(heard(desk, now));
    let is = |wrong: Wrong| desk.wrong == wrong;
    let version = if is(Wrong::System) { "12.7.6" } else { "26.6.2" };
    let (vault, partition) = match (is(Wrong::Untold), is(Wrong::Disk)) {
        (true, _) => (Value::Null, Value::Null),
        (_, true) => (json!("NOT_ENCRYPTED"), json!("UNENCRYPTED")),
        _ => (json!("ALL_ENCRYPTED"), json!("ENCRYPTED")),
    };
    let security = match is(Wrong::Untold) {
        true => json!({}),
        false => json!({
            "sipStatus": "ENABLED", "firewallEnabled": !is(Wrong::Firewall),
            "secureBootLevel": "FULL_SECURITY", "remoteDesktopEnabled": false,
            "gatekeeperStatus": "APP_STORE",
        }),
    };
    let updates = if is(Wrong::Updates) { "0" } else { "1" };
    let attributes = match is(Wrong::Untold) {
        true => json!([]),
        false => json!([
            { "name": "Screen Saver Lock Enabled",
              "values": [if is(Wrong::Lock) { "Disabled" } else { "Enabled" }] },
            { "name": "Remote Login", "values": ["Off"] },
            { "name": "Auto Check For Updates Enabled", "values": [updates] },
            { "name": "Get New Updates in Background Enabled", "values": ["1"] },
            { "name": "Install System Data Files and Security Updates Enabled", "values": ["1"] },
        ]),
    };
    json!({
        "id": n.to_string(), "udid": uuid(n),
        "general": {
            "name": name(n, desk), "platform": "Mac", "reportDate": seen, "lastContactTime": seen,
            "remoteManagement": { "managed": true },
        },
        "hardware": {
            "make": "Apple", "model": "MacBook Pro (14-inch, 2023)", "modelIdentifier": "Mac14,9",
            "serialNumber": serial(n), "macAddress": mac(n), "altMacAddress": null,
        },
        "operatingSystem": { "name": "macOS", "version": version, "fileVault2Status": vault },
        "security": security,
        "diskEncryption": { "bootPartitionEncryptionDetails": {
            "partitionName": "Macintosh HD", "partitionFileVault2State": partition,
        } },
        "userAndLocation": { "email": desk.email },
        "extensionAttributes": attributes,
        "applications": [],
    })
}

pub(super) fn intune(n: usize, desk: &Desk, now: Timestamp) -> Value {
    let is = |wrong: Wrong| desk.wrong == wrong;
    let encrypted = if is(Wrong::Untold) { Value::Null } else { json!(!is(Wrong::Disk)) };
    let version = if is(Wrong::System) { "10.0.19041.1415" } else { "10.0.26100.4061" };
    json!({
        "id": format!("intune-{n}"), "deviceName": name(n, desk), "emailAddress": desk.email,
        "userPrincipalName": desk.email, "operatingSystem": "Windows", "osVersion": version,
        "complianceState": "compliant", "isEncrypted": encrypted, "jailBroken": "Unknown",
        "manufacturer": "Contoso", "model": "Surface Laptop", "serialNumber": serial(n),
        "wiFiMacAddress": mac(n), "azureADDeviceId": format!("aad-{n}"),
        "managedDeviceOwnerType": "company", "lastSyncDateTime": instant(heard(desk, now)),
    })
}

pub(super) fn fleet(n: usize, desk: &Desk, now: Timestamp) -> Value {
    let seen = instant(heard(desk, now));
    let guests = if desk.wrong == Wrong::Lock { "fail" } else { "pass" };
    json!({
        "id": n, "hostname": format!("{}.local", name(n, desk)), "computer_name": name(n, desk),
        "uuid": uuid(n), "hardware_serial": serial(n), "hardware_model": "MacBook Pro",
        "hardware_vendor": "Apple Inc.", "primary_mac": mac(n), "platform": "darwin",
        "os_version": "macOS 26.6.2", "disk_encryption_enabled": desk.wrong != Wrong::Disk,
        "seen_time": seen, "detail_updated_at": seen, "policy_updated_at": seen,
        "policies": [
            { "id": 1, "name": "Disk space", "response": "pass", "resolution": "Delete something." },
            { "id": 2, "name": "Guest account", "response": guests,
              "resolution": "Switch the guest account off in System Settings." },
        ],
        "device_mapping": [{ "email": desk.email, "source": "google_chrome_profiles" }],
        "software": [],
    })
}
