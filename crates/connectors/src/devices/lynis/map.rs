//! What a report is. Pure.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{civil::DateTime, tz::TimeZone};
use model::{
    Timestamp,
    device::{
        Absence, Attribute, Evidence, Field, Gap, Installed, Observation, Platform, Practice,
        RecordKey, Software, SourceRecord,
    },
};
use ports::devices::{DeviceMap, Excess, Problems, Pushed, Read, Rejected};

use crate::devices::draft::finish;

/// The most lines of a report.
const LINES_MAX: usize = 100_000;
/// The advice to let updates install themselves.
const NO_UPDATE_TOOL: &str = "PKGS-7420|";
/// Keys that hold what nobody needs.
const EXCESS: [(&str, Excess); 12] = [
    ("network_ipv4_address", Excess::Networks),
    ("network_ipv6_address", Excess::Networks),
    ("nameserver", Excess::Networks),
    ("default_gateway", Excess::Networks),
    ("network_listen", Excess::Networks),
    ("localhost-mapped-to", Excess::Networks),
    ("domainname", Excess::Networks),
    ("running_service", Excess::Processes),
    ("deleted_file", Excess::Processes),
    ("real_user", Excess::PersonalData),
    ("home_directory", Excess::PersonalData),
    ("locked_account", Excess::PersonalData),
];

/// Reads reports, one a body.
#[derive(Debug)]
pub struct LynisMap {
    name: String,
    zone: TimeZone,
}

impl LynisMap {
    /// Reads for the source of this name, whose hosts are in this zone.
    #[must_use]
    pub fn new(name: &str, zone: TimeZone) -> Self {
        Self { name: name.to_owned(), zone }
    }
}

impl DeviceMap for LynisMap {
    fn map(&self, body: &[u8], now: Timestamp) -> Result<Pushed, Rejected> {
        let text = std::str::from_utf8(body).map_err(|_| Rejected::because("not UTF-8"))?;
        let report = Report::read(text)?;
        let read = host(&self.name, &self.zone, &report, now)?;
        Ok(Pushed { records: vec![read], ..Pushed::default() })
    }
}

/// The values of each key, in their order.
struct Report<'t>(BTreeMap<&'t str, Vec<&'t str>>);

impl<'t> Report<'t> {
    fn read(text: &'t str) -> Result<Self, Rejected> {
        let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for line in text.lines().take(LINES_MAX) {
            let line = line.trim();
            // A value may hold further signs of equality.
            let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            values.entry(key.trim_end_matches("[]")).or_default().push(value.trim());
        }
        if !values.contains_key("lynis_version") {
            return Err(Rejected::because("not a report: there is no lynis_version"));
        }
        Ok(Self(values))
    }

    fn all(&self, key: &str) -> &[&'t str] {
        self.0.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    fn said(&self, key: &str) -> Option<&'t str> {
        self.all(key).first().copied().filter(|text| !text.is_empty() && *text != "-")
    }

    /// 1 or 0; anything else is not told.
    fn yes(&self, key: &str) -> Option<bool> {
        match self.said(key) {
            Some("1") => Some(true),
            Some("0") => Some(false),
            _ => None,
        }
    }
}

fn host(
    source: &str,
    zone: &TimeZone,
    report: &Report<'_>,
    now: Timestamp,
) -> Result<Read, Rejected> {
    let id = report.said("hostid2").or_else(|| report.said("hostid"));
    let id = id.or_else(|| report.said("hostname")).filter(|id| id.len() <= 256);
    let id = id.ok_or_else(|| Rejected::because("neither hostid nor hostname is told"))?;
    let mut problems = Problems::default();
    let mut record = SourceRecord::new(RecordKey::new(source, id), now);
    describe(&mut record, report);
    let ended = report.said("report_datetime_end").or_else(|| report.said("report_datetime_start"));
    record.last_sync = ended.and_then(|text| in_zone(text, zone)).filter(|at| *at <= now);
    if ended.is_some() && record.last_sync.is_none() {
        problems.note("report_datetime_end", "not a time that is past");
    }
    for text in report.all("network_mac_address") {
        match text.parse() {
            Ok(mac) if !record.identifiers.macs.contains(&mac) => record.identifiers.macs.push(mac),
            Ok(_) => {}
            Err(_) => problems.note("network_mac_address", "not a hardware address"),
        }
    }
    let is_whole = report.said("finish") == Some("true");
    if !is_whole {
        problems.note("finish", "the report was cut short: what is not in it is not known");
    }
    practices(&mut record, report, is_whole);
    record.software = software(report, record.last_sync, is_whole);
    for (key, excess) in EXCESS {
        problems.drop(excess, report.all(key).len());
    }
    Ok(finish(record, problems))
}

fn describe(record: &mut SourceRecord, report: &Report<'_>) {
    let os = report.said("os_fullname").or_else(|| report.said("os_name"));
    record.platform = match report.said("os").map(Platform::read) {
        Some(platform) if platform != Platform::Other => platform,
        _ => Platform::read(os.unwrap_or_default()),
    };
    for (field, text) in [
        (Field::Name, report.said("hostname")),
        (Field::Os, os),
        (Field::OsVersion, report.said("os_version")),
    ] {
        record.facts.extend(text.map(|text| (field, text.to_owned())));
    }
    if let Some(index) = report.said("hardening_index").and_then(|text| text.parse().ok()) {
        record.attributes.insert("hardening_index".to_owned(), Attribute::Int(index));
    }
}

fn practices(record: &mut SourceRecord, report: &Report<'_>, is_whole: bool) {
    // A firewall without rules lets everything in.
    let firewall = match (report.yes("firewall_active"), report.yes("firewall_empty_ruleset")) {
        (Some(true), Some(true)) => Some(false),
        (active, _) => active,
    };
    let ssh = report.yes("openssh_daemon_running").or_else(|| report.yes("ssh_daemon_running"));
    let mut says = |practice: Practice, value: Option<bool>| {
        record.practices.insert(practice, Observation::stated(value));
    };
    says(Practice::Firewall, firewall);
    says(Practice::RemoteLogin, ssh.map(|is_running| !is_running));
    says(Practice::AutoUpdate, updates_itself(report));
    let secure_boot = match (report.yes("boot_uefi_booted"), report.yes("boot_uefi_booted_secure"))
    {
        (Some(false), _) => Evidence::Absent(Absence::LegacyFirmware),
        (_, Some(is_secure)) => Evidence::Stated(is_secure),
        (_, None) => Evidence::Unknown(Gap::NotReported),
    };
    record.practices.insert(Practice::SecureBoot, Observation::new(secure_boot));
    let vulnerable = report.all("vulnerable_package");
    let found =
        report.yes("vulnerable_packages_found").or((!vulnerable.is_empty()).then_some(true));
    let updated = match found {
        Some(true) => Some(false),
        Some(false) if is_whole => Some(true),
        _ => None,
    };
    if updated.is_some() {
        let details = vulnerable.iter().map(|name| (*name).to_owned()).collect();
        let seen = Observation { details, ..Observation::stated(updated) };
        record.practices.insert(Practice::UpToDate, seen);
    }
}

/// By the tool that was found, or by the advice to use one. That a system could do so without
/// (`unattended_upgrade_option_available`) says nothing about whether it does.
fn updates_itself(report: &Report<'_>) -> Option<bool> {
    let has_advice = report.all("suggestion").iter().any(|it| it.starts_with(NO_UPDATE_TOOL));
    let has_tool = !report.all("unattended_upgrade_tool").is_empty();
    if has_advice { Some(false) } else { has_tool.then_some(true) }
}

/// `|name,version|name,version…`: the first item is empty.
fn software(
    report: &Report<'_>,
    taken_at: Option<Timestamp>,
    is_whole: bool,
) -> Option<Arc<Software>> {
    let listed = report.said("installed_packages_array")?;
    let installed = listed.split('|').filter_map(|item| {
        let (name, version) = item.split_once(',').unwrap_or((item, ""));
        let version = Some(version.trim().to_owned()).filter(|text| !text.is_empty());
        let name = name.trim().to_owned();
        (!name.is_empty()).then(|| Installed { name, version, ..Installed::default() })
    });
    let installed = installed.collect();
    let services = Vec::new();
    Some(Arc::new(Software { last_scan: taken_at, installed, services, is_partial: !is_whole }))
}

fn in_zone(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let civil: DateTime = text.parse().ok()?;
    civil.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}
