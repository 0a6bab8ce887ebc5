//! Whether the fields and values that a rule asks for exist in its logs.

use event::Field;
use rsigma_parser::{Modifier, SigmaValue};

use super::{
    Code, Context, Level, Sink,
    schema::{Key, Known, Schema, Schemas, common_closed},
    uses::{self, Use},
};
use crate::{
    baseline::Part,
    engine::Source,
    rule::{Body, Rule, Rules},
    sigma::Condition,
};

/// Whole numbers beyond this are not told from their neighbours.
const EXACT_MAX: i64 = 1 << 53;

pub(super) fn check(rule: &Rule, rules: &Rules, context: &Context<'_>, sink: &mut Sink<'_>) {
    if let Some(condition) = rule.condition() {
        for one in &uses::of(condition) {
            field(rule, one, context, sink);
            numbers(one, sink);
        }
        members_apart(rule, condition, context, sink);
    }
    match &rule.body {
        Body::Correlation(correlation) => {
            for word in &correlation.rules {
                let Some(below) = rules.find(word) else { continue };
                let words: Vec<&str> =
                    [Some(below.id()), below.head.name.as_deref()].into_iter().flatten().collect();
                for group in &correlation.group_by {
                    let path = format!("correlation.group-by.{}", group.name);
                    name_of(below, group.name_in(&words), &path, context, sink);
                }
                for name in &correlation.fields {
                    name_of(below, name, "correlation.condition.field", context, sink);
                }
            }
        }
        Body::Baseline(body) => {
            let baseline = &body.baseline;
            if let Some(familiar) = &body.familiar {
                uses::of(familiar).iter().for_each(|one| field(rule, one, context, sink));
            }
            for part in baseline.entity().iter().chain(baseline.value()) {
                if let Part::Record(path) = part {
                    in_record(rule, path, context, sink);
                }
            }
        }
        Body::Detection(_) | Body::Filter(_) => {}
    }
    if let Some(name) = &rule.meta.about {
        name_of(rule, name, "countersign.about", context, sink);
    }
    for name in rule.meta.group.by.iter().flatten() {
        if !matches!(rule.body, Body::Correlation(_)) {
            name_of(rule, name, "countersign.group.by", context, sink);
        }
    }
}

/// The sources whose logs a rule looks at, with their schemas where these are known.
pub(super) fn schemas<'c>(
    rule: &Rule,
    context: &'c Context<'_>,
) -> Vec<(&'c Source, &'static Schema)> {
    let wanted = &rule.head.logsource;
    let sources = context.sources.iter().filter(|source| wanted.is_met_by(source.log));
    sources.filter_map(|source| Some((source, Schemas::shipped().of(source.log)?))).collect()
}

/// What a name stands for in any of a rule's logs; in the first, where it stands for nothing in
/// all of them. Nothing where no log is known.
pub(super) fn known(rule: &Rule, name: &str, context: &Context<'_>) -> Option<Known> {
    let all: Vec<Known> = schemas(rule, context)
        .into_iter()
        .map(|(source, schema)| schema.find(name, source.aliases))
        .collect();
    let is_known = |known: &&Known| !matches!(known, Known::Unknown(_));
    all.iter().find(is_known).or(all.first()).cloned()
}

fn name_of(rule: &Rule, name: &str, path: &str, context: &Context<'_>, sink: &mut Sink<'_>) {
    match known(rule, name, context) {
        Some(Known::Unknown(near)) => unknown(name, near, path, sink),
        Some(Known::Key(key)) if key.is_shadowing => shadowed(name, path, sink),
        _ => {}
    }
}

/// The record comes first, and says something else by this name.
fn shadowed(name: &str, path: &str, sink: &mut Sink<'_>) {
    let text = format!("`{name}` is a field of the record here, and not the common field");
    let hint = format!("write `cs.{name}` for the common field");
    sink.add(Code::FieldShadowed, path, text, Some(&hint));
}

/// Whether a rule asks a key of the record for the words of the common field of that name.
fn wants_common_words(one: &Use, key: &Key) -> bool {
    let Some(words) = Field::named(&one.field).and_then(common_closed) else { return false };
    let is_common = |text: &String| words.iter().any(|word| word == text);
    let is_own =
        |text: &String| key.closed.iter().flatten().any(|word| word.eq_ignore_ascii_case(text));
    let wanted = one.equalities().unwrap_or_default();
    !wanted.is_empty() && wanted.iter().all(|text| is_common(text) && !is_own(text))
}

/// A baseline's field of the record, for which no other name holds.
fn in_record(rule: &Rule, path: &str, context: &Context<'_>, sink: &mut Sink<'_>) {
    let known = schemas(rule, context);
    let all: Vec<Known> = known.iter().map(|(_, schema)| schema.find_key(path)).collect();
    if let Some(Known::Unknown(near)) = all.first()
        && all.iter().all(|known| matches!(known, Known::Unknown(_)))
    {
        unknown(path, near.clone(), &format!("baseline.record.{path}"), sink);
    }
}

fn unknown(name: &str, near: Option<String>, path: &str, sink: &mut Sink<'_>) {
    match near {
        Some(near) if near.eq_ignore_ascii_case(name) => {
            let text = format!("`{name}` is `{near}` in this log");
            sink.near(Code::FieldCase, path, text, Some(near));
        }
        near => sink.near(Code::FieldUnknown, path, format!("the log has no field `{name}`"), near),
    }
}

fn field(rule: &Rule, one: &Use, context: &Context<'_>, sink: &mut Sink<'_>) {
    let path = format!("{}.{}", one.selection, one.field);
    match known(rule, &one.field, context) {
        None | Some(Known::Open) => {}
        Some(Known::Unknown(near)) => unknown(&one.field, near, &path, sink),
        Some(Known::Common(field)) => {
            if let Some(words) = common_closed(field) {
                let words: Vec<&str> = words.to_vec();
                closed(one, &words, &path, sink);
            }
            letters(field, one, &path, sink);
        }
        Some(Known::Key(key)) => {
            if key.kinds.are_objects() && one.wants_text() {
                is_object(one, &path, sink);
            } else if key.is_shadowing || wants_common_words(one, &key) {
                shadowed(&one.field, &path, sink);
            }
            if let Some(words) = &key.closed {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                closed(one, &words, &path, sink);
            }
        }
    }
}

fn is_object(one: &Use, path: &str, sink: &mut Sink<'_>) {
    let common = Field::named(&one.field);
    let hint = match common {
        Some(field) => format!("the common field is `cs.{}`", field.name()),
        None => "name a key of it".to_owned(),
    };
    let text = format!("`{}` is an object in this log, which has no text", one.field);
    sink.add(Code::FieldIsObject, path, text, Some(&hint));
}

/// A field that has only certain words.
fn closed(one: &Use, words: &[&str], path: &str, sink: &mut Sink<'_>) {
    let Some(wanted) = one.equalities() else { return };
    let is_known = |text: &&String| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    let unknown: Vec<&String> = wanted.iter().filter(|text| !is_known(text)).collect();
    let code = match unknown.len() {
        0 => return,
        all if all == wanted.len() => Code::ValuesImpossible,
        _ => Code::ValueUnknown,
    };
    for value in unknown {
        let near = content::nearest(value, words.iter().copied());
        let text = format!("`{value}` never occurs in `{}`: {}", one.field, words.join(", "));
        sink.near(code, path, text, near);
    }
}

/// Common fields that are always in one case, and patterns that mind the case.
fn letters(field: Field, one: &Use, path: &str, sink: &mut Sink<'_>) {
    let is_other_case: fn(char) -> bool = match field {
        Field::ActorEmail => |letter| letter.is_uppercase(),
        Field::Country => |letter| letter.is_lowercase(),
        _ => return,
    };
    let is_pattern = one.has(&[Modifier::Re]);
    let minds_case =
        if is_pattern { !one.has(&[Modifier::IgnoreCase]) } else { one.has(&[Modifier::Cased]) };
    if !minds_case {
        return;
    }
    let impossible = |value: &SigmaValue| match value {
        SigmaValue::String(text) if is_pattern => literal(&text.original).any(is_other_case),
        SigmaValue::String(text) => text.original.chars().any(is_other_case),
        _ => false,
    };
    if !one.item.values.is_empty() && one.item.values.iter().all(impossible) {
        let case = if field == Field::Country { "capitals" } else { "small letters" };
        let text = format!("`{}` is always in {case}: this never matches", one.field);
        sink.add(Code::PatternCase, path, text, Some("add the modifier `i`, or drop `cased`"));
    }
}

/// The letters that a pattern certainly wants: none of a class, an escape, a flag or a choice.
fn literal(pattern: &str) -> impl Iterator<Item = char> {
    let is_plain = !pattern.contains(['|', '?', '*', '{', '(']);
    let mut is_class = false;
    let mut is_escaped = false;
    pattern.chars().filter(move |letter| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match letter {
            '\\' if !was_escaped => is_escaped = true,
            '[' if !was_escaped => is_class = true,
            ']' if !was_escaped => is_class = false,
            _ => return is_plain && !is_class && !was_escaped,
        }
        false
    })
}

fn numbers(one: &Use, sink: &mut Sink<'_>) {
    let is_large = |value: &SigmaValue| match value {
        SigmaValue::Integer(number) => number.unsigned_abs() > EXACT_MAX.unsigned_abs(),
        _ => false,
    };
    if one.item.values.iter().any(is_large) {
        let path = format!("{}.{}", one.selection, one.field);
        let text = "is compared as a number, of which only the first 53 bits count";
        sink.add(Code::NumberTooLarge, path, text, Some("write it as a text, in quotes"));
    }
}

/// Two conditions of one selection on one list: each may be met by another member.
fn members_apart(rule: &Rule, condition: &Condition, context: &Context<'_>, sink: &mut Sink<'_>) {
    let uses = uses::of(condition);
    for (at, one) in uses.iter().enumerate() {
        if one.is_of_member {
            continue;
        }
        let Some(list) = list_of(rule, &one.field, context) else { continue };
        let is_other = |other: &&Use| {
            other.selection == one.selection
                && other.field != one.field
                && !other.is_of_member
                && list_of(rule, &other.field, context).as_ref() == Some(&list)
        };
        if uses[..at].iter().any(|other| is_other(&other)) {
            let path = format!("{}.{}", one.selection, one.field);
            let text = format!("may be met by another member of `{list}` than the one before");
            let hint = format!("for one member write `{list}[any]:` with `sigma-version: 3`");
            sink.at_level(Code::MembersApart, Level::Note, path, text, Some(&hint));
        }
    }
}

/// The list that a field's values are members of, or lie in members of.
fn list_of(rule: &Rule, field: &str, context: &Context<'_>) -> Option<String> {
    let is_list =
        |path: &str| matches!(known(rule, path, context), Some(Known::Key(key)) if key.is_many);
    let (list, _) =
        field.match_indices('.').map(|(at, _)| field.split_at(at)).find(|it| is_list(it.0))?;
    Some(list.to_owned())
}
