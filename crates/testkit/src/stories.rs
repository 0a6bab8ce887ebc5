//! Detection in a made-up company that is attacked: which attacks the rules find, what they say of
//! everybody else, and how often they would ask.
//!
//! The company's life (`demo::life`) goes through the sources' maps and the engine that detects
//! live. In the first part nobody attacks: thresholds are chosen from it, as `countersign rules
//! calibrate` would. Then all of it is told again, with these thresholds, and what is raised in the
//! second part is held against the labels.
//!
//! An incident is found when something is raised that one of its own events brought about. An alert
//! is true when its event belongs to an incident.

pub mod intake;
pub mod rules;
pub mod score;
pub mod table;

use std::{
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use anyhow::Context as _;
use demo::life::{Life, Plan};
use detect::{
    calibrate::{self, Choice},
    engine::{self, At, Engine, Output, Parallel, Purpose, Setup, Thresholds},
    rule::Rules,
    trial::{Tallied, Treatment, Trial},
};
use event::{Event, Uid};
use model::Timestamp;

use intake::Intake;
use score::Score;

/// Events in a batch.
const BATCH: usize = 500;
/// For so many days baselines learn, unless their files say otherwise.
const LEARN_DAYS: u16 = 14;
/// Batches that wait to be looked at.
const BATCHES_WAITING: usize = 8;

/// How thresholds are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choosing {
    /// The lowest that keeps the budget: as much as may be asked is asked.
    Lowest,
    /// The same, and never below what the rule's file says.
    NeverBelowWritten,
}

/// How a run went.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The plan of the company's life.
    pub plan: Plan,
    /// How many events there were.
    pub events: u64,
    /// How the second part went, with each way to choose.
    pub judged: Vec<Judged>,
}

/// How the second part went with thresholds chosen in one way.
#[derive(Debug, Clone)]
pub struct Judged {
    /// In which.
    pub choosing: Choosing,
    /// What was chosen for each rule, from the first part.
    pub choices: Vec<(calibrate::Rule, Choice)>,
    /// What was raised.
    pub score: Score,
}

/// A batch of events as the log would have it.
struct Batch {
    events: Vec<Event>,
    /// Which of them belong to which incident.
    labels: Vec<(Uid, u32)>,
    at: At,
}

/// Chooses thresholds from the first part and judges the second.
pub fn run(
    plan: Plan,
    rules: &Rules,
    treatment: &dyn Treatment,
    with: &dyn Parallel,
) -> anyhow::Result<Outcome> {
    let mut measured = measured(plan, rules, with)?;
    let intake = Intake::new(&plan);
    let life = Life::new(plan);
    let ways = [Choosing::Lowest, Choosing::NeverBelowWritten].into_iter();
    let mut all: Vec<(Engine, Judged)> = ways
        .map(|choosing| {
            let choices = choices(&mut measured, rules, choosing)?;
            let chosen = choices.iter().map(|(rule, it)| (rule.id.clone(), it.threshold));
            let engine = engine_for(rules, &intake, &chosen.collect(), Purpose::Backtest);
            let score = Score::new(life.incidents(), plan);
            Ok((engine, Judged { choosing, choices, score }))
        })
        .collect::<anyhow::Result<_>>()?;
    let mut events = 0;
    told(plan, |batch| {
        events += batch.events.len() as u64;
        for (engine, judged) in &mut all {
            judged.score.learn(&batch.labels, &batch.events);
            let output = step(engine, &batch, with);
            let raised = output.raised.iter();
            raised.for_each(|it| judged.score.judge(it, treatment.decide(it)));
        }
    })?;
    Ok(Outcome { plan, events, judged: all.into_iter().map(|(_, judged)| judged).collect() })
}

/// The part in which nobody attacks, with every score told.
fn measured(plan: Plan, rules: &Rules, with: &dyn Parallel) -> anyhow::Result<Tallied> {
    let plan = Plan { days: plan.attacks_from, ..plan };
    let intake = Intake::new(&plan);
    let engine = engine_for(rules, &intake, &Thresholds::new(), Purpose::Measure);
    let mut trial = Trial::of(engine);
    told(plan, |batch| {
        trial.batch(&batch.events, batch.at, &detect::trial::AsWritten, with);
    })?;
    Ok(trial.into_tallied())
}

/// The thresholds that keep the rules' budgets.
fn choices(
    measured: &mut Tallied,
    rules: &Rules,
    choosing: Choosing,
) -> anyhow::Result<Vec<(calibrate::Rule, Choice)>> {
    let range = measured.range().context("there is no history")?;
    // While a baseline learns it asks nothing, which must not make its budget look large.
    let range = range.after_learning(LEARN_DAYS);
    measured.scores.values_mut().for_each(calibrate::Sample::settle);
    let choose = |mut rule: calibrate::Rule| {
        if choosing == Choosing::NeverBelowWritten {
            rule = rule.never_below_written();
        }
        let sample = measured.scores.get(&rule.id).cloned().unwrap_or_default();
        let choice = calibrate::choose(&rule, &sample.between(range.from, range.to), &range);
        (rule, choice)
    };
    Ok(engine::to_calibrate(rules).into_iter().map(choose).collect())
}

fn engine_for(rules: &Rules, intake: &Intake, thresholds: &Thresholds, purpose: Purpose) -> Engine {
    let sources = intake.sources();
    let mut engine = Engine::new(&Setup { rules, sources: &sources, thresholds, purpose });
    engine.set_zones(intake.zones().clone());
    engine
}

fn step(engine: &mut Engine, batch: &Batch, with: &dyn Parallel) -> Output {
    let looked = engine.look(&batch.events, with);
    for key in engine.wanted(&looked) {
        // Nothing is stored, so that nothing can be unreadable.
        let _fresh = engine.admit(key, None);
    }
    engine.batch(&batch.events, looked, batch.at, with)
}

/// Tells a life batch by batch; records are made and read on another thread.
fn told(plan: Plan, mut each: impl FnMut(Batch)) -> anyhow::Result<()> {
    let (send, receive) = sync_channel(BATCHES_WAITING);
    thread::scope(|scope| {
        let teller = scope.spawn(move || {
            let intake = Intake::new(&plan);
            let mut position = 0;
            let mut records = Life::new(plan);
            while let Some(batch) = next(&mut records, &intake, position) {
                position += 1;
                // Whoever listened has failed and says so.
                if send.send(batch).is_err() {
                    return;
                }
            }
        });
        let receive: Receiver<Batch> = receive;
        receive.iter().for_each(&mut each);
        teller.join().map_err(|_| anyhow::anyhow!("telling the company's life panicked"))
    })
}

fn next(records: &mut Life, intake: &Intake, position: u64) -> Option<Batch> {
    let (mut events, mut labels) = (Vec::with_capacity(BATCH), Vec::new());
    let mut received_at = Timestamp::MIN;
    for record in records.by_ref().take(BATCH) {
        received_at = record.at;
        let before = events.len();
        intake.read(&record, &mut events);
        if let Some(incident) = record.incident {
            labels.extend(events[before..].iter().map(|event| (event.uid, incident)));
        }
    }
    let at = At { position, received_at };
    (!events.is_empty()).then_some(Batch { events, labels, at })
}

#[cfg(test)]
mod tests;
