//! What a decision reads: 200 policies, 500 exceptions, three steps of enrichment; and alerts that
//! meet them.

use demo::company::{Company, Employee};
use serde_json::{Value, json};

/// What this is, for the table.
pub(super) const WORDS: &str = "three remembered look-ups, 200 policies, 500 exceptions";
/// The steps.
pub(super) const STEPS: [&str; 3] = ["intel", "hosting", "devicecheck"];
/// How the policies are called that are for one rule each.
pub(super) const POLICY: &str = "bench-rule-";

/// Policies that are for one rule, and those that every alert meets.
const NARROW: usize = 180;
const BROAD: usize = 20;
const EXCEPTIONS: usize = 500;
/// Things that are looked up, of each kind.
const THINGS: usize = 64;
/// People whose alerts fill what is remembered: the last of the company.
pub(super) const WARMERS: usize = THINGS;

/// How often something is looked up at all.
pub(super) fn lookups() -> u64 {
    (THINGS * STEPS.len()) as u64
}

/// The steps, all answered by one receiver.
pub(super) fn sections(known: &str) -> String {
    let section = |step: &&str| {
        format!(
            "[enrich.{step}]\nkind = \"http\"\nurl = \"{known}/{step}/{{facts.{step}}}\"\n\
             fields = {{ score = \"/score\", listed = \"/listed\" }}\n\n"
        )
    };
    let steps: String = STEPS.iter().map(section).collect();
    format!("{steps}[limits]\negress_allow = [\"127.0.0.1\"]\n")
}

/// The policies, by their path: those that every alert meets come first.
pub(super) fn files() -> Vec<(String, String)> {
    let broad = (0..BROAD).map(|at| (format!("policies/00-broad-{at:02}.yml"), broad(at)));
    let narrow = (0..NARROW).map(|at| (format!("policies/10-rule-{at:03}.yml"), narrow(at)));
    broad.chain(narrow).collect()
}

/// Read for every alert, and never for one of ours.
fn broad(at: usize) -> String {
    format!(
        "id: bench-broad-{at}\nowner: bench\n\
         match: 'enrich.intel.score > {}.0 && person.privileged'\n\
         escalate: true\n",
        80 + at
    )
}

fn narrow(at: usize) -> String {
    format!(
        "id: {POLICY}{at}\nowner: bench\n\
         match: 'alert.source == \"siem\" && alert.rule == \"bench-{at}\"'\n\
         severity:\n\
         - {{ when: 'enrich.intel.score > 80.0', set: high, why: known for attacks }}\n\
         - {{ when: 'enrich.hosting.listed && person.privileged', set: high, why: hosted }}\n\
         - {{ when: 'enrich.devicecheck.score > 90.0', set: high, why: not ours }}\n\
         - {{ default: medium }}\n\
         ask: {{ message: generic, deadline: 8h, clock: wall, reminders: [1h] }}\n\
         on: {{ verified: [], denied: [page], silent: [page] }}\n"
    )
}

/// The exceptions: half by a fact, half by a condition. None is for one of our alerts.
pub(super) fn exceptions() -> impl Iterator<Item = Value> {
    (0..EXCEPTIONS).map(|at| {
        let rule = format!("bench-{}", at % NARROW);
        let narrowing = match at % 2 {
            0 => ("facts", json!({ "intel": format!("elsewhere{at}") })),
            _ => ("condition", json!("enrich.hosting.score > 95.0 && alert.severity == 'low'")),
        };
        json!({ "reason": "bench", "for": "30d", "rule": rule, narrowing.0: narrowing.1 })
    })
}

/// One alert about each of so many people.
pub(super) fn alerts(company: &Company, count: usize) -> Vec<Value> {
    let people = company.people.iter().take(count);
    people.enumerate().map(|(number, person)| alert(number, person)).collect()
}

/// Alerts that have everything looked up once.
pub(super) fn warming(company: &Company) -> Vec<Value> {
    let people = company.people.iter().rev().take(WARMERS);
    people.enumerate().map(|(number, person)| alert(number, person)).collect()
}

fn alert(number: usize, person: &Employee) -> Value {
    let thing = format!("thing{}", number % THINGS);
    json!({
        "id": format!("{}-{number}", person.subject),
        "rule": format!("bench-{}", number % NARROW),
        "title": "Something was done that may not have been you",
        "severity": "medium",
        "time": jiff::Timestamp::now().to_string(),
        "person": person.email,
        "url": format!("https://siem.example/alerts/{number}"),
        "facts": {
            "intel": thing, "hosting": thing, "devicecheck": thing, "number": number,
            "action": "sign_in", "app": "Wiki", "ip": "198.51.100.7", "client": "Firefox on Linux",
        },
    })
}
