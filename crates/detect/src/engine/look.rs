//! The first stage: every event by itself. What rules match, what correlations count of it, what
//! baselines see in it. Nothing here knows what came before, so that it may be done for many events
//! at once, and ahead of time.

use event::Event;
use smallvec::{SmallVec, smallvec};

use super::{
    keys,
    parallel::{Job, Parallel},
    ready::{Log, PartOf, Ready, Wire},
    subject,
};
use crate::{
    baseline::{Observation, StateKey, VERDICT_PRODUCT, Verdict},
    rule::CorrelationKind,
    sigma::{lens::Lens, matcher::Answer},
};

/// How many events make a piece of work.
const EVENTS_A_JOB: usize = 128;

/// What was seen in the events of a batch.
#[derive(Debug, Clone)]
pub struct Looked {
    pub(crate) hits: Vec<Hits>,
    /// Under which rules.
    pub(crate) name: u128,
}

/// What was seen in one event.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hits {
    /// The rules that match, in order.
    pub(crate) matched: SmallVec<[u32; 4]>,
    /// The rules that would, but for a filter.
    pub(crate) filtered: SmallVec<[(u32, u32); 1]>,
    /// What goes into correlations.
    pub(crate) touches: SmallVec<[Touch; 1]>,
    /// What baselines see: the baseline's place, and what.
    pub(crate) seen: SmallVec<[(u32, Observation); 2]>,
    /// What a person has said about something that was raised.
    pub(crate) verdict: Option<Box<Verdict>>,
    /// A hash of who did it, where anything counts it.
    pub(crate) actor: u64,
    /// Whether no rule can know its log.
    pub(crate) is_unknown: bool,
}

/// What one match puts into a correlation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Touch {
    pub(crate) to: PartOf,
    /// The groups.
    pub(crate) keys: SmallVec<[u128; 1]>,
    /// The values; one of nothing where only the event counts.
    pub(crate) values: SmallVec<[u64; 1]>,
}

/// Looks at all events of a batch.
pub(crate) fn look(ready: &Ready, events: &[Event], with: &dyn Parallel) -> Looked {
    let mut hits = vec![Hits::default(); events.len()];
    let pieces = events.chunks(EVENTS_A_JOB).zip(hits.chunks_mut(EVENTS_A_JOB));
    let jobs: Vec<Job<'_>> = pieces
        .map(|(events, hits)| -> Job<'_> {
            Box::new(move || {
                for (event, hits) in events.iter().zip(hits) {
                    *hits = look_at(ready, event);
                }
            })
        })
        .collect();
    with.all(jobs);
    Looked { hits, name: ready.name }
}

fn look_at(ready: &Ready, event: &Event) -> Hits {
    let mut hits = Hits::default();
    if event.logsource.product == VERDICT_PRODUCT {
        hits.verdict = Verdict::read(event).map(Box::new);
        return hits;
    }
    let Some(log) = ready.log(event.logsource) else {
        hits.is_unknown = true;
        return hits;
    };
    let lens = log.matcher.lens(event);
    log.matcher.ask_through(&lens, |answer| match answer {
        Answer::Match { rule } => matched(ready, log, &lens, rule, &mut hits),
        Answer::Filtered { rule, filter } => hits.filtered.push((rule, filter)),
    });
    if !hits.touches.is_empty() {
        hits.actor = subject::actor(event);
    }
    hits
}

fn matched(ready: &Ready, log: &Log, lens: &Lens<'_, '_>, rule: u32, hits: &mut Hits) {
    hits.matched.push(rule);
    let role = &ready.roles[rule as usize];
    if let Some(place) = role.baseline {
        let baseline = &ready.baselines.all()[place];
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let is_familiar =
            log.familiar.get(&rule).is_some_and(|aside| log.matcher.holds(*aside, lens));
        let seen = baseline.observe(lens.event).into_iter();
        hits.seen.extend(seen.map(|seen| (place, Observation { is_familiar, ..seen })));
    }
    let wires = log.wires.get(&rule).into_iter().flatten();
    hits.touches.extend(wires.filter_map(|wire| touch(ready, lens, wire)));
}

/// What a match puts into a correlation; nothing where the value that counts is missing.
pub(crate) fn touch(ready: &Ready, lens: &Lens<'_, '_>, wire: &Wire) -> Option<Touch> {
    let kind = ready.correlations[wire.to.correlation].plan.correlation().kind;
    let values = match kind {
        CorrelationKind::ValueCount => keys::values(lens, &wire.fields),
        kind if kind.is_numeric() => keys::number(lens, &wire.fields).into_iter().collect(),
        _ => smallvec![0],
    };
    (!values.is_empty()).then(|| Touch { to: wire.to, keys: keys::keys(lens, &wire.group), values })
}

impl Looked {
    /// The entities whose states will be needed.
    pub(crate) fn entities(&self) -> impl Iterator<Item = StateKey> {
        self.hits.iter().flat_map(|hits| {
            let seen = hits.seen.iter().map(|(_, seen)| seen.entity);
            seen.chain(hits.verdict.as_ref().map(|verdict| verdict.subject.entity))
        })
    }
}
