//! Merges and judges a fleet of invented devices, each known from four sources, and says how long
//! that took: `cargo run --release -p posture --example fleet -- 100000`.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "a measurement")]

use std::{env, hint::black_box, time::Instant};

use model::{
    Timestamp,
    device::{Field, IdKind, Mac, Observation, Platform, Practice, RecordKey, SourceRecord},
};
use posture::{
    Checks, Circumstances, Closure, Currency, MergeRules, devices, evaluate, identity::match_keys,
};

const SOURCES: [&str; 4] = ["jamf", "fleet", "google", "push"];

fn main() {
    let count: usize = env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(10_000);
    let now: Timestamp = "2026-08-22T00:00:00Z".parse().unwrap_or_default();
    let records: Vec<SourceRecord> =
        (0..count).flat_map(|n| SOURCES.map(|source| record(source, n, now))).collect();
    let (checks, rules) = (Checks::shipped(), MergeRules::default());
    let currency = Currency::built_in();

    let start = Instant::now();
    let merged = devices(&records, &[], &rules);
    let merging = start.elapsed();
    for device in &merged {
        black_box(evaluate(device, &checks, currency, &Circumstances::at(now)));
    }
    println!("{} devices: merged in {merging:?}, all in {:?}", merged.len(), start.elapsed());

    let one = &records[..4];
    let start = Instant::now();
    const TIMES: u32 = 1_000;
    for _ in 0..TIMES {
        let mut closure = Closure::start(vec![one[0].clone()], &one[..1], &[], &rules);
        while closure.wanted().is_ok_and(|wanted| !wanted.is_empty()) {
            closure.add(one.to_vec());
        }
        let (found, clusters) = closure.merge();
        for cluster in clusters {
            let device = posture::Device::derive(cluster, &found, &rules);
            black_box(evaluate(&device, &checks, currency, &Circumstances::at(now)));
        }
    }
    println!("one device: {:?}", start.elapsed() / TIMES);
    black_box(match_keys(&one[0], &rules));
}

fn record(source: &str, n: usize, now: Timestamp) -> SourceRecord {
    let mut record = SourceRecord::new(RecordKey::new(source, format!("{source}-{n}")), now);
    record.last_sync = Some(now);
    record.platform = Platform::Macos;
    for (field, text) in [
        (Field::Name, format!("desk-{n}")),
        (Field::Model, "MacBook Pro".to_owned()),
        (Field::ModelIdentifier, "Mac14,10".to_owned()),
        (Field::Os, "macOS".to_owned()),
        (Field::OsVersion, "26.6.1".to_owned()),
    ] {
        record.facts.insert(field, text);
    }
    record.identifiers.scalars.insert(IdKind::Serial, format!("C02X{n:08}Q"));
    let octet = |shift: usize| u8::try_from(n >> shift & 0xFF).unwrap_or(0);
    let mac = vec![0x00, 0xDE, 0xCA, octet(16), octet(8), octet(0)];
    record.identifiers.macs.extend(Mac::try_from(mac));
    for practice in [Practice::Encryption, Practice::Firewall, Practice::ScreenLock] {
        record.practices.insert(practice, Observation::stated(Some(true)));
    }
    record
}
