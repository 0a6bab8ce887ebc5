//! Rules made ready for the logs there are: who asks what of which events, and who counts the
//! answers.

use std::{collections::BTreeMap, sync::Arc};

use event::Logsource;
use model::Span;

use super::{
    input::{Purpose, Source, Thresholds},
    raised::Mode,
};
use crate::{
    baseline::{self, Baselines, Tuning},
    correlate::plan::Plan,
    digest::Digest,
    rule::{Body, CHAIN_MAX, Correlation, Rule, Rules},
    sigma::{
        Matcher, MatcherBuilder,
        matcher::{Aside, Filtering, Slot},
    },
};

/// All rules in force, ready. Rules are known by their places in [`Ready::rules`].
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) rules: Vec<Arc<Rule>>,
    /// By the places of the rules.
    pub(crate) roles: Vec<Role>,
    pub(crate) logs: Vec<Log>,
    pub(crate) correlations: Vec<ReadyCorrelation>,
    /// The correlations that stand on rules only, then those that stand on these, and so on.
    pub(crate) levels: Vec<Vec<usize>>,
    pub(crate) baselines: Baselines,
    /// The places of the baselines' rules.
    pub(crate) baseline_rules: Vec<usize>,
    /// By the places of the baselines.
    pub(crate) tunings: Vec<Tunings>,
    pub(crate) purpose: Purpose,
    /// Names this set of rules: what was prepared for another is of no use.
    pub(crate) name: u128,
}

/// What becomes of a rule's matches.
#[derive(Debug, Clone, Default)]
pub(crate) struct Role {
    /// Whether they raise nothing themselves, as a correlation counts them.
    pub(crate) is_hidden: bool,
    /// The baseline that it is.
    pub(crate) baseline: Option<usize>,
    /// The correlations that count them, and as which of their rules.
    pub(crate) parts: Vec<PartOf>,
}

/// A rule's place in a correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartOf {
    pub(crate) correlation: usize,
    pub(crate) part: u16,
}

/// One log.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) log: Logsource,
    pub(crate) lateness: Span,
    pub(crate) matcher: Matcher,
    /// By the rule whose match it concerns.
    pub(crate) wires: BTreeMap<u32, Vec<Wire>>,
    /// By the baseline's rule whose finding it concerns.
    pub(crate) finding_wires: BTreeMap<u32, Vec<Wire>>,
    /// By the baseline's rule, what is familiar to it.
    pub(crate) familiar: BTreeMap<u32, Aside>,
    /// By the rule, the field with the account that its alerts are about.
    pub(crate) about: BTreeMap<u32, Slot>,
    /// By the rule, the fields that must be the same where something counts as the same again.
    pub(crate) groups: BTreeMap<u32, Vec<(String, Slot)>>,
}

/// How a match goes into a correlation.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) to: PartOf,
    /// The fields of the group, in order.
    pub(crate) group: Vec<Slot>,
    /// The fields of the value.
    pub(crate) fields: Vec<Slot>,
}

/// A correlation.
#[derive(Debug)]
pub(crate) struct ReadyCorrelation {
    /// The place of its rule.
    pub(crate) rule: usize,
    pub(crate) plan: Plan,
    /// How far any of its logs may lag.
    pub(crate) lateness_s: u32,
    /// How long its events in order may still be on their way.
    pub(crate) delay_s: u32,
}

/// A baseline's thresholds where somebody is asked, and where nobody is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tunings {
    pub(crate) asked: Tuning,
    pub(crate) unasked: Tuning,
}

impl Ready {
    pub(crate) fn of(
        rules: &Rules,
        sources: &[Source],
        thresholds: &Thresholds,
        purpose: Purpose,
    ) -> Self {
        let all = rules.all().to_vec();
        let mut roles = vec![Role::default(); all.len()];
        let (baselines, tunings) = baselines(&all, &mut roles, thresholds, purpose);
        let baseline_rules = (0..all.len()).filter(|at| roles[*at].baseline.is_some()).collect();
        let mut correlations = correlations(rules, &mut roles, purpose);
        let levels = levels(&correlations, &roles);
        let logs = logs(rules, sources, &roles, &correlations, purpose);
        lag(&mut correlations, &levels, rules, sources);
        let name = name(&all, thresholds, purpose);
        Self {
            rules: all,
            roles,
            logs,
            correlations,
            levels,
            baselines,
            baseline_rules,
            tunings,
            purpose,
            name,
        }
    }

    /// The log of that name, where any source carries it.
    pub(crate) fn log(&self, log: Logsource) -> Option<&Log> {
        self.logs.iter().find(|it| it.log == log)
    }

    /// Whether anything may follow from an alert: in tests and measurements, from all.
    pub(crate) fn is_live(&self, mode: Mode) -> bool {
        self.purpose != Purpose::Detect || mode.is_live()
    }
}

/// Whether a rule is looked at for a purpose: a test or a measurement also looks at drafts.
fn is_evaluated(rule: &Rule, purpose: Purpose) -> bool {
    let state = rule.meta.state;
    state.is_evaluated() || (purpose != Purpose::Detect && state == crate::rule::State::Draft)
}

fn baselines(
    all: &[Arc<Rule>],
    roles: &mut [Role],
    thresholds: &Thresholds,
    purpose: Purpose,
) -> (Baselines, Vec<Tunings>) {
    let (mut found, mut tunings) = (Vec::new(), Vec::new());
    for (rule, role) in all.iter().zip(roles) {
        let Body::Baseline(body) = &rule.body else { continue };
        if !is_evaluated(rule, purpose) {
            continue;
        }
        let threshold = thresholds.get(rule.id()).copied();
        let tuning = |mode| Tuning::calibrated(&body.baseline, mode, threshold);
        tunings.push(match purpose {
            Purpose::Measure => {
                let measure = tuning(baseline::Mode::Measure);
                Tunings { asked: measure, unasked: measure }
            }
            Purpose::Backtest => {
                let confirmed = tuning(baseline::Mode::Shadow);
                Tunings { asked: confirmed, unasked: confirmed }
            }
            Purpose::Detect | Purpose::Test => Tunings {
                asked: tuning(baseline::Mode::Live),
                unasked: tuning(baseline::Mode::Shadow),
            },
        });
        role.baseline = Some(found.len());
        found.push(body.baseline.clone());
    }
    (Baselines::new(found), tunings)
}

/// Every correlation in force; its rules learn that they are counted.
fn correlations(rules: &Rules, roles: &mut [Role], purpose: Purpose) -> Vec<ReadyCorrelation> {
    let mut all: Vec<ReadyCorrelation> = Vec::new();
    let mut is_shown = vec![false; roles.len()];
    for (place, rule) in rules.all().iter().enumerate() {
        let Body::Correlation(correlation) = &rule.body else { continue };
        if !is_evaluated(rule, purpose) {
            continue;
        }
        for (part, word) in (0_u16..).zip(&correlation.rules) {
            let Some(below) = rules.place(word) else { continue };
            roles[below].is_hidden = true;
            is_shown[below] |= correlation.is_generating;
            roles[below].parts.push(PartOf { correlation: all.len(), part });
        }
        let plan = Plan::of(correlation);
        all.push(ReadyCorrelation { rule: place, plan, lateness_s: 0, delay_s: 0 });
    }
    for (role, is_shown) in roles.iter_mut().zip(is_shown) {
        role.is_hidden &= !is_shown;
    }
    all
}

/// Reading has seen to it that correlations end.
fn levels(correlations: &[ReadyCorrelation], roles: &[Role]) -> Vec<Vec<usize>> {
    let mut level = vec![0_usize; correlations.len()];
    for _ in 0..=CHAIN_MAX {
        for (at, correlation) in correlations.iter().enumerate() {
            for part in &roles[correlation.rule].parts {
                level[part.correlation] = level[part.correlation].max(level[at] + 1);
            }
        }
    }
    let count = level.iter().max().map_or(0, |highest| highest + 1);
    let of = |wanted: usize| (0..level.len()).filter(|at| level[*at] == wanted).collect();
    (0..count).map(of).collect()
}

fn logs(
    rules: &Rules,
    sources: &[Source],
    roles: &[Role],
    correlations: &[ReadyCorrelation],
    purpose: Purpose,
) -> Vec<Log> {
    let mut all: Vec<Log> = Vec::new();
    for source in sources {
        match all.iter_mut().find(|it| it.log == source.log) {
            // Two sources of one kind: the one that lags further.
            Some(log) => log.lateness = log.lateness.max(source.lateness),
            None => all.push(log(rules, source, roles, correlations, purpose)),
        }
    }
    all
}

fn log(
    rules: &Rules,
    source: &Source,
    roles: &[Role],
    correlations: &[ReadyCorrelation],
    purpose: Purpose,
) -> Log {
    let mut builder = MatcherBuilder::new(source.aliases);
    let (mut wires, mut finding_wires) = (BTreeMap::new(), BTreeMap::new());
    let (mut groups, mut familiar, mut about) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (place, rule) in rules.all().iter().enumerate() {
        let is_asked = matches!(rule.body, Body::Detection(_) | Body::Baseline(_));
        let is_meant = rule.head.logsource.is_met_by(source.log);
        let Some(condition) = rule.condition().filter(|_| is_asked && is_meant) else { continue };
        if !is_evaluated(rule, purpose) {
            continue;
        }
        let number = u32::try_from(place).unwrap_or(u32::MAX);
        let filters: Vec<Filtering<'_>> = rules
            .filters_of(rule)
            .filter_map(|filter| {
                let Body::Filter(body) = &filter.body else { return None };
                let number = u32::try_from(rules.place(filter.id())?).ok()?;
                Some(Filtering { filter: number, condition: &body.condition, until: body.until })
            })
            .collect();
        builder.rule(number, condition, &filters);
        let of_rule: Vec<Wire> = roles[place]
            .parts
            .iter()
            .map(|to| {
                let correlation = correlations[to.correlation].plan.correlation();
                wire(*to, correlation, rule, &mut builder)
            })
            .collect();
        if let Body::Baseline(body) = &rule.body
            && let Some(condition) = &body.familiar
        {
            familiar.insert(number, builder.aside(condition));
        }
        if let Some(field) = &rule.meta.about {
            about.insert(number, builder.field(field));
        }
        if let Some(by) = &rule.meta.group.by {
            let slots = by.iter().map(|name| (name.clone(), builder.field(name))).collect();
            groups.insert(number, slots);
        }
        // A baseline's findings are counted, not its matches.
        let is_baseline = roles[place].baseline.is_some();
        let into = if is_baseline { &mut finding_wires } else { &mut wires };
        into.insert(number, of_rule);
    }
    let matcher = builder.build();
    let (log, lateness) = (source.log, source.lateness);
    Log { log, lateness, matcher, wires, finding_wires, familiar, about, groups }
}

fn wire(to: PartOf, correlation: &Correlation, rule: &Rule, builder: &mut MatcherBuilder) -> Wire {
    let words: Vec<&str> =
        [Some(rule.id()), rule.head.name.as_deref()].into_iter().flatten().collect();
    let group = correlation.group_by.iter();
    Wire {
        to,
        group: group.map(|field| builder.field(field.name_in(&words))).collect(),
        fields: correlation.fields.iter().map(|field| builder.field(field)).collect(),
    }
}

/// How far each correlation's logs lag, those of the correlations below it included.
fn lag(
    correlations: &mut [ReadyCorrelation],
    levels: &[Vec<usize>],
    rules: &Rules,
    sources: &[Source],
) {
    let seconds = |span: Span| u32::try_from(span.as_seconds()).unwrap_or(u32::MAX);
    for at in levels.iter().flatten() {
        let correlation = correlations[*at].plan.correlation();
        let (mut lateness, mut delay) = (0, 0);
        for below in correlation.rules.iter().filter_map(|word| rules.place(word)) {
            if let Some(below) = correlations.iter().find(|it| it.rule == below) {
                lateness = lateness.max(below.lateness_s);
                delay = delay.max(below.delay_s);
                continue;
            }
            let wanted = &rules.all()[below].head.logsource;
            for source in sources.iter().filter(|source| wanted.is_met_by(source.log)) {
                lateness = lateness.max(seconds(source.lateness));
                delay = delay.max(seconds(source.delay));
            }
        }
        correlations[*at].lateness_s = lateness;
        correlations[*at].delay_s = delay;
    }
}

fn name(all: &[Arc<Rule>], thresholds: &Thresholds, purpose: Purpose) -> u128 {
    let mut digest = Digest::of("rules").number(purpose as u64);
    for rule in all {
        digest = digest.text(rule.id()).text(&rule.hash).text(&rule.meta.state.word());
    }
    for (rule, threshold) in thresholds {
        digest = digest.text(rule).number(threshold.to_bits());
    }
    digest.finish()
}

impl Log {
    /// How the matches or findings that are a part of a correlation go into it.
    pub(crate) fn wire(&self, part: PartOf) -> Option<&Wire> {
        let all = self.wires.values().chain(self.finding_wires.values()).flatten();
        all.into_iter().find(|wire| wire.to == part)
    }
}
