//! The third stage: what rules matched, counted by correlations. Each correlation sees its matches
//! in order, whichever thread works on it; those that stand on others come after them.

use std::sync::Arc;

use event::Event;
use model::Facts;
use smallvec::SmallVec;

use super::{
    clock::Time,
    entities::{Context, Found},
    keys::{self, GroupValues},
    look::{self, Touch},
    parallel::{Job, Parallel},
    ready::{PartOf, Ready},
    subject::{self, Subject},
    waiting::Waiting,
};
use crate::{
    correlate::{
        group::{Entry, Reached},
        windows::{Shed, Windows},
    },
    digest::Digest,
    rule::CorrelationKind,
};

/// The state of all correlations, by their places.
#[derive(Debug, Default)]
pub(crate) struct Correlations {
    pub(crate) states: Vec<CorrelationState>,
}

/// The state of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CorrelationState {
    pub(crate) windows: Windows,
    /// Matches that wait for earlier ones.
    pub(crate) waiting: Waiting,
}

/// A match on its way into a correlation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    /// The batch of its event, and the event's place in it.
    pub(crate) position: u64,
    pub(crate) index: usize,
    pub(crate) key: u128,
    pub(crate) entry: Entry,
    /// What was kept of its event, where that is not of this batch any more.
    pub(crate) subject: Option<Arc<Subject>>,
    /// The values of its group, where they are not to be found in the event.
    pub(crate) group: Option<Arc<GroupValues>>,
}

/// A window that is as its rule wants it.
#[derive(Debug)]
pub(crate) struct Fired {
    pub(crate) correlation: usize,
    /// Its last match.
    pub(crate) hit: Hit,
    pub(crate) reached: Reached,
}

impl Correlations {
    /// Nothing counted yet.
    pub(crate) fn new(ready: &Ready) -> Self {
        Self { states: ready.correlations.iter().map(|_| CorrelationState::default()).collect() }
    }

    /// Counts a batch's matches and findings. What fires comes back in the order of the
    /// correlations, each one's in order.
    pub(crate) fn apply(
        &mut self,
        context: Context<'_>,
        times: &[Time],
        found: &[Found],
        with: &dyn Parallel,
    ) -> Vec<Fired> {
        let mut hits: Vec<Vec<Hit>> = vec![Vec::new(); self.states.len()];
        gather(context, times, found, &mut hits);
        let mut all = Vec::new();
        for level in &context.ready.levels {
            // A match that came from below stands among those of its event.
            level.iter().for_each(|at| hits[*at].sort_by_key(|hit| (hit.position, hit.index)));
            let fired = self.level(level, &hits, context, with);
            for fired in &fired {
                rise(fired, context, &mut hits);
            }
            all.extend(fired);
        }
        all
    }

    fn level(
        &mut self,
        level: &[usize],
        hits: &[Vec<Hit>],
        context: Context<'_>,
        with: &dyn Parallel,
    ) -> Vec<Fired> {
        let mut outcomes: Vec<Vec<Fired>> = self.states.iter().map(|_| Vec::new()).collect();
        let states = self.states.iter_mut().zip(&mut outcomes).enumerate();
        let jobs: Vec<Job<'_>> = states
            .filter(|(at, (state, _))| {
                level.contains(at) && !(hits[*at].is_empty() && state.waiting.is_empty())
            })
            .map(|(at, (state, outcome))| -> Job<'_> {
                Box::new(move || *outcome = state.apply(at, &hits[at], context))
            })
            .collect();
        with.all(jobs);
        outcomes.into_iter().flatten().collect()
    }

    /// What bounds have cost all of them.
    pub(crate) fn shed(&self) -> Shed {
        self.states.iter().fold(Shed::default(), |all, state| Shed {
            groups: all.groups + state.windows.shed.groups,
            entries: all.entries + state.windows.shed.entries + state.waiting.shed,
        })
    }
}

impl CorrelationState {
    fn apply(&mut self, at: usize, hits: &[Hit], context: Context<'_>) -> Vec<Fired> {
        let correlation = &context.ready.correlations[at];
        let is_ordered = correlation.plan.correlation().kind == CorrelationKind::TemporalOrdered;
        let hits = if !is_ordered {
            hits.to_vec()
        } else if correlation.delay_s == 0 {
            let mut in_order = hits.to_vec();
            in_order.sort_by_key(|hit| (hit.entry.time, hit.position, hit.index));
            in_order
        } else {
            self.wait(at, hits, context)
        };
        let fired = hits.into_iter().filter_map(|hit| {
            let (plan, lateness_s) = (&correlation.plan, correlation.lateness_s);
            let reached = self.windows.take(hit.key, hit.entry, plan, lateness_s)?;
            Some(Fired { correlation: at, hit, reached })
        });
        fired.collect()
    }

    /// Matches wait until no earlier one can be on its way any more; what comes back are those
    /// whose time has come.
    fn wait(&mut self, at: usize, hits: &[Hit], context: Context<'_>) -> Vec<Hit> {
        for hit in hits {
            let subject = || Arc::new(Subject::of(&context.events[hit.index]));
            let subject = hit.subject.clone().unwrap_or_else(subject);
            let group = Arc::new(hit.group(at, context).unwrap_or_default());
            self.waiting.push(Hit { subject: Some(subject), group: Some(group), ..hit.clone() });
        }
        let now = super::clock::second(context.at.received_at);
        self.waiting.due(now.saturating_sub(context.ready.correlations[at].delay_s))
    }
}

/// The matches of rules, and the findings of baselines that are counted, in order.
fn gather(context: Context<'_>, times: &[Time], found: &[Found], hits: &mut [Vec<Hit>]) {
    let mut found = found.iter().peekable();
    for (event, (of_event, time)) in context.looked.hits.iter().zip(times).enumerate() {
        let mut of_baselines: SmallVec<[usize; 2]> = SmallVec::new();
        while let Some(finding) = found.next_if(|finding| finding.event == event) {
            of_baselines.push(finding.baseline);
        }
        if time.is_late {
            continue;
        }
        for touch in &of_event.touches {
            add(touch, event, of_event.actor, (context, *time), hits);
        }
        for baseline in of_baselines {
            let rule = context.ready.baseline_rules[baseline];
            for part in &context.ready.roles[rule].parts {
                touch_of_finding(context, event, *part, *time, hits);
            }
        }
    }
}

fn touch_of_finding(
    context: Context<'_>,
    event: usize,
    part: PartOf,
    time: Time,
    hits: &mut [Vec<Hit>],
) {
    let of_event = &context.events[event];
    let Some(log) = context.ready.log(of_event.logsource) else { return };
    let Some(wire) = log.wire(part) else { return };
    let lens = log.matcher.lens(of_event);
    if let Some(touch) = look::touch(context.ready, &lens, wire) {
        add(&touch, event, subject::actor(of_event), (context, time), hits);
    }
}

fn add(
    touch: &Touch,
    event: usize,
    actor: u64,
    (context, time): (Context<'_>, Time),
    hits: &mut [Vec<Hit>],
) {
    for key in &touch.keys {
        for value in &touch.values {
            hits[touch.to.correlation].push(Hit {
                position: context.at.position,
                index: event,
                key: *key,
                entry: Entry { value: *value, actor, time: time.second, part: touch.to.part },
                subject: None,
                group: None,
            });
        }
    }
}

/// What has fired is a match of the correlations above it, in the group of the same names.
fn rise(fired: &Fired, context: Context<'_>, hits: &mut [Vec<Hit>]) {
    let ready = context.ready;
    let of = &ready.correlations[fired.correlation];
    let parts = &ready.roles[of.rule].parts;
    if parts.is_empty() {
        return;
    }
    let group = fired.hit.group(fired.correlation, context).unwrap_or_default();
    let below = &of.plan.correlation().group_by;
    for part in parts {
        let above = ready.correlations[part.correlation].plan.correlation();
        let value = |name: &str| {
            let at = below.iter().position(|field| field.name == name)?;
            group.get(at).cloned().flatten()
        };
        let values: GroupValues = above.group_by.iter().map(|field| value(&field.name)).collect();
        let entry = Entry {
            value: Digest::of("fired").digest(fired.hit.key).finish_64(),
            actor: fired.reached.actor.unwrap_or(0),
            time: fired.hit.entry.time,
            part: part.part,
        };
        hits[part.correlation].push(Hit {
            key: keys::key_of(&values),
            entry,
            group: Some(Arc::new(values)),
            ..fired.hit.clone()
        });
    }
}

impl Hit {
    /// The values of its group, as a match of a correlation.
    fn group(&self, correlation: usize, context: Context<'_>) -> Option<GroupValues> {
        if let Some(group) = &self.group {
            return Some(group.to_vec());
        }
        let part = PartOf { correlation, part: self.entry.part };
        group_values(context.ready, &context.events[self.index], part, self.key)
    }
}

impl Fired {
    /// The event of its last match, where it is of this batch.
    pub(crate) fn event<'c>(&self, context: Context<'c>) -> Option<&'c Event> {
        let is_here = self.hit.position == context.at.position;
        context.events.get(self.hit.index).filter(|_| is_here)
    }

    /// The fields of the group as facts.
    pub(crate) fn group_facts(&self, context: Context<'_>) -> Facts {
        let correlation = context.ready.correlations[self.correlation].plan.correlation();
        let group = self.hit.group(self.correlation, context).unwrap_or_default();
        let named = correlation.group_by.iter().zip(group);
        named
            .filter_map(|(field, value)| Some((field.name.clone(), value?.as_str().into())))
            .collect()
    }
}

/// The values of one of the groups that an event belongs to, as a part of a correlation.
fn group_values(ready: &Ready, event: &Event, part: PartOf, key: u128) -> Option<GroupValues> {
    let log = ready.log(event.logsource)?;
    let wire = log.wire(part)?;
    keys::group_of(&log.matcher.lens(event), &wire.group, key)
}
