//! Sigma rules over records, parsing included, on one core: our own evaluation beside the Sigma
//! engine's over its own view of a record. Both have the same rules and find the same, which is
//! checked first; then they take turns.

mod events;
mod peer;
mod synthetic;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, ensure};
use detect::{
    rule::{LoadOptions, Origin, RuleFile, Rules},
    sigma::{Matcher, MatcherBuilder, matcher::Answer},
};
use event::{Actor, Client, Doc, Event, Logsource, Origin as From, Outcome, Uid};

use super::table::{Met, Table, median};
use events::Record;
use peer::Peer;

/// How often each takes its turn.
const TURNS: usize = 9;
/// So many times the peer's speed.
const TARGET: f64 = 2.4;
/// How many made-up records.
const RECORDS: usize = 20_000;
/// At most so many times the time of 100 rules, with 10,000.
const SCALE_TARGET: f64 = 4.0;

const CLOUDTRAIL: Logsource = Logsource { product: "aws", service: "cloudtrail" };

/// Both measurements.
pub(super) fn all(table: &mut Table) -> anyhow::Result<()> {
    match std::env::var("COUNTERSIGN_DATA") {
        Ok(data) => beside_the_engine(Path::new(&data), table)?,
        Err(_) => table.row(
            "Sigma rules over records",
            "not measured",
            "COUNTERSIGN_DATA names no folder",
            Met::Unknown,
        ),
    }
    at_scale(table)
}

fn beside_the_engine(data: &Path, table: &mut Table) -> anyhow::Result<()> {
    let real = cloudtrail(data)?;
    let made = events::mixed(RECORDS);
    let folders = |names: &[&str]| -> Vec<PathBuf> {
        names.iter().map(|name| data.join("sigma/rules").join(name)).collect()
    };
    for (what, folders, records, is_routed) in [
        ("rules for CloudTrail, 2,900 real records", folders(&["cloud/aws"]), &real, true),
        (
            "rules for AWS and Azure activity, all asked of 2,900 real CloudTrail records",
            folders(&["cloud/aws", "cloud/azure/activity_logs"]),
            &real,
            false,
        ),
        (
            "cloud and identity rules, each log's own, 20,000 made-up records",
            folders(&["cloud", "identity"]),
            &made,
            true,
        ),
    ] {
        let rules = load(&folders)?;
        let both = Both::of(&rules, records, is_routed);
        let hits = both.check(records)?;
        let (ours, theirs) = both.measure(records);
        let ratio = theirs / ours;
        table.row(
            format!("{} {what} (parsing included, {hits} hits)", rules.len()),
            format!("{:.0} events/s", 1e9 / ours),
            format!(
                "rsigma with its own event: {:.0} events/s; {ratio:.2}×, at least {TARGET}× wanted",
                1e9 / theirs
            ),
            Met::when(ratio >= TARGET),
        );
    }
    Ok(())
}

fn at_scale(table: &mut Table) -> anyhow::Result<()> {
    let records = synthetic::records();
    let few = Both::of(&synthetic::rules(100), &records, true);
    let many = Both::of(&synthetic::rules(10_000), &records, true);
    ensure!(few.check(&records)? == many.check(&records)?, "the hits are not constant");
    let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        of_few.push(few.ours(&records));
        of_many.push(many.ours(&records));
    }
    let (few, many) = (median(of_few), median(of_many));
    let ratio = many / few;
    table.row(
        "10,000 made-up rules at the hits of 100 (parsing included)",
        format!("{ratio:.2}× the time of 100"),
        format!("at most {SCALE_TARGET}×"),
        Met::when(ratio <= SCALE_TARGET),
    );
    Ok(())
}

/// A rule's file, and the rule.
struct Loaded {
    text: String,
    rules: Rules,
}

/// The rules of folders, those left out that need lists of values.
fn load(folders: &[PathBuf]) -> anyhow::Result<Vec<Loaded>> {
    let mut all = Vec::new();
    for folder in folders {
        gather(folder, &mut all).with_context(|| folder.display().to_string())?;
    }
    Ok(all.into_iter().filter_map(Loaded::of).collect())
}

impl Loaded {
    fn of(text: String) -> Option<Self> {
        let file = RuleFile { name: "rule.yml", text: &text, origin: Origin::Sigma };
        let (rules, problems) = Rules::load(&[file], &LoadOptions::default());
        problems.is_empty().then_some(Self { text, rules })
    }
}

fn gather(folder: &Path, all: &mut Vec<String>) -> anyhow::Result<()> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, all)?;
        } else {
            all.push(fs::read_to_string(path)?);
        }
    }
    Ok(())
}

fn cloudtrail(data: &Path) -> anyhow::Result<Vec<Record>> {
    let file = fs::File::open(data.join("cloudtrail/cloudtrail-events.ndjson.gz"))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    let record = |line: &str| Record { log: CLOUDTRAIL, bytes: line.as_bytes().to_vec() };
    Ok(text.lines().map(record).collect())
}

/// Rules ready on both sides, for each log.
struct Both {
    logs: BTreeMap<Logsource, (Matcher, Peer)>,
}

impl Both {
    /// Routed, each log has its own rules, on both sides; else every record meets all rules.
    fn of(rules: &[Loaded], records: &[Record], is_routed: bool) -> Self {
        let logs: BTreeSet<Logsource> = records.iter().map(|record| record.log).collect();
        let logs = logs.into_iter().map(|log| {
            let (mut ours, mut theirs) = (MatcherBuilder::new(&[]), Peer::default());
            for (number, loaded) in (0_u32..).zip(rules) {
                let rule = &loaded.rules.all()[0];
                if is_routed && !rule.head.logsource.is_met_by(log) {
                    continue;
                }
                let Some(condition) = rule.condition() else { continue };
                ours.rule(number, condition, &[]);
                theirs.rule(number, &loaded.text);
            }
            (log, (ours.build(), theirs.build()))
        });
        Self { logs: logs.collect() }
    }

    /// How many hits there are, the same on both sides.
    fn check(&self, records: &[Record]) -> anyhow::Result<usize> {
        let mut count = 0;
        for record in records {
            let (matcher, peer) = &self.logs[&record.log];
            let mut ours = Vec::new();
            matcher.ask(&parsed(record), |answer| {
                if let Answer::Match { rule } = answer {
                    ours.push(rule);
                }
            });
            let theirs = peer.hits(&record.bytes)?;
            ensure!(ours == theirs, "{ours:?} here, {theirs:?} there");
            count += ours.len();
        }
        Ok(count)
    }

    /// Nanoseconds a record, ours and theirs.
    fn measure(&self, records: &[Record]) -> (f64, f64) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            ours.push(self.ours(records));
            theirs.push(self.theirs(records));
        }
        (median(ours), median(theirs))
    }

    fn ours(&self, records: &[Record]) -> f64 {
        let start = Instant::now();
        let mut hits = 0_u64;
        for record in records {
            let event = parsed(record);
            self.logs[&record.log].0.ask(&event, |_| hits += 1);
        }
        std::hint::black_box(hits);
        nanoseconds(start, records.len())
    }

    fn theirs(&self, records: &[Record]) -> f64 {
        let start = Instant::now();
        let mut hits = 0;
        for record in records {
            hits += self.logs[&record.log].1.count(&record.bytes);
        }
        std::hint::black_box(hits);
        nanoseconds(start, records.len())
    }
}

fn nanoseconds(start: Instant, count: usize) -> f64 {
    start.elapsed().as_secs_f64() * 1e9 / count as f64
}

/// A record with no common fields: what a source's map costs is not measured here.
fn parsed(record: &Record) -> Event {
    let (doc, _) = Doc::parse(&record.bytes).expect("a record");
    Event {
        uid: Uid(0),
        time: jiff::Timestamp::UNIX_EPOCH,
        logsource: record.log,
        actor: Actor::default(),
        action: "".into(),
        targets: Vec::new(),
        origin: From::default(),
        client: Client::default(),
        session: None,
        outcome: Outcome::Unknown,
        reason: None,
        doc,
    }
}
