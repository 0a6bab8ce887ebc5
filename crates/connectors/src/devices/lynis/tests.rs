use jiff::tz::TimeZone;
use model::device::{Absence, Evidence, Field, Gap, Platform, Practice};
use ports::devices::{DeviceMap as _, Excess, Read};
use posture::check::State;

use super::LynisMap;
use crate::devices::tests::{evidence, now, paths, state, supplied};

fn read(body: &[u8]) -> Read {
    let pushed = LynisMap::new("lynis", TimeZone::UTC).map(body, now()).expect("a report");
    pushed.records.into_iter().next().expect("one")
}

const OURS: &str = "# Lynis Report\nlynis_version=3.0.8\nhostid=abc\nhostname=desk-1\nos=Linux\n\
    os_fullname=Debian GNU/Linux 12 (bookworm)\nos_version=12\n\
    report_datetime_end=2026-11-20 09:20:41\n";

fn with(more: &str) -> Read {
    read(format!("{OURS}{more}").as_bytes())
}

#[test]
fn c3_the_supplied_report() {
    let Some(body) = supplied("inventory/lynis-report-debian12.dat") else { return };
    let read = read(&body);
    assert_eq!(evidence(&read, &Practice::Firewall), Some(Evidence::Stated(true)));
    assert_eq!(
        evidence(&read, &Practice::RemoteLogin),
        Some(Evidence::Stated(false)),
        "SSH listens"
    );
    let updates = &read.record.practices[&Practice::UpToDate];
    assert_eq!(updates.evidence, Evidence::Stated(false));
    assert_eq!(updates.details.len(), 8);
    assert_eq!(updates.details[0], "apt");
    let software = read.record.software.as_ref().expect("packages");
    assert_eq!(software.installed.len(), 52, "the empty first item is none");
    assert_eq!(software.installed[0].name, "adduser");
    assert_eq!(evidence(&read, &Practice::AutoUpdate), Some(Evidence::Stated(false)));
    assert_eq!(evidence(&read, &Practice::SecureBoot), Some(Evidence::Stated(true)));
    assert_eq!(read.record.platform, Platform::Linux);
    assert_eq!(read.problems.count, 0, "{:?}", read.problems);
    assert!(read.problems.dropped[&Excess::Networks] >= 4);
}

#[test]
fn a_firewall_without_rules_is_off_and_one_that_is_not_told_unknown() {
    for (told, expected) in [
        ("firewall_active=1\nfirewall_empty_ruleset=0\n", State::Ok),
        ("firewall_active=1\nfirewall_empty_ruleset=1\n", State::Warn),
        ("firewall_active=1\n", State::Ok),
        ("firewall_active=0\n", State::Warn),
        ("firewall_active=-\n", State::Unknown),
        ("", State::Unknown),
    ] {
        assert_eq!(state(&with(told), &Practice::Firewall), expected, "{told}");
    }
}

#[test]
fn a_report_that_was_cut_short_is_taken_and_says_so() {
    let cut = with("vulnerable_packages_found=0\ninstalled_packages_array=|a,1|b,2|\n");
    assert_eq!(paths(&cut), ["finish"]);
    assert_eq!(evidence(&cut, &Practice::UpToDate), None, "the rest may have said more");
    assert!(cut.record.software.as_ref().is_some_and(|it| it.is_partial));
    let whole =
        with("vulnerable_packages_found=0\ninstalled_packages_array=|a,1|b,2|\nfinish=true\n");
    assert_eq!(evidence(&whole, &Practice::UpToDate), Some(Evidence::Stated(true)));
    assert!(
        whole.record.software.as_ref().is_some_and(|it| !it.is_partial && it.installed.len() == 2)
    );
}

#[test]
fn values_may_hold_signs_of_equality_and_times_are_of_the_zone() {
    let odd = with("os_fullname=Debian = GNU\nnetwork_mac_address[]=00:de:ca:fb:00:01\n");
    assert_eq!(odd.record.fact(Field::Os), Some("Debian GNU/Linux 12 (bookworm)"), "the first");
    assert_eq!(odd.record.identifiers.macs.len(), 1);
    assert_eq!(odd.record.last_sync, Some("2026-11-20T09:20:41Z".parse().expect("an instant")));
    let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
    let pushed = LynisMap::new("lynis", berlin).map(OURS.as_bytes(), now()).expect("a report");
    let seen = pushed.records[0].record.last_sync;
    assert_eq!(seen, Some("2026-11-20T08:20:41Z".parse().expect("an instant")));
}

#[test]
fn updates_are_automatic_by_a_tool_and_not_by_an_option() {
    let stated = |value| Some(Evidence::Stated(value));
    let unknown = Some(Evidence::Unknown(Gap::NotReported));
    for (told, expected) in [
        ("unattended_upgrade_option_available=1\n", unknown),
        ("unattended_upgrade_tool[]=unattended-upgrade\n", stated(true)),
        ("suggestion[]=PKGS-7420|Consider using a tool|-|-|\n", stated(false)),
    ] {
        assert_eq!(evidence(&with(told), &Practice::AutoUpdate), expected, "{told}");
    }
    let legacy = with("boot_uefi_booted=0\n");
    let absent = Some(Evidence::Absent(Absence::LegacyFirmware));
    assert_eq!(evidence(&legacy, &Practice::SecureBoot), absent);
}

#[test]
fn what_is_no_report_is_refused() {
    for body in ["", "a=b\n", "<xml/>", "lynis_version=3\n"] {
        let refused = LynisMap::new("lynis", TimeZone::UTC).map(body.as_bytes(), now());
        assert!(refused.is_err(), "{body}");
    }
    assert!(LynisMap::new("lynis", TimeZone::UTC).map(b"\xff", now()).is_err());
}
