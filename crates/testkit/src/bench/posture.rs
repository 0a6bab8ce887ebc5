//! Devices of four sources: merged and judged, one more told of, kept, and shown to their owners.

mod records;
mod stored;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::ensure;
use jiff::Timestamp;
use model::device::{Evidence, Practice, RecordKey, SourceRecord};
use posture::{
    Checks, Circumstances, Closure, Currency, Device, MergeRules, Track, devices, evaluate,
    identity::{Handle, handles},
    merge::Want,
};

use super::{
    RUNS,
    table::{Met, Table, median, quantile},
};

const DEVICES: usize = 100_000;
/// Devices of which a source tells something new.
const CHANGED: usize = 10_000;
/// The targets of the product.
const ALL: Duration = Duration::from_secs(5);
const ONE_US: f64 = 100.0;

/// All of it, with 100,000 devices or as many as told.
pub(super) async fn all(table: &mut Table, size: Option<usize>) -> anyhow::Result<()> {
    let (count, now) = (size.unwrap_or(DEVICES), Timestamp::now());
    let fleet = records::Fleet::new(count, now)?;
    let records: Vec<SourceRecord> = fleet.records()?;
    let judge = Judge::new(now);
    at_once(table, count, &records, &judge)?;
    one_more(table, &records, &judge)?;
    drop(records);
    stored::kept(table, &fleet).await
}

/// What devices are judged by.
struct Judge {
    rules: MergeRules,
    checks: Checks,
    currency: &'static Currency,
    now: Timestamp,
}

impl Judge {
    fn new(now: Timestamp) -> Self {
        let (rules, checks) = (MergeRules::default(), Checks::shipped());
        Self { rules, checks, currency: Currency::built_in(), now }
    }

    /// Judges a device, and takes the steps that follow.
    fn judge(&self, device: &Device, track: Track) -> Track {
        let circumstances = Circumstances::at(self.now);
        let evaluation = evaluate(device, &self.checks, self.currency, &circumstances);
        std::hint::black_box(evaluation.grade());
        let step = track.advance(&evaluation, &self.checks, &[]);
        std::hint::black_box(&step.findings);
        step.track
    }
}

fn at_once(
    table: &mut Table,
    count: usize,
    records: &[SourceRecord],
    judge: &Judge,
) -> anyhow::Result<()> {
    let mut seconds = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let all = devices(records, &[], &judge.rules);
        for device in &all {
            std::hint::black_box(judge.judge(device, Track::default()));
        }
        seconds.push(start.elapsed().as_secs_f64());
        ensure!(all.len() == count, "{} devices of {count} were made", all.len());
    }
    let seconds = median(seconds);
    table.row(
        format!("{} records of four sources merged into {count} devices, judged", records.len()),
        format!("{seconds:.2} s on one core"),
        format!("under {} s", ALL.as_secs()),
        Met::when(seconds < ALL.as_secs_f64()),
    );
    Ok(())
}

/// Which records have an identifier: what a store keeps, in memory.
struct Index<'r> {
    records: BTreeMap<&'r RecordKey, &'r SourceRecord>,
    holders: BTreeMap<Handle, Vec<&'r SourceRecord>>,
}

impl<'r> Index<'r> {
    fn of(records: &'r [SourceRecord], rules: &MergeRules) -> Self {
        let mut holders: BTreeMap<Handle, Vec<&SourceRecord>> = BTreeMap::new();
        for record in records {
            for handle in handles(record, rules) {
                holders.entry(handle).or_default().push(record);
            }
        }
        let records = records.iter().map(|record| (&record.key, record)).collect();
        Self { records, holders }
    }

    fn fetch(&self, wanted: &[Want]) -> Vec<SourceRecord> {
        let found = wanted.iter().flat_map(|want| match want {
            Want::Key(handle) => self.holders.get(handle).map(Vec::as_slice).unwrap_or_default(),
            Want::Record(key) => {
                self.records.get(key).map(std::slice::from_ref).unwrap_or_default()
            }
        });
        found.map(|record| (*record).clone()).collect()
    }
}

fn one_more(table: &mut Table, records: &[SourceRecord], judge: &Judge) -> anyhow::Result<()> {
    let index = Index::of(records, &judge.rules);
    let every = (records.len() / CHANGED).max(1);
    let mut times = Vec::new();
    for before in records.iter().step_by(every) {
        let changed = changed(before, judge.now);
        let start = Instant::now();
        let mut closure =
            Closure::start(vec![changed], std::slice::from_ref(before), &[], &judge.rules);
        loop {
            let wanted = closure.wanted()?;
            if wanted.is_empty() {
                break;
            }
            closure.add(index.fetch(&wanted));
        }
        let (found, clusters) = closure.merge();
        ensure!(clusters.len() == 1, "{} devices of one record", clusters.len());
        for cluster in clusters {
            let device = Device::derive(cluster, &found, &judge.rules);
            std::hint::black_box(judge.judge(&device, Track::default()));
        }
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    let p99 = quantile(&mut times, 990);
    table.row(
        "one record changed: its device merged anew and judged",
        format!("mean {mean:.1} µs, p99 {p99:.1} µs of {}", times.len()),
        format!("mean under {ONE_US} µs"),
        Met::when(mean < ONE_US),
    );
    Ok(())
}

/// The record after the next sweep: seen now, and something is no longer as it was.
fn changed(before: &SourceRecord, now: Timestamp) -> SourceRecord {
    let mut record = before.clone();
    (record.fetched_at, record.last_sync) = (now, Some(now));
    if let Some(seen) = record.practices.get_mut(&Practice::Encryption) {
        let is_on = seen.evidence == Evidence::Stated(true);
        seen.evidence = Evidence::Stated(!is_on);
    }
    record
}
