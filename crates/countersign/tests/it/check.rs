//! `countersign check`: what arrives.

use crate::{
    company::company,
    harness::{Scratch, status, told},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_test_arrives_and_asks_nothing() {
    let scratch = Scratch::new();
    let (company, slack) = company(&scratch, 3, "30m").await;
    let person = &company.people[1];
    let output = scratch.run(&["check", &person.email]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    assert!(told(&output).contains("chat.slack\tok\t"), "{}", told(&output));
    let messages = slack.messages(&person.slack);
    assert_eq!(messages.len(), 1);
    assert!(messages[0].blocks.to_string().contains("This is a test"));
    let asks = |id: &String| id.starts_with("ask.");
    assert!(!messages[0].buttons().iter().any(asks), "{:?}", messages[0].buttons());
    assert_eq!(slack.posted(), 1, "nobody else hears of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_arrive_is_told_and_is_a_finding() {
    let scratch = Scratch::new();
    let (company, slack) = company(&scratch, 3, "30m").await;
    scratch.write("bot", "xoxb-revoked");
    let output = scratch.run(&["check", &company.people[1].email]);
    assert_eq!(status(&output), 1, "{}", told(&output));
    assert!(told(&output).contains("chat.slack\tfailed\t"), "{}", told(&output));
    assert!(!told(&output).contains("xoxb-revoked"), "{}", told(&output));
    let nobody = scratch.run(&["check", "nobody@example.com"]);
    assert_eq!(status(&nobody), 2, "{}", told(&nobody));
    assert_eq!(slack.posted(), 0);
}
