//! "This rule cannot fire": what can be told without having seen any event.
//!
//! Conditions are looked at as choices of selections that must hold together and selections that
//! must not. What is too large or too odd for that is passed over, never guessed.

use std::collections::{BTreeMap, BTreeSet};

use rsigma_eval::{
    CompiledDetection, CompiledMatcher, EventValue, JsonEvent, compiler::compile_detection,
};
use rsigma_parser::{ConditionExpr, Detection, DetectionItem, Quantifier};

use super::{Code, Context, Sink, fields, schema::Known, uses};
use crate::{
    rule::{Body, Rule, Rules},
    sigma::Condition,
};

/// More choices than this are not looked at.
const CHOICES_MAX: usize = 64;

/// Selections that must hold together, and those that must not.
#[derive(Debug, Clone, Default)]
struct Choice {
    holding: BTreeSet<String>,
    failing: BTreeSet<String>,
}

pub(super) fn check(rule: &Rule, rules: &Rules, context: &Context<'_>, sink: &mut Sink<'_>) {
    sources(rule, context, sink);
    let Some(condition) = rule.condition() else { return };
    unused(condition, sink);
    let choices: Option<Vec<Choice>> = condition
        .detections()
        .conditions
        .iter()
        .map(|expr| choices(expr, condition, true))
        .collect::<Option<Vec<_>>>()
        .map(|all| all.into_iter().flatten().collect());
    let Some(choices) = choices else { return };
    contradictions(rule, condition, &choices, context, sink);
    negations(rule, &choices, sink);
    swallowed(rule, rules, condition, &choices, sink);
}

fn sources(rule: &Rule, context: &Context<'_>, sink: &mut Sink<'_>) {
    let is_counted_only = matches!(rule.body, Body::Correlation(_));
    let wanted = &rule.head.logsource;
    let is_met = context.sources.iter().any(|source| wanted.is_met_by(source.log));
    if is_counted_only || is_met || context.sources.is_empty() {
        return;
    }
    let known: BTreeSet<&str> = context.sources.iter().map(|source| source.log.product).collect();
    let near = wanted.product.as_deref().and_then(|it| content::nearest(it, known.iter().copied()));
    let near = near.filter(|near| Some(near) != wanted.product.as_ref());
    sink.near(Code::SourceMissing, "logsource", format!("no source carries {wanted}"), near);
}

fn unused(condition: &Condition, sink: &mut Sink<'_>) {
    let detections = condition.detections();
    let mut used = BTreeSet::new();
    detections.conditions.iter().for_each(|expr| used_in(expr, condition, &mut used));
    for name in names(condition) {
        if !used.contains(&name) && !name.starts_with('_') {
            sink.add(Code::SelectionUnused, name, "is not in the condition", None);
        }
    }
}

fn names(condition: &Condition) -> Vec<String> {
    let mut names: Vec<String> = condition.detections().named.keys().cloned().collect();
    names.sort();
    names
}

fn used_in(expr: &ConditionExpr, condition: &Condition, used: &mut BTreeSet<String>) {
    match expr {
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
            parts.iter().for_each(|part| used_in(part, condition, used));
        }
        ConditionExpr::Not(inner) => used_in(inner, condition, used),
        ConditionExpr::Identifier(name) => {
            used.insert(name.clone());
        }
        ConditionExpr::Selector { pattern, .. } => {
            used.extend(
                names(condition).into_iter().filter(|it| pattern.matches_detection_name(it)),
            );
        }
    }
}

/// The choices under which an expression has a value; nothing where there are too many.
fn choices(expr: &ConditionExpr, condition: &Condition, value: bool) -> Option<Vec<Choice>> {
    let one = |name: &String, value: bool| {
        let mut choice = Choice::default();
        if value { &mut choice.holding } else { &mut choice.failing }.insert(name.clone());
        vec![choice]
    };
    match expr {
        ConditionExpr::Identifier(name) => Some(one(name, value)),
        ConditionExpr::Not(inner) => choices(inner, condition, !value),
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
            let each: Option<Vec<_>> =
                parts.iter().map(|part| choices(part, condition, value)).collect();
            let is_all = matches!(expr, ConditionExpr::And(_)) == value;
            if is_all { together(&each?) } else { either(each?) }
        }
        ConditionExpr::Selector { quantifier, pattern } => {
            let meant =
                names(condition).into_iter().filter(|it| pattern.matches_detection_name(it));
            let each: Vec<_> = meant.map(|name| one(&name, value)).collect();
            let is_all = match quantifier {
                Quantifier::All => value,
                Quantifier::Any => !value,
                Quantifier::Count(_) => return None,
            };
            if is_all { together(&each) } else { either(each) }
        }
    }
}

fn either(each: Vec<Vec<Choice>>) -> Option<Vec<Choice>> {
    let all: Vec<Choice> = each.into_iter().flatten().collect();
    (all.len() <= CHOICES_MAX).then_some(all)
}

fn together(each: &[Vec<Choice>]) -> Option<Vec<Choice>> {
    let mut all = vec![Choice::default()];
    for part in each {
        let with = |choice: &Choice| {
            let choice = choice.clone();
            part.iter().map(move |other| choice.and(other)).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
        if all.len() > CHOICES_MAX {
            return None;
        }
    }
    Some(all)
}

impl Choice {
    fn and(&self, other: &Self) -> Self {
        Self {
            holding: self.holding.union(&other.holding).cloned().collect(),
            failing: self.failing.union(&other.failing).cloned().collect(),
        }
    }

    fn contradicts_itself(&self) -> bool {
        self.holding.intersection(&self.failing).next().is_some()
    }
}

/// The items that a selection wants all of; nothing where it offers choices of its own.
fn items<'c>(condition: &'c Condition, name: &str) -> Option<&'c [DetectionItem]> {
    match condition.detections().named.get(name)? {
        Detection::AllOf(items) => Some(items),
        _ => None,
    }
}

fn contradictions(
    rule: &Rule,
    condition: &Condition,
    choices: &[Choice],
    context: &Context<'_>,
    sink: &mut Sink<'_>,
) {
    let mut reasons = Vec::new();
    for choice in choices {
        match reason(rule, condition, choice, context) {
            Some(reason) => reasons.push(reason),
            None => return,
        }
    }
    if let Some(reason) = reasons.into_iter().next() {
        sink.add(Code::Contradiction, "detection.condition", reason, None);
    }
}

/// Why a choice is impossible, if it is.
fn reason(
    rule: &Rule,
    condition: &Condition,
    choice: &Choice,
    context: &Context<'_>,
) -> Option<String> {
    if choice.contradicts_itself() {
        return Some("wants a selection both to hold and not to".to_owned());
    }
    let held: Vec<&DetectionItem> =
        choice.holding.iter().filter_map(|name| items(condition, name)).flatten().collect();
    for item in &held {
        let Some(field) = &item.field.name else { continue };
        let (true, Some(values)) = (uses::is_equality(item), uses::texts(item)) else { continue };
        let is_many = match fields::known(rule, field, context) {
            Some(Known::Key(key)) => key.is_many,
            Some(Known::Common(common)) => common.is_many(),
            // Of what is not known nothing is said.
            _ => continue,
        };
        if is_many {
            continue;
        }
        let others = held.iter().filter(|other| other.field.name.as_ref() == Some(field));
        let matchers: Vec<CompiledMatcher> = others.filter_map(|other| matcher(other)).collect();
        let survives = |value: &&String| matchers.iter().all(|matcher| accepts(matcher, value));
        if !values.iter().any(|value| survives(&value)) {
            return Some(format!("no value of `{field}` is all that is wanted of it"));
        }
    }
    choice.failing.iter().find_map(|name| {
        let excluded = items(condition, name)?;
        implies(&held, excluded).then(|| format!("whatever matches is excluded by `{name}`"))
    })
}

fn matcher(item: &DetectionItem) -> Option<CompiledMatcher> {
    match compile_detection(&Detection::AllOf(vec![item.clone()])).ok()? {
        CompiledDetection::AllOf(mut items) => items.pop().map(|item| item.matcher),
        _ => None,
    }
}

fn accepts(matcher: &CompiledMatcher, value: &str) -> bool {
    if let CompiledMatcher::Exists(expected) = matcher {
        return *expected;
    }
    let nothing = serde_json::Value::Null;
    matcher.matches(&EventValue::Str(value.into()), &JsonEvent::borrow(&nothing))
}

/// Whether whatever is as these items want it is also as those want it: each of those is answered
/// by one of these on the same field, either the same question or equalities that all answer it.
fn implies(these: &[&DetectionItem], those: &[DetectionItem]) -> bool {
    those.iter().all(|wanted| {
        let same_field = these.iter().filter(|item| item.field.name == wanted.field.name);
        let matcher = matcher(wanted);
        same_field.into_iter().any(|item| {
            if *item == wanted {
                return true;
            }
            let values = uses::is_equality(item).then(|| uses::texts(item)).flatten();
            match (values, &matcher) {
                (Some(values), Some(matcher)) => {
                    !values.is_empty() && values.iter().all(|value| accepts(matcher, value))
                }
                _ => false,
            }
        })
    })
}

fn negations(rule: &Rule, choices: &[Choice], sink: &mut Sink<'_>) {
    if matches!(rule.body, Body::Filter(_)) {
        return;
    }
    // `a or not a`: one choice wants only what another wants not.
    let is_lone = |choice: &&Choice, holds: bool| {
        let (yes, no) = (&choice.holding, &choice.failing);
        if holds { yes.len() == 1 && no.is_empty() } else { no.len() == 1 && yes.is_empty() }
    };
    let held: BTreeSet<&String> =
        choices.iter().filter(|it| is_lone(it, true)).flat_map(|it| &it.holding).collect();
    let failed: BTreeSet<&String> =
        choices.iter().filter(|it| is_lone(it, false)).flat_map(|it| &it.failing).collect();
    let path = "detection.condition";
    if held.intersection(&failed).next().is_some() {
        sink.add(Code::AlwaysTrue, path, "holds whether its selection does or not", None);
    } else if choices.iter().any(|choice| choice.holding.is_empty()) {
        let text = "may hold without any selection that holds";
        sink.add(Code::OnlyNegations, path, text, Some("say first what the events are about"));
    }
}

/// A filter that takes away whatever the rule matches.
fn swallowed(
    rule: &Rule,
    rules: &Rules,
    condition: &Condition,
    choices: &[Choice],
    sink: &mut Sink<'_>,
) {
    for filter in rules.filters_of(rule) {
        let Body::Filter(body) = &filter.body else { continue };
        let excluded = filter_choices(&body.condition);
        let is_swallowed = |choice: &Choice| {
            let held: Vec<&DetectionItem> =
                choice.holding.iter().filter_map(|name| items(condition, name)).flatten().collect();
            excluded.iter().any(|excluded| implies(&held, excluded))
        };
        if !choices.is_empty() && choices.iter().all(is_swallowed) {
            let text = format!("the filter `{}` takes away all that this matches", filter.id());
            sink.add(Code::FilterSwallows, "detection", text, None);
        }
    }
}

/// The items of each choice of a filter that only wants selections to hold.
fn filter_choices(condition: &Condition) -> Vec<Vec<DetectionItem>> {
    let choices =
        condition.detections().conditions.iter().filter_map(|it| choices(it, condition, true));
    let plain = choices.flatten().filter(|choice| choice.failing.is_empty());
    plain
        .filter_map(|choice| {
            let each: Option<Vec<&[DetectionItem]>> =
                choice.holding.iter().map(|name| items(condition, name)).collect();
            each.map(|items| items.concat())
        })
        .filter(|items| !items.is_empty())
        .collect()
}

/// Correlations: thresholds and windows beyond what is kept, parts that are not there.
pub(super) fn correlation(rule: &Rule, rules: &Rules, context: &Context<'_>, sink: &mut Sink<'_>) {
    let Body::Correlation(correlation) = &rule.body else { return };
    super::counts::check(correlation, context, sink);
    let mut groups: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for word in &correlation.rules {
        let Some(below) = rules.find(word) else { continue };
        if !below.meta.state.is_evaluated() && rule.meta.state.is_evaluated() {
            let text = format!("`{word}` is in the state {}", below.meta.state.word());
            sink.add(Code::PartNotEvaluated, "correlation.rules", text, None);
        }
        let product = below.head.logsource.product.clone().unwrap_or_default();
        for group in &correlation.group_by {
            let words: Vec<&str> =
                [Some(below.id()), below.head.name.as_deref()].into_iter().flatten().collect();
            let name = group.name_in(&words).to_owned();
            let is_own =
                event::Field::named(name.trim_start_matches(crate::sigma::COMMON)).is_none();
            if is_own && group.by_rule.is_empty() {
                groups.entry(&group.name).or_default().insert(product.clone());
            }
        }
    }
    for (field, products) in groups.into_iter().filter(|(_, products)| products.len() > 1) {
        let products: Vec<String> = products.into_iter().collect();
        let text = format!(
            "`{field}` is a field of one vendor, and the rules are of {}",
            products.join(" and ")
        );
        let hint = "use a common field, such as actor.person, or `aliases`";
        sink.add(Code::GroupApart, "correlation.group-by", text, Some(hint));
    }
}
