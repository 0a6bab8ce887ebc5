use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use model::device::{Evidence, Field, Gap, IdKind, Platform, Practice};
use ports::devices::{DeviceMap as _, Excess, Read, Rejected};
use posture::check::State;

use super::FusionInventoryMap;
use crate::devices::tests::{evidence, now, state, supplied};

fn read(body: &[u8]) -> Result<Read, Rejected> {
    let pushed = FusionInventoryMap::new("fusion").map(body, now())?;
    Ok(pushed.records.into_iter().next().expect("one"))
}

const OURS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<REQUEST><DEVICEID>desk-1-2026</DEVICEID><QUERY>INVENTORY</QUERY><CONTENT>
  <ACCESSLOG><LOGDATE>2026-11-20 09:15:00</LOGDATE></ACCESSLOG>
  <HARDWARE><NAME>desk-1</NAME><UUID>4C4C4544-0042-3510-8054-00000000000A</UUID>
    <OSNAME>Microsoft Windows 11 Pro</OSNAME><VMSYSTEM>VMware</VMSYSTEM>
    <IPADDR>192.168.1.7</IPADDR></HARDWARE>
  <BIOS><SSN>C02XMADE0001</SSN><SMODEL>Laptop</SMODEL><SMANUFACTURER>Contoso</SMANUFACTURER></BIOS>
  <OPERATINGSYSTEM><FULL_NAME>Microsoft Windows 11 Pro</FULL_NAME><VERSION>10.0.26100</VERSION>
    <KERNEL_NAME>MSWin32</KERNEL_NAME></OPERATINGSYSTEM>
  <FIREWALL><PROFILE>public</PROFILE><STATUS>on</STATUS></FIREWALL>
  <FIREWALL><PROFILE>domain</PROFILE><STATUS>off</STATUS></FIREWALL>
  <ANTIVIRUS><NAME>Shield</NAME><ENABLED>1</ENABLED><VERSION>7.1</VERSION></ANTIVIRUS>
  <ENVS><KEY>AWS_SECRET</KEY><VAL>hunter2</VAL></ENVS><ENVS><KEY>A</KEY><VAL>b</VAL></ENVS>
  <PROCESSES><CMD>ssh mia@home</CMD></PROCESSES><USERS><LOGIN>mia</LOGIN></USERS>
  <NETWORKS><DESCRIPTION>LAN &amp; more</DESCRIPTION><MACADDR>00:de:ca:fb:00:01</MACADDR>
    <IPADDRESS>192.168.1.7</IPADDRESS><VIRTUALDEV>0</VIRTUALDEV></NETWORKS>
</CONTENT></REQUEST>";

#[test]
fn c1_the_supplied_inventory() {
    let Some(body) = supplied("inventory/fusioninventory-debian12.xml") else { return };
    let read = read(&body).expect("an inventory");
    let record = &read.record;
    assert!(!record.identifiers.scalars.contains_key(&IdKind::Serial), "an empty one is none");
    let macs: Vec<String> = record.identifiers.macs.iter().map(ToString::to_string).collect();
    assert_eq!(macs, ["00:DE:CA:FB:AD:10"], "of four interfaces one is hardware");
    assert_eq!(evidence(&read, &Practice::Firewall), Some(Evidence::Stated(false)));
    assert_eq!(record.software.as_ref().map(|it| it.installed.len()), Some(52));
    assert_eq!(record.platform, Platform::Linux);
    assert_eq!(record.fact(Field::OsVersion), Some("12.11"), "not the kernel's");
    assert_eq!(read.problems.count, 0, "{:?}", read.problems);
    assert!(read.problems.dropped[&Excess::Networks] >= 5);
    assert_eq!(state(&read, &Practice::Encryption), State::Unknown);
}

#[test]
fn an_inventory_is_read_bare_and_packed_and_environment_and_processes_stay_out() {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(OURS.as_bytes()).expect("memory");
    let packed = encoder.finish().expect("memory");
    for body in [OURS.as_bytes(), &packed] {
        let read = read(body).expect("an inventory");
        let record = &read.record;
        assert_eq!(record.key.id, "desk-1-2026");
        assert_eq!(record.platform, Platform::Windows);
        assert_eq!(record.identifiers.scalars.len(), 2);
        assert_eq!(record.fact(Field::Type), Some("VMware"));
        assert_eq!(state(&read, &Practice::Firewall), State::Warn, "one profile is off");
        let shield = &record.practices[&Practice::Agent("Shield".to_owned())];
        assert_eq!(
            (&shield.evidence, shield.version.as_deref()),
            (&Evidence::Stated(true), Some("7.1"))
        );
        assert_eq!(read.problems.dropped[&Excess::Environment], 2);
        assert_eq!(read.problems.dropped[&Excess::Processes], 1);
        assert_eq!(read.problems.dropped[&Excess::PersonalData], 1);
        assert_eq!(read.problems.dropped[&Excess::Networks], 2);
        let kept = serde_json::to_string(&(&record.facts, &record.owners)).expect("JSON");
        assert!(!kept.contains("hunter2") && !kept.contains("192.168"), "{kept}");
    }
}

#[test]
fn what_is_no_inventory_is_refused_with_a_reason() {
    let cut = &OURS[..OURS.len() / 2];
    let bomb = {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        let zeroes = vec![b' '; 1024 * 1024];
        (0..40).for_each(|_| encoder.write_all(&zeroes).expect("memory"));
        encoder.finish().expect("memory")
    };
    assert!(bomb.len() < 100_000);
    for body in [
        b"".as_slice(),
        b"{}",
        b"\xff\xfe<",
        cut.as_bytes(),
        b"<REQUEST><QUERY>PROLOG</QUERY><CONTENT/></REQUEST>",
        b"<REQUEST><CONTENT></CONTENT></REQUEST>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><REQUEST/>",
        &[0x78, 0x9c, 1, 2, 3],
        &bomb,
    ] {
        let refused = read(body).expect_err("refused");
        assert!(refused.problem.len() < 200, "{refused}");
    }
}

#[test]
fn a_firewall_that_is_not_told_is_unknown() {
    for (told, expected) in [
        ("", Evidence::Unknown(Gap::NotReported)),
        ("<FIREWALL><STATUS>?</STATUS></FIREWALL>", Evidence::Unknown(Gap::Unreadable)),
        ("<FIREWALL><STATUS>on</STATUS></FIREWALL>", Evidence::Stated(true)),
    ] {
        let body = format!(
            "<REQUEST><CONTENT><HARDWARE><NAME>a</NAME></HARDWARE>{told}</CONTENT></REQUEST>"
        );
        let read = read(body.as_bytes()).expect("an inventory");
        assert_eq!(evidence(&read, &Practice::Firewall), Some(expected), "{told}");
    }
}
