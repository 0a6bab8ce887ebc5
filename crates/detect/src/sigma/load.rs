//! Reads what a rule asks of an event, with every problem at once. Nothing is left silent: what the
//! Sigma engine would pass over, such as a condition about a selection that is not there, is a
//! problem here.

use std::collections::{BTreeMap, BTreeSet};

use content::{Problems, nearest};
use rsigma_eval::{CompiledRule, compile_rule, compiler::compile_detection};
use rsigma_parser::{
    ConditionExpr, Detection, Detections, SigmaRule, parse_field_spec, parse_sigma_yaml,
};
use serde_norway::{Mapping, Value};

use super::slot::unknown_common;

/// Named lists of values, for `|expand`.
pub type Lists = BTreeMap<String, Vec<String>>;

/// The longest regular expression, in bytes. Matching is linear in text times expression.
pub const PATTERN_BYTES_MAX: usize = 2_048;
/// How deep a selection may nest.
const DEPTH_MAX: usize = 16;
/// The highest version of the Sigma specification whose rules are understood.
const SIGMA_VERSION_MAX: u64 = 3;

const MODIFIERS: [&str; 34] = [
    "contains",
    "startswith",
    "endswith",
    "all",
    "base64",
    "base64offset",
    "wide",
    "utf16le",
    "utf16be",
    "utf16",
    "windash",
    "re",
    "cidr",
    "cased",
    "exists",
    "expand",
    "fieldref",
    "gt",
    "gte",
    "lt",
    "lte",
    "neq",
    "i",
    "ignorecase",
    "m",
    "multiline",
    "s",
    "dotall",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
];

/// What a rule asks of an event.
#[derive(Debug, Clone)]
pub struct Condition {
    rule: SigmaRule,
    compiled: CompiledRule,
}

impl Condition {
    /// Reads the mapping of selections and `condition` at a path of a file. `version` is the file's
    /// `sigma-version`.
    pub fn read(
        detection: &Value,
        version: Option<&Value>,
        path: &str,
        lists: &Lists,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let mut found = Problems::of("");
        let read = read(detection, version, path, lists, &mut found);
        let is_good = found.is_empty();
        for problem in found.into_vec() {
            problems.add_near(problem.path, problem.text, problem.nearest);
        }
        read.filter(|_| is_good)
    }

    /// The selections and how they are joined, as read.
    #[must_use]
    pub fn detections(&self) -> &Detections {
        &self.rule.detection
    }

    /// As the Sigma engine compiled it.
    #[must_use]
    pub fn compiled(&self) -> &CompiledRule {
        &self.compiled
    }
}

fn read(
    detection: &Value,
    version: Option<&Value>,
    path: &str,
    lists: &Lists,
    problems: &mut Problems<'_>,
) -> Option<Condition> {
    let Value::Mapping(map) = detection else {
        problems.add(path, "must have selections and a `condition`");
        return None;
    };
    check_version(version, problems);
    let mut ready = Mapping::new();
    for (key, value) in map {
        let Some(name) = key.as_str() else {
            problems.add(path, "names of selections must be words");
            continue;
        };
        let at = format!("{path}.{name}");
        let value = match name {
            "condition" => value.clone(),
            "timeframe" => {
                problems.add(at, "counting over time is what a `correlation` is for");
                continue;
            }
            _ => Keys { lists, problems }.selection(value, &at, DEPTH_MAX),
        };
        ready.insert(key.clone(), value);
    }
    if ready.get("condition").is_none() {
        problems.add(format!("{path}.condition"), "is missing");
    }
    if !problems.is_empty() {
        return None;
    }
    let rule = parse(ready, version, path, problems)?;
    check_selections(&rule, path, problems);
    check_names(&rule, path, problems);
    if !problems.is_empty() {
        return None;
    }
    match compile_rule(&rule) {
        Ok(compiled) => Some(Condition { rule, compiled }),
        Err(error) => {
            problems.add(path, error.to_string());
            None
        }
    }
}

fn check_version(version: Option<&Value>, problems: &mut Problems<'_>) {
    let Some(version) = version else { return };
    let major = match version {
        Value::String(text) => text.split('.').next().and_then(|major| major.parse().ok()),
        number => number.as_f64().map(|number| number as u64),
    };
    if !major.is_some_and(|major| (1..=SIGMA_VERSION_MAX).contains(&major)) {
        problems.add("sigma-version", format!("must be at most {SIGMA_VERSION_MAX}"));
    }
}

/// Hands the section to the Sigma parser, as JSON, which is YAML that leaves no doubt about kinds.
fn parse(
    detection: Mapping,
    version: Option<&Value>,
    path: &str,
    problems: &mut Problems<'_>,
) -> Option<SigmaRule> {
    let mut document = Mapping::new();
    document.insert("title".into(), "rule".into());
    if let Some(version) = version {
        document.insert("sigma-version".into(), version.clone());
    }
    document.insert("detection".into(), Value::Mapping(detection));
    let parsed = serde_json::to_string(&document)
        .map_err(|error| error.to_string())
        .and_then(|text| parse_sigma_yaml(&text).map_err(|error| error.to_string()));
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            problems.add(path, error);
            return None;
        }
    };
    parsed.errors.iter().for_each(|error| problems.add(path, error.as_str()));
    parsed.rules.into_iter().next()
}

/// Looks at the keys of selections before the parser does, as it stops at the first bad one.
struct Keys<'k, 'f> {
    lists: &'k Lists,
    problems: &'k mut Problems<'f>,
}

impl Keys<'_, '_> {
    /// The selection with its lists of values filled in.
    fn selection(&mut self, value: &Value, path: &str, depth: usize) -> Value {
        if depth == 0 {
            self.problems.add(path, format!("nests deeper than {DEPTH_MAX} levels"));
            return Value::Null;
        }
        match value {
            Value::Mapping(map) if map.is_empty() => {
                self.problems.add(path, "is empty: it would match everything");
                Value::Null
            }
            Value::Mapping(map) => {
                let mut ready = Mapping::new();
                for (key, value) in map {
                    let (key, value) = self.item(key, value, path, depth);
                    ready.insert(key, value);
                }
                Value::Mapping(ready)
            }
            Value::Sequence(items) if items.is_empty() => {
                self.problems.add(path, "is empty: it would match nothing");
                Value::Null
            }
            Value::Sequence(items) => {
                let each = items.iter().enumerate();
                each.map(|(at, it)| self.selection(it, &format!("{path}[{at}]"), depth - 1))
                    .collect()
            }
            scalar => scalar.clone(),
        }
    }

    fn item(&mut self, key: &Value, value: &Value, path: &str, depth: usize) -> (Value, Value) {
        let Some(name) = key.as_str() else {
            self.problems.add(path, "names of fields must be texts");
            return (key.clone(), Value::Null);
        };
        let at = format!("{path}.{name}");
        self.name(name, &at);
        if let Value::Mapping(_) = value {
            return (key.clone(), self.selection(value, &at, depth - 1));
        }
        if let Value::Sequence(items) = value
            && items.is_empty()
        {
            self.problems.add(&at, "is an empty list: it would match nothing");
        }
        let modifiers: Vec<&str> = name.split('|').skip(1).collect();
        if modifiers.contains(&"re") {
            self.patterns(value, &at);
        }
        if !modifiers.contains(&"expand") {
            return (key.clone(), value.clone());
        }
        if modifiers.contains(&"re") {
            self.problems.add(&at, "a list of values is not put into a regular expression");
        }
        let bare: Vec<&str> = name.split('|').filter(|part| *part != "expand").collect();
        (Value::String(bare.join("|")), self.expanded(value, &at))
    }

    fn name(&mut self, name: &str, path: &str) {
        for modifier in name.split('|').skip(1) {
            if modifier == "not" {
                let text = "`not` is no modifier: say it in the condition, or use `neq`";
                self.problems.add(path, text);
            } else if let Err(error) = parse_field_spec(&format!("field|{modifier}")) {
                let near = nearest(modifier, MODIFIERS);
                self.problems.add_near(path, error.to_string(), near);
            }
        }
        let field = name.split('|').next().unwrap_or_default();
        if let Some((text, near)) = unknown_common(field) {
            self.problems.add_near(path, text, near);
        }
    }

    fn patterns(&mut self, value: &Value, path: &str) {
        let texts = value.as_sequence().map_or_else(|| vec![value], |items| items.iter().collect());
        if texts.into_iter().filter_map(Value::as_str).any(|it| it.len() > PATTERN_BYTES_MAX) {
            let text = format!("a regular expression of more than {PATTERN_BYTES_MAX} bytes");
            self.problems.add(path, text);
        }
    }

    /// Values with their placeholders replaced by all that they stand for.
    fn expanded(&mut self, value: &Value, path: &str) -> Value {
        let templates = value.as_sequence().map_or_else(|| vec![value], |it| it.iter().collect());
        let mut all = Vec::new();
        for template in templates {
            match template.as_str() {
                Some(template) => all.extend(self.expand(template, path)),
                None => self.problems.add(path, "`expand` is for texts"),
            }
        }
        all.into_iter().map(Value::String).collect()
    }

    fn expand(&mut self, template: &str, path: &str) -> Vec<String> {
        let Some((before, rest)) = template.split_once('%') else {
            return vec![template.to_owned()];
        };
        let Some((name, after)) = rest.split_once('%') else { return vec![template.to_owned()] };
        let Some(values) = self.lists.get(name).filter(|values| !values.is_empty()) else {
            let near = nearest(name, self.lists.keys().map(String::as_str));
            let text = format!("there is no list of values for `%{name}%`");
            self.problems.add_near(path, text, near);
            return Vec::new();
        };
        let tails = self.expand(after, path);
        let joined = |value: &String| {
            let value = escape(value);
            tails.iter().map(move |tail| format!("{before}{value}{tail}")).collect::<Vec<_>>()
        };
        values.iter().flat_map(joined).collect()
    }
}

/// A value of a list is a text, not a pattern.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '*' | '?' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// Compiles each question by itself, so that every bad one is told.
fn check_selections(rule: &SigmaRule, path: &str, problems: &mut Problems<'_>) {
    let named: BTreeMap<&String, &Detection> = rule.detection.named.iter().collect();
    for (name, detection) in named {
        check_detection(detection, &format!("{path}.{name}"), problems);
    }
}

fn check_detection(detection: &Detection, path: &str, problems: &mut Problems<'_>) {
    match detection {
        Detection::AllOf(items) => {
            for item in items {
                let field = item.field.name.as_deref().unwrap_or_default();
                if let Err(error) = compile_detection(&Detection::AllOf(vec![item.clone()])) {
                    problems.add(format!("{path}.{field}"), error.to_string());
                }
            }
        }
        Detection::AnyOf(parts) | Detection::And(parts) => {
            parts.iter().for_each(|part| check_detection(part, path, problems));
        }
        Detection::ArrayMatch { field, body, .. } => {
            check_detection(body, &format!("{path}.{field}"), problems);
        }
        Detection::Conditional { named, condition } => {
            let sorted: BTreeMap<&String, &Detection> = named.iter().collect();
            for (name, part) in sorted {
                check_detection(part, &format!("{path}.{name}"), problems);
            }
            let names = named.keys().map(String::as_str).collect();
            check_expr(condition, &names, &format!("{path}.condition"), problems);
        }
        Detection::Keywords(_) => {
            if let Err(error) = compile_detection(detection) {
                problems.add(path, error.to_string());
            }
        }
    }
}

fn check_names(rule: &SigmaRule, path: &str, problems: &mut Problems<'_>) {
    let names: BTreeSet<&str> = rule.detection.named.keys().map(String::as_str).collect();
    for condition in &rule.detection.conditions {
        check_expr(condition, &names, &format!("{path}.condition"), problems);
    }
}

fn check_expr(
    expr: &ConditionExpr,
    names: &BTreeSet<&str>,
    path: &str,
    problems: &mut Problems<'_>,
) {
    match expr {
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
            parts.iter().for_each(|part| check_expr(part, names, path, problems));
        }
        ConditionExpr::Not(inner) => check_expr(inner, names, path, problems),
        ConditionExpr::Identifier(name) => {
            if !names.contains(name.as_str()) {
                let near = nearest(name, names.iter().copied());
                problems.add_near(path, format!("there is no selection `{name}`"), near);
            }
        }
        ConditionExpr::Selector { pattern, .. } => {
            if !names.iter().any(|name| pattern.matches_detection_name(name)) {
                problems.add(path, format!("no selection is meant by `{pattern}`"));
            }
        }
    }
}
