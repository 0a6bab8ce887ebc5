//! R17 and R5: what is shown.

use demo::vendors::slack::Message;
use ports::chat::{Chat as _, FormReply};

use super::*;

/// Texts that some part of a chat would act on.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<!channel> <!here> <!everyone>",
        "<@U0BOSS> <#C0SECURITY> <!subteam^S0ALL>",
        "<https://evil.example|Okta sign-in>",
        "[click](https://evil.example) http://evil.example www.evil.example",
        "slack://channel?id=1 mailto:mia@evil.example javascript://%0aalert(1)",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "*bold* _it_ ~no~ `code` ```block``` > quote\n&gt; &amp; &lt;@U0BOSS&gt;",
        "abc\u{202e}gnp.exe\u{202c} \u{2066}x\u{2069} \u{200f}y\u{61c}",
        "a\u{0}b\u{7}c\u{1b}[31md\u{9b}0m",
        "one\r\ntwo\rthree\u{2028}four\r\n\r\nSet-Cookie: a=b",
        "\u{200b}\u{feff}\u{202e}",
        "",
        "   \n ",
        "\"}],\"text\":\"injected",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("A".repeat(1_000_000));
    texts.push("<!here>\n".repeat(100_000));
    texts.push("🦀&<".repeat(100_000));
    texts.push("\n".repeat(1_000_000));
    texts
}

fn assert_inert(name: &str, message: &Message, url: &str) {
    let link = format!("<{}>", url.replace('&', "&amp;"));
    let active: Vec<String> = message.active().into_iter().filter(|it| *it != link).collect();
    assert_eq!(active, Vec::<String>::new(), "{name}");
    assert!(message.shown().len() < 100_000, "{name} is capped");
}

#[tokio::test]
async fn hostile_text_is_inert_and_capped_in_every_message() {
    let (world, slack, _) = world().await;
    for text in hostile() {
        let name = text.chars().take(30).collect::<String>();
        let mut ask = question();
        (ask.title, ask.text) = (text.clone(), text.clone());
        (ask.footer, ask.code) = (text.clone(), text.clone());
        ask.facts = vec![(text.clone(), text.clone()); 100];
        ask.buttons[0].label.clone_from(&text);
        slack.ask("U0MIA", &ask).await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let mut tell = notice();
        (tell.title, tell.text) = (text.clone(), text.clone());
        tell.url = Some(ask.url.clone());
        slack.tell("U0MIA", &tell).await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        for message in world.messages("U0MIA").iter().rev().take(2) {
            assert_inert(&name, message, &ask.url);
        }
        let mut told = report();
        (told.title, told.comment) = (text.clone(), Some(text.clone()));
        told.facts = vec![(text.clone(), text.clone()); 100];
        let receipt = slack.report(&told, None).await;
        let receipt = receipt.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let channel = world.channel("C0SECURITY");
        assert_inert(&name, channel.last().expect("the report"), &told.url);
        let whispered = slack.whisper("U0MIA", &receipt, &text).await;
        whispered.unwrap_or_else(|failure| panic!("{name}: {failure}"));
    }
}

#[tokio::test]
async fn hostile_text_is_inert_and_capped_in_every_form() {
    for text in hostile() {
        let (world, slack, _) = world().await;
        let receipt = slack.ask("U0MIA", &question()).await.expect("asked");
        let call = world.pressing("U0MIA", &receipt, "ask.me").expect("a button").to_http_call();
        let Ok(ports::chat::Inbound::Pressed(press)) = slack.read(&call, now()) else {
            panic!("not a press")
        };
        let mut form = form();
        (form.title, form.text) = (text.clone(), text.clone());
        (form.comment_label, form.submit) = (text.clone(), text.clone());
        let trigger = press.trigger.expect("a trigger");
        slack.open_form(&trigger, &form).await.expect("strict and still accepted");
        assert_eq!(world.forms("U0MIA").len(), 1);
    }
}

#[tokio::test]
async fn an_address_that_is_not_plain_is_not_linked() {
    let (world, slack, _) = world().await;
    for url in ["javascript:alert(1)", "https://x|<!here>", "https://x y", "https://x\n", ""] {
        let mut ask = question();
        ask.url = url.to_owned();
        slack.ask("U0MIA", &ask).await.expect("asked");
        let message = world.messages("U0MIA").pop().expect("a message");
        assert_eq!(message.active(), Vec::<String>::new(), "{url}");
    }
}

#[tokio::test]
async fn a_code_is_shown_in_the_form_only() {
    let (world, slack, _) = world().await;
    slack.ask("U0MIA", &question()).await.expect("asked");
    slack.report(&report(), None).await.expect("reported");
    let reply = slack.form_reply(&FormReply::Show {
        title: "Type this code".to_owned(),
        text: "483 921".to_owned(),
        link: ("Open the question".to_owned(), "https://countersign.example.com/ask".to_owned()),
    });
    let body = String::from_utf8(reply.body.to_vec()).expect("text");
    assert!(body.contains("483 921") && body.contains(r#""response_action":"update""#));
    let persistent = [world.messages("U0MIA"), world.channel("C0SECURITY")].concat();
    assert_eq!(persistent.len(), 2);
    assert!(persistent.iter().all(|message| !message.shown().contains("483 921")));
    assert_eq!(world.requests().count("chat.postMessage"), 2, "a reply makes no call");
}
