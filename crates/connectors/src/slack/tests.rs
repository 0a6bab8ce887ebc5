mod callback;
mod shown;
mod wire;

use std::sync::Arc;

use demo::vendors::{SlackWorld, SlackWorldConfig, slack::SlackUser};
use model::{Answer, DeliveryId, Timestamp};
use ports::{
    chat::{Button, Form, Notice, Question, Report},
    clock::ManualClock,
};
use secrecy::SecretString;

use super::{Slack, SlackSettings};
use crate::http::HttpClient;

pub(super) const NOW_SECONDS: i64 = 1_795_000_000;

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(NOW_SECONDS).expect("in range")
}

/// A workspace with Mia in it, the connector for it, and the clock of both.
pub(super) async fn world() -> (SlackWorld, Slack, ManualClock) {
    let clock = ManualClock::at(now());
    let mut config = SlackWorldConfig::new(Arc::new(clock.clone()));
    config.people = vec![SlackUser::member("U0MIA", "mia@example.com", "Mia Sand")];
    let world = SlackWorld::start(config).await.expect("a free port");
    let slack = Slack::new("slack", settings(&world), HttpClient::for_tests());
    (world, slack, clock)
}

pub(super) fn settings(world: &SlackWorld) -> SlackSettings {
    let config = world.config();
    SlackSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        bot_token: SecretString::from(config.bot_token.clone()),
        signing_secrets: vec![SecretString::from(config.signing_secret.clone())],
        app_id: config.app.clone(),
        team_id: config.team.clone(),
        enterprise_id: None,
        escalation_channel: Some("C0SECURITY".to_owned()),
    }
}

pub(super) fn delivery(number: u128) -> DeliveryId {
    DeliveryId::from_parts(now(), number)
}

pub(super) fn button(answer: Answer, label: &str) -> Button {
    let token = format!("opaque-{}", answer.name());
    Button { answer, label: label.to_owned(), token }
}

pub(super) fn question() -> Question {
    Question {
        delivery: delivery(1),
        code: "K7Q-4M2".to_owned(),
        title: "Was this you?".to_owned(),
        text: "Someone signed in to Okta as you from Lisbon, today at 14:05.".to_owned(),
        facts: vec![
            ("From".to_owned(), "198.51.100.7".to_owned()),
            ("With".to_owned(), "Firefox on Windows".to_owned()),
        ],
        buttons: vec![
            button(Answer::Me, "It was me"),
            button(Answer::NotMe, "Not me"),
            button(Answer::NotSure, "Not sure"),
        ],
        footer: "Not me tells the security team at once.".to_owned(),
        url: "https://countersign.example.com/ask/ask_1?a=1&b=2".to_owned(),
    }
}

pub(super) fn notice() -> Notice {
    Notice {
        delivery: delivery(2),
        title: "Done".to_owned(),
        text: "We noted it was you.".to_owned(),
        buttons: vec![button(Answer::NotMe, "This wasn't me")],
        url: None,
    }
}

pub(super) fn report() -> Report {
    Report {
        delivery: delivery(3),
        title: "Mia Sand says: not me".to_owned(),
        facts: vec![("Who".to_owned(), "Mia Sand".to_owned())],
        comment: Some("I was asleep.\nCall me.".to_owned()),
        url: "https://countersign.example.com/console/cases/case_1".to_owned(),
    }
}

pub(super) fn form() -> Form {
    Form {
        id: "form-opaque-1".to_owned(),
        title: "It was you".to_owned(),
        text: "K7Q-4M2: a sign-in from Lisbon".to_owned(),
        comment_label: "What were you doing?".to_owned(),
        is_comment_required: false,
        submit: "Continue".to_owned(),
        cancel: "Cancel".to_owned(),
    }
}
