//! What hosts are asked: only tables that every check here reads, and of those only the columns.

use model::device::Platform;

/// A query.
#[derive(Debug)]
pub(super) struct Query {
    /// Its name, after the table.
    pub(super) name: &'static str,
    /// Where the table exists.
    platforms: &'static [Platform],
    /// Whether it lists software.
    pub(super) is_software: bool,
    /// The query.
    pub(super) sql: &'static str,
}

pub(super) const OS_VERSION: &str = "os_version";
pub(super) const SYSTEM_INFO: &str = "system_info";

const ALL: &[Platform] = &[Platform::Linux, Platform::Macos, Platform::Windows];
const UNIX: &[Platform] = &[Platform::Linux, Platform::Macos];
const LINUX: &[Platform] = &[Platform::Linux];
const MACOS: &[Platform] = &[Platform::Macos];
const WINDOWS: &[Platform] = &[Platform::Windows];

const fn query(name: &'static str, platforms: &'static [Platform], sql: &'static str) -> Query {
    Query { name, platforms, is_software: false, sql }
}

const fn list(name: &'static str, platforms: &'static [Platform], sql: &'static str) -> Query {
    Query { name, platforms, is_software: true, sql }
}

/// All of them. None asks for a table that its platforms do not have: that would be a failure in
/// the log of each host.
pub(super) const QUERIES: &[Query] = &[
    query(
        OS_VERSION,
        ALL,
        "SELECT name, version, build, platform, platform_like, codename FROM os_version;",
    ),
    query(
        SYSTEM_INFO,
        ALL,
        "SELECT hostname, computer_name, uuid, hardware_vendor, hardware_model, hardware_serial \
         FROM system_info;",
    ),
    query(
        "interface_details",
        ALL,
        "SELECT interface, mac FROM interface_details WHERE mac <> '';",
    ),
    query(
        "disk_encryption",
        MACOS,
        "SELECT name, encrypted, encryption_status, filevault_status FROM disk_encryption \
         WHERE filevault_status <> '';",
    ),
    query(
        "mounted_disk_encryption",
        LINUX,
        "SELECT m.path AS name, d.encrypted, d.encryption_status FROM mounts m \
         LEFT JOIN disk_encryption d ON d.name = m.device_alias \
         WHERE m.path IN ('/', '/home', '/var');",
    ),
    query(
        "bitlocker_info",
        WINDOWS,
        "SELECT drive_letter, conversion_status, protection_status, percentage_encrypted \
         FROM bitlocker_info;",
    ),
    query("alf", MACOS, "SELECT global_state FROM alf;"),
    query(
        "windows_security_center",
        WINDOWS,
        "SELECT firewall, autoupdate, antivirus FROM windows_security_center;",
    ),
    query("screenlock", MACOS, "SELECT enabled, grace_period FROM screenlock;"),
    query(
        "sharing_preferences",
        MACOS,
        "SELECT remote_login, screen_sharing, remote_management FROM sharing_preferences;",
    ),
    query(
        "managed_policies",
        MACOS,
        "SELECT name, value FROM managed_policies WHERE domain = 'com.apple.SoftwareUpdate';",
    ),
    query("secureboot", UNIX, "SELECT secure_boot FROM secureboot;"),
    query(
        "ssh_listeners",
        LINUX,
        "SELECT address FROM listening_ports WHERE protocol = 6 AND port = 22;",
    ),
    list("apps", MACOS, "SELECT name, bundle_short_version AS version, path FROM apps;"),
    list("deb_packages", LINUX, "SELECT name, version, status FROM deb_packages;"),
    list("rpm_packages", LINUX, "SELECT name, version, vendor AS publisher FROM rpm_packages;"),
    list("programs", WINDOWS, "SELECT name, version, publisher FROM programs;"),
];

/// Those of a platform. Of one that is not known, those that all have.
pub(super) fn of(platform: Platform) -> impl Iterator<Item = &'static Query> {
    let is_known = ALL.contains(&platform);
    QUERIES.iter().filter(move |query| {
        if is_known {
            query.platforms.contains(&platform)
        } else {
            query.platforms.len() == ALL.len()
        }
    })
}

/// The query that a result belongs to: by its name, or by the end of one that a pack made longer.
pub(super) fn named(name: &str) -> Option<&'static str> {
    let is_end_of = |query: &&Query| {
        let rest = name.strip_suffix(query.name);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(['_', '/', ':', ' ', '-']))
    };
    // The longest: one name may be the end of another.
    let found = QUERIES.iter().filter(is_end_of).max_by_key(|query| query.name.len());
    found.map(|query| query.name)
}
