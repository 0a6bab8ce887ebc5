//! Whether a rule says all that its readers must know, and whether it is true.

use model::Span;

use super::{Code, Context, Sink};
use crate::rule::{Ads, Body, HandledBy, Rule, Rules};

/// The shortest and the longest goal, in characters.
const GOAL: std::ops::RangeInclusive<usize> = 20..=300;

pub(super) fn check(rule: &Rule, rules: &Rules, context: &Context<'_>, sink: &mut Sink<'_>) {
    if matches!(rule.body, Body::Filter(_)) {
        return;
    }
    let none = Ads::default();
    let ads = rule.meta.ads.as_ref().unwrap_or(&none);
    sections(ads, sink);
    goal(rule, ads, sink);
    technical_context(rule, rules, ads, sink);
    handlers(ads, rules, context, sink);
    validation(rule, ads, sink);
    response(rule, context, sink);
    if let (Some(owners), Some(owner)) = (context.owners, &rule.meta.owner)
        && !owners.contains(owner)
    {
        let near = content::nearest(owner, owners.iter().map(String::as_str));
        sink.near(Code::OwnerUnknown, "countersign.owner", format!("nobody knows `{owner}`"), near);
    }
}

fn sections(ads: &Ads, sink: &mut Sink<'_>) {
    let sections = [
        ("goal", ads.goal.is_empty()),
        ("abstract", ads.strategy.is_empty()),
        ("technical_context", ads.technical_context.is_empty()),
        ("blind_spots", ads.blind_spots.is_empty()),
        ("false_positives", ads.false_positives.is_empty()),
        ("validation", ads.validation.is_empty()),
        ("priority", ads.priority.is_empty()),
        ("response", ads.response.is_empty()),
    ];
    for (section, _) in sections.into_iter().filter(|(_, is_empty)| *is_empty) {
        let path = format!("countersign.ads.{section}");
        sink.add(Code::SectionMissing, path, "is missing", None);
    }
}

fn goal(rule: &Rule, ads: &Ads, sink: &mut Sink<'_>) {
    if ads.goal.is_empty() {
        return;
    }
    let path = "countersign.ads.goal";
    let count = ads.goal.chars().count();
    if !GOAL.contains(&count) {
        let text = format!("has {count} characters, not {} to {}", GOAL.start(), GOAL.end());
        sink.add(Code::GoalUnclear, path, text, None);
    }
    if ads.goal.trim_end_matches('.').contains(". ") {
        sink.add(Code::GoalUnclear, path, "is more than one sentence", None);
    }
    let is_same = |other: &str| !other.is_empty() && plain(other) == plain(&ads.goal);
    if is_same(&rule.head.title) || is_same(&rule.head.description) {
        sink.add(Code::GoalUnclear, path, "only repeats the title or the description", None);
    }
}

fn plain(text: &str) -> String {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The logs of a correlation are those of the rules that it counts.
fn technical_context(rule: &Rule, rules: &Rules, ads: &Ads, sink: &mut Sink<'_>) {
    if ads.technical_context.is_empty() {
        return;
    }
    let mut words = Vec::new();
    source_words(rule, rules, &mut words);
    let text = plain(&ads.technical_context.join(" "));
    if !words.is_empty() && !words.iter().any(|word| text.contains(&plain(word))) {
        let text = format!("names none of the rule's logs ({})", words.join(", "));
        sink.add(Code::ContextWithoutSource, "countersign.ads.technical_context", text, None);
    }
}

fn source_words(rule: &Rule, rules: &Rules, words: &mut Vec<String>) {
    let log = &rule.head.logsource;
    words.extend([&log.product, &log.service].into_iter().flatten().cloned());
    if let Body::Correlation(correlation) = &rule.body {
        let below = correlation.rules.iter().filter_map(|word| rules.find(word));
        below.for_each(|below| source_words(below, rules, words));
    }
}

fn handlers(ads: &Ads, rules: &Rules, context: &Context<'_>, sink: &mut Sink<'_>) {
    for (at, positive) in ads.false_positives.iter().enumerate() {
        let path = format!("countersign.ads.false_positives[{at}].handled_by");
        match &positive.handled_by {
            HandledBy::Accepted(_) => {}
            HandledBy::Filter(id) => {
                let filter = rules.find(id).and_then(|rule| match &rule.body {
                    Body::Filter(filter) => Some(filter.until),
                    _ => None,
                });
                handler(id, filter, path, context, sink);
            }
            HandledBy::Exception(id) => {
                let Some(exceptions) = context.exceptions else { continue };
                let until = exceptions.get(id).map(|until| Some(*until));
                handler(id, until, path, context, sink);
            }
        }
    }
}

fn handler(
    id: &str,
    until: Option<Option<model::Timestamp>>,
    path: String,
    context: &Context<'_>,
    sink: &mut Sink<'_>,
) {
    match until {
        None => sink.add(Code::HandlerUnknown, path, format!("there is no `{id}`"), None),
        Some(Some(until)) if until <= context.now => {
            sink.add(Code::HandlerExpired, path, format!("`{id}` has expired"), None);
        }
        Some(_) => {}
    }
}

fn validation(rule: &Rule, ads: &Ads, sink: &mut Sink<'_>) {
    let path = "countersign.ads.validation";
    let tests = &rule.meta.tests;
    let mut named = Vec::new();
    for name in &ads.validation {
        match tests.iter().find(|test| test.name == *name) {
            Some(test) => named.push(test),
            None => {
                let near = content::nearest(name, tests.iter().map(|test| test.name.as_str()));
                sink.near(
                    Code::ValidationUnknown,
                    path,
                    format!("there is no test `{name}`"),
                    near,
                );
            }
        }
    }
    let is_one_sided = |wanted: bool| !named.iter().any(|test| test.is_positive() == wanted);
    if !named.is_empty() && (is_one_sided(true) || is_one_sided(false)) {
        let text = "needs a test that expects alerts and one that expects none";
        sink.add(Code::ValidationOneSided, path, text, None);
    }
}

/// Between a responder and what it does, in an action's name. Playbooks have none in theirs.
const OF_RESPONDER: char = '.';

/// What is done can be taken back, or waits for somebody's approval. Actions are looked at where a
/// rule is read as a policy, with all that is known of each; here it is playbooks.
fn response(rule: &Rule, context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(playbooks) = context.playbooks else { return };
    let named = rule.meta.runs.iter().filter(|run| !run.contains(OF_RESPONDER));
    for run in named {
        match playbooks.get(run) {
            Some(true) => {}
            Some(false) => {
                let text = format!("`{run}` cannot be taken back, and waits for nobody's approval");
                sink.add(Code::ResponseUnsafe, "countersign.on", text, None);
            }
            None => {
                let near = content::nearest(run, playbooks.keys().map(String::as_str));
                let text = format!("there is no playbook `{run}`");
                sink.near(Code::ResponseUnsafe, "countersign.on", text, near);
            }
        }
    }
}

/// What silences others ends; whether it has, or soon will.
pub(super) fn expiry(rule: &Rule, context: &Context<'_>, sink: &mut Sink<'_>) {
    const SOON: Span = Span::days(7);
    let Body::Filter(filter) = &rule.body else { return };
    let Some(until) = filter.until else { return };
    let path = "countersign.expires";
    if until <= context.now {
        sink.add(Code::FilterExpired, path, format!("filters nothing since {until}"), None);
    } else if until <= SOON.after(context.now) {
        sink.add(Code::FilterExpires, path, format!("filters nothing from {until} on"), None);
    }
}
