//! What a stream of events would have brought about.

use std::collections::{BTreeMap, BTreeSet};

use event::{Event, Uid};
use model::{AlertId, PersonId, Severity, Timestamp};

use super::{Treatment, apply};
use crate::{
    calibrate::{Range, Sample, Who},
    digest::Digest,
    engine::{At, Counts, Engine, Parallel, Raised, Tally},
};

/// How many alerts are remembered one by one: beyond, they are only counted.
pub const RECORDS_MAX: usize = 1_000_000;

/// A run of rules over a stream.
pub struct Trial {
    engine: Engine,
    tallied: Tallied,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Tallied {
    /// By rule.
    pub rules: BTreeMap<String, RuleTally>,
    /// By person.
    pub people: BTreeMap<PersonId, PersonTally>,
    /// Alerts one by one, in order.
    pub records: Vec<Record>,
    /// How many alerts had no room among them.
    pub left_out: u64,
    /// What became of events.
    pub counts: Counts,
    /// The times of the first and the last event.
    pub times: Option<(Timestamp, Timestamp)>,
    /// Who did anything.
    pub active: BTreeSet<PersonId>,
    /// Scores by rule, for calibration: all above the hard floor where they were measured. To be
    /// settled before use.
    pub scores: BTreeMap<String, Sample>,
}

/// What a rule would have brought about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleTally {
    /// What became of its matches.
    pub tally: Tally,
    /// How many questions.
    pub asks: u64,
    /// How many acts.
    pub acts: u64,
    /// Whom it would have been about.
    pub people: BTreeSet<PersonId>,
}

/// What a person would have met with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PersonTally {
    /// How many alerts.
    pub alerts: u64,
    /// How many questions.
    pub asks: u64,
}

/// An alert that there would have been.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Names it whatever version of the rule raised it.
    pub mark: u128,
    /// The alert's id: a server with these rules has raised it under the same.
    pub alert: AlertId,
    /// The rule.
    pub rule: String,
    /// Whom it is about.
    pub person: Option<PersonId>,
    /// The event.
    pub event: Uid,
    /// When.
    pub time: Timestamp,
    /// How grave.
    pub severity: Severity,
    /// Whether a person would have been asked.
    pub is_asked: bool,
    /// Whether something would have been run.
    pub is_acted_on: bool,
    /// How unusual a baseline found it.
    pub score: Option<f64>,
}

impl Trial {
    /// Of an engine that knows nothing yet, made for
    /// [`crate::engine::Purpose::Backtest`] or [`crate::engine::Purpose::Measure`].
    #[must_use]
    pub fn of(engine: Engine) -> Self {
        Self { engine, tallied: Tallied::default() }
    }

    /// Runs the next batch.
    pub fn batch(
        &mut self,
        events: &[Event],
        at: At,
        treatment: &dyn Treatment,
        with: &dyn Parallel,
    ) {
        let output = apply(&mut self.engine, events, at, with);
        self.tallied.counts = self.tallied.counts.and(output.counts);
        for event in events {
            let times = self.tallied.times.unwrap_or((event.time, event.time));
            self.tallied.times = Some((times.0.min(event.time), times.1.max(event.time)));
            self.tallied.active.extend(event.actor.person);
        }
        for (rule, tally) in output.tallies {
            let of_rule = self.tallied.rules.entry(rule).or_default();
            of_rule.tally = of_rule.tally.and(tally);
        }
        for raised in &output.raised {
            self.tallied.add(raised, treatment);
        }
    }

    /// Counts anew from here: what was seen so far is known, and no longer told of.
    pub fn count_from_here(&mut self) {
        self.tallied = Tallied::default();
    }

    /// What has come of it so far.
    #[must_use]
    pub fn tallied(&self) -> &Tallied {
        &self.tallied
    }

    /// What came of it.
    #[must_use]
    pub fn into_tallied(self) -> Tallied {
        self.tallied
    }
}

impl Tallied {
    /// How many alerts and questions.
    #[must_use]
    pub fn total(&self) -> PersonTally {
        self.rules.values().fold(PersonTally::default(), |all, rule| PersonTally {
            alerts: all.alerts + rule.tally.raised,
            asks: all.asks + rule.asks,
        })
    }

    /// The stretch of history that it is about, as calibration wants it.
    #[must_use]
    pub fn range(&self) -> Option<Range> {
        let (from, to) = self.times?;
        let people = u32::try_from(self.active.len()).unwrap_or(u32::MAX);
        Some(Range { from, to, people })
    }

    fn add(&mut self, raised: &Raised, treatment: &dyn Treatment) {
        let decided = treatment.decide(raised);
        if let Some(score) = raised.score {
            let sample = self.scores.entry(raised.rule.id().to_owned()).or_default();
            sample.add(who(raised), raised.time, score.score);
        }
        // The same again joins the case there is: nobody is asked anew.
        let is_first = raised.count == 1;
        let (is_asked, is_acted_on) =
            (decided.is_asked && is_first, decided.is_acted_on && is_first);
        let rule = self.rules.entry(raised.rule.id().to_owned()).or_default();
        rule.asks += u64::from(is_asked);
        rule.acts += u64::from(is_acted_on);
        if let Some(person) = raised.person {
            rule.people.insert(person);
            let person = self.people.entry(person).or_default();
            person.alerts += 1;
            person.asks += u64::from(is_asked);
        }
        if self.records.len() >= RECORDS_MAX {
            self.left_out += 1;
            return;
        }
        self.records.push(Record {
            mark: mark(raised),
            alert: raised.id(),
            rule: raised.rule.id().to_owned(),
            person: raised.person,
            event: raised.event,
            time: raised.time,
            severity: decided.severity,
            is_asked,
            is_acted_on,
            score: raised.score.map(|score| score.score),
        });
    }
}

/// The person, or whatever else it is about.
fn who(raised: &Raised) -> Who {
    let entity = || raised.entity.as_ref().map_or("", |entity| entity.reveal());
    let of_entity = || Digest::of("who").text(entity()).finish();
    Who(raised.person.map_or_else(of_entity, |person| person.bits()))
}

/// The rule's id and the event: another version of the rule finds the same.
fn mark(raised: &Raised) -> u128 {
    let entity = raised.entity.as_ref().map_or("", |entity| entity.reveal());
    Digest::of("trial").text(raised.rule.id()).digest(raised.event.0).text(entity).finish()
}
