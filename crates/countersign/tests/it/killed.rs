//! A server that is killed while alerts pour in, and started again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use ::demo::{
    company::{Company, Dice, Story},
    vendors::{SlackWorld, SlackWorldConfig, slack::SlackUser},
};
use async_trait::async_trait;
use model::Timestamp;
use ports::Clock;
use serde_json::Value;

use crate::harness::{Scratch, eventually, free_port};

const KEY: &str = "test-key-of-the-dashboard";
const TOKEN: &str = "test-token-of-the-siem";
/// So many people, each with one alert.
const PEOPLE: usize = 150;
/// Requests under way at a time.
const AT_ONCE: usize = 8;
/// How long people have, so that deadlines fall into the test.
const DEADLINE_SECONDS: u64 = 20;

struct Wall;

#[async_trait]
impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}

/// A company with a Slack, and a server's configuration for it.
async fn company(scratch: &Scratch) -> (Company, SlackWorld) {
    let company = Company::new(5, PEOPLE);
    let users = company.people.iter();
    let users = users.map(|each| SlackUser::member(&each.slack, &each.email, &each.name));
    let config =
        SlackWorldConfig { people: users.collect(), ..SlackWorldConfig::new(Arc::new(Wall)) };
    let slack = SlackWorld::start(config).await.expect("a workspace");
    slack.set_callbacks(&format!("http://127.0.0.1:{}/callbacks/slack", scratch.port));
    scratch.write("people.toml", &company.people_toml(|_| None));
    scratch.write("siem", TOKEN);
    scratch.write("key", KEY);
    scratch.write("bot", &slack.config().bot_token);
    scratch.write("signing", &slack.config().signing_secret);
    scratch.write(
        "content/policies/soon.yml",
        &format!(
            "id: soon\nowner: test\nask: {{ message: generic, assurance: possession, \
             deadline: {DEADLINE_SECONDS}s, clock: wall }}\non: {{ silent: [page] }}\n"
        ),
    );
    scratch.write("countersign.toml", &configuration(scratch.port, &slack));
    (company, slack)
}

fn configuration(port: u16, slack: &SlackWorld) -> String {
    let (metrics, url) = (free_port(), slack.base_url());
    let (app, team) = (&slack.config().app, &slack.config().team);
    format!(
        r#"
escalate.none = true
server.listen = "127.0.0.1:{port}"
server.public_url = "http://localhost:{port}"
telemetry.metrics_listen = "127.0.0.1:{metrics}"
[directory.staff]
kind = "file"
path = "people.toml"
[sources.siem]
kind = "json"
auth = {{ bearer = {{ file = "siem" }} }}
[chat.slack]
kind = "slack"
base_url = "{url}"
bot_token = {{ file = "bot" }}
signing_secret = {{ file = "signing" }}
app_id = "{app}"
team_id = "{team}"
[verify.totp]
kind = "totp"
[api_keys]
test = {{ scopes = ["admin"], token = {{ file = "key" }} }}
"#
    )
}

fn alerts(company: &Company) -> Vec<Value> {
    let mut dice = Dice::new(5);
    let people = company.people.iter().zip(0..);
    let now = Timestamp::now().to_string();
    let bodies = people.map(|(person, number)| {
        company.alert(&mut dice, Story::AccessKey, person, number, &now).body
    });
    bodies.collect()
}

/// Sends each alert once, some at a time; returns those that were accepted.
async fn send_all(scratch: &Scratch, alerts: Vec<Value>) -> Vec<Value> {
    let mut accepted = Vec::new();
    for some in alerts.chunks(AT_ONCE) {
        let sent = some.iter().map(|alert| async move {
            let reply = scratch.post("v1/alerts/siem", TOKEN, alert).await;
            reply.is_some_and(|reply| reply.status == 202).then(|| alert.clone())
        });
        accepted.extend(futures::future::join_all(sent).await.into_iter().flatten());
    }
    accepted
}

/// Killed in the middle of the burst: what was accepted has a case, once, whose person was asked
/// with one delivery at most beside one in flight, and whose deadline passes.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_a_burst_it_loses_no_alert_asks_nobody_twice_and_forgets_no_deadline() {
    let scratch = Scratch::new();
    let (company, slack) = company(&scratch).await;
    let server = scratch.serve(&[]).await;
    let burst = send_all(&scratch, alerts(&company));
    let kill = async {
        eventually("some are asked", async || (slack.posted() >= 20).then_some(())).await;
        server.kill();
    };
    let (accepted, ()) = tokio::join!(burst, kill);
    assert!(accepted.len() >= 20, "{} accepted before the kill", accepted.len());

    let _server = scratch.serve(&[]).await;
    let again = send_all(&scratch, alerts(&company)).await;
    assert_eq!(again.len(), PEOPLE, "the started server takes all");
    let cases = scratch.cases(KEY).await;
    assert_eq!(cases.len(), PEOPLE, "each alert has one case");
    let people: BTreeSet<&str> = cases.iter().filter_map(|case| case["person"].as_str()).collect();
    assert_eq!(people.len(), PEOPLE, "of one person each");

    eventually("everybody is asked", async || {
        let asked = company.people.iter().filter(|each| !slack.messages(&each.slack).is_empty());
        (asked.count() == PEOPLE).then_some(())
    })
    .await;
    expect_asked_once(&company, &slack);
    eventually("every deadline passes", async || {
        let cases = scratch.cases(KEY).await;
        let is_silent = |case: &Value| case["state"] == "escalated" && case["reason"] == "silent";
        cases.iter().all(is_silent).then_some(())
    })
    .await;
    expect_asked_once(&company, &slack);
}

/// One delivery a question: a send in flight at the kill may have arrived twice, as the same one.
fn expect_asked_once(company: &Company, slack: &SlackWorld) {
    for person in &company.people {
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for message in slack.messages(&person.slack) {
            if message.text.contains("was this you") || !message.buttons().is_empty() {
                *copies.entry(message.delivery.unwrap_or_default()).or_default() += 1;
            }
        }
        assert!(copies.len() <= 1, "{}: several deliveries: {copies:?}", person.slack);
        assert!(copies.values().all(|count| *count <= 2), "{}: {copies:?}", person.slack);
    }
}
