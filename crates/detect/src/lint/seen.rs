//! "This rule cannot fire": what events have shown. Nothing follows from it by itself, as a rare
//! action is rare by design: a key that the vendor documents is only "not yet seen".

use super::{
    Code, Context, Level, Sink, fields,
    observed::{LogSeen, Observed},
    schema::Known,
    uses::{self, Use},
};
use crate::{
    rule::Rule,
    sigma::slot::{Target, targets},
};

/// So many events of a log must have been seen before anything is said.
const EVENTS_MIN: u64 = 1_000;

/// How far it is from firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Cannot,
    Unlikely,
    NotYetSeen,
}

pub(super) fn check(rule: &Rule, context: &Context<'_>, observed: &Observed, sink: &mut Sink<'_>) {
    let Some(condition) = rule.condition() else { return };
    let wanted = &rule.head.logsource;
    let logs: Vec<(&crate::engine::Source, &LogSeen)> = context
        .sources
        .iter()
        .filter(|source| wanted.is_met_by(source.log))
        .filter_map(|source| Some((source, observed.of(source.log)?)))
        .filter(|(_, seen)| seen.events >= EVENTS_MIN)
        .collect();
    if logs.is_empty() {
        return;
    }
    for one in &uses::of(condition) {
        field(rule, one, &logs, context, sink);
    }
}

fn field(
    rule: &Rule,
    one: &Use,
    logs: &[(&crate::engine::Source, &LogSeen)],
    context: &Context<'_>,
    sink: &mut Sink<'_>,
) {
    let path = format!("{}.{}", one.selection, one.field);
    let mut keys = Vec::new();
    let mut is_common = false;
    for (source, seen) in logs {
        for target in targets(&one.field, source.aliases) {
            match target {
                Target::Common(_) => is_common = true,
                Target::Record(name) => keys.extend(seen.key(name)),
            }
        }
    }
    // What all logs have is not looked for in records.
    if keys.is_empty() && is_common {
        return;
    }
    let is_documented = matches!(
        fields::known(rule, &one.field, context),
        Some(Known::Key(_) | Known::Open | Known::Common(_))
    );
    if keys.is_empty() {
        return never_seen(one, logs, is_documented, path, sink);
    }
    if keys.iter().all(|key| key.kinds.are_objects()) && one.wants_text() {
        let text = graded(Grade::Unlikely, format!("`{}` was only seen as an object", one.field));
        sink.add(Code::SeenOtherKind, path, text, None);
        return;
    }
    values(one, &keys, is_documented, path, sink);
}

fn never_seen(
    one: &Use,
    logs: &[(&crate::engine::Source, &LogSeen)],
    is_documented: bool,
    path: String,
    sink: &mut Sink<'_>,
) {
    let events: u64 = logs.iter().map(|(_, seen)| seen.events).sum();
    if one.wants_nothing() {
        let text =
            format!("`{}` is missing in all of {events} events: this always holds", one.field);
        sink.at_level(Code::AbsentEverywhere, Level::Warning, path, text, None);
        return;
    }
    let other = logs.iter().find_map(|(_, seen)| seen.in_other_case(&one.field));
    if let Some(other) = other {
        let text = graded(Grade::Cannot, format!("`{}` was only seen as `{other}`", one.field));
        sink.near(Code::SeenInOtherCase, path, text, Some(other.to_owned()));
        return;
    }
    let (grade, level) = match is_documented {
        true => (Grade::NotYetSeen, Level::Note),
        false => (Grade::Cannot, Level::Warning),
    };
    let text = graded(grade, format!("`{}` was in none of {events} events", one.field));
    sink.at_level(Code::NeverSeen, level, path, text, None);
}

fn values(
    one: &Use,
    keys: &[&super::observed::KeySeen],
    is_documented: bool,
    path: String,
    sink: &mut Sink<'_>,
) {
    let Some(wanted) = one.equalities().filter(|wanted| !wanted.is_empty()) else { return };
    let seen: Option<Vec<Vec<&str>>> = keys.iter().map(|key| key.values()).collect();
    // Too many to be listed: nothing can be said.
    let Some(seen) = seen.map(|seen| seen.concat()) else { return };
    if wanted.iter().any(|value| seen.contains(&value.to_lowercase().as_str())) {
        return;
    }
    let near = content::nearest(&wanted[0].to_lowercase(), seen.iter().copied());
    let grade = if is_documented { Grade::NotYetSeen } else { Grade::Unlikely };
    let text = format!("none of the values was seen in `{}`, which had {}", one.field, seen.len());
    sink.near(Code::ValuesNeverSeen, path, graded(grade, text), near);
}

fn graded(grade: Grade, text: String) -> String {
    let grade = match grade {
        Grade::Cannot => "cannot fire",
        Grade::Unlikely => "unlikely to fire",
        Grade::NotYetSeen => "not yet seen",
    };
    format!("{grade}: {text}")
}
