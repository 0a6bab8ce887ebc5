//! A company with a stand-in Slack, and a server's configuration for it.

use std::{sync::Arc, time::Duration};

use ::demo::{
    company::Company,
    vendors::{SlackWorld, SlackWorldConfig, slack::SlackUser},
};
use async_trait::async_trait;
use model::Timestamp;
use ports::Clock;

use crate::harness::Scratch;

/// The key of a program that may do everything.
pub(crate) const KEY: &str = "test-key-of-the-dashboard";
/// The token of the company's monitoring.
pub(crate) const TOKEN: &str = "test-token-of-the-siem";

/// The time of day.
pub(crate) struct Wall;

#[async_trait]
impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}

/// So many people, each with so long for an answer.
pub(crate) async fn company(
    scratch: &Scratch,
    size: usize,
    deadline: &str,
) -> (Company, SlackWorld) {
    let company = Company::new(5, size);
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
            "id: soon\nowner: test\nfallback: true\nask: {{ message: generic, assurance: possession, \
             deadline: {deadline}, clock: wall }}\non: {{ silent: [page] }}\n"
        ),
    );
    scratch.write("countersign.toml", &configuration(scratch, &slack));
    (company, slack)
}

fn configuration(scratch: &Scratch, slack: &SlackWorld) -> String {
    let (port, metrics, url) = (&scratch.port, &scratch.metrics_port, slack.base_url());
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
