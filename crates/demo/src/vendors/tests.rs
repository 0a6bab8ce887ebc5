//! A stand-in that forgives would prove nothing: what it must refuse, and what it must show.

mod logs;
mod oidc;

use std::sync::Arc;

use model::Timestamp;
use ports::{chat::Receipt, clock::ManualClock};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{
    Fault, PagerDutyWorld, SlackWorld, SlackWorldConfig, WebhookSink, pagerduty::ROUTING_KEY,
    slack::SlackUser,
};

async fn slack() -> SlackWorld {
    let now = Timestamp::from_second(1_795_000_000).expect("in range");
    let mut config = SlackWorldConfig::new(Arc::new(ManualClock::at(now)));
    config.people = vec![SlackUser::member("U0MIA", "mia@example.com", "Mia <b>Sand</b>")];
    SlackWorld::start(config).await.expect("a free port")
}

/// One request over a connection of its own: status and body, or nothing where it was cut.
async fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<(u16, String)> {
    let (head, body) = exchange(method, url, headers, body).await?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body))
}

/// The same with the whole head of the reply.
async fn exchange(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<(String, String)> {
    let rest = url.strip_prefix("http://").expect("plain http");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut request = format!("{method} /{path} HTTP/1.0\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(host).await.expect("somebody listens");
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.expect("sent");
    let mut reply = String::new();
    let read = stream.read_to_string(&mut reply).await;
    read.ok().filter(|length| *length > 0)?;
    let (head, body) = reply.split_once("\r\n\r\n")?;
    Some((head.to_owned(), body.to_owned()))
}

async fn call(world: &SlackWorld, method: &str, arguments: &Value) -> Value {
    let token = format!("Bearer {}", world.config().bot_token);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let url = format!("{}/{method}", world.base_url());
    let (_, body) = send("POST", &url, &headers, &arguments.to_string()).await.expect("an answer");
    serde_json::from_str(&body).expect("JSON")
}

fn message(text: &str) -> Value {
    json!({
        "channel": "U0MIA", "text": text, "unfurl_links": false, "unfurl_media": false,
        "blocks": [
            { "type": "section", "text": { "type": "plain_text", "text": text } },
            { "type": "actions", "elements": [{
                "type": "button", "action_id": "ask.me", "value": "token",
                "text": { "type": "plain_text", "text": "It was me" },
            }] },
        ],
    })
}

#[tokio::test]
async fn slack_refuses_what_the_real_one_refuses() {
    let world = slack().await;
    assert_eq!(call(&world, "chat.postMessage", &message("hello")).await["ok"], true);
    let long = "x".repeat(3_001);
    let cases = [
        ("/text", json!(""), "no_text"),
        ("/text", json!("x".repeat(4_001)), "msg_too_long"),
        ("/channel", json!("U0NOBODY"), "channel_not_found"),
        ("/channel", json!("C0OTHER"), "channel_not_found"),
        ("/channel", Value::Null, "invalid_arguments"),
        ("/surprise", json!(1), "invalid_arguments"),
        ("/unfurl_links", json!(true), "invalid_arguments"),
        (
            "/metadata",
            json!({"event_type": "x", "event_payload": {"user": "mia"}}),
            "invalid_metadata_format",
        ),
        ("/blocks", json!([]), "invalid_blocks"),
        ("/blocks", json!(vec![json!({"type": "divider"}); 51]), "invalid_blocks"),
        ("/blocks/0/type", json!("video"), "invalid_blocks"),
        ("/blocks/0/text/text", json!(""), "invalid_blocks"),
        ("/blocks/0/text/text", json!(long), "invalid_blocks"),
        ("/blocks/0/text/type", json!("html"), "invalid_blocks"),
        ("/blocks/1/elements/0/text/text", json!("x".repeat(76)), "invalid_blocks"),
        ("/blocks/1/elements/0/value", json!("x".repeat(2_001)), "invalid_blocks"),
        ("/blocks/1/elements/0/confirm", json!({}), "invalid_blocks"),
    ];
    for (pointer, value, error) in cases {
        let mut arguments = message("hello");
        match arguments.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => {
                let (parent, key) = pointer.rsplit_once('/').expect("a path");
                arguments.pointer_mut(parent).expect("a parent")[key] = value.clone();
            }
        }
        let reply = call(&world, "chat.postMessage", &arguments).await;
        assert_eq!(reply["error"], error, "{pointer}: {reply}");
    }
    assert_eq!(world.posted(), 1);
    let url = format!("{}/auth.test", world.base_url());
    for (headers, error) in
        [(vec![], "not_authed"), (vec![("authorization", "Bearer xoxb-other")], "invalid_auth")]
    {
        let (_, body) = send("POST", &url, &headers, "").await.expect("an answer");
        assert!(body.contains(error), "{body}");
    }
}

#[tokio::test]
async fn a_person_reads_and_presses_on_a_page_that_shows_hostile_text_inert() {
    let world = slack().await;
    let hostile = "<script>alert(1)</script>\"'&";
    call(&world, "chat.postMessage", &message(hostile)).await;
    let page = format!("{}/people/U0MIA", world.pages_url());
    let (status, html) = send("GET", &page, &[], "").await.expect("a page");
    assert_eq!(status, 200);
    assert!(!html.contains("<script>") && !html.contains("<b>Sand"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)") && html.contains("It was me"));

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    world.set_callbacks(&format!("http://{}/cb", listener.local_addr().expect("an address")));
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("the callback");
        let mut request = vec![0; 16_384];
        let read = stream.read(&mut request).await.expect("a request");
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").await.expect("answered");
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let Receipt { channel, message } = world.messages("U0MIA")[0].receipt.clone();
    let form = format!("channel={channel}&message={message}&action=ask.me");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let pressed = send("POST", &format!("{page}/press"), &headers, &form).await;
    assert_eq!(pressed.expect("an answer").0, 303);
    let request = server.await.expect("a request");
    assert!(request.starts_with("POST /cb/interactions HTTP/1.0") && request.contains("v0="));
    assert_eq!(world.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_fault_happens_once_and_a_dropped_reply_took_effect() {
    let world = slack().await;
    world.faults().next("chat.postMessage", Fault::Busy("7"));
    world.faults().next("chat.postMessage", Fault::Drop);
    world.faults().next("chat.postMessage", Fault::DropAfter);
    let token = format!("Bearer {}", world.config().bot_token);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let url = format!("{}/chat.postMessage", world.base_url());
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        let reply = send("POST", &url, &headers, &message("hello").to_string()).await;
        outcomes.push((reply.map(|(status, _)| status), world.posted()));
    }
    assert_eq!(outcomes, [(Some(429), 0), (None, 0), (None, 1), (Some(200), 2)]);
    assert_eq!(world.requests().count("chat.postMessage"), 4);
}

#[tokio::test]
async fn only_the_latest_messages_are_kept_and_all_are_counted() {
    let now = Timestamp::from_second(1_795_000_000).expect("in range");
    let mut config = SlackWorldConfig::new(Arc::new(ManualClock::at(now)));
    config.people = vec![SlackUser::member("U0MIA", "mia@example.com", "Mia")];
    config.keep_messages = 2;
    let world = SlackWorld::start(config).await.expect("a free port");
    for text in ["one", "two", "three"] {
        call(&world, "chat.postMessage", &message(text)).await;
    }
    let texts: Vec<String> = world.messages("U0MIA").into_iter().map(|it| it.text).collect();
    assert_eq!((texts, world.posted()), (vec!["two".to_owned(), "three".to_owned()], 3));
}

#[tokio::test]
async fn pagerduty_refuses_what_the_real_one_refuses() {
    let world = PagerDutyWorld::start().await.expect("a free port");
    let url = format!("{}/v2/enqueue", world.base_url());
    let good = json!({
        "routing_key": ROUTING_KEY, "event_action": "trigger", "dedup_key": "cs-1",
        "payload": { "summary": "s", "source": "countersign", "severity": "info" },
    });
    let cases = [
        ("/routing_key", json!(ROUTING_KEY), 202),
        ("/routing_key", json!("other"), 400),
        ("/event_action", json!("open"), 400),
        ("/dedup_key", json!("x".repeat(256)), 400),
        ("/payload/summary", json!("x".repeat(1_025)), 400),
        ("/payload/summary", json!(""), 400),
        ("/payload/severity", json!("high"), 400),
        ("/payload/source", Value::Null, 400),
        ("/payload", Value::Null, 400),
    ];
    for (pointer, value, expected) in cases {
        let mut event = good.clone();
        *event.pointer_mut(pointer).expect("a place") = value;
        let headers = [("content-type", "application/json")];
        let reply = send("POST", &url, &headers, &event.to_string()).await.expect("an answer");
        assert_eq!(reply.0, expected, "{pointer}: {}", reply.1);
    }
    let (_, html) = send("GET", &world.base_url(), &[], "").await.expect("a page");
    assert_eq!((world.incidents().len(), html.contains("OPEN")), (1, true));
}

#[tokio::test]
async fn a_webhook_is_kept_only_with_the_signature_of_the_published_example() {
    let now = Timestamp::from_second(1_795_000_000).expect("in range");
    let secret = "whsec_Y291bnRlcnNpZ24tZXhhbXBsZS13ZWJob29rLWtleSE=";
    let sink = WebhookSink::start(secret, Arc::new(ManualClock::at(now))).await.expect("a port");
    let body = r#"{"type":"ask.closed","ask_id":"ask_01"}"#;
    let good = [
        ("content-type", "application/json"),
        ("webhook-id", "msg_01"),
        ("webhook-timestamp", "1795000000"),
        ("webhook-signature", "v1,beBqNCmjc/dZYZTo/3oL07Gl65RrAbT8kBIhP4Qk6go="),
    ];
    for index in 0..good.len() {
        let fewer: Vec<_> = good.iter().enumerate().filter(|(at, _)| *at != index).collect();
        let headers: Vec<_> = fewer.into_iter().map(|(_, header)| *header).collect();
        let reply = send("POST", &sink.url(), &headers, body).await.expect("an answer");
        assert_eq!(reply.0, 401, "without {}", good[index].0);
    }
    assert_eq!(send("POST", &sink.url(), &good, "{}").await.expect("an answer").0, 401);
    assert_eq!(send("POST", &sink.url(), &good, body).await.expect("an answer").0, 204);
    assert_eq!((sink.deliveries().len(), sink.refused()), (1, 5));
}
