//! How it is read, all problems at once.

use std::collections::BTreeMap;

use content::{Problems, Section, nearest};
use model::Span;
use rsigma_parser::{ConditionExpr, Timespan, parse_condition};
use serde_norway::Value;

use super::{
    COMPARISONS, Comparison, Correlation, CorrelationKind, FIELDS_MAX, GroupField, KINDS,
    RULES_MAX, TIMESPAN_MAX,
};

const KEYS: [&str; 10] = [
    "type",
    "rules",
    "group-by",
    "timespan",
    "timeframe",
    "condition",
    "aliases",
    "generate",
    "window",
    "gap",
];

/// Reads the mapping. `generate` may also stand at the top of the file.
pub(crate) fn read(
    value: &Value,
    generate: Option<bool>,
    problems: &mut Problems<'_>,
) -> Option<Correlation> {
    let section = Section::read(value, "correlation", &KEYS, problems)?;
    refuse_windows(&section, problems);
    let kind = section.word("type", &KINDS, problems);
    let kind = section.required("type", kind, problems);
    let rules = rules(&section, kind, problems);
    let timespan = timespan(&section, problems);
    let group_by = group_by(&section, &rules, problems);
    let generate = generate.or_else(|| section.flag("generate", problems)).unwrap_or(false);
    let condition = condition(&section, kind?, &rules, problems);
    let (comparisons, fields, percentile, expr) = condition?;
    Some(Correlation {
        kind: kind?,
        rules,
        group_by,
        timespan: timespan?,
        comparisons,
        fields,
        percentile,
        expr,
        is_generating: generate,
    })
}

/// Extensions of one engine, which other engines would silently read otherwise.
fn refuse_windows(section: &Section<'_>, problems: &mut Problems<'_>) {
    let is_sliding = |value: &Value| value.as_str() == Some("sliding");
    if section.get("window").is_some_and(|window| !is_sliding(window)) {
        problems.add(section.path("window"), "only sliding windows are known, as in the standard");
    }
    if section.get("gap").is_some() {
        problems.add(section.path("gap"), "only sliding windows are known, as in the standard");
    }
}

fn rules(
    section: &Section<'_>,
    kind: Option<CorrelationKind>,
    problems: &mut Problems<'_>,
) -> Vec<String> {
    let rules = match section.get("rules") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(_) => section.texts("rules", problems).unwrap_or_default(),
        None => Vec::new(),
    };
    let path = section.path("rules");
    let least = if kind.is_some_and(CorrelationKind::is_temporal) { 2 } else { 1 };
    if rules.len() < least {
        problems.add(&path, format!("needs at least {least}"));
    }
    if rules.len() > RULES_MAX {
        problems.add(&path, format!("more than {RULES_MAX} rules"));
    }
    if (1..rules.len()).any(|at| rules[..at].contains(&rules[at])) {
        problems.add(&path, "names a rule twice");
    }
    rules
}

fn timespan(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Span> {
    let key = if section.get("timeframe").is_some() { "timeframe" } else { "timespan" };
    let text = section.text(key, problems);
    let text = section.required("timespan", text, problems)?;
    let span = Timespan::parse(text).ok().map(|span| Span::seconds(span.seconds));
    match span {
        Some(span) if (Span::seconds(1)..=TIMESPAN_MAX).contains(&span) => Some(span),
        Some(_) => {
            problems.add(section.path(key), format!("must be from 1s to {TIMESPAN_MAX}"));
            None
        }
        None => {
            let text = "must be a number and s, m, h, d, w, M (months) or y, such as 30m";
            problems.add(section.path(key), text);
            None
        }
    }
}

fn group_by(
    section: &Section<'_>,
    rules: &[String],
    problems: &mut Problems<'_>,
) -> Vec<GroupField> {
    let names = match section.get("group-by") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(_) => section.texts("group-by", problems).unwrap_or_default(),
        None => Vec::new(),
    };
    if names.len() > FIELDS_MAX {
        problems.add(section.path("group-by"), format!("more than {FIELDS_MAX} fields"));
    }
    let mut aliases = aliases(section, rules, problems);
    let fields = names.into_iter().map(|name| {
        let by_rule = aliases.remove(&name).unwrap_or_default();
        GroupField { name, by_rule }
    });
    let fields: Vec<GroupField> = fields.collect();
    for unused in aliases.keys() {
        let near = nearest(unused, fields.iter().map(|field| field.name.as_str()));
        let text = "is not in `group-by`, and would do nothing";
        problems.add_near(format!("{}.{unused}", section.path("aliases")), text, near);
    }
    fields
}

fn aliases(
    section: &Section<'_>,
    rules: &[String],
    problems: &mut Problems<'_>,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    let Some(value) = section.get("aliases") else { return all };
    let Value::Mapping(map) = value else {
        problems.add(section.path("aliases"), "must have names, each with a field of each rule");
        return all;
    };
    let known: Vec<&str> = rules.iter().map(String::as_str).collect();
    for (name, value) in map {
        let Some(name) = name.as_str() else { continue };
        let path = format!("{}.{name}", section.path("aliases"));
        let Some(one) = Section::read(value, &path, &known, problems) else { continue };
        let mut by_rule = BTreeMap::new();
        for (rule, _) in one.entries() {
            if let Some(field) = one.text(rule, problems) {
                by_rule.insert(rule.to_owned(), field.to_owned());
            }
        }
        all.insert(name.to_owned(), by_rule);
    }
    all
}

type Wanted = (Vec<(Comparison, f64)>, Vec<String>, f64, Option<ConditionExpr>);

fn condition(
    section: &Section<'_>,
    kind: CorrelationKind,
    rules: &[String],
    problems: &mut Problems<'_>,
) -> Option<Wanted> {
    const MEDIAN: f64 = 50.0;
    let path = section.path("condition");
    match section.get("condition") {
        None if kind.is_temporal() => Some((Vec::new(), Vec::new(), MEDIAN, None)),
        None => {
            problems.add(path, "is missing");
            None
        }
        Some(Value::String(text)) if kind.is_temporal() => {
            let expr = expr(text, rules, &path, problems)?;
            Some((Vec::new(), Vec::new(), MEDIAN, Some(expr)))
        }
        Some(value) => threshold(value, kind, &path, problems),
    }
}

fn threshold(
    value: &Value,
    kind: CorrelationKind,
    path: &str,
    problems: &mut Problems<'_>,
) -> Option<Wanted> {
    let keys: Vec<&str> =
        COMPARISONS.iter().map(|(word, _)| *word).chain(["field", "percentile"]).collect();
    let section = Section::read(value, path, &keys, problems)?;
    let mut comparisons = Vec::new();
    for (word, comparison) in COMPARISONS {
        let Some(value) = section.get(word) else { continue };
        match value.as_f64().filter(|number| number.is_finite()) {
            Some(number) => comparisons.push((comparison, number)),
            None => problems.add(section.path(word), "must be a number"),
        }
    }
    if comparisons.is_empty() {
        problems.add(path, "needs one of lt, lte, gt, gte, eq and neq");
    }
    let fields = match section.get("field") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(_) => section.texts("field", problems).unwrap_or_default(),
        None => Vec::new(),
    };
    check_fields(&section, kind, fields.len(), problems);
    let percentile = percentile(&section, kind, problems);
    Some((comparisons, fields, percentile, None))
}

fn check_fields(
    section: &Section<'_>,
    kind: CorrelationKind,
    count: usize,
    problems: &mut Problems<'_>,
) {
    let (least, most) = match kind {
        CorrelationKind::ValueCount => (1, FIELDS_MAX),
        _ if kind.is_numeric() => (1, 1),
        _ => (0, 0),
    };
    if count < least {
        problems.add(section.path("field"), "is missing: whose values?");
    } else if count > most {
        let text = format!("a {} takes at most {most}", kind.word());
        problems.add(section.path("field"), text);
    }
}

fn percentile(section: &Section<'_>, kind: CorrelationKind, problems: &mut Problems<'_>) -> f64 {
    const MEDIAN: f64 = 50.0;
    let Some(value) = section.get("percentile") else { return MEDIAN };
    let rank = value.as_f64().filter(|rank| (0.0..=100.0).contains(rank));
    if rank.is_none() {
        problems.add(section.path("percentile"), "must be a number from 0 to 100");
    } else if kind != CorrelationKind::ValuePercentile {
        problems.add(section.path("percentile"), "is for `value_percentile` only");
    }
    rank.unwrap_or(MEDIAN)
}

fn expr(
    text: &str,
    rules: &[String],
    path: &str,
    problems: &mut Problems<'_>,
) -> Option<ConditionExpr> {
    match parse_condition(text) {
        Ok(expr) => {
            check_expr(&expr, rules, path, problems);
            Some(expr)
        }
        Err(error) => {
            problems.add(path, error.to_string());
            None
        }
    }
}

fn check_expr(expr: &ConditionExpr, rules: &[String], path: &str, problems: &mut Problems<'_>) {
    match expr {
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
            parts.iter().for_each(|part| check_expr(part, rules, path, problems));
        }
        ConditionExpr::Not(inner) => check_expr(inner, rules, path, problems),
        ConditionExpr::Identifier(name) if rules.contains(name) => {}
        ConditionExpr::Identifier(name) => {
            let near = nearest(name, rules.iter().map(String::as_str));
            problems.add_near(path, format!("`{name}` is not among the rules"), near);
        }
        ConditionExpr::Selector { .. } => {
            problems.add(path, "name the rules: `1 of …` is for selections");
        }
    }
}
