//! Rules by the thousand, of which the same hundred find something: what more rules cost.

use event::Logsource;

use super::{Loaded, events::Record};

const LOG: Logsource = Logsource { product: "made", service: "up" };
const RECORDS: usize = 5_000;
/// Only the first so many rules ever find anything.
const FINDING: usize = 100;

/// Rules as companies have them: an action and a second field, a list of actions, a part of a text,
/// and a few that only say what is not.
pub(super) fn rules(count: usize) -> Vec<Loaded> {
    (0..count).filter_map(|at| Loaded::of(rule(at))).collect()
}

fn rule(at: usize) -> String {
    let selection = match at % 4 {
        0 => format!("action: act.{at}\n    result: done"),
        1 => format!("action: [act.{at}, act.{at}.again]"),
        2 => format!("request.path|contains: /path/{at}/"),
        _ => format!("action|startswith: act.{at}.\n    actor.kind: person"),
    };
    format!(
        "title: Rule {at}\nid: rule-{at}\nlogsource: {{ product: made, service: up }}\n\
         detection:\n  s:\n    {selection}\n  condition: s\n"
    )
}

/// Records of about 1.5 kB, one in ten of which a rule finds.
pub(super) fn records() -> Vec<Record> {
    let record = |at: usize| {
        let rule = at * 7 % (FINDING * 10);
        let action =
            if rule < FINDING { format!("act.{rule}") } else { format!("other.{}", at % 50) };
        let path = format!("/path/{}/x", if rule < FINDING { rule } else { 999_999 });
        let padding = "x".repeat(900);
        let bytes = format!(
            "{{\"id\":\"{at}\",\"time\":\"2026-11-20T08:00:00Z\",\"action\":\"{action}\",\"result\":\"done\",\
             \"actor\":{{\"id\":\"p{}\",\"kind\":\"robot\",\"name\":\"Somebody\"}},\
             \"request\":{{\"path\":\"{path}\",\"agent\":\"Mozilla/5.0\",\"size\":{at}}},\
             \"source\":{{\"ip\":\"203.0.113.{}\",\"asn\":64500}},\"note\":\"{padding}\"}}",
            at % 1_000,
            at % 250,
        );
        Record { log: LOG, bytes: bytes.into_bytes() }
    };
    (0..RECORDS).map(record).collect()
}
