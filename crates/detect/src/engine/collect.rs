//! The last stage: matches, findings and windows become alerts, in an order that is the same on
//! every machine. The same again is counted, and told at most once a minute.

use std::{collections::BTreeMap, sync::Arc};

use event::Event;
use model::{FactValue, Facts, Personal};

use super::{
    clock::Time,
    correlations::Fired,
    entities::{Context, Found},
    explain,
    input::Purpose,
    output::Tally,
    raised::{Explanation, Mode, Raised, Score},
    repeats::Repeats,
    subject::{self, Subject},
};
use crate::{
    baseline::Language,
    digest::Digest,
    rule::{Body, Rule},
    sigma::value::Value,
};

/// Something that may become an alert.
struct Candidate<'c> {
    /// Batch, place in it, rule, and what distinguishes several of one rule and event.
    order: (u64, usize, usize, u128),
    what: What<'c>,
}

enum What<'c> {
    Match,
    Finding(&'c Found),
    Fired(&'c Fired),
}

/// Everything that a batch raises, in order.
pub(super) fn collect(
    context: Context<'_>,
    times: &[Time],
    found: &[Found],
    fired: &[Fired],
    repeats: &mut Repeats,
    tallies: &mut BTreeMap<usize, Tally>,
) -> Vec<Raised> {
    let mut raised = Vec::new();
    for candidate in candidates(context, found, fired) {
        let place = candidate.order.2;
        let tally = tallies.entry(place).or_default();
        tally.matched += 1;
        let rule = &context.ready.rules[place];
        let now = match &candidate.what {
            What::Fired(fired) => fired.hit.entry.time,
            What::Match | What::Finding(_) => times[candidate.order.1].second,
        };
        let group = group(context, &candidate, rule);
        let is_measured = context.ready.purpose == Purpose::Measure;
        let count = match &candidate.what {
            What::Finding(_) if is_measured => Some(1),
            _ => repeats.count(group, now, rule.meta.group.window),
        };
        match count {
            Some(count) => {
                tally.raised += 1;
                raised.push(alert(context, &candidate, rule, group, count));
            }
            None => tally.repeated += 1,
        }
    }
    raised
}

fn candidates<'c>(
    context: Context<'c>,
    found: &'c [Found],
    fired: &'c [Fired],
) -> Vec<Candidate<'c>> {
    let ready = context.ready;
    let position = context.at.position;
    let mut all = Vec::new();
    for (index, hits) in context.looked.hits.iter().enumerate() {
        for rule in hits.matched.iter().map(|rule| *rule as usize) {
            let role = &ready.roles[rule];
            if role.baseline.is_none() && !role.is_hidden {
                all.push(Candidate { order: (position, index, rule, 0), what: What::Match });
            }
        }
    }
    for found in found {
        let rule = ready.baseline_rules[found.baseline];
        if !ready.roles[rule].is_hidden {
            let order = (position, found.event, rule, found.finding.subject.entity.0);
            all.push(Candidate { order, what: What::Finding(found) });
        }
    }
    for fired in fired {
        let rule = ready.correlations[fired.correlation].rule;
        if !ready.roles[rule].is_hidden {
            let order = (fired.hit.position, fired.hit.index, rule, fired.hit.key);
            all.push(Candidate { order, what: What::Fired(fired) });
        }
    }
    all.sort_by_key(|candidate| candidate.order);
    // One event may fire the same window with several values.
    all.dedup_by_key(|candidate| candidate.order);
    all
}

/// What counts as the same: the rule, the person, and the facts that the rule names or all of them.
fn group(context: Context<'_>, candidate: &Candidate<'_>, rule: &Rule) -> u128 {
    let digest = Digest::of("same").text(rule.id());
    let event = candidate.event(context);
    let digest = match (&candidate.what, event) {
        // A window over several people is about none of them.
        (What::Fired(fired), _) => digest.number(fired.reached.actor.unwrap_or(0)),
        (_, Some(event)) => digest.number(subject::actor(event)),
        (_, None) => digest,
    };
    match (&candidate.what, &rule.meta.group.by, event) {
        (What::Fired(fired), None, _) => digest.digest(fired.hit.key),
        (What::Fired(fired), Some(by), _) => {
            let facts = fired.group_facts(context);
            let named = by.iter().map(|name| facts.get(name).map(FactValue::canonical));
            named.fold(digest, |digest, text| digest.text(text.as_deref().unwrap_or("absent")))
        }
        (What::Finding(found), None, _) => {
            let subject = &found.finding.subject;
            digest.digest(subject.entity.0).text(&subject.to_word())
        }
        (What::Match, None, Some(event)) => subject::digest_of_facts(event, digest),
        (_, Some(_), Some(event)) => named(context, event, candidate.order.2, digest),
        (_, _, None) => digest,
    }
    .finish()
}

/// The facts that a rule names, from the event.
fn named(context: Context<'_>, event: &Event, rule: usize, mut digest: Digest) -> Digest {
    for (_, value) in values(context, event, rule) {
        digest = digest.number(0);
        value.each_text(|text| digest = digest.clone().text(text));
    }
    digest
}

fn values<'e>(context: Context<'e>, event: &'e Event, rule: usize) -> Vec<(&'e str, Value<'e>)> {
    let Some(log) = context.ready.log(event.logsource) else { return Vec::new() };
    let rule = u32::try_from(rule).unwrap_or(u32::MAX);
    let Some(slots) = log.groups.get(&rule) else { return Vec::new() };
    let lens = log.matcher.lens(event);
    slots.iter().map(|(name, slot)| (name.as_str(), lens.value(slot.number()))).collect()
}

fn alert(
    context: Context<'_>,
    candidate: &Candidate<'_>,
    rule: &Arc<Rule>,
    group: u128,
    count: u32,
) -> Raised {
    let (position, index, place, _) = candidate.order;
    let subject = candidate.subject(context);
    let mode = Mode::of(rule, subject.person);
    let key = Digest::of("alert").text(&rule.hash).digest(group).number(position);
    let mut raised = Raised {
        key: key.number(index as u64).finish(),
        rule: rule.clone(),
        mode,
        severity: rule.head.level,
        time: subject.time,
        person: subject.person,
        account: subject.account,
        entity: None,
        group,
        event: subject.uid,
        position,
        index: u32::try_from(index).unwrap_or(u32::MAX),
        facts: subject.facts,
        explanation: Explanation::default(),
        learn: None,
        score: None,
        count,
    };
    match (&candidate.what, candidate.event(context)) {
        (What::Match, Some(event)) => {
            raised.explanation = explain::of_match(context.ready, event, place);
            about(context, event, place, &mut raised);
            name_facts(context, event, place, &mut raised.facts);
        }
        (What::Finding(found), Some(event)) => {
            of_finding(context, found, event, &mut raised);
            about(context, event, place, &mut raised);
            name_facts(context, event, place, &mut raised.facts);
        }
        (What::Fired(fired), _) => of_fired(context, fired, &mut raised),
        (_, None) => {}
    }
    raised
}

/// Where the rule is about somebody else than who did it, whose account that is; the person behind
/// it is the directory's to know.
fn about(context: Context<'_>, event: &Event, rule: usize, raised: &mut Raised) {
    let Some(log) = context.ready.log(event.logsource) else { return };
    let Some(slot) = log.about.get(&u32::try_from(rule).unwrap_or(u32::MAX)) else { return };
    let mut account = None;
    log.matcher.lens(event).value(slot.number()).each_text(|text| {
        account.get_or_insert_with(|| Personal::from(text.to_owned()));
    });
    (raised.person, raised.account) = (None, account);
}

/// The fields that the rule names as facts, also those of the record.
fn name_facts(context: Context<'_>, event: &Event, rule: usize, facts: &mut Facts) {
    for (name, value) in values(context, event, rule) {
        let mut texts = Vec::new();
        value.each_text(|text| texts.push(FactValue::from(text)));
        let fact = match texts.len() {
            0 => continue,
            1 => texts.remove(0),
            _ => FactValue::List(texts),
        };
        facts.entry(name.to_owned()).or_insert(fact);
    }
}

fn of_finding(context: Context<'_>, found: &Found, event: &Event, raised: &mut Raised) {
    let baseline = &context.ready.baselines.all()[found.baseline];
    let finding = &found.finding;
    raised.entity = baseline.entity_name(event, finding.subject.entity).map(Personal::from);
    raised.learn = Some(finding.subject.to_word());
    raised.score = Some(Score { score: finding.score, threshold: finding.threshold });
    raised.explanation = Explanation {
        words: finding.explanation.to_string(),
        german: Some(finding.explanation.said(Language::German)),
        matched: Vec::new(),
        numbers: finding.facts(baseline.kind()),
    };
}

fn of_fired(context: Context<'_>, fired: &Fired, raised: &mut Raised) {
    let rule = context.ready.correlations[fired.correlation].rule;
    let Body::Correlation(correlation) = &context.ready.rules[rule].body else { return };
    let group = fired.group_facts(context);
    if fired.reached.actor.is_none() {
        // What one of many did says nothing of the others.
        let shared = ["product"].map(|name| (name.to_owned(), raised.facts.remove(name)));
        raised.facts = shared.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect();
        raised.person = None;
        raised.account = None;
        raised.mode = Mode::of(&raised.rule, None);
    }
    raised.explanation = explain::of_window(correlation, fired, &group);
    let shown: Vec<String> = group.values().map(FactValue::shown).collect();
    raised.entity = (!shown.is_empty()).then(|| Personal::from(shown.join(", ")));
    raised.facts.extend(group);
}

impl Candidate<'_> {
    fn event<'c>(&self, context: Context<'c>) -> Option<&'c Event> {
        match &self.what {
            What::Fired(fired) => fired.event(context),
            What::Match | What::Finding(_) => context.events.get(self.order.1),
        }
    }

    fn subject(&self, context: Context<'_>) -> Subject {
        if let What::Fired(fired) = &self.what
            && let Some(subject) = &fired.hit.subject
        {
            return Subject::clone(subject);
        }
        self.event(context).map(Subject::of).expect("what did not wait is of this batch")
    }
}
