//! Audit events from the wire to a question, and through a kill.

use std::collections::{BTreeMap, BTreeSet};

use ::demo::{company::Company, vendors::SlackWorld};
use model::{Span, Timestamp};
use serde_json::{Value, json};

use crate::{
    company::{KEY, TOKEN, company},
    harness::{Running, Scratch, eventually},
};

/// Requests under way at a time.
const AT_ONCE: usize = 4;

const SOURCE: &str = r#"
[sources.vpn]
kind = "json_events"
auth = { bearer = { file = "siem" } }
product = "vpn"
service = "access"
time = ["at"]
action = "do"
id = "id"
actor = { id = "who", email = "who" }
"#;

fn rule(id: &str, body: &str) -> String {
    format!(
        "title: The rule {id}\nid: {id}\nlevel: medium\nlogsource: {{ product: vpn }}\n{body}\n\
         countersign:\n  state: live\n  owner: test\n  group: {{ by: [do, net], window: 1h }}\n  \
         ask: {{ message: generic, assurance: possession, deadline: 30m, clock: wall }}\n"
    )
}

async fn start(people: usize) -> (Scratch, Company, SlackWorld, Running) {
    let scratch = Scratch::new();
    let (company, slack) = company(&scratch, people, "30m").await;
    let config = std::fs::read_to_string(scratch.path("countersign.toml")).expect("a file");
    scratch.write("countersign.toml", &(config + SOURCE));
    let export = "detection: { s: { do: export }, condition: s }";
    let network = "baseline: { kind: first_seen, selection: { do: login }, entity: actor.id, \
                   value: record.net, learn: 1d, minimum: { events: 3, days: 2 } }";
    scratch.write("content/rules/export.yml", &rule("export", export));
    scratch.write("content/rules/deeper/network.yml", &rule("network", network));
    let server = scratch.serve(&[]).await;
    (scratch, company, slack, server)
}

fn event(id: &str, who: &str, what: &str, net: &str, ago: Span) -> Value {
    let at = ago.before(Timestamp::now()).to_string();
    json!({ "id": id, "who": who, "do": what, "net": net, "at": at })
}

async fn send(scratch: &Scratch, body: &Value) -> Option<Value> {
    let reply = scratch.post("v1/events/vpn", TOKEN, body).await?;
    let taken = (reply.status == 202).then_some(reply.body)?;
    serde_json::from_slice(&taken).ok()
}

async fn rules(scratch: &Scratch) -> BTreeMap<String, u64> {
    let reply = scratch.get("v1/rules", Some(KEY)).await.expect("an answer");
    let list: Value = serde_json::from_slice(&reply.body).expect("JSON");
    let items = list["items"].as_array().expect("items");
    let hits = |it: &Value| Some((it["id"].as_str()?.to_owned(), it["hits"].as_u64()?));
    items.iter().filter_map(hits).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_and_a_baseline_find_is_asked_about() {
    let (scratch, company, slack, _server) = start(3).await;
    let [mia, noah] = [0, 1].map(|at| company.people[at].clone());
    let mut history: Vec<Value> = (1..=5)
        .rev()
        .map(|day| {
            event(
                &format!("h{day}"),
                &mia.email,
                "login",
                ["a", "b"][day % 2],
                Span::days(day as u64),
            )
        })
        .collect();
    history.push(event("new", &mia.email, "login", "z", Span::ZERO));
    history.push(event("export", &noah.email, "export", "a", Span::ZERO));
    history.push(json!({ "id": "no time", "do": "export" }));
    let receipt = send(&scratch, &json!(history)).await.expect("taken");
    assert_eq!((&receipt["accepted"], &receipt["rejected"][0]["index"]), (&json!(7), &json!(7)));
    eventually("both are asked", async || {
        let asked = [&mia, &noah].iter().all(|who| !slack.messages(&who.slack).is_empty());
        asked.then_some(())
    })
    .await;
    let cases = scratch.cases(KEY).await;
    let found: BTreeSet<(&str, &str)> =
        cases.iter().filter_map(|it| Some((it["rule"].as_str()?, it["state"].as_str()?))).collect();
    assert_eq!(found, BTreeSet::from([("export", "asking"), ("network", "asking")]));
    assert_eq!(cases.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_events_pour_in_it_misses_none_and_finds_nothing_twice() {
    const PEOPLE: usize = 60;
    const BATCHES: usize = 120;
    let (scratch, company, _slack, server) = start(PEOPLE).await;
    // Each person exports once; between them is much that no rule looks for.
    let batches: Vec<Value> = (0..BATCHES)
        .map(|batch| {
            let some = (0..20).map(|at| {
                let person = &company.people[(batch / 2 + at) % PEOPLE];
                let is_export = at == 0 && batch.is_multiple_of(2);
                let what = if is_export { "export" } else { "walk" };
                event(&format!("{batch}-{at}"), &person.email, what, "a", Span::ZERO)
            });
            some.collect()
        })
        .collect();
    let burst = async {
        let mut taken = 0;
        for some in batches.chunks(AT_ONCE) {
            let sent = some.iter().map(|batch| send(&scratch, batch));
            taken += futures::future::join_all(sent).await.into_iter().flatten().count();
        }
        taken
    };
    let kill = async {
        eventually("some are found", async || (!scratch.cases(KEY).await.is_empty()).then_some(()))
            .await;
        server.kill();
    };
    let (taken, ()) = tokio::join!(burst, kill);
    assert!(taken < BATCHES, "the kill came too late to tell anything");

    let _server = scratch.serve(&[]).await;
    let mut known = 0;
    for batch in &batches {
        let receipt = send(&scratch, batch).await.expect("the started server takes all");
        assert_eq!(receipt["accepted"], 20);
        known += receipt["duplicates"].as_u64().expect("a count");
    }
    assert!(known as usize >= taken * 20, "what was acknowledged is there: {known}");
    eventually("everything is evaluated", async || {
        (rules(&scratch).await.get("export") == Some(&(PEOPLE as u64))).then_some(())
    })
    .await;
    let cases = scratch.cases(KEY).await;
    let people: BTreeSet<&str> = cases.iter().filter_map(|case| case["person"].as_str()).collect();
    assert_eq!((cases.len(), people.len()), (PEOPLE, PEOPLE), "each once");
    assert!(cases.iter().all(|case| case["alerts"] == 1), "and one alert each");
}
