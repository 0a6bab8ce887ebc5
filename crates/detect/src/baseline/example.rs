//! Events and baselines that the tests share.

use std::collections::BTreeMap;

use content::Problems;
use event::{Actor, ActorKind, Client, Doc, Event, Logsource, Origin, Outcome, Target, Uid};
use jiff::tz::TimeZone;
use model::Timestamp;
use serde_norway::Value;

use super::{
    Baseline, Baselines, Entity, Finding, LATENESS, Lessons, Mode, Moment, Observation,
    Organisation, StateKey, Step, Tuning, Verdict,
};

/// A Monday, 09:00 in UTC.
pub(crate) const MONDAY: i64 = 1_795_424_400;

/// An event of one person on a Monday morning.
pub(crate) fn event(record: &str) -> Event {
    Event {
        uid: Uid(1),
        time: at(MONDAY),
        logsource: Logsource { product: "okta", service: "okta" },
        actor: Actor { id: Some("00u1".into()), kind: ActorKind::Person, ..Actor::default() },
        action: "user.session.start".into(),
        targets: Vec::new(),
        origin: Origin {
            ip: "203.0.113.7".parse().ok(),
            asn: Some(64_500),
            country: Origin::letters("no"),
            ..Origin::default()
        },
        client: Client::default(),
        session: Some("s1".into()),
        outcome: Outcome::Success,
        reason: None,
        doc: Doc::parse(record.as_bytes()).expect("a document").0,
    }
}

/// A target of that id.
pub(crate) fn target(id: &str) -> Target {
    Target { id: Some(id.into()), ..Target::default() }
}

/// The same at another second.
pub(crate) fn event_at(second: i64) -> Event {
    Event { time: at(second), ..event("{}") }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

/// Reads a baseline; every problem fails the test.
pub(crate) fn baseline(yaml: &str) -> Baseline {
    let value: Value = serde_norway::from_str(yaml).expect("yaml");
    let mut problems = Problems::of("rule.yml");
    let read = Baseline::read(&value, "baseline", ("rule-1", "okta/okta"), &mut problems);
    assert!(problems.is_empty(), "{:?}", problems.into_vec());
    read.expect("no problem, so a baseline")
}

/// What is wrong with one, as lines.
pub(crate) fn problems(yaml: &str) -> Vec<String> {
    let value: Value = serde_norway::from_str(yaml).expect("yaml");
    let mut problems = Problems::of("rule.yml");
    Baseline::read(&value, "baseline", ("rule-1", "okta/okta"), &mut problems);
    problems.into_vec().iter().map(ToString::to_string).collect()
}

/// Baselines at work, each event a batch of its own.
pub(crate) struct World {
    pub(crate) baselines: Baselines,
    pub(crate) entities: BTreeMap<StateKey, Entity>,
    pub(crate) organisation: Organisation,
    pub(crate) mode: Mode,
    pub(crate) threshold: Option<f64>,
    pub(crate) zone: Option<TimeZone>,
    pub(crate) position: u64,
    /// Whether every entity goes through the store between two events.
    pub(crate) is_stored: bool,
    /// Whether a baseline's selection matches; every one does unless a test says otherwise.
    pub(crate) selects: fn(&Baseline, &Event) -> bool,
    /// Which events are familiar; none is unless a test says otherwise.
    pub(crate) knows: fn(&Event) -> bool,
}

impl World {
    pub(crate) fn of(yaml: &str) -> Self {
        Self::with(vec![baseline(yaml)])
    }

    pub(crate) fn with(baselines: Vec<Baseline>) -> Self {
        Self {
            baselines: Baselines::new(baselines),
            entities: BTreeMap::new(),
            organisation: Organisation::default(),
            mode: Mode::Live,
            threshold: None,
            zone: None,
            position: 0,
            is_stored: false,
            selects: |_, _| true,
            knows: |_| false,
        }
    }

    /// An event that arrives as it happens.
    pub(crate) fn see(&mut self, event: &Event) -> Vec<Finding> {
        self.see_at(event, event.time)
    }

    /// An event that arrives at another time than it happened.
    pub(crate) fn see_at(&mut self, event: &Event, arrived: Timestamp) -> Vec<Finding> {
        let moment = Moment::new(event.time, arrived, self.zone.as_ref(), LATENESS);
        let mut lessons = Lessons::default();
        let mut findings = Vec::new();
        for baseline in self.baselines.all().iter().filter(|it| (self.selects)(it, event)) {
            for observation in baseline.observe(event) {
                let is_familiar = (self.knows)(event);
                let observation = Observation { is_familiar, ..observation };
                let tuning = Tuning::calibrated(baseline, self.mode, self.threshold);
                let organisation = &self.organisation;
                let step = Step { event, moment: &moment, organisation, tuning };
                let entity = self.entities.entry(observation.entity).or_default();
                if entity.enter(self.position) {
                    findings.extend(entity.apply(baseline, &observation, &step, &mut lessons));
                }
                self.position += 1;
                if self.is_stored {
                    *entity = stored(entity);
                }
            }
        }
        self.organisation.learn([lessons]);
        findings
    }

    /// A verdict on a finding.
    pub(crate) fn answer(&mut self, finding: &Finding, is_confirmed: bool, at: Timestamp) {
        let moment = Moment::new(at, at, self.zone.as_ref(), LATENESS);
        let verdict = Verdict { subject: finding.subject.clone(), is_confirmed };
        let entity = self.entities.get_mut(&finding.subject.entity).expect("it was seen");
        let mut lessons = Lessons::default();
        assert!(entity.enter(self.position));
        entity.learn(&self.baselines, &verdict, &moment, &mut lessons);
        self.position += 1;
        self.organisation.learn([lessons]);
    }
}

pub(crate) fn stored(entity: &Entity) -> Entity {
    let mut bytes = Vec::new();
    entity.encode(&mut bytes);
    Entity::decode(&bytes).expect("as it was written")
}
