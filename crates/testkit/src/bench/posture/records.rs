//! A made-up fleet: who has which devices, and what each of four sources says about them.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use connectors::devices::push::JsonDevices;
use demo::company::{Company, Dice};
use jiff::{Timestamp, ToSpan as _};
use model::device::SourceRecord;
use ports::devices::{DeviceMap as _, Pushed};
use serde_json::{Value, json};

use super::super::server::SEED;

/// The sources, by name.
pub(super) const SOURCES: [&str; 4] = ["jamf", "intune", "google", "fleet"];
/// How many devices a person has, on average.
const EACH: usize = 3;
/// Records in one body: the most that is taken.
const BATCH: usize = 10_000;

/// The devices of a company.
pub(super) struct Fleet {
    pub(super) count: usize,
    pub(super) company: Company,
    /// What each source says, in the form in which it is sent to us.
    said: BTreeMap<&'static str, Vec<Value>>,
    now: Timestamp,
}

/// Kinds of devices: how many of twenty there are, and which sources know them.
struct Kind {
    share: usize,
    platform: &'static str,
    os: &'static str,
    versions: &'static [&'static str],
    model: (&'static str, &'static str, &'static str),
    sources: &'static [&'static str],
}

const KINDS: [Kind; 6] = [
    Kind {
        share: 8,
        platform: "macos",
        os: "macOS",
        versions: &["26.6.2", "26.6.1", "26.6", "15.7"],
        model: ("Apple", "MacBook Pro", "Mac14,10"),
        sources: &["jamf", "fleet", "google"],
    },
    Kind {
        share: 6,
        platform: "windows",
        os: "Windows",
        versions: &["10.0.26200.6584", "10.0.26100.6584", "10.0.19045.6332"],
        model: ("Lenovo", "ThinkPad X1 Carbon", "21HM"),
        sources: &["intune", "fleet"],
    },
    Kind {
        share: 2,
        platform: "ios",
        os: "iOS",
        versions: &["26.6.1", "26.5"],
        model: ("Apple", "iPhone 15", "iPhone15,4"),
        sources: &["jamf", "intune"],
    },
    Kind {
        share: 2,
        platform: "android",
        os: "Android",
        versions: &["16", "15"],
        model: ("Google", "Pixel 9", "Pixel 9"),
        sources: &["google", "intune"],
    },
    Kind {
        share: 1,
        platform: "chromeos",
        os: "ChromeOS",
        versions: &["140.0.7339.242"],
        model: ("Acer", "Chromebook Spin 714", "714"),
        sources: &["google"],
    },
    Kind {
        share: 1,
        platform: "linux",
        os: "Ubuntu",
        versions: &["24.04", "22.04"],
        model: ("Dell", "XPS 13", "9345"),
        sources: &["fleet"],
    },
];

impl Fleet {
    pub(super) fn new(count: usize, now: Timestamp) -> anyhow::Result<Self> {
        let company = Company::new(SEED, (count / EACH).max(20));
        let mut dice = Dice::new(SEED);
        let mut said: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
        for number in 0..count {
            let kind = kind(number);
            let person = &company.people[number % company.people.len()];
            let seen = now.checked_sub(i64::try_from(dice.below(20 * 24))?.hours())?;
            let version = *dice.pick(kind.versions);
            let practices = practices(&mut dice, kind);
            for source in kind.sources {
                let mut record = json!({
                    "id": format!("{source}-{number}"), "name": format!("device-{number}"),
                    "platform": kind.platform, "os": kind.os, "os_version": version,
                    "manufacturer": kind.model.0, "model": kind.model.1,
                    "model_identifier": kind.model.2, "serial": format!("C{number:09}QX"),
                    "email": person.email, "owner_confidence": "assigned",
                    "last_sync": seen.to_string(), "practices": told(&mut dice, &practices),
                });
                if source != &"google" {
                    let digits = mixed(number);
                    record["hardware_uuid"] = json!(uuid(digits));
                    record["mac_addresses"] = json!([mac(digits, 0), mac(digits, 1)]);
                }
                said.entry(source).or_default().push(record);
            }
        }
        Ok(Self { count, company, said, now })
    }

    /// All records of a source, as its connector reads them.
    pub(super) fn of(&self, source: &str) -> anyhow::Result<Pushed> {
        let map = JsonDevices::new(source);
        let mut all = Pushed::default();
        for some in self.said.get(source).into_iter().flat_map(|said| said.chunks(BATCH)) {
            let body = serde_json::to_vec(some)?;
            let read = map.map(&body, self.now).ok().context("a body that cannot be read")?;
            ensure!(read.rejected.is_empty(), "{:?}", read.rejected);
            if let Some(first) = read.records.first() {
                ensure!(first.problems.told.is_empty(), "{:?}", first.problems);
            }
            all.records.extend(read.records);
        }
        Ok(all)
    }

    /// All records of all sources.
    pub(super) fn records(&self) -> anyhow::Result<Vec<SourceRecord>> {
        let mut all = Vec::new();
        for source in SOURCES {
            all.extend(self.of(source)?.records.into_iter().map(|read| read.record));
        }
        Ok(all)
    }
}

fn kind(number: usize) -> &'static Kind {
    let total: usize = KINDS.iter().map(|kind| kind.share).sum();
    let mut place = number % total;
    KINDS
        .iter()
        .find(|kind| {
            let is_it = place < kind.share;
            place = place.saturating_sub(kind.share);
            is_it
        })
        .unwrap_or(&KINDS[0])
}

/// How a device stands, by practice: mostly well.
fn practices(dice: &mut Dice, kind: &Kind) -> Vec<(&'static str, bool)> {
    let names: &[&str] = match kind.platform {
        "ios" | "android" => &["encryption", "passcode", "jailed", "screenlock"],
        _ => &["encryption", "firewall", "autoupdate", "screenlock", "remotelogin", "secureboot"],
    };
    let mut is_well = |name: &str| match name {
        "jailed" => dice.below(2_000) != 0,
        _ => dice.below(10) != 0,
    };
    names.iter().map(|name| (*name, is_well(name))).collect()
}

/// What a source tells of it: not always everything, and hardly ever something else than others.
fn told(dice: &mut Dice, practices: &[(&'static str, bool)]) -> Value {
    let seen = practices.iter().map(|(name, is_well)| {
        let seen = match dice.below(200) {
            0 => json!(!is_well || *name == "jailed"),
            1..=10 => json!(null),
            _ => json!(is_well),
        };
        ((*name).to_owned(), seen)
    });
    Value::Object(seen.collect())
}

/// Digits that are spread as those of real identifiers are, different for each device.
fn mixed(number: usize) -> u64 {
    (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn uuid(digits: u64) -> String {
    let low = digits.rotate_left(17);
    format!(
        "{:08X}-{:04X}-4{:03X}-A{:03X}-{:012X}",
        digits >> 32,
        (digits >> 16) & 0xFFFF,
        digits & 0xFFF,
        (low >> 48) & 0xFFF,
        low & 0xFFFF_FFFF_FFFF
    )
}

/// An adapter's address, of a maker's range.
fn mac(digits: u64, adapter: u64) -> String {
    let low = (digits >> 20).wrapping_add(adapter);
    let bytes = [low >> 32, low >> 24, low >> 16, low >> 8, low].map(|byte| byte & 0xFF);
    let rest: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("3c:{}", rest.join(":"))
}
