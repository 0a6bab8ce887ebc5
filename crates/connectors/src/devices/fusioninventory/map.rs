//! What an inventory is. Pure.

use std::{io::Read as _, sync::Arc};

use flate2::read::{GzDecoder, ZlibDecoder};
use model::{
    Timestamp,
    device::{
        Evidence, Field, Gap, IdKind, Installed, Mac, Observation, Part, Platform, Practice,
        RecordKey, Software, SourceRecord,
    },
};
use ports::devices::{DeviceMap, Excess, Problems, Pushed, Read, Rejected};

use super::{
    is_virtual_interface,
    xml::{self, Element},
};
use crate::devices::draft::{finish, instant};

/// The largest inventory, unpacked, in bytes.
const UNPACKED_MAX_BYTES: u64 = 32 * 1024 * 1024;
/// Sections that hold what nobody needs.
const EXCESS: [(&str, Excess); 9] = [
    ("ENVS", Excess::Environment),
    ("PROCESSES", Excess::Processes),
    ("USERS", Excess::PersonalData),
    ("LOCAL_USERS", Excess::PersonalData),
    ("LOCAL_GROUPS", Excess::PersonalData),
    ("PRINTERS", Excess::Other),
    ("MONITORS", Excess::Other),
    ("USBDEVICES", Excess::Other),
    ("REMOTE_MGMT", Excess::Other),
];
/// Fields with addresses of networks.
const ADDRESSES: [&str; 10] = [
    "IPADDR",
    "IPADDRESS",
    "IPADDRESS6",
    "IPMASK",
    "IPMASK6",
    "IPSUBNET",
    "IPSUBNET6",
    "IPGATEWAY",
    "DEFAULTGATEWAY",
    "DNS",
];
/// Words of an agent for no machine of its own.
const PHYSICAL: &str = "Physical";

/// Reads inventories, one a body, bare or packed as agents send them.
#[derive(Debug)]
pub struct FusionInventoryMap {
    name: String,
}

impl FusionInventoryMap {
    /// Reads for the source of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}

impl DeviceMap for FusionInventoryMap {
    fn map(&self, body: &[u8], now: Timestamp) -> Result<Pushed, Rejected> {
        let unpacked = unpacked(body)?;
        let text = std::str::from_utf8(&unpacked).map_err(|_| Rejected::because("not UTF-8"))?;
        let root =
            xml::read(text, is_excess).map_err(|error| Rejected::because(error.to_string()))?;
        let read = inventory(&self.name, &root, now)?;
        Ok(Pushed { records: vec![read], ..Pushed::default() })
    }
}

/// Whether nobody needs what is in a section: it is only counted.
fn is_excess(name: &str) -> bool {
    EXCESS.iter().any(|(section, _)| *section == name)
}

fn unpacked(body: &[u8]) -> Result<Vec<u8>, Rejected> {
    let mut bytes = Vec::new();
    let read = match body {
        [0x78, ..] => ZlibDecoder::new(body).take(UNPACKED_MAX_BYTES + 1).read_to_end(&mut bytes),
        [0x1f, 0x8b, ..] => {
            GzDecoder::new(body).take(UNPACKED_MAX_BYTES + 1).read_to_end(&mut bytes)
        }
        _ => body.take(UNPACKED_MAX_BYTES + 1).read_to_end(&mut bytes),
    };
    read.map_err(|_| Rejected::because("packed in a way that cannot be read"))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > UNPACKED_MAX_BYTES {
        return Err(Rejected::because(format!("larger than {UNPACKED_MAX_BYTES} bytes")));
    }
    Ok(bytes)
}

fn inventory(source: &str, root: &Element, now: Timestamp) -> Result<Read, Rejected> {
    let content = root.one("CONTENT").filter(|_| root.name == "REQUEST");
    let content = content.ok_or_else(|| Rejected::because("not an inventory: no CONTENT"))?;
    if root.said("QUERY").is_some_and(|query| query != "INVENTORY") {
        return Err(Rejected::because("a question of an agent's, not an inventory"));
    }
    let empty = Element::default();
    let part = |name: &str| content.one(name).unwrap_or(&empty);
    let (hardware, bios, system) = (part("HARDWARE"), part("BIOS"), part("OPERATINGSYSTEM"));
    let id = root.said("DEVICEID").or_else(|| hardware.said("UUID"));
    let id = id.or_else(|| hardware.said("NAME")).or_else(|| system.said("FQDN"));
    let id = id.filter(|id| id.len() <= 256);
    let id = id.ok_or_else(|| Rejected::because("nothing names the computer"))?;
    let mut problems = Problems::default();
    let mut record = SourceRecord::new(RecordKey::new(source, id), now);
    describe(&mut record, hardware, bios, system);
    let taken = part("ACCESSLOG").said("LOGDATE");
    record.last_sync = taken.and_then(instant).filter(|at| *at <= now);
    if taken.is_some() && record.last_sync.is_none() {
        problems.note("ACCESSLOG.LOGDATE", "not a time that is past");
    }
    record.identifiers.macs = macs(content, &mut problems);
    record.practices.insert(Practice::Firewall, Observation::new(firewall(content)));
    antivirus(content, &mut record);
    record.software = software(content, record.last_sync);
    leave_out(content, &mut problems);
    Ok(finish(record, problems))
}

fn describe(record: &mut SourceRecord, hardware: &Element, bios: &Element, system: &Element) {
    let os = system.said("FULL_NAME").or_else(|| hardware.said("OSNAME"));
    let kernel = system.said("KERNEL_NAME").map_or(Platform::Unknown, Platform::read);
    record.platform = if kernel.is_known() && kernel != Platform::Other {
        kernel
    } else {
        Platform::read(os.unwrap_or_default())
    };
    let kind = hardware.said("VMSYSTEM").filter(|kind| *kind != PHYSICAL);
    for (field, text) in [
        (Field::Name, hardware.said("NAME")),
        (Field::Os, os),
        // Under HARDWARE it is the kernel's.
        (Field::OsVersion, system.said("VERSION")),
        (Field::Manufacturer, bios.said("SMANUFACTURER")),
        (Field::Model, bios.said("SMODEL")),
        (Field::Type, kind),
    ] {
        record.facts.extend(text.map(|text| (field, text.to_owned())));
    }
    for (kind, text) in
        [(IdKind::Serial, bios.said("SSN")), (IdKind::HardwareUuid, hardware.said("UUID"))]
    {
        record.identifiers.scalars.extend(text.map(|text| (kind, text.to_owned())));
    }
}

/// Of the interfaces that are hardware.
fn macs(content: &Element, problems: &mut Problems) -> Vec<Mac> {
    let mut macs: Vec<Mac> = Vec::new();
    for each in content.all("NETWORKS") {
        let name = each.said("DESCRIPTION").unwrap_or_default();
        let kind = each.said("TYPE").unwrap_or_default();
        let is_virtual = each.said("VIRTUALDEV") == Some("1")
            || kind.eq_ignore_ascii_case("loopback")
            || is_virtual_interface(name);
        let Some(text) = each.said("MACADDR").filter(|_| !is_virtual) else { continue };
        match text.parse() {
            Ok(mac) if !macs.contains(&mac) => macs.push(mac),
            Ok(_) => {}
            Err(_) => problems.note("NETWORKS.MACADDR", "not a hardware address"),
        }
    }
    macs
}

/// One for the host, or one a profile.
fn firewall(content: &Element) -> Evidence {
    let is_on = |each: &Element| match each.said("STATUS").map(str::to_ascii_lowercase).as_deref() {
        Some("on") => Some(true),
        Some("off") => Some(false),
        _ => None,
    };
    let profiles: Vec<&Element> = content.all("FIREWALL").collect();
    match profiles.as_slice() {
        [] => Evidence::Unknown(Gap::NotReported),
        [one] => is_on(one).map_or(Evidence::Unknown(Gap::Unreadable), Evidence::Stated),
        several => {
            let part = |each: &&Element| Part {
                name: each.said("PROFILE").unwrap_or("profile").to_owned(),
                is_on: is_on(each),
            };
            Evidence::Parts(several.iter().map(part).collect())
        }
    }
}

fn antivirus(content: &Element, record: &mut SourceRecord) {
    for each in content.all("ANTIVIRUS") {
        let Some(name) = each.said("NAME") else { continue };
        let is_on = match each.said("ENABLED") {
            Some("1") => Some(true),
            Some("0") => Some(false),
            _ => None,
        };
        let mut seen = Observation::stated(is_on);
        seen.version = each.said("VERSION").map(str::to_owned);
        record.practices.insert(Practice::Agent(name.to_owned()), seen);
    }
}

fn software(content: &Element, taken_at: Option<Timestamp>) -> Option<Arc<Software>> {
    let installed = content.all("SOFTWARES").filter_map(|each| {
        let text = |name: &str| each.said(name).map(str::to_owned);
        Some(Installed {
            name: text("NAME")?,
            version: text("VERSION"),
            publisher: text("PUBLISHER"),
            path: text("FOLDER"),
            install_date: text("INSTALLDATE"),
        })
    });
    let installed: Vec<Installed> = installed.collect();
    let software = Software { last_scan: taken_at, installed, ..Software::default() };
    (!software.installed.is_empty()).then(|| Arc::new(software))
}

/// What does not come in is counted.
fn leave_out(content: &Element, problems: &mut Problems) {
    for (name, excess) in EXCESS {
        problems.drop(excess, content.all(name).count());
    }
    let sections = ["HARDWARE", "NETWORKS"].into_iter().flat_map(|name| content.all(name));
    let addresses = sections.flat_map(|each| &each.children);
    let addresses =
        addresses.filter(|each| ADDRESSES.contains(&each.name.as_str()) && !each.text.is_empty());
    problems.drop(Excess::Networks, addresses.count());
}
