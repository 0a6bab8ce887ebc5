//! Devices as each system writes them. All of it is made up.

use serde_json::{Value, json};

/// The serial number of the n-th device.
pub(crate) fn serial(n: u32) -> String {
    format!("C02XMADE{n:04}")
}

/// The address of its adapter, bare.
pub(crate) fn mac(n: u32) -> String {
    format!("00decafb{n:04x}")
}

/// A host of Fleet's.
pub(crate) fn fleet(n: u32) -> Value {
    json!({
        "id": n, "hostname": format!("desk-{n}.local"), "computer_name": format!("Desk {n}"),
        "uuid": format!("4C4C4544-0042-3510-8054-{n:012X}"),
        "hardware_serial": serial(n), "hardware_model": "MacBook Pro", "hardware_vendor": "Apple Inc.",
        "primary_mac": mac(n), "primary_ip": "192.168.1.23", "public_ip": "203.0.113.9",
        "platform": "darwin", "os_version": "macOS 26.6.1", "build": "25G80",
        "disk_encryption_enabled": true,
        "seen_time": "2026-11-20T11:58:00Z", "detail_updated_at": "2026-11-20T11:30:00Z",
        "policy_updated_at": "2026-11-20T11:00:00Z",
        "policies": [
            { "id": 1, "name": "Disk space", "response": "pass", "resolution": "Delete something." },
            { "id": 2, "name": "Guest account", "response": "fail", "resolution": "Switch it off." },
            { "id": 3, "name": "Never ran", "response": "" },
        ],
        "issues": { "failing_policies_count": 1 },
        "mdm": { "enrollment_status": "On (automatic)" },
        "device_mapping": [{ "email": "Mia@Example.com", "source": "google_chrome_profiles" }],
        "software": [{ "name": "Foobar.app", "version": "0.0.1", "source": "apps" }],
        "users": [{ "username": "mia", "uid": 501 }],
    })
}

/// A computer of Jamf's inventory.
pub(crate) fn jamf(n: u32) -> Value {
    json!({
        "id": n.to_string(), "udid": format!("4C4C4544-0042-3510-8054-{n:012X}"),
        "general": {
            "name": format!("Desk {n}"), "platform": "Mac", "lastIpAddress": "203.0.113.9",
            "lastReportedIp": "192.168.1.23",
            "reportDate": "2026-11-20T06:00:00Z", "lastContactTime": "2026-11-20T11:50:00Z",
            "remoteManagement": { "managed": true },
        },
        "hardware": {
            "make": "Apple", "model": "MacBook Pro (14-inch, 2023)", "modelIdentifier": "Mac14,9",
            "serialNumber": serial(n), "macAddress": mac(n), "altMacAddress": null,
        },
        "operatingSystem": {
            "name": "macOS", "version": "26.6.1", "build": "25G80",
            "fileVault2Status": "ALL_ENCRYPTED",
        },
        "security": {
            "sipStatus": "ENABLED", "firewallEnabled": true, "secureBootLevel": "FULL_SECURITY",
            "remoteDesktopEnabled": false, "gatekeeperStatus": "APP_STORE",
        },
        "diskEncryption": { "bootPartitionEncryptionDetails": {
            "partitionName": "Macintosh HD", "partitionFileVault2State": "ENCRYPTED",
            "partitionFileVault2Percent": 100,
        } },
        "userAndLocation": {
            "username": "mia", "email": "mia@example.com", "phone": "555-0100", "room": "12",
        },
        "extensionAttributes": [
            { "name": "Screen Saver Lock Enabled", "values": ["Enabled"] },
            { "name": "Remote Login", "values": ["Off"] },
            { "name": "Last VPN address", "values": ["10.0.0.7"] },
        ],
        "applications": [{ "name": "Foobar.app", "version": "0.0.1", "path": "/Applications" }],
        "localUserAccounts": [{ "username": "mia" }, { "username": "admin" }],
    })
}

/// A computer of Jamf's Classic API.
pub(crate) fn jamf_classic(n: u32) -> Value {
    json!({
        "general": {
            "id": n, "name": format!("Desk {n}"), "platform": "Mac", "serial_number": serial(n),
            "udid": format!("4C4C4544-0042-3510-8054-{n:012X}"), "mac_address": mac(n),
            "alt_mac_address": "", "ip_address": "192.168.1.23",
            "report_date_utc": "2026-11-20T06:00:00.853-0800",
            "last_contact_time_utc": "2026-11-20T03:50:00.000-0800",
        },
        "hardware": {
            "make": "Apple", "model": "MacBook Pro", "model_identifier": "Mac14,9",
            "os_name": "Mac OS X", "os_version": "10.11.6", "os_build": "15G31",
            "storage": [{ "disk": "disk0", "drive_capacity_mb": 494384, "partition": [
                { "name": "Macintosh HD", "type": "boot", "filevault2_status": "Encrypted",
                  "filevault2_percent": 100 },
                { "name": "Recovery HD", "type": "other", "filevault2_status": "Not Supported",
                  "filevault2_percent": 0 },
            ] }],
        },
        "software": {
            "applications": [{ "name": "Foobar.app", "version": "0.0.1", "path": "/Applications" }],
            "running_services": ["com.foo.bar"], "available_software_updates": [],
        },
        "extension_attributes": [
            { "id": 1, "name": "Firewall Status", "type": "String", "value": "2" },
            { "id": 2, "name": "Screen Saver Lock Enabled", "type": "String", "value": "Enabled" },
            { "id": 3, "name": "Remote Login", "type": "String", "value": "Off" },
        ],
        "location": { "username": "mia", "real_name": "Mia", "email_address": "mia@example.com" },
    })
}

/// A managed device of Intune's.
pub(crate) fn intune(n: u32) -> Value {
    json!({
        "id": format!("intune-{n}"), "deviceName": format!("DESK-{n}"),
        "userPrincipalName": "mia@example.com", "emailAddress": "Mia@Example.com",
        "operatingSystem": "Windows", "osVersion": "10.0.26100.4061",
        "complianceState": "compliant", "isEncrypted": true, "jailBroken": "Unknown",
        "manufacturer": "Contoso", "model": "Surface", "serialNumber": serial(n),
        "wiFiMacAddress": mac(n), "ethernetMacAddress": null, "imei": "", "meid": "", "udid": null,
        "azureADDeviceId": format!("aad-{n}"), "managedDeviceOwnerType": "company",
        "enrolledDateTime": "2026-01-02T03:04:05Z", "lastSyncDateTime": "2026-11-20T11:00:00Z",
        "androidSecurityPatchLevel": "", "partnerReportedThreatState": "unknown",
        "phoneNumber": "555-0100", "subscriberCarrier": "Example",
        "deviceHealthAttestationState": null,
    })
}

/// A phone of Google's Directory API.
pub(crate) fn mobile(n: u32) -> Value {
    json!({
        "resourceId": format!("resource-{n}"), "deviceId": format!("device-{n}"),
        "serialNumber": serial(n), "imei": "", "meid": "", "wifiMacAddress": mac(n),
        "email": ["mia@example.com"], "name": ["Mia"], "model": "Pixel 9", "manufacturer": "Google",
        "type": "ANDROID", "os": "Android 15", "buildNumber": "BP1A",
        "securityPatchLevel": "1793491200000", "status": "APPROVED",
        "lastSync": "2026-11-20T10:00:00.000Z", "deviceCompromisedStatus": "No compromise detected",
        "encryptionStatus": "Encrypted", "devicePasswordStatus": "On", "adbStatus": false,
        "unknownSourcesStatus": true, "networkOperator": "Example",
        "applications": [
            { "displayName": "Chat", "packageName": "com.example.chat", "versionName": "1.2",
              "permission": ["a", "b"] },
        ],
    })
}

/// A Chromebook of Google's Directory API.
pub(crate) fn chromeos(n: u32) -> Value {
    json!({
        "deviceId": format!("chrome-{n}"), "serialNumber": serial(n), "status": "ACTIVE",
        "model": "Chromebook", "osVersion": "130.0.6723.1", "platformVersion": "16033.51.0",
        "bootMode": "Verified", "macAddress": mac(n), "dockMacAddress": "00decafbffff",
        "annotatedUser": "kif@example.com", "lastSync": "2026-11-20T10:00:00.000Z",
        "autoUpdateThrough": "2029-06-01",
        "recentUsers": [
            { "type": "USER_TYPE_UNMANAGED", "email": "guest@example.net" },
            { "type": "USER_TYPE_MANAGED", "email": "mia@example.com" },
            { "type": "USER_TYPE_MANAGED", "email": "zoe@example.com" },
        ],
        "activeTimeRanges": [{ "activeTime": 4, "date": "2026-11-19" }],
    })
}

/// A device of Cloud Identity.
pub(crate) fn cloud_identity(n: u32) -> Value {
    json!({
        "name": format!("devices/{n}"), "deviceId": format!("ci-{n}"), "deviceType": "MAC_OS",
        "serialNumber": serial(n), "hostname": format!("desk-{n}"), "model": "Mac14,9",
        "osVersion": "MacOS 26.6.1", "encryptionState": "ENCRYPTED",
        "compromisedState": "COMPROMISED_STATE_UNSPECIFIED", "ownerType": "BYOD",
        "managementState": "MANAGEMENT_STATE_UNSPECIFIED", "wifiMacAddresses": [mac(n)],
        "lastSyncTime": "2026-11-20T10:00:00Z",
        "endpointVerificationSpecificAttributes": { "browserAttributes": [{}, {}] },
    })
}

/// Somebody who signed in on it.
pub(crate) fn cloud_user(device: u32, email: &str) -> Value {
    json!({
        "name": format!("devices/{device}/deviceUsers/u{}", email.len()), "userEmail": email,
        "passwordState": "PASSWORD_SET", "compromisedState": "NOT_COMPROMISED",
    })
}
