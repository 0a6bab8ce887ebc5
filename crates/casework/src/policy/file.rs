//! What a policy file may hold.
//!
//! ```yaml
//! id: siem-root-login                # a to z, 0 to 9, hyphens
//! owner: cloud-team
//! match: 'alert.source == "siem"'    # CEL; or `fallback: true`, tried after all others
//! severity:                          # the first `when` that holds, else the default, else the
//!   - { default: high }              #   alert's own
//!   - { when: person.privileged, set: critical, why: privileged account }
//! ask:                               # or `notify: { message: … }`, or `escalate: true`: straight
//!   message: generic                 #   to the analysts
//!   assurance: phishing_resistant    # or possession, the default
//!   deadline: 30m
//!   clock: wall                      # or working, the default
//!   reminders: [10m]
//!   comment: required                # or optional, the default
//!   late_proof: false                # true by default
//! accept_delay: true                 # lets high and critical questions wait for working hours
//! on:
//!   verified: [{ suppress: 21h, max_hits: 20, same: [ip] }]
//!   denied: [page]
//! group: { by: [ip], window: 1h }
//! tests:
//!   - { name: asks, alert: { source: siem }, expect: { act: ask, severity: high } }
//! ```

use std::collections::BTreeMap;

use content::{
    FileProblem, Problems, Section, hash, nearest,
    yaml::{list, span},
};
use model::{Assurance, Outcome, Severity, Span};
use serde_norway::Value;

use super::{
    MAX_FILE_BYTES,
    condition::{self, Expr},
    decide::{Match, Policy, SeverityCase, SeverityRule},
    example::{self, Example},
};
use crate::treatment::{Act, Ask, AskClock, Group, Response};

/// The longest time that a person has to answer.
pub(super) const MAX_DEADLINE: Span = Span::days(30);
/// The longest time for which a proof quiets the same.
pub(super) const MAX_SUPPRESSION: Span = Span::days(90);
/// The longest time for which a case is joined.
pub(super) const MAX_GROUP_WINDOW: Span = Span::days(30);
/// How long a case is joined when nothing is said.
pub(super) const DEFAULT_GROUP_WINDOW: Span = Span::hours(1);
/// How many alerts one proof may quiet.
pub(super) const MAX_SUPPRESSION_HITS: u32 = 1_000;
/// How many reminders there may be.
pub(super) const MAX_REMINDERS: usize = 10;

const POLICY_KEYS: [&str; 12] = [
    "id",
    "owner",
    "match",
    "fallback",
    "severity",
    "ask",
    "notify",
    "escalate",
    "accept_delay",
    "on",
    "group",
    "tests",
];
const ASK_KEYS: [&str; 7] =
    ["message", "assurance", "deadline", "clock", "reminders", "comment", "late_proof"];
const SEVERITY_KEYS: [&str; 4] = ["default", "when", "set", "why"];
const RESPONSE_KEYS: [&str; 4] = ["suppress", "max_hits", "same", "run"];
pub(super) const CLOCKS: [(&str, AskClock); 2] =
    [("wall", AskClock::Wall), ("working", AskClock::Working)];
pub(super) const ASSURANCES: [(&str, Assurance); 2] =
    [("possession", Assurance::Possession), ("phishing_resistant", Assurance::PhishingResistant)];

/// The severities by name.
pub(super) fn severities() -> [(&'static str, Severity); 5] {
    Severity::ALL.map(|severity| (severity.name(), severity))
}

/// A file's policy and its tests, or everything that is wrong with it.
pub(super) fn read(name: &str, yaml: &str) -> Result<(Policy, Vec<Example>), Vec<FileProblem>> {
    let mut problems = Problems::of(name);
    let value = parse(yaml, &mut problems);
    let read = value.and_then(|value| policy(&value, name, hash(yaml), &mut problems));
    match read {
        Some(read) if problems.is_empty() => Ok(read),
        _ => Err(problems.into_vec()),
    }
}

fn parse(yaml: &str, problems: &mut Problems<'_>) -> Option<Value> {
    if yaml.len() > MAX_FILE_BYTES {
        problems.add("", format!("longer than {MAX_FILE_BYTES} bytes"));
        return None;
    }
    serde_norway::from_str(yaml).map_err(|error| problems.add("", error.to_string())).ok()
}

/// Reads every part before it gives up on any, so that all problems are found.
fn policy(
    value: &Value,
    file: &str,
    hash: String,
    problems: &mut Problems<'_>,
) -> Option<(Policy, Vec<Example>)> {
    let top = Section::read(value, "", &POLICY_KEYS, problems)?;
    let id = top.id("id", problems);
    let id = top.required("id", id, problems);
    let owner = top.text("owner", problems);
    top.required("owner", owner, problems);
    let is_fallback = top.flag("fallback", problems).unwrap_or(false);
    let matches = condition(&top, "match", problems).map(Match::new);
    if top.get("match").is_none() && !is_fallback {
        let text = "is missing: say `fallback: true` for a policy that is for every alert";
        problems.add("match", text);
    }
    let severity = severity(&top, problems);
    let act = act(&top, problems);
    let is_delay_accepted = top.flag("accept_delay", problems).unwrap_or(false);
    if let Some(act) = &act {
        refuse_grave_delay(act, &severity, is_delay_accepted, problems);
    }
    let on = on(&top, problems);
    let group = group(&top, problems);
    let tests = example::read(&top, file, id.as_deref().unwrap_or_default(), problems);
    let (id, act) = (id?, act?);
    let policy =
        Policy { id, hash, matches, is_fallback, severity, act, is_delay_accepted, on, group };
    Some((policy, tests))
}

fn condition(of: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<Expr> {
    let path = of.path(key);
    let Some(text) = of.get(key)?.as_str() else {
        problems.add(path, "must be a text that is a condition");
        return None;
    };
    let flaws = match condition::compile(text) {
        Ok(expr) => return Some(expr),
        Err(flaws) => flaws,
    };
    for flaw in flaws {
        problems.add_near(&path, flaw.text, flaw.nearest);
    }
    None
}

fn severity(top: &Section<'_>, problems: &mut Problems<'_>) -> SeverityRule {
    let mut rule = SeverityRule::default();
    for (path, item) in top.list("severity", problems).unwrap_or_default() {
        let Some(entry) = Section::read(item, &path, &SEVERITY_KEYS, problems) else { continue };
        if entry.get("default").is_some() == entry.get("when").is_some() {
            problems.add(path, "needs either `default`, or `when` and `set`");
        } else if entry.get("default").is_some() {
            if rule.default.is_some() {
                problems.add(path, "there is a default already");
            }
            rule.default = entry.word("default", &severities(), problems);
        } else {
            rule.cases.extend(severity_case(&entry, problems));
        }
    }
    rule
}

fn severity_case(entry: &Section<'_>, problems: &mut Problems<'_>) -> Option<SeverityCase> {
    let when = condition(entry, "when", problems);
    let set = entry.word("set", &severities(), problems);
    let set = entry.required("set", set, problems);
    let why = entry.text("why", problems);
    let why = entry.required("why", why, problems);
    Some(SeverityCase { when: when?, set: set?, why: why?.to_owned() })
}

fn act(top: &Section<'_>, problems: &mut Problems<'_>) -> Option<Act> {
    let said = ["ask", "notify", "escalate"].map(|key| top.get(key));
    if said.iter().flatten().count() != 1 {
        problems.add("ask", "say one of `ask`, `notify` and `escalate: true`");
    }
    let [asked, notified, _] = said;
    // Each that is there is read, even when there are too many, for its own problems.
    let asked = asked.and_then(|value| ask(value, problems)).map(Act::Ask);
    let notified = notified.and_then(|value| notify(value, problems));
    let escalated = top.flag("escalate", problems).and_then(|flag| {
        if !flag {
            problems.add("escalate", "must be true, or left out");
        }
        flag.then_some(Act::Escalate)
    });
    asked.or(notified).or(escalated)
}

fn notify(value: &Value, problems: &mut Problems<'_>) -> Option<Act> {
    let section = Section::read(value, "notify", &["message"], problems)?;
    let message = section.id("message", problems);
    Some(Act::Notify { message: section.required("message", message, problems)? })
}

fn ask(value: &Value, problems: &mut Problems<'_>) -> Option<Ask> {
    let section = Section::read(value, "ask", &ASK_KEYS, problems)?;
    let message = section.id("message", problems);
    let message = section.required("message", message, problems);
    let deadline = section.span("deadline", MAX_DEADLINE, problems);
    let deadline = section.required("deadline", deadline, problems);
    let reminders = reminders(&section, deadline, problems);
    let assurance = section.word("assurance", &ASSURANCES, problems).unwrap_or_default();
    let clock = section.word("clock", &CLOCKS, problems).unwrap_or_default();
    let comment = section.word("comment", &[("optional", false), ("required", true)], problems);
    let late_proof = section.flag("late_proof", problems);
    Some(Ask {
        message: message?,
        assurance,
        deadline: deadline?,
        clock,
        reminders,
        is_comment_required: comment.unwrap_or(false),
        is_late_proof_allowed: late_proof.unwrap_or(true),
    })
}

fn reminders(ask: &Section<'_>, deadline: Option<Span>, problems: &mut Problems<'_>) -> Vec<Span> {
    let items = ask.list("reminders", problems).unwrap_or_default();
    if items.len() > MAX_REMINDERS {
        problems.add(ask.path("reminders"), format!("more than {MAX_REMINDERS} reminders"));
    }
    let mut reminders = Vec::new();
    for (path, item) in items {
        let Some(reminder) = span(item, MAX_DEADLINE, &path, problems) else { continue };
        if deadline.is_some_and(|deadline| reminder >= deadline) {
            problems.add(path, "comes after the deadline");
        }
        reminders.push(reminder);
    }
    reminders.sort();
    reminders.dedup();
    reminders
}

/// A policy that itself makes alerts grave may not let them wait by the way: only by name. Where
/// the alert's own severity counts, the same is seen to when it is decided.
fn refuse_grave_delay(
    act: &Act,
    severity: &SeverityRule,
    is_delay_accepted: bool,
    problems: &mut Problems<'_>,
) {
    let mut named = severity.cases.iter().map(|case| case.set).chain(severity.default);
    let is_slow = matches!(act, Act::Ask(ask) if ask.clock == AskClock::Working);
    if is_slow && !is_delay_accepted && named.any(Severity::is_grave) {
        let text = "high and critical questions do not wait for working hours: say `clock: wall`, \
                    or `accept_delay: true` beside `ask`";
        problems.add("ask.clock", text);
    }
}

fn on(top: &Section<'_>, problems: &mut Problems<'_>) -> BTreeMap<Outcome, Vec<Response>> {
    let known: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
    let section = top.get("on").and_then(|value| Section::read(value, "on", &known, problems));
    let Some(section) = section else { return BTreeMap::new() };
    let mut on = BTreeMap::new();
    for (word, value) in section.entries() {
        let Some(outcome) = Outcome::named(word) else { continue };
        let items = list(value, &section.path(word), problems).unwrap_or_default();
        let responses =
            items.iter().filter_map(|(path, item)| response(outcome, item, path, problems));
        on.insert(outcome, responses.collect());
    }
    on
}

fn response(
    outcome: Outcome,
    value: &Value,
    path: &str,
    problems: &mut Problems<'_>,
) -> Option<Response> {
    if let Some(word) = value.as_str() {
        if word != "page" {
            let nearest = nearest(word, ["page"].into_iter().chain(RESPONSE_KEYS));
            problems.add_near(path, "must be page, or have the key `suppress`", nearest);
        }
        return (word == "page").then_some(Response::Page);
    }
    let section = Section::read(value, path, &RESPONSE_KEYS, problems)?;
    if section.get("run").is_some() {
        let text = "no responder is configured: remove `run` or add a [respond.*] section";
        problems.add(section.path("run"), text);
        return None;
    }
    if outcome != Outcome::Verified {
        problems.add(path, "only what is verified may quiet anything: move it to `on.verified`");
    }
    suppress(&section, problems)
}

fn suppress(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Response> {
    let span = section.span("suppress", MAX_SUPPRESSION, problems);
    let span = section.required("suppress", span, problems);
    let max_hits = section.count("max_hits", MAX_SUPPRESSION_HITS, problems);
    let max_hits = section.required("max_hits", max_hits, problems);
    let same = section.texts("same", problems);
    let same = section.required("same", same, problems)?;
    if same.is_empty() {
        problems.add(section.path("same"), "needs at least one fact");
    }
    Some(Response::Suppress { span: span?, max_hits: max_hits?, same })
}

fn group(top: &Section<'_>, problems: &mut Problems<'_>) -> Group {
    let all = Group { by: None, window: DEFAULT_GROUP_WINDOW };
    let section = top
        .get("group")
        .and_then(|value| Section::read(value, "group", &["by", "window"], problems));
    let Some(section) = section else { return all };
    let window = section.span("window", MAX_GROUP_WINDOW, problems);
    Group { by: section.texts("by", problems), window: window.unwrap_or(all.window) }
}
