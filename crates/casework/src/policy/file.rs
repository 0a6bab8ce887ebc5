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
//!   auto_close: false                # a proven yes goes to the analysts; true by default
//!   second: manager                  # or { group: NAME }: somebody else confirms it too
//! accept_delay: true                 # lets high and critical questions wait for working hours
//! confidence: high                   # how sure it is, medium by default: what is done unasked
//! enrich: [geoip, history]           # what is looked up first, beside what conditions read
//! exclude: [{ groups: [pentest], why: they attack us on purpose }]
//! always: true                       # maintenance windows do not hold it
//! do: [{ run: okta.clear_sessions }, { run: okta.suspend, limit: 30m }, { run: contain }]
//! on:
//!   verified: [{ suppress: 21h, max_hits: 20, same: [ip] }]
//!   denied: [page, { run: end-sessions }]
//! group: { by: [ip], window: 1h }    # name: replaces source and rule; storm: 5 waiting at most
//! tests:
//!   - { name: asks, alert: { source: siem }, expect: { act: ask, severity: high } }
//! ```

mod following;

use content::{FileProblem, Problems, Section, hash, yaml::span};
use model::{Assurance, Confidence, Severity, Span};
use serde_norway::Value;

pub(crate) use following::run;
use following::{enrich, exclusions, group, on, opening};

use super::{
    MAX_FILE_BYTES, Read, condition_of,
    decide::{Policy, SeverityCase, SeverityRule},
    example::{self, Example},
};
use crate::{
    catalog::Catalog,
    treatment::{Act, Ask, AskClock, Second},
};

/// The longest time that a person has to answer.
pub(super) const MAX_DEADLINE: Span = Span::days(30);
/// How many reminders there may be.
pub(super) const MAX_REMINDERS: usize = 10;

const POLICY_KEYS: [&str; 17] = [
    "id",
    "owner",
    "match",
    "fallback",
    "severity",
    "ask",
    "notify",
    "escalate",
    "accept_delay",
    "confidence",
    "enrich",
    "exclude",
    "always",
    "do",
    "on",
    "group",
    "tests",
];
const ASK_KEYS: [&str; 9] = [
    "message",
    "assurance",
    "deadline",
    "clock",
    "reminders",
    "comment",
    "late_proof",
    "auto_close",
    "second",
];
const SEVERITY_KEYS: [&str; 4] = ["default", "when", "set", "why"];
const CONFIDENCES: [(&str, Confidence); 3] =
    [("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];
pub(super) const CLOCKS: [(&str, AskClock); 2] =
    [("wall", AskClock::Wall), ("working", AskClock::Working)];
pub(super) const ASSURANCES: [(&str, Assurance); 2] =
    [("possession", Assurance::Possession), ("phishing_resistant", Assurance::PhishingResistant)];

/// The severities by name.
pub(super) fn severities() -> [(&'static str, Severity); 5] {
    Severity::ALL.map(|severity| (severity.name(), severity))
}

/// A file's policy and its tests, or everything that is wrong with it.
pub(super) fn read(name: &str, yaml: &str, catalog: &Catalog) -> Read<Policy> {
    whole(name, yaml, |value, problems| policy(value, name, hash(yaml), catalog, problems))
}

/// What is to be done about the alerts of a detection rule, from its block `countersign:`. The
/// rest of that block is read by detection.
pub(super) fn read_rule(name: &str, yaml: &str, catalog: &Catalog) -> Read<Policy> {
    let policy = whole(name, yaml, |value, problems| rule(value, hash(yaml), catalog, problems))?;
    Ok((policy, Vec::new()))
}

/// What a file holds, where nothing is wrong with it, or everything that is.
pub(crate) fn whole<T>(
    name: &str,
    yaml: &str,
    read: impl FnOnce(&Value, &mut Problems<'_>) -> Option<T>,
) -> Result<T, Vec<FileProblem>> {
    let mut problems = Problems::of(name);
    let value = parse(yaml, &mut problems);
    match value.and_then(|value| read(&value, &mut problems)) {
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
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<(Policy, Vec<Example>)> {
    let top = Section::read(value, "", &POLICY_KEYS, problems)?;
    let id = top.id("id", problems);
    let id = top.required("id", id, problems);
    let owner = top.text("owner", problems);
    let owner = top.required("owner", owner, problems);
    let is_fallback = top.flag("fallback", problems).unwrap_or(false);
    let condition = condition_of(&top, "match", catalog, problems);
    if top.get("match").is_none() && !is_fallback {
        let text = "is missing: say `fallback: true` for a policy that is for every alert";
        problems.add("match", text);
    }
    let tests = example::read(&top, file, id.as_deref().unwrap_or_default(), problems);
    let treated = treated(&top, hash, catalog, problems);
    let owner = owner?.to_owned();
    let policy = Policy { id: id?, owner, condition, is_fallback, ..treated? };
    Some((policy, tests))
}

fn rule(
    value: &Value,
    hash: String,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<Policy> {
    let id = value.get("id").or_else(|| value.get("name")).and_then(Value::as_str);
    let Some(id) = id else {
        problems.add("id", "is missing");
        return None;
    };
    let block = value.get("countersign")?;
    let top = Section::within(block, "countersign", problems)?;
    let owner = top.text("owner", problems).unwrap_or_default().to_owned();
    let treated = treated(&top, hash, catalog, problems)?;
    Some(Policy { id: id.to_owned(), owner, ..treated })
}

/// The half of a policy that a rule's block has too: everything but whom it is for.
fn treated(
    top: &Section<'_>,
    hash: String,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<Policy> {
    let severity = severity(top, catalog, problems);
    let act = act(top, catalog, problems);
    let is_delay_accepted = top.flag("accept_delay", problems).unwrap_or(false);
    if let Some(act) = &act {
        refuse_grave_delay(act, &severity, is_delay_accepted, problems);
    }
    Some(Policy {
        id: String::new(),
        owner: String::new(),
        hash,
        condition: None,
        is_fallback: false,
        exclusions: exclusions(top, problems),
        enrich: enrich(top, catalog, problems),
        severity,
        confidence: top.word("confidence", &CONFIDENCES, problems).unwrap_or(Confidence::Medium),
        opening: opening(top, catalog, problems),
        is_delay_accepted,
        is_always: top.flag("always", problems).unwrap_or(false),
        on: on(top, catalog, problems),
        group: group(top, problems),
        act: act?,
    })
}

fn severity(top: &Section<'_>, catalog: &Catalog, problems: &mut Problems<'_>) -> SeverityRule {
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
            rule.cases.extend(severity_case(&entry, catalog, problems));
        }
    }
    rule
}

fn severity_case(
    entry: &Section<'_>,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<SeverityCase> {
    let when = condition_of(entry, "when", catalog, problems);
    let set = entry.word("set", &severities(), problems);
    let set = entry.required("set", set, problems);
    let why = entry.text("why", problems);
    let why = entry.required("why", why, problems);
    Some(SeverityCase { when: when?, set: set?, why: why?.to_owned() })
}

fn act(top: &Section<'_>, catalog: &Catalog, problems: &mut Problems<'_>) -> Option<Act> {
    let said = ["ask", "notify", "escalate"].map(|key| top.get(key));
    if said.iter().flatten().count() != 1 {
        problems.add("ask", "say one of `ask`, `notify` and `escalate: true`");
    }
    let [asked, notified, _] = said;
    // Each that is there is read, even when there are too many, for its own problems.
    let asked = asked.and_then(|value| ask(value, &top.path("ask"), catalog, problems));
    let asked = asked.map(Act::Ask);
    let notified = notified.and_then(|value| notify(value, &top.path("notify"), catalog, problems));
    let escalated = top.flag("escalate", problems).and_then(|flag| {
        if !flag {
            problems.add("escalate", "must be true, or left out");
        }
        flag.then_some(Act::Escalate)
    });
    asked.or(notified).or(escalated)
}

fn notify(
    value: &Value,
    path: &str,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<Act> {
    let section = Section::read(value, path, &["message"], problems)?;
    Some(Act::Notify { message: message(&section, catalog, problems)? })
}

/// The message that a question or a notice says.
fn message(
    section: &Section<'_>,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<String> {
    let message = section.id("message", problems);
    let message = section.required("message", message, problems)?;
    catalog.check_message(&message, section.path("message"), problems);
    Some(message)
}

pub(crate) fn ask(
    value: &Value,
    path: &str,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<Ask> {
    // What a rule's question may cost is read by calibration.
    let budget = path.starts_with("countersign").then_some("budget");
    let known: Vec<&str> = ASK_KEYS.into_iter().chain(budget).collect();
    let section = Section::read(value, path, &known, problems)?;
    let message = message(&section, catalog, problems);
    let deadline = section.span("deadline", MAX_DEADLINE, problems);
    let deadline = section.required("deadline", deadline, problems);
    let reminders = reminders(&section, deadline, problems);
    let assurance = section.word("assurance", &ASSURANCES, problems).unwrap_or_default();
    let clock = section.word("clock", &CLOCKS, problems).unwrap_or_default();
    let comment = section.word("comment", &[("optional", false), ("required", true)], problems);
    let late_proof = section.flag("late_proof", problems);
    let auto_close = section.flag("auto_close", problems);
    let second = second(&section, problems);
    Some(Ask {
        message: message?,
        assurance,
        deadline: deadline?,
        clock,
        reminders,
        is_comment_required: comment.unwrap_or(false),
        is_late_proof_allowed: late_proof.unwrap_or(true),
        is_reviewed: !auto_close.unwrap_or(true),
        second,
    })
}

fn second(ask: &Section<'_>, problems: &mut Problems<'_>) -> Option<Second> {
    let value = ask.get("second")?;
    if value.as_str() == Some("manager") {
        return Some(Second::Manager);
    }
    let section = Section::read(value, &ask.path("second"), &["group"], problems)?;
    let group = section.text("group", problems);
    Some(Second::Group(section.required("group", group, problems)?.to_owned()))
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
