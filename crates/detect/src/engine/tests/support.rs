//! A small world: a few rules of every kind, a few people, two logs.

use std::collections::BTreeMap;

use event::{Actor, ActorKind, Client, Doc, Event, Logsource, Origin, Outcome, Target, Uid};
use model::{PersonId, Span, Timestamp};
use proptest::prelude::*;

use crate::{
    baseline::StateKey,
    digest::Digest,
    engine::{
        At, Engine, Job, Output, Parallel, Purpose, Raised, Serial, Setup, Source, Thresholds,
    },
    rule::{LoadOptions, Origin as RuleOrigin, RuleFile, Rules},
};

pub(super) const OKTA: Logsource = Logsource { product: "okta", service: "okta" };
pub(super) const AWS: Logsource = Logsource { product: "aws", service: "cloudtrail" };
/// A Monday, 09:00 in UTC.
pub(super) const START: i64 = 1_795_424_400;

/// `okta` is pushed, `aws` pulled with an overlap.
pub(super) fn sources() -> Vec<Source> {
    let delay = Span::minutes(1);
    vec![Source::pushed(OKTA, &[]), Source { delay, ..Source::pushed(AWS, &[]) }]
}

fn rule(id: &str, product: &str, body: &str) -> String {
    format!(
        "title: The rule {id}\nid: {id}\nlevel: high\nauthor: Somebody\n\
         logsource: {{ product: {product} }}\n{body}\n\
         countersign: {{ state: live, owner: o, reason: r, expires: 2030-01-01 }}\n"
    )
}

/// A file for each rule, by its id.
pub(super) fn files() -> BTreeMap<String, String> {
    let detection =
        |action: &str| format!("detection: {{ s: {{ cs.action: {action} }}, condition: s }}");
    let correlation = |text: &str| format!("correlation: {{ {text} }}");
    [
        ("login", "okta", detection("login")),
        ("failure", "okta", detection("failure")),
        ("export", "okta", detection("export")),
        ("key", "aws", detection("key")),
        ("stop", "aws", detection("stop")),
        ("not-robots", "okta", "filter: { rules: [export], s: { cs.actor.id: p0 }, condition: s }".into()),
        ("spray", "any", correlation("type: value_count, rules: [failure], group-by: [source.ip], timespan: 2m, condition: { field: actor.id, gte: 3 }")),
        ("burst", "any", correlation("type: event_count, rules: [failure], group-by: [actor.id], timespan: 1m, condition: { gte: 3 }")),
        ("bursts", "any", correlation("type: event_count, rules: [burst], group-by: [actor.id], timespan: 5m, condition: { gte: 3 }")),
        ("both", "any", correlation("type: temporal, rules: [failure, stop], group-by: [actor.id], timespan: 3m, generate: true")),
        ("ordered", "any", correlation("type: temporal_ordered, rules: [key, stop], group-by: [actor.id], timespan: 3m")),
        ("risky", "any", correlation("type: temporal, rules: [network, key], group-by: [actor.id], timespan: 5m, generate: true")),
        ("network", "okta", "baseline: { kind: first_seen, selection: { cs.action: login }, entity: actor.id, value: source.asn, learn: 1d, forget: 30d, minimum: { events: 2, days: 1 } }".into()),
        ("moved", "okta", "baseline: { kind: session_change, selection: { cs.action: login }, entity: actor.id, watch: { asn: 5 }, score: 5 }".into()),
        ("volume", "okta", "baseline: { kind: volume, selection: { cs.action: export }, entity: actor.id, window: 5m, floor: 2, minimum: { events: 1, days: 1 }, learn: 1d }".into()),
    ]
    .into_iter()
    .map(|(id, product, body)| (id.to_owned(), rule(id, product, &body).replace("logsource: { product: any }\n", "")))
    .collect()
}

pub(super) fn rules(files: &BTreeMap<String, String>) -> Rules {
    let names: Vec<String> = files.keys().map(|id| format!("{id}.yml")).collect();
    let files: Vec<RuleFile<'_>> = names
        .iter()
        .zip(files.values())
        .map(|(name, text)| RuleFile { name, text, origin: RuleOrigin::Own })
        .collect();
    let (rules, problems) = Rules::load(&files, &LoadOptions::default());
    assert_eq!(problems, []);
    rules
}

pub(super) fn engine(rules: &Rules) -> Engine {
    Engine::new(&Setup {
        rules,
        sources: &sources(),
        thresholds: &Thresholds::new(),
        purpose: Purpose::Detect,
    })
}

pub(super) fn person(number: u8) -> PersonId {
    PersonId::from_digest(u128::from(number) + 1)
}

/// An event of a person, so many seconds after the start.
pub(super) fn event(log: Logsource, action: &str, who: u8, second: i64) -> Event {
    let named = format!("{log:?} {action} {who} {second}");
    Event {
        uid: Uid(Digest::of("event").text(&named).finish()),
        time: Timestamp::from_second(START + second).expect("in range"),
        logsource: log,
        actor: Actor {
            id: Some(format!("p{who}").into()),
            kind: ActorKind::Person,
            person: Some(person(who)),
            ..Actor::default()
        },
        action: action.into(),
        targets: Vec::new(),
        origin: Origin { ip: "203.0.113.7".parse().ok(), asn: Some(64_500), ..Origin::default() },
        client: Client::default(),
        session: None,
        outcome: Outcome::Success,
        reason: None,
        doc: Doc::parse(br#"{"a":1}"#).expect("a record").0,
    }
}

/// A batch of the log.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    pub(super) at: At,
}

pub(super) fn at(position: u64, second: i64) -> At {
    let received_at = Timestamp::from_second(START + second).expect("in range");
    At { position, received_at }
}

/// Batches over a few days, with late events, wrong clocks and every kind of action.
pub(super) fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let event = (
        0_u8..2,
        proptest::sample::select(vec![
            "login", "failure", "failure", "export", "key", "stop", "other",
        ]),
        0_u8..4,
        prop_oneof![20 => -90_i64..5, 2 => -3_000_i64..0, 1 => Just(900_000_000_i64), 1 => Just(-400_000_i64)],
        0_u8..5,
    );
    let batch = (
        proptest::collection::vec(event, 0..12),
        prop_oneof![6 => 1_i64..60, 1 => 3_600_i64..40_000],
    );
    proptest::collection::vec(batch, 1..40).prop_map(|batches| {
        let mut now = 0;
        let made = batches.into_iter().enumerate().map(|(position, (events, step))| {
            now += step;
            let events = events.into_iter().map(|(log, action, who, offset, network)| {
                let log = if log == 0 || ["login", "failure", "export"].contains(&action) {
                    OKTA
                } else {
                    AWS
                };
                let mut event = self::event(log, action, who, now + offset);
                event.origin.asn = Some(64_500 + u32::from(network));
                event.origin.ip = format!("203.0.113.{}", network % 2).parse().ok();
                event.targets =
                    vec![Target { id: Some(format!("t{network}").into()), ..Target::default() }];
                event
            });
            Batch { events: events.collect(), at: at(position as u64, now) }
        });
        made.collect()
    })
}

/// The store that a runtime would have.
pub(super) type Stored = BTreeMap<StateKey, Vec<u8>>;

pub(super) fn step(
    engine: &mut Engine,
    batch: &Batch,
    stored: &Stored,
    with: &dyn Parallel,
) -> Output {
    let looked = engine.look(&batch.events, with);
    for key in engine.wanted(&looked) {
        engine.admit(key, stored.get(&key).map(Vec::as_slice)).expect("as it was stored");
    }
    engine.batch(&batch.events, looked, batch.at, with)
}

/// All that a batch gave, in a form that can be compared.
pub(super) fn shown(output: &Output) -> Vec<String> {
    let mut all: Vec<String> = output.raised.iter().map(one).collect();
    all.push(format!("{:?} {:?} {:?}", output.tallies, output.filtered, output.counts));
    all
}

fn one(raised: &Raised) -> String {
    let facts: Vec<String> =
        raised.facts.iter().map(|(name, value)| format!("{name}={}", value.canonical())).collect();
    format!(
        "{:x} {} {:?} {} {:?} {:?} {} {} {} {:?} {} {:?}",
        raised.key,
        raised.rule.id(),
        raised.mode,
        raised.time,
        raised.person,
        raised.entity.as_ref().map(|entity| entity.reveal().to_owned()),
        raised.group,
        raised.count,
        facts.join(","),
        raised.explanation.words,
        raised.position,
        raised.learn,
    )
}

/// Runs pieces of work on so many threads, the last ones first.
pub(super) struct Threads(pub(super) usize);

impl Parallel for Threads {
    fn all(&self, jobs: Vec<Job<'_>>) {
        let mut piles: Vec<Vec<Job<'_>>> = (0..self.0).map(|_| Vec::new()).collect();
        for (at, job) in jobs.into_iter().rev().enumerate() {
            piles[at % self.0].push(job);
        }
        std::thread::scope(|scope| {
            for pile in piles {
                scope.spawn(|| pile.into_iter().for_each(|job| job()));
            }
        });
    }
}

/// Everything that a run over all batches gives.
pub(super) fn run(rules: &Rules, batches: &[Batch], with: &dyn Parallel) -> Vec<Vec<String>> {
    let mut engine = engine(rules);
    let stored = Stored::new();
    batches.iter().map(|batch| shown(&step(&mut engine, batch, &stored, with))).collect()
}

pub(super) fn raised_by(rules: &Rules, batches: &[Batch]) -> Vec<Raised> {
    let mut engine = engine(rules);
    let stored = Stored::new();
    batches.iter().flat_map(|batch| step(&mut engine, batch, &stored, &Serial).raised).collect()
}

/// One batch of events that were received when the last of them happened.
pub(super) fn one_batch(events: Vec<Event>) -> Vec<Batch> {
    let last = events.iter().map(|event| event.time).max().unwrap_or_default();
    vec![Batch { events, at: At { position: 1, received_at: last } }]
}
