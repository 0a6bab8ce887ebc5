//! What results say about a device. Pure.
//!
//! Results come table by table, each at its own time, so that they are laid over what the record
//! says already. An empty result means what it means for its table; a query that was not answered
//! leaves its practice unknown.

use std::sync::Arc;

use model::{
    Timestamp,
    device::{
        Evidence, Field, Gap, IdKind, Installed, Lock, Mac, Observation, Part, Platform, Practice,
        Software, SourceRecord, Volume, VolumeState, split_os,
    },
};
use ports::devices::{Problems, Read};

use super::{QueryResult, Row, Rows, queries};
use crate::devices::{
    draft::{finish, yes_or_no},
    fusioninventory::is_virtual_interface,
};

/// Lays results over a record.
#[must_use]
pub fn apply(mut record: SourceRecord, results: &[QueryResult], now: Timestamp) -> Read {
    let mut problems = Problems::default();
    record.fetched_at = now;
    for result in results {
        // A clock ahead of ours says nothing about when.
        let at = result.at.unwrap_or(now).min(now);
        let mut sheet = Sheet { record: &mut record, problems: &mut problems, at };
        match queries::named(&result.name) {
            Some(name) => sheet.lay(name, &result.rows),
            None => sheet.problems.note("name", "a query that is not read here"),
        }
    }
    finish(record, problems)
}

/// A record under one result.
struct Sheet<'r> {
    record: &'r mut SourceRecord,
    problems: &'r mut Problems,
    at: Timestamp,
}

impl Sheet<'_> {
    fn lay(&mut self, name: &str, rows: &Rows) {
        match rows {
            Rows::Unanswered => self.unanswered(name),
            Rows::All(rows) => {
                self.seen();
                self.whole(name, rows);
            }
            Rows::Changes { added, removed } => {
                self.seen();
                match name {
                    "apps" | "deb_packages" | "rpm_packages" | "programs" => {
                        self.change_software(added, removed);
                    }
                    // Of a table with one row the new one is all.
                    _ if !added.is_empty() => self.whole(name, added),
                    _ => {}
                }
            }
        }
    }

    fn seen(&mut self) {
        self.record.last_sync = self.record.last_sync.max(Some(self.at));
    }

    fn says(&mut self, practice: Practice, evidence: Evidence) {
        let observed_at = Some(self.at);
        let observation = Observation { observed_at, ..Observation::new(evidence) };
        self.record.practices.insert(practice, observation);
    }

    /// Nobody answered: what was known before is not known now.
    fn unanswered(&mut self, name: &str) {
        let practice = match name {
            "disk_encryption" | "mounted_disk_encryption" | "bitlocker_info" => {
                Practice::Encryption
            }
            "alf" | "windows_security_center" => Practice::Firewall,
            "screenlock" => Practice::ScreenLock,
            "sharing_preferences" | "ssh_listeners" => Practice::RemoteLogin,
            "managed_policies" => Practice::AutoUpdate,
            "secureboot" => Practice::SecureBoot,
            _ => return,
        };
        self.says(practice, Evidence::Unknown(Gap::NotReported));
    }

    fn whole(&mut self, name: &str, rows: &[Row]) {
        let first = rows.first();
        match name {
            queries::OS_VERSION => first.into_iter().for_each(|row| self.system(row)),
            queries::SYSTEM_INFO => first.into_iter().for_each(|row| self.machine(row)),
            "interface_details" => self.interfaces(rows),
            "disk_encryption" => self.file_vault(rows),
            "mounted_disk_encryption" => self.says(Practice::Encryption, mounted(rows)),
            "bitlocker_info" => self.says(Practice::Encryption, bitlocker(rows)),
            "alf" => self.says(Practice::Firewall, alf(first)),
            "windows_security_center" => self.security_center(first),
            "screenlock" => self.says(Practice::ScreenLock, screenlock(first)),
            "sharing_preferences" => self.says(Practice::RemoteLogin, sharing(first)),
            "managed_policies" => self.says(Practice::AutoUpdate, updates(rows)),
            "secureboot" => self.says(Practice::SecureBoot, stated(first, "secure_boot")),
            "ssh_listeners" => self.says(Practice::RemoteLogin, listeners(rows)),
            "apps" | "programs" | "rpm_packages" => self.software(rows.iter()),
            "deb_packages" => self.software(rows.iter().filter(|row| is_installed(row))),
            _ => {}
        }
    }

    fn fact(&mut self, field: Field, text: Option<&str>) {
        if let Some(text) = text {
            self.record.facts.insert(field, text.to_owned());
        }
    }

    fn system(&mut self, row: &Row) {
        let Some(name) = said(row, "name") else { return };
        self.record.platform = [said(row, "platform"), said(row, "platform_like"), Some(name)]
            .into_iter()
            .flatten()
            .map(Platform::read)
            .find(|platform| !matches!(platform, Platform::Other | Platform::Unknown))
            .unwrap_or(Platform::Other);
        let (bare, in_name) = split_os(name);
        self.fact(Field::Os, Some(bare));
        let version = said(row, "version").map(str::to_owned).or(in_name);
        self.fact(Field::OsVersion, version.as_deref());
        self.fact(Field::OsBuild, said(row, "build"));
        self.fact(Field::OsRelease, said(row, "codename"));
    }

    fn machine(&mut self, row: &Row) {
        let name = said(row, "computer_name").or_else(|| said(row, "hostname"));
        self.fact(Field::Name, name);
        self.fact(Field::Manufacturer, said(row, "hardware_vendor"));
        let model = said(row, "hardware_model");
        self.fact(Field::Model, model);
        // Apple's model is the maker's code.
        self.fact(Field::ModelIdentifier, model.filter(|text| text.contains(',')));
        for (kind, column) in [(IdKind::HardwareUuid, "uuid"), (IdKind::Serial, "hardware_serial")]
        {
            if let Some(text) = said(row, column) {
                self.record.identifiers.scalars.insert(kind, text.to_owned());
            }
        }
    }

    fn interfaces(&mut self, rows: &[Row]) {
        let real = |row: &&Row| !said(row, "interface").is_some_and(is_virtual_interface);
        let mut macs: Vec<Mac> = Vec::new();
        for text in rows.iter().filter(real).filter_map(|row| said(row, "mac")) {
            match text.parse() {
                Ok(mac) if !macs.contains(&mac) => macs.push(mac),
                Ok(_) => {}
                Err(_) => self.problems.note("interface_details.mac", "not a hardware address"),
            }
        }
        self.record.identifiers.macs = macs;
    }

    /// One volume with it on is the system's; with none on and one off it is off.
    fn file_vault(&mut self, rows: &[Row]) {
        let is = |word: &str| rows.iter().any(|row| said(row, "filevault_status") == Some(word));
        let evidence = match (is("on"), is("off")) {
            (true, _) => Evidence::Stated(true),
            (false, true) => Evidence::Stated(false),
            (false, false) => Evidence::Unknown(Gap::NotReported),
        };
        self.says(Practice::Encryption, evidence);
    }

    fn security_center(&mut self, row: Option<&Row>) {
        // Snoozed and not monitored are not good; a word that is not known is not known.
        let good = |column: &str| match row.and_then(|row| said(row, column)) {
            Some("Good") => Some(true),
            Some("Poor" | "Snoozed" | "Not Monitored") => Some(false),
            _ => None,
        };
        for (practice, column) in [
            (Practice::Firewall, "firewall"),
            (Practice::AutoUpdate, "autoupdate"),
            (Practice::Other("osquery:antivirus".to_owned()), "antivirus"),
        ] {
            let observation = Observation::stated(good(column));
            self.says(practice, observation.evidence);
        }
    }

    fn software<'a>(&mut self, rows: impl Iterator<Item = &'a Row>) {
        let installed: Vec<Installed> = rows.filter_map(installed).collect();
        // Two kinds of packages share a list: an empty one of the kind that a host does not use
        // takes nothing away.
        if installed.is_empty() && self.record.software.is_some() {
            return;
        }
        let software = Software { last_scan: Some(self.at), installed, ..Software::default() };
        self.record.software = Some(Arc::new(software));
    }

    fn change_software(&mut self, added: &[Row], removed: &[Row]) {
        let known = self.record.software.as_deref().cloned();
        // Changes alone are no whole list: what is not among them may be there all the same.
        let mut software = known.unwrap_or(Software { is_partial: true, ..Software::default() });
        let gone: Vec<Installed> = removed.iter().filter_map(installed).collect();
        software.installed.retain(|it| !gone.contains(it));
        for each in added.iter().filter_map(installed) {
            if !software.installed.contains(&each) {
                software.installed.push(each);
            }
        }
        software.last_scan = Some(self.at);
        self.record.software = Some(Arc::new(software));
    }
}

fn said<'r>(row: &'r Row, column: &str) -> Option<&'r str> {
    row.get(column).map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn installed(row: &Row) -> Option<Installed> {
    let text = |column: &str| said(row, column).map(str::to_owned);
    Some(Installed {
        name: text("name")?,
        version: text("version"),
        publisher: text("publisher"),
        path: text("path"),
        install_date: None,
    })
}

fn is_installed(row: &Row) -> bool {
    said(row, "status").is_none_or(|status| status.ends_with("ok installed"))
}

fn stated(row: Option<&Row>, column: &str) -> Evidence {
    let value = row.and_then(|row| said(row, column)).and_then(yes_or_no);
    value.map_or(Evidence::Unknown(Gap::NotReported), Evidence::Stated)
}

/// What is mounted where the system and people's files are. A mount that no table knows is not
/// known, never open.
fn mounted(rows: &[Row]) -> Evidence {
    let volume = |row: &Row| Volume {
        name: said(row, "name").unwrap_or("disk").to_owned(),
        is_removable: false,
        is_recovery: false,
        capacity_mb: None,
        state: match said(row, "encrypted") {
            Some("1") => VolumeState::Encrypted,
            Some("0") => VolumeState::Open,
            _ => VolumeState::Unknown,
        },
        percent: None,
        is_protected: Some(true),
    };
    Evidence::Volumes(rows.iter().map(volume).collect())
}

fn bitlocker(rows: &[Row]) -> Evidence {
    let volume = |row: &Row| Volume {
        name: said(row, "drive_letter").unwrap_or("disk").to_owned(),
        is_removable: false,
        is_recovery: false,
        capacity_mb: None,
        state: match said(row, "conversion_status") {
            Some("0") => VolumeState::Open,
            Some("1") => VolumeState::Encrypted,
            Some("2" | "3" | "4" | "5") => VolumeState::Converting,
            _ => VolumeState::Unknown,
        },
        percent: said(row, "percentage_encrypted")
            .and_then(|text| text.parse().ok())
            .filter(|percent| *percent <= 100),
        is_protected: match said(row, "protection_status") {
            Some("1") => Some(true),
            Some("0") => Some(false),
            _ => None,
        },
    };
    Evidence::Volumes(rows.iter().map(volume).collect())
}

fn alf(row: Option<&Row>) -> Evidence {
    match row.and_then(|row| said(row, "global_state")) {
        Some("0") => Evidence::Stated(false),
        Some("1" | "2") => Evidence::Stated(true),
        _ => Evidence::Unknown(Gap::NotReported),
    }
}

/// Only told in the session of the person; from the daemon there is nothing.
fn screenlock(row: Option<&Row>) -> Evidence {
    let Some(row) = row else { return Evidence::Unknown(Gap::Permission) };
    let delay_seconds = said(row, "grace_period").and_then(|text| text.parse().ok());
    Evidence::Lock(Lock { is_on: said(row, "enabled").and_then(yes_or_no), delay_seconds })
}

fn sharing(row: Option<&Row>) -> Evidence {
    let columns = ["remote_login", "screen_sharing", "remote_management"];
    let part = |column: &str| {
        let is_on = row.and_then(|row| said(row, column)).and_then(yes_or_no);
        Part { name: format!("{} off", column.replace('_', " ")), is_on: is_on.map(|is_on| !is_on) }
    };
    Evidence::Parts(columns.map(part).to_vec())
}

/// What a managed profile sets; what none sets is the system's default, which nobody knows.
fn updates(rows: &[Row]) -> Evidence {
    let settings = [
        ("check", "AutomaticCheckEnabled"),
        ("download", "AutomaticDownload"),
        ("install_security", "CriticalUpdateInstall"),
    ];
    let part = |(name, policy): (&str, &str)| {
        let row = rows.iter().find(|row| said(row, "name") == Some(policy));
        let is_on = row.and_then(|row| said(row, "value")).and_then(yes_or_no);
        Part { name: name.to_owned(), is_on }
    };
    Evidence::Parts(settings.map(part).to_vec())
}

/// Nobody listening is closed; somebody on the loopback alone too.
fn listeners(rows: &[Row]) -> Evidence {
    let is_local = |row: &Row| {
        said(row, "address").is_some_and(|text| text == "::1" || text.starts_with("127."))
    };
    Evidence::Stated(rows.iter().all(is_local))
}
