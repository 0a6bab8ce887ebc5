//! A real Alertmanager sends, people answer in Slack, phones prove, and the security team is paged.
//!
//! Without the program `prometheus-alertmanager` these say that they were skipped, and fail where
//! everything is required.

use std::time::{Duration, Instant};

use demo::company::Employee;
use serde_json::{Value, json};
use testkit::stage::{Plan, Stage};

use crate::peer::{self, Peer};

/// How long the policy below waits for an answer.
const SILENCE: Duration = Duration::from_secs(3);
const IMPATIENT: &str = r#"id: impatient
owner: platform-team
match: 'alert.source == "prometheus" && alert.rule == "Impatient"'
ask: { message: generic, assurance: possession, deadline: 3s, clock: wall, reminders: [1s] }
on: { verified: [], denied: [page], silent: [page] }
tests:
  - name: it waits three seconds
    alert: { source: prometheus, rule: Impatient, severity: high }
    expect: { act: ask, deadline: 3s, clock: wall }
"#;

fn plan() -> Plan {
    let policies = vec![("impatient.yml".to_owned(), IMPATIENT.to_owned())];
    Plan { people: 10, links: 1, policies, ..Plan::default() }
}

fn alert(rule: &str, person: &Employee) -> Value {
    json!({
        "labels": {
            "alertname": rule, "person": person.email, "severity": "high", "instance": "db-1",
        },
        "annotations": { "summary": "Somebody read the payroll table" },
        "generatorURL": "http://prometheus.larkfield.example/graph",
    })
}

/// The case about somebody, once there is one.
async fn case_of(stage: &Stage, person: &Employee) -> String {
    let found = stage.until("there is a case", async || {
        let cases = stage.cases(&[("person", &person.email)]).await?;
        Ok(cases.first().and_then(|case| case["id"].as_str()).map(str::to_owned))
    });
    found.await.expect("the alert becomes a case")
}

fn incidents_about(stage: &Stage, case: &str) -> usize {
    let incidents = stage.pagerduty.incidents();
    let about = |event: &Value| event.to_string().contains(case);
    incidents.iter().filter(|each| each.is_open && each.events.iter().any(about)).count()
}

async fn paged_about(stage: &Stage, case: &str) {
    let paged = stage
        .until("somebody is paged", async || Ok((incidents_about(stage, case) == 1).then_some(())));
    paged.await.expect("the page comes");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_asked_in_slack_and_proven_by_phone() {
    if !peer::is_there() {
        return;
    }
    let stage = Stage::start(&plan()).await.unwrap();
    let peer = Peer::sending_to(&stage).await.unwrap();
    let player = &stage.cast.players[0];
    peer.raise(&alert("PayrollRead", &player.person)).await.unwrap();
    let question = stage.question(player).await.unwrap();
    assert!(question.shown().contains("Somebody read the payroll table"), "{question:?}");

    let account = &player.person.slack;
    stage.slack.press(account, &question.receipt, "ask.me").await.unwrap();
    let form = stage.slack.forms(account).pop().expect("a form opens");
    stage.slack.submit_form(account, &form.id, "The monthly run.").await.unwrap();
    let form = stage.slack.forms(account).pop().expect("the form says where to go on");
    let case = case_of(&stage, &player.person).await;
    assert!(form.view.to_string().contains(&format!("/ask/{case}")), "{}", form.view);

    let mut browser = stage.sign_in(player).await.unwrap();
    let address = format!("/ask/{case}");
    let page = browser.get(&address).await.unwrap();
    let page = browser.submit(&page, &format!("{address}/prove"), &[("method", "duo")]).await;
    let mut page = page.unwrap();
    while page.text_of("match").is_none() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        page = browser.get(&address).await.unwrap();
        assert_eq!(page.status, 200, "{page:?}");
    }
    let code: String =
        page.text_of("match").unwrap().chars().filter(char::is_ascii_digit).collect();
    let push = stage.duo.pushes().pop().expect("a push was sent");
    assert!(push.wants_code && push.username == player.person.email, "{push:?}");
    let messages = stage.slack.messages(account);
    let told = messages.iter().find(|message| message.blocks.to_string().contains(&code));
    assert_eq!(told, None, "the code is nowhere but on the page");
    assert!(stage.duo.type_code(&push.txid, &code));

    let closed = stage.until_case(&case, "closed", "verified").await.unwrap();
    assert_eq!(closed["proof"]["method"], "duo");
    assert_eq!(closed["comments"], json!(["The monthly run."]));
    assert_eq!(stage.slack.complaints(), Vec::<String>::new());
    assert_eq!(stage.pagerduty.incidents().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn not_me_opens_an_incident_and_a_denied_case_is_paged_once() {
    if !peer::is_there() {
        return;
    }
    let stage = Stage::start(&plan()).await.unwrap();
    let peer = Peer::sending_to(&stage).await.unwrap();
    let player = &stage.cast.players[1];
    peer.raise(&alert("PayrollRead", &player.person)).await.unwrap();
    let question = stage.question(player).await.unwrap();
    stage.slack.press(&player.person.slack, &question.receipt, "ask.not_me").await.unwrap();
    let case = case_of(&stage, &player.person).await;
    stage.until_case(&case, "escalated", "denied").await.unwrap();
    paged_about(&stage, &case).await;
    peer.until_notified(peer.notified().await.unwrap() + 2.0).await.unwrap();
    assert_eq!(incidents_about(&stage, &case), 1, "repeats of the alert page nobody again");
    let report = stage.slack.channel("C0SECURITY");
    assert_eq!(report.len(), 1, "the security team's channel is told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_until_the_deadline_pages() {
    if !peer::is_there() {
        return;
    }
    let stage = Stage::start(&plan()).await.unwrap();
    let peer = Peer::sending_to(&stage).await.unwrap();
    let player = &stage.cast.players[2];
    let start = Instant::now();
    peer.raise(&alert("Impatient", &player.person)).await.unwrap();
    stage.question(player).await.unwrap();
    let case = case_of(&stage, &player.person).await;
    stage.until_case(&case, "escalated", "silent").await.unwrap();
    assert!(start.elapsed() >= SILENCE, "escalated after {:?} already", start.elapsed());
    paged_about(&stage, &case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_are_asked_once_and_resolved_closes_nothing() {
    if !peer::is_there() {
        return;
    }
    let stage = Stage::start(&plan()).await.unwrap();
    let peer = Peer::sending_to(&stage).await.unwrap();
    let player = &stage.cast.players[3];
    let mut alert = alert("PayrollRead", &player.person);
    alert["startsAt"] = json!(jiff::Timestamp::now().to_string());
    peer.raise(&alert).await.unwrap();
    stage.question(player).await.unwrap();
    let case = case_of(&stage, &player.person).await;
    peer.until_notified(4.0).await.unwrap();
    let questions = |stage: &Stage| {
        let messages = stage.slack.messages(&player.person.slack);
        messages.iter().filter(|message| message.buttons().iter().any(|id| id == "ask.me")).count()
    };
    assert_eq!(questions(&stage), 1);
    assert_eq!(stage.case(&case).await.unwrap()["alerts"], 1, "a repeat is a duplicate");

    alert["endsAt"] = json!(jiff::Timestamp::now().to_string());
    peer.raise(&alert).await.unwrap();
    let resolved = stage.until("the end of the alert is a fact", async || {
        let case = stage.case(&case).await?;
        Ok((case["facts"]["resolved"] == true).then_some(case))
    });
    let resolved = resolved.await.unwrap();
    assert_eq!(resolved["state"], "asking", "{resolved}");
    assert_eq!(stage.cases(&[]).await.unwrap().len(), 1);
    let messages = stage.slack.messages(&player.person.slack);
    assert!(messages.len() <= 2, "at most the question, and that it changed: {messages:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_while_the_server_was_down_comes_when_it_is_up() {
    if !peer::is_there() {
        return;
    }
    let mut stage = Stage::set(&plan()).await.unwrap();
    let peer = Peer::sending_to(&stage).await.unwrap();
    let people: Vec<Employee> =
        stage.cast.players[4..8].iter().map(|player| player.person.clone()).collect();
    for person in &people {
        peer.raise(&alert("PayrollRead", person)).await.unwrap();
    }
    peer.until_failed().await.unwrap();
    stage.run().await.unwrap();
    for person in &people {
        case_of(&stage, person).await;
    }
    assert_eq!(stage.cases(&[]).await.unwrap().len(), people.len(), "each once");
}
