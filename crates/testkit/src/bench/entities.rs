//! What detection knows of many entities: how much memory it takes, and what one more event costs
//! when there are a million of them.
//!
//! Twenty baselines of all kinds look at every event; who acts is drawn by Zipf's law, and everybody
//! acts at least once. One core, records read beforehand.

use std::{sync::Arc, time::Instant};

use anyhow::ensure;
use demo::company::Dice;
use detect::{
    engine::{At, Engine, Purpose, Serial, Setup, Source, Thresholds},
    rule::{LoadOptions, Origin, RuleFile, Rules, State},
};
use event::{
    Actor, ActorKind, Client, Doc, Event, Logsource, Origin as From, Outcome, Place, Target, Uid,
};
use jiff::Timestamp;

use super::table::{Met, Table};

const LOG: Logsource = Logsource { product: "made", service: "up" };
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
/// Events beside the first of everybody, so many for each entity on average.
const EVENTS_EACH: usize = 3;
/// One event is timed for so many entities: so that they are known equally well in both worlds.
const TIMED_OF: usize = 4;
const BATCH: usize = 500;
const START_S: i64 = 1_780_272_000;
/// The events fill so many days.
const DAYS: i64 = 30;
/// The most bytes of an entity over all baselines, in the mean.
const MEAN_BYTES_MAX: f64 = 1_000.0;
/// So many times the cost at ten thousand entities.
const FLAT_MAX: f64 = 2.0;

/// Both sizes.
pub(super) fn of_a_million(table: &mut Table) -> anyhow::Result<()> {
    let few = World::lived(FEW)?;
    let many = World::lived(MANY)?;
    let mean = many.bytes as f64 / many.entities as f64;
    table.row(
        "memory for each of 1,000,000 entities over 20 baselines, mean, Zipf activity",
        format!("{mean:.0} B"),
        format!("at most {MEAN_BYTES_MAX:.0} B; {} entities", many.entities),
        Met::when(mean <= MEAN_BYTES_MAX),
    );
    let ratio = many.event_ns / few.event_ns;
    table.row(
        "an event seen by 20 baselines, at 10,000 and 1,000,000 entities, one core",
        format!("{:.2} and {:.2} µs: {ratio:.2}×", few.event_ns / 1e3, many.event_ns / 1e3),
        format!("at most {FLAT_MAX}×"),
        Met::when(ratio <= FLAT_MAX),
    );
    Ok(())
}

/// An engine that has seen everybody.
struct World {
    entities: usize,
    bytes: usize,
    /// Nanoseconds for each of the last events.
    event_ns: f64,
}

impl World {
    fn lived(people: usize) -> anyhow::Result<Self> {
        let mut engine = engine()?;
        let mut maker = Maker::new(people);
        let before = people * (1 + EVENTS_EACH);
        let timed = people / TIMED_OF;
        let total = before + timed;
        let mut spent_ns = 0.0;
        for position in 0..total.div_ceil(BATCH) {
            let first = position * BATCH;
            let events: Vec<Event> =
                (first..total.min(first + BATCH)).map(|at| maker.event(at, total)).collect();
            let received_at = events.last().map_or(Timestamp::UNIX_EPOCH, |event| event.time);
            let at = At { position: position as u64, received_at };
            let begun = Instant::now();
            let looked = engine.look(&events, &Serial);
            for key in engine.wanted(&looked) {
                engine.admit(key, None)?;
            }
            let output = engine.batch(&events, looked, at, &Serial);
            std::hint::black_box(output);
            if first >= before {
                spent_ns += begun.elapsed().as_secs_f64() * 1e9;
            }
        }
        let size = engine.size();
        ensure!(size.entities >= people, "{} entities of {people}", size.entities);
        let event_ns = spent_ns / timed as f64;
        Ok(Self { entities: size.entities, bytes: size.entity_bytes, event_ns })
    }
}

fn engine() -> anyhow::Result<Engine> {
    let texts: Vec<String> = (0..20).map(rule).collect();
    let files: Vec<RuleFile<'_>> =
        texts.iter().map(|text| RuleFile { name: "rule.yml", text, origin: Origin::Own }).collect();
    let options = LoadOptions { sigma_state: State::Live, ..LoadOptions::default() };
    let (rules, problems) = Rules::load(&files, &options);
    ensure!(problems.is_empty(), "{problems:?}");
    let (sources, thresholds) = ([Source::pushed(LOG, &[])], Thresholds::new());
    let purpose = Purpose::Backtest;
    Ok(Engine::new(&Setup { rules: &rules, sources: &sources, thresholds: &thresholds, purpose }))
}

/// Twenty baselines, as the shipped ones are mixed.
fn rule(at: usize) -> String {
    const FIRST: [&str; 6] =
        ["source.asn", "source.country", "client.family", "client.os", "target.id", "action"];
    const COUNTED: [&str; 4] = ["target.id", "action", "source.ip", "client.device"];
    let baseline = match at {
        0..=7 => format!("kind: first_seen\n  value: {}", FIRST[at % FIRST.len()]),
        8..=12 => format!("kind: volume\n  window: {}", ["5m", "1h", "1d", "10m", "1h"][at - 8]),
        13..=16 => {
            format!("kind: distinct\n  value: {}\n  window: 1h", COUNTED[at - 13])
        }
        17 => "kind: travel".to_owned(),
        _ => "kind: session_change\n  entity: actor.id".to_owned(),
    };
    format!(
        "title: Rule {at}\nid: rule-{at}\nlogsource: {{ product: made, service: up }}\nlevel: low\n\
         baseline:\n  selection: {{ kind: work }}\n  {baseline}\n\
         countersign: {{ state: live, owner: security }}\n"
    )
}

/// Makes events.
struct Maker {
    dice: Dice,
    people: usize,
    doc: Doc,
    actions: Vec<Box<str>>,
    agent: Arc<str>,
}

impl Maker {
    fn new(people: usize) -> Self {
        let (doc, _) = Doc::parse(br#"{"kind":"work"}"#).expect("a record");
        let actions = (0..12).map(|at| format!("work.{at}").into()).collect();
        Self { dice: Dice::new(7), people, doc, actions, agent: "Mozilla/5.0".into() }
    }

    /// Everybody once, and then whoever Zipf's law names.
    fn event(&mut self, at: usize, total: usize) -> Event {
        let who = if at < self.people { at } else { self.zipf() };
        let second = START_S + (at as i64 * DAYS * 86_400) / total as i64;
        let own = (who as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let asn = 64_500 + (own >> 40) as u32 % 40 + u32::from(self.dice.below(50) == 0);
        let target = self.dice.below(30).min(self.dice.below(30));
        Event {
            uid: Uid(at as u128),
            time: Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH),
            logsource: LOG,
            actor: Actor {
                id: Some(format!("u{who}").into()),
                kind: ActorKind::Person,
                ..Actor::default()
            },
            action: self.actions[self.dice.below(self.actions.len())].clone(),
            targets: vec![Target {
                id: Some(format!("t{}", own % 9_000 + target as u64).into()),
                ..Target::default()
            }],
            origin: From {
                ip: Some(std::net::Ipv4Addr::from((own >> 32) as u32).into()),
                asn: Some(asn),
                country: From::letters("no"),
                place: Some(Place { latitude: 60.0, longitude: 5.0, radius_km: 50.0 }),
                ..From::default()
            },
            client: Client {
                agent: Some((&*self.agent).into()),
                family: Some("Chrome".into()),
                version: Some(140),
                os: Some("Windows".into()),
                device: Some(format!("d{who}").into()),
            },
            session: Some(format!("s{who}").into()),
            outcome: Outcome::Success,
            reason: None,
            doc: self.doc.clone(),
        }
    }

    /// By Zipf's law with exponent 1: a rank is as likely as it is small.
    fn zipf(&mut self) -> usize {
        let unit = (self.dice.below(1 << 30) as f64 + 0.5) / f64::from(1 << 30);
        let rank = (self.people as f64 + 1.0).powf(unit) - 1.0;
        (rank as usize).min(self.people - 1)
    }
}
