//! R9 and R10: what is believed.

use bytes::Bytes;
use demo::vendors::SignedCall;
use http::HeaderValue;
use ports::{
    chat::{Chat as _, HttpCall, HttpReply, Inbound, Press, Receipt, Refusal},
    clock::ManualClock,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;

const TIMESTAMP: &str = "x-slack-request-timestamp";
const SIGNATURE: &str = "x-slack-signature";

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).expect("the fixture is JSON")
}
fn block_actions() -> Value {
    fixture(include_str!("../fixtures/block_actions.json"))
}
fn view_submission() -> Value {
    fixture(include_str!("../fixtures/view_submission.json"))
}
fn message_im() -> Value {
    fixture(include_str!("../fixtures/message_im.json"))
}

fn press() -> Inbound {
    Inbound::Pressed(Press {
        account: "U0MIA".to_owned(),
        receipt: Receipt { channel: "D0MIA".to_owned(), message: "1795000000.000100".to_owned() },
        token: "opaque-token-1".to_owned(),
        trigger: Some("13345224609.738474920.8088930838d88f008e0".to_owned()),
        event: "D0MIA/1795000000.000100/1795000003.000200/U0MIA".to_owned(),
    })
}

/// Reads a payload that was signed correctly after it was changed.
async fn read_changed(mut payload: Value, pointer: &str, value: Value) -> Result<Inbound, Refusal> {
    let (world, slack, _) = world().await;
    match (payload.pointer_mut(pointer), pointer.rsplit_once('/')) {
        (Some(place), _) => *place = value,
        (None, Some((parent, key))) => {
            payload.pointer_mut(parent).expect("a parent")[key] = value;
        }
        (None, None) => {}
    }
    let call = match payload["event"].is_object() {
        true => world.sign("events", "application/json", &payload.to_string()),
        false => world.sign_payload(&payload),
    };
    slack.read(&call.to_http_call(), now())
}

fn forged(read: Result<Inbound, Refusal>) -> bool {
    matches!(read, Err(Refusal::Forged(_)))
}

#[tokio::test]
async fn the_worked_example_of_the_signature_is_accepted_and_its_neighbours_are_not() {
    let (world, _, _) = world().await;
    let mut settings = settings(&world);
    settings.signing_secrets = vec!["example-signing-secret-0123456789".into()];
    let slack = Slack::new("slack", settings, HttpClient::for_tests());
    let call = |signature: &'static str| {
        let mut headers = http::HeaderMap::new();
        headers.insert(TIMESTAMP, HeaderValue::from_static("1795000000"));
        headers.insert(SIGNATURE, HeaderValue::from_static(signature));
        let body = Bytes::from_static(b"payload=%7B%22type%22%3A%22block_actions%22%7D");
        HttpCall { kind: "interactions".to_owned(), headers, body }
    };
    let good = "v0=39c9d8a0c4fe1e061ac7c8a2d998002b234bad361bef90cb2ed8242834d03cb3";
    // Authentic, and then without a user.
    assert!(matches!(slack.read(&call(good), now()), Err(Refusal::Malformed(_))));
    for bad in [
        "v0=39c9d8a0c4fe1e061ac7c8a2d998002b234bad361bef90cb2ed8242834d03cb4",
        "v0=39C9D8A0C4FE1E061AC7C8A2D998002B234BAD361BEF90CB2ED8242834D03CB3",
        "v1=39c9d8a0c4fe1e061ac7c8a2d998002b234bad361bef90cb2ed8242834d03cb3",
        "39c9d8a0c4fe1e061ac7c8a2d998002b234bad361bef90cb2ed8242834d03cb3",
        "v0=39c9d8a0",
        "v0=",
        "",
    ] {
        assert!(forged(slack.read(&call(bad), now())), "{bad}");
    }
}

#[tokio::test]
async fn a_press_a_form_and_a_word_are_read() {
    let read = |payload| read_changed(payload, "", Value::Null);
    let (world, slack, _) = world().await;
    let call = world.sign_payload(&block_actions()).to_http_call();
    assert_eq!(slack.read(&call, now()), Ok(press()));
    let call = world.sign_payload(&view_submission()).to_http_call();
    let submitted = Inbound::Submitted {
        account: "U0MIA".to_owned(),
        form: "form-opaque-1".to_owned(),
        comment: Some("Conference".to_owned()),
    };
    assert_eq!(slack.read(&call, now()), Ok(submitted));
    let call = world.sign("events", "application/json", &message_im().to_string());
    let said = Inbound::Said {
        account: "U0MIA".to_owned(),
        channel: "D0MIA".to_owned(),
        text: "status".to_owned(),
        event: "Ev00000001".to_owned(),
    };
    assert_eq!(slack.read(&call.to_http_call(), now()), Ok(said));
    let call = world.shaking("3eZbrw1aB10FEMAGAZd4FyFQ").to_http_call();
    let reply = HttpReply::json(&json!({ "challenge": "3eZbrw1aB10FEMAGAZd4FyFQ" }));
    assert_eq!(slack.read(&call, now()), Ok(Inbound::Reply(reply)));
    assert!(read(Value::Null).await.is_err());
}

/// One way to spoil an authentic call.
type Spoil = (&'static str, fn(&mut SignedCall));

const SPOILS: &[Spoil] = &[
    ("no signature", |call| drop(call.headers.remove(SIGNATURE))),
    ("no timestamp", |call| drop(call.headers.remove(TIMESTAMP))),
    ("two signatures", |call| {
        let value = call.headers[SIGNATURE].clone();
        call.headers.append(SIGNATURE, value);
    }),
    ("two timestamps", |call| {
        let value = call.headers[TIMESTAMP].clone();
        call.headers.append(TIMESTAMP, value);
    }),
    ("altered byte", |call| {
        let mut body = call.body.to_vec();
        body[100] ^= 1;
        call.body = body.into();
    }),
    ("re-encoded body", |call| {
        let text = String::from_utf8(call.body.to_vec()).expect("text");
        call.body = text.replace("%2C", ",").into();
    }),
    ("empty body", |call| call.body = Bytes::new()),
    ("timestamp moved within the window", |call| set(call, "1795000001")),
    ("timestamp with a sign", |call| set(call, "+1795000000")),
    ("negative timestamp", |call| set(call, "-1795000000")),
    ("timestamp with a space", |call| set(call, "1795000000 ")),
    ("timestamp with a fraction", |call| set(call, "1795000000.0")),
    ("hexadecimal timestamp", |call| set(call, "0x6afd2b40")),
    ("overflowing timestamp", |call| set(call, "99999999999999999999999999")),
    ("greatest timestamp", |call| set(call, "9223372036854775807")),
    ("empty timestamp", |call| set(call, "")),
    ("timestamp of no text", |call| {
        let value = HeaderValue::from_bytes(b"\xff\xfe").expect("a header value");
        call.headers.insert(TIMESTAMP, value);
    }),
];

fn set(call: &mut SignedCall, timestamp: &'static str) {
    call.headers.insert(TIMESTAMP, HeaderValue::from_static(timestamp));
}

#[tokio::test]
async fn a_spoilt_callback_is_refused() {
    let (world, slack, _) = world().await;
    for (name, spoil) in SPOILS {
        let mut call = world.sign_payload(&block_actions());
        assert!(slack.read(&call.to_http_call(), now()).is_ok(), "before: {name}");
        spoil(&mut call);
        let read = slack.read(&call.to_http_call(), now());
        assert!(forged(read.clone()), "{name}: {read:?}");
    }
}

#[tokio::test]
async fn an_old_or_future_callback_is_refused_to_the_second() {
    let (world, slack, clock) = world().await;
    for (offset, is_good) in [(-301, false), (-300, true), (0, true), (300, true), (301, false)] {
        let signed_at = Timestamp::from_second(NOW_SECONDS + offset).expect("in range");
        ManualClock::set(&clock, signed_at);
        let call = world.sign_payload(&block_actions()).to_http_call();
        let read = slack.read(&call, now());
        assert_eq!(read.is_ok(), is_good, "{offset}");
        assert_eq!(forged(read), !is_good, "{offset}");
    }
}

#[tokio::test]
async fn every_configured_secret_verifies_and_a_missing_or_empty_one_rejects_all() {
    let (world, _, _) = world().await;
    let call = world.sign_payload(&block_actions()).to_http_call();
    let right = world.config().signing_secret.clone();
    let read = |secrets: &[&str]| {
        let mut settings = settings(&world);
        settings.signing_secrets = secrets.iter().map(|&text| SecretString::from(text)).collect();
        Slack::new("slack", settings, HttpClient::for_tests()).read(&call, now())
    };
    assert!(read(&[&right]).is_ok());
    assert!(read(&["new", &right]).is_ok());
    assert!(read(&[&right, "old"]).is_ok());
    assert!(forged(read(&["wrong"])));
    assert!(forged(read(&[])));
    assert!(forged(read(&[""])));
    // Signed with the empty secret, as somebody would who hopes for an unset one.
    let mut config = SlackWorldConfig::new(Arc::new(ManualClock::at(now())));
    config.signing_secret = String::new();
    let attacker = SlackWorld::start(config).await.expect("a free port");
    let call = attacker.sign_payload(&block_actions()).to_http_call();
    let mut settings = settings(&world);
    settings.signing_secrets = vec!["".into()];
    let slack = Slack::new("slack", settings, HttpClient::for_tests());
    assert!(forged(slack.read(&call, now())));
}

#[tokio::test]
async fn a_callback_of_another_app_team_or_home_is_refused() {
    for (pointer, value) in [
        ("/api_app_id", json!("A0OTHER")),
        ("/api_app_id", Value::Null),
        ("/team/id", json!("T0OTHER")),
        ("/team", Value::Null),
        ("/user/team_id", json!("T0OTHER")),
        ("/user/team_id", Value::Null),
    ] {
        for payload in [block_actions(), view_submission()] {
            let read = read_changed(payload, pointer, value.clone()).await;
            assert!(forged(read.clone()), "{pointer} {value}: {read:?}");
        }
    }
    for (pointer, value) in [
        ("/api_app_id", json!("A0OTHER")),
        ("/team_id", json!("T0OTHER")),
        ("/team_id", Value::Null),
        ("/event/team", json!("T0OTHER")),
        ("/event/user_team", json!("T0OTHER")),
        ("/event/source_team", json!("T0OTHER")),
    ] {
        let read = read_changed(message_im(), pointer, value.clone()).await;
        assert!(forged(read.clone()), "{pointer} {value}: {read:?}");
    }
    for pointer in ["/view/app_id", "/view/team_id"] {
        assert!(forged(read_changed(view_submission(), pointer, json!("X0OTHER")).await));
    }
}

#[tokio::test]
async fn an_organisation_is_checked_where_it_is_configured() {
    let (world, _, _) = world().await;
    let mut settings = settings(&world);
    settings.enterprise_id = Some("E0DEMO".to_owned());
    let slack = Slack::new("slack", settings, HttpClient::for_tests());
    let good = world.sign_payload(&block_actions()).to_http_call();
    assert_eq!(slack.read(&good, now()), Ok(press()));
    for other in [json!("E0OTHER"), Value::Null] {
        let mut payload = block_actions();
        payload["team"]["enterprise_id"] = other;
        assert!(forged(slack.read(&world.sign_payload(&payload).to_http_call(), now())));
    }
}

#[tokio::test]
async fn what_is_not_an_answer_is_ignored_and_what_is_broken_is_malformed() {
    let ignored = [
        (block_actions(), "/container/type", json!("view")),
        (block_actions(), "/actions/0/type", json!("static_select")),
        (block_actions(), "/actions/0/action_id", json!("other.button")),
        (block_actions(), "/type", json!("shortcut")),
        (view_submission(), "/type", json!("view_closed")),
        (view_submission(), "/view/callback_id", json!("other.form")),
        (message_im(), "/event/bot_id", json!("B0BOT")),
        (message_im(), "/event/app_id", json!("A0DEMO")),
        (message_im(), "/event/channel_type", json!("channel")),
        (message_im(), "/event/subtype", json!("message_changed")),
        (message_im(), "/event/type", json!("app_home_opened")),
    ];
    for (payload, pointer, value) in ignored {
        let read = read_changed(payload, pointer, value.clone()).await;
        assert_eq!(read, Ok(Inbound::Ignored), "{pointer} {value}");
    }
    let malformed = [
        (block_actions(), "/actions", json!([])),
        (block_actions(), "/actions/0/value", Value::Null),
        (block_actions(), "/actions/0/value", json!("x".repeat(2_001))),
        (block_actions(), "/container/channel_id", json!("D0 MIA\n")),
        (block_actions(), "/container/message_ts", json!("1".repeat(65))),
        (block_actions(), "/channel/id", json!("D0OTHER")),
        (block_actions(), "/user/id", json!("U0/../MIA")),
        (block_actions(), "/user", json!("U0MIA")),
        (view_submission(), "/view/private_metadata", json!("")),
        (view_submission(), "/view/private_metadata", json!("x".repeat(2_001))),
        (view_submission(), "/view", Value::Null),
        (message_im(), "/event_id", json!("")),
        (message_im(), "/event/user", json!({"id": "U0MIA"})),
    ];
    for (payload, pointer, value) in malformed {
        let read = read_changed(payload, pointer, value.clone()).await;
        assert!(matches!(read, Err(Refusal::Malformed(_))), "{pointer} {value}: {read:?}");
    }
}

#[tokio::test]
async fn bodies_that_are_huge_deep_or_double_are_malformed_and_harmless() {
    let (world, slack, _) = world().await;
    let deep = format!("payload={}", "[".repeat(100_000));
    let huge = format!("payload=%22{}%22", "x".repeat(1_000_000));
    let double = "payload=%7B%7D&payload=%7B%7D";
    for body in [deep.as_str(), &huge, double, "", "payload=", "other=1", "payload=%ff%fe"] {
        let call = world.sign("interactions", "application/x-www-form-urlencoded", body);
        let read = slack.read(&call.to_http_call(), now());
        assert!(matches!(read, Err(Refusal::Malformed(_))), "{:.40}", body);
    }
    let call = world.sign("dialog", "application/json", "{}").to_http_call();
    assert!(matches!(slack.read(&call, now()), Err(Refusal::Malformed(_))));
}

#[tokio::test]
async fn a_comment_and_a_word_are_cut_to_their_limits() {
    let long = json!("x".repeat(100_000));
    let pointer = "/view/state/values/comment/text/value";
    let read = read_changed(view_submission(), pointer, long.clone()).await;
    let Ok(Inbound::Submitted { comment: Some(comment), .. }) = read else { panic!("{read:?}") };
    assert_eq!(comment.chars().count(), crate::slack::map::COMMENT_MAX);
    let read = read_changed(view_submission(), pointer, json!(" \n ")).await;
    assert!(matches!(read, Ok(Inbound::Submitted { comment: None, .. })), "{read:?}");
    let read = read_changed(message_im(), "/event/text", long).await;
    let Ok(Inbound::Said { text, .. }) = read else { panic!("{read:?}") };
    assert_eq!(text.chars().count(), 4_000);
}
