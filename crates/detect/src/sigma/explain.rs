//! Why a rule matched: the selections that hold, and what the fields held.

use rsigma_eval::{EventValue, MatcherKind};

use super::{
    lens::Lens,
    program::{Body, Expr, Item, Program, Test},
};

/// How many matched fields are told.
const MATCHED_MAX: usize = 24;
/// The longest value or pattern that is told, in bytes.
const SHOWN_BYTES_MAX: usize = 200;

/// One field that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The selection of the rule.
    pub selection: String,
    /// The field, in the rule's word; `any text` for a word that may be anywhere.
    pub field: String,
    /// What the event holds there, cut where it is long. Hostile text.
    pub value: String,
    /// What the rule wanted, in words.
    pub wanted: String,
}

/// Everything that matched, in the order of the selections' names.
pub(super) fn matched(program: &Program, lens: &Lens<'_, '_>) -> Vec<Matched> {
    let mut named = Vec::new();
    let held = program.conditions.iter().filter(|condition| program.holds(condition, lens));
    held.for_each(|condition| positive(condition, &mut named));
    named.sort_unstable();
    named.dedup();
    let mut all = Vec::new();
    for at in named {
        let Some(selection) = program.selections.get(at) else { continue };
        if program.is_selected(at, lens) {
            of_body(&selection.body, &selection.name, lens, &mut all);
        }
    }
    all.truncate(MATCHED_MAX);
    all
}

/// The selections that a condition wants to hold, not those that it wants not to.
fn positive(expr: &Expr, named: &mut Vec<usize>) {
    match expr {
        Expr::Is(at) => named.push(*at),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| positive(part, named)),
        Expr::Some { of, .. } => named.extend(of),
        Expr::Not(_) => {}
    }
}

fn of_body(body: &Body, selection: &str, lens: &Lens<'_, '_>, all: &mut Vec<Matched>) {
    let matched = |field: &str, value: String, wanted: String| Matched {
        selection: selection.to_owned(),
        field: field.to_owned(),
        value: cut(&value),
        wanted: cut(&wanted),
    };
    match body {
        Body::Items(items) => {
            for item in items {
                let (field, value) = match &item.field {
                    Some(field) => (&*field.name, shown(lens.value(field.slot).to_event_value())),
                    None => ("any text", String::new()),
                };
                all.push(matched(field, value, wanted(item)));
            }
        }
        Body::Any(parts) | Body::All(parts) => {
            let holding = parts.iter().filter(|part| part.holds(lens));
            holding.for_each(|part| of_body(part, selection, lens, all));
        }
        Body::Words(matcher) => {
            let pattern = matcher.describe().pattern.unwrap_or_default();
            all.push(matched("any text", String::new(), format!("contains {pattern}")));
        }
        Body::Members(members) => {
            let field = members.field.as_deref().unwrap_or("any member");
            all.push(matched(field, String::new(), "its members are as wanted".to_owned()));
        }
    }
}

fn wanted(item: &Item) -> String {
    match &item.test {
        Test::Exists(true) => "is there".to_owned(),
        Test::Exists(false) => "is not there".to_owned(),
        _ => {
            let told = item.matcher.describe();
            let not = if told.negated { "not " } else { "" };
            let kind = word(told.kind);
            match told.pattern {
                Some(pattern) => format!("{not}{kind} {pattern}"),
                None => format!("{not}{kind}"),
            }
        }
    }
}

fn word(kind: MatcherKind) -> &'static str {
    match kind {
        MatcherKind::Exact => "is",
        MatcherKind::Contains => "contains",
        MatcherKind::StartsWith => "begins with",
        MatcherKind::EndsWith => "ends with",
        MatcherKind::Regex => "matches",
        MatcherKind::OneOf => "is one of",
        MatcherKind::Cidr => "is in",
        MatcherKind::Numeric => "is a number",
        MatcherKind::Exists => "is there",
        MatcherKind::FieldRef => "is as the field",
        MatcherKind::Null => "is null or absent",
        MatcherKind::Bool => "is",
        MatcherKind::Expand => "is",
        MatcherKind::Timestamp => "is at the time",
        MatcherKind::Keyword => "contains",
    }
}

fn shown(value: Option<EventValue<'_>>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(EventValue::Null) => "null".to_owned(),
        Some(value) => match value.as_str() {
            Some(text) => text.into_owned(),
            None => value.to_json().to_string(),
        },
    }
}

fn cut(text: &str) -> String {
    if text.len() <= SHOWN_BYTES_MAX {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)])
}
