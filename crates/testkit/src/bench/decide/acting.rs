//! From an event to the end of somebody's sessions at an identity provider, with no person in
//! between.

use std::time::Duration;

use anyhow::ensure;
use serde_json::{Value, json};

use super::super::{
    load,
    server::{Plan, Server},
    sink::Sink,
    table::{Met, Table, quantile},
};

/// People whose sessions are ended, each once.
const PEOPLE: usize = 6_000;
const RATE: u32 = 100;
/// The first ones warm the server up, at most so many.
const WARM_UP: usize = 500;
const LIMIT: Duration = Duration::from_secs(60);
/// The target of the product.
const P99_MS: f64 = 1_000.0;

/// A rule without a word of what is done: that is the policy's.
const RULE: &str = r"
title: A session was stolen
id: 6c1f2a52-58a5-4c53-9d5e-3d0f5b0f8f11
name: bench-session-stolen
logsource: { product: bench, service: audit }
level: high
detection:
  selection: { action: session.stolen }
  condition: selection
";
/// Where it lies.
const RULES: &str = "sigma";

const POLICY: &str = r#"
id: bench-stolen
owner: bench
match: 'alert.source == "audit"'
severity: [{ default: high }]
confidence: high
ask: { message: generic, deadline: 30m, clock: wall, reminders: [] }
do: [{ run: okta.clear_sessions }]
on: { verified: [], denied: [page], silent: [page] }
"#;

pub(super) async fn at_once(table: &mut Table, size: Option<usize>) -> anyhow::Result<()> {
    let people = size.unwrap_or(PEOPLE).min(PEOPLE);
    let (identities, pager) = (Sink::identities().await?, Sink::pager().await?);
    let content = vec![
        ("policies/bench.yml".to_owned(), POLICY.to_owned()),
        (format!("{RULES}/bench.yml"), RULE.to_owned()),
    ];
    let sections = sections(&identities.url);
    let (server, _) =
        Server::start(&Plan { content, sections, ..Plan::new(people, &pager) }).await?;
    let mut delays = ended(&server, &identities, people).await?;
    let (p50, p99) = (quantile(&mut delays, 500), quantile(&mut delays, 990));
    table.row(
        "event sent → sessions ended at the identity provider, 100/s open loop",
        format!("p50 {p50:.1} ms, p99 {p99:.1} ms of {}", delays.len()),
        format!("p99 under {P99_MS} ms"),
        Met::when(p99 < P99_MS),
    );
    Ok(())
}

/// Milliseconds from when an event was to be sent until the sessions ended.
async fn ended(server: &Server, identities: &Sink, people: usize) -> anyhow::Result<Vec<f64>> {
    let now = jiff::Timestamp::now().to_string();
    let emails = server.company.people.iter().map(|person| person.email.as_str());
    let event = |email: &str| -> Value {
        json!({
            "id": format!("stolen-{email}"), "time": now, "action": "session.stolen",
            "user": email, "ip": "198.51.100.7", "session": format!("session-of-{email}"),
        })
    };
    let events: Vec<Value> = emails.clone().map(event).collect();
    let url = format!("{}/v1/events/audit", server.url);
    let sent = load::send_paced(&url, events, RATE).await?;
    load::until(LIMIT, people as u64, || identities.received()).await?;
    ensure!(identities.doubled() == 0, "{} were ended twice", identities.doubled());
    let warm_up = WARM_UP.min(people / 2);
    let delay = |(email, sent): (&str, load::Sent)| {
        let ended = identities.first(email).unwrap_or(sent.due);
        ended.saturating_duration_since(sent.due).as_secs_f64() * 1e3
    };
    Ok(emails.zip(sent).skip(warm_up).map(delay).collect())
}

/// A source of events, the identity provider, and room for as many actions as are measured.
fn sections(identities: &str) -> String {
    format!(
        r#"
[sources.audit]
kind = "json_events"
auth = {{ bearer = {{ env = "BENCH_SECRET" }} }}
product = "bench"
service = "audit"
time = "time"
action = "action"
id = "id"
ip = "ip"
session = "session"
actor = {{ id = "user", email = "user" }}

[detection]
sigma = ["content/{RULES}"]
sigma_state = "live"

[respond]
per_hour = 100_000

[respond.okta]
kind = "okta"
base_url = "{identities}"
token = {{ env = "BENCH_SECRET" }}
"#
    )
}
