//! Against a strict workspace over real HTTP.

use std::time::Duration;

use demo::vendors::{Fault, slack::Standing};
use ports::{
    Decision,
    chat::{Chat, FormReply, Inbound, Receipt},
};

use super::*;
use crate::slack::SlackConfig;

#[tokio::test]
async fn a_question_reaches_the_person_in_one_call_with_only_an_opaque_id_in_its_metadata() {
    let (world, slack, _) = world().await;
    let receipt = slack.ask("U0MIA", &question()).await.expect("asked");
    let [message] = &world.messages("U0MIA")[..] else { panic!("one message") };
    assert_eq!(receipt, message.receipt);
    assert_eq!(receipt.channel, "D0MIA");
    assert_eq!(message.buttons(), ["ask.me", "ask.not_me", "ask.not_sure"]);
    assert_eq!(message.delivery, Some(question().delivery.to_string()));
    for shown in ["Was this you?", "Lisbon", "From\n198.51.100.7", "K7Q-4M2", "Not me tells"] {
        assert!(message.shown().contains(shown), "{shown}");
    }
    assert_eq!(message.active(), ["<https://countersign.example.com/ask/ask_1?a=1&amp;b=2>"]);
    assert_eq!(world.requests().all().len(), 1);
}

#[tokio::test]
async fn not_me_takes_one_click() {
    let (world, slack, _) = world().await;
    slack.ask("U0MIA", &question()).await.expect("asked");
    let message = world.messages("U0MIA").pop().expect("a message");
    assert!(!message.blocks.to_string().contains("confirm\""), "no dialog in between");
}

#[tokio::test]
async fn an_update_takes_the_buttons_away_and_keeps_this_was_not_me() {
    let (world, slack, _) = world().await;
    let receipt = slack.ask("U0MIA", &question()).await.expect("asked");
    slack.update(&receipt, &notice()).await.expect("updated");
    let [message] = &world.messages("U0MIA")[..] else { panic!("one message") };
    assert_eq!((message.edits, message.buttons()), (1, vec!["ask.not_me".to_owned()]));
    assert!(message.shown().contains("We noted it was you."));
    let bare = Notice { buttons: Vec::new(), ..notice() };
    slack.update(&receipt, &bare).await.expect("updated");
    assert!(world.messages("U0MIA")[0].buttons().is_empty());
    let gone = Receipt { message: "1.000001".to_owned(), ..receipt };
    let failure = slack.update(&gone, &bare).await.expect_err("there is no such message");
    assert_eq!(failure.decision, Decision::Permanent);
}

#[tokio::test]
async fn a_report_follows_in_the_thread_of_the_first() {
    let (world, slack, _) = world().await;
    let first = slack.report(&report(), None).await.expect("reported");
    slack.report(&report(), Some(&first)).await.expect("reported");
    let elsewhere = Receipt { channel: "C0OLD".to_owned(), message: "1.1".to_owned() };
    slack.report(&report(), Some(&elsewhere)).await.expect("reported");
    let channel = world.channel("C0SECURITY");
    let threads: Vec<_> = channel.iter().map(|message| message.thread.clone()).collect();
    assert_eq!(threads, [None, Some(first.message), None]);
    assert!(channel[0].shown().contains("> I was asleep.\n> Call me."));
}

#[tokio::test]
async fn a_press_opens_the_form_and_its_answer_changes_it() {
    let (world, slack, clock) = world().await;
    let receipt = slack.ask("U0MIA", &question()).await.expect("asked");
    let trigger = || {
        let call = world.pressing("U0MIA", &receipt, "ask.me").expect("the button");
        match slack.read(&call.to_http_call(), clock_now(&clock)) {
            Ok(Inbound::Pressed(press)) => press.trigger.expect("a trigger"),
            other => panic!("{other:?}"),
        }
    };
    let once = trigger();
    slack.open_form(&once, &form()).await.expect("opened");
    let again = slack.open_form(&once, &form()).await.expect_err("a trigger works once");
    assert_eq!(again.decision, Decision::Permanent);
    let late = trigger();
    clock.advance(model::Span::seconds(4));
    let late = slack.open_form(&late, &form()).await.expect_err("a trigger lives 3 seconds");
    assert!(late.what.contains("pressed again"), "{late}");

    let [open] = &world.forms("U0MIA")[..] else { panic!("one form") };
    assert_eq!(open.view["private_metadata"], "form-opaque-1");
    let call = world.submitting("U0MIA", &open.id, "At the conference").expect("the form");
    let read = slack.read(&call.to_http_call(), clock_now(&clock)).expect("authentic");
    let comment = Some("At the conference".to_owned());
    let form = "form-opaque-1".to_owned();
    assert_eq!(read, Inbound::Submitted { account: "U0MIA".to_owned(), form, comment });
}

fn clock_now(clock: &ManualClock) -> Timestamp {
    ports::Clock::now(clock)
}

#[tokio::test]
async fn the_answer_to_a_form_shows_an_error_leads_on_or_closes_it() {
    let (world, slack, _) = world().await;
    let show = FormReply::Show {
        title: "One more step".to_owned(),
        text: "Prove it on our page.".to_owned(),
        link: ("Continue".to_owned(), "https://countersign.example.com/ask".to_owned()),
    };
    for reply in [FormReply::Error("Say a word".to_owned()), show, FormReply::Close] {
        let receipt = slack.ask("U0MIA", &question()).await.expect("asked");
        let call = world.pressing("U0MIA", &receipt, "ask.me").expect("the button");
        let Ok(Inbound::Pressed(press)) = slack.read(&call.to_http_call(), now()) else { panic!() };
        slack.open_form(&press.trigger.expect("a trigger"), &form()).await.expect("opened");
        let id = world.forms("U0MIA").pop().expect("a form").id;
        world.set_callbacks(&answering(slack.form_reply(&reply)).await);
        world.submit_form("U0MIA", &id, "").await.expect("answered");
        let form = world.forms("U0MIA").into_iter().find(|form| form.id == id);
        match (&reply, form) {
            (FormReply::Close, None) => {}
            (FormReply::Error(_), Some(form)) => assert_eq!(form.errors["comment"], "Say a word"),
            (FormReply::Show { .. }, Some(form)) => {
                assert_eq!(form.view["title"]["text"], "One more step");
                assert!(form.view.to_string().contains("https://countersign.example.com/ask"));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.complaints(), Vec::<String>::new());
}

/// A server that gives this answer once; its address.
async fn answering(reply: ports::chat::HttpReply) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a call");
        let _ = stream.read(&mut [0; 16_384]).await;
        let head = format!("HTTP/1.0 {} OK\r\n\r\n", reply.status);
        let _ = stream.write_all(&[head.as_bytes(), &reply.body].concat()).await;
    });
    format!("http://{address}/callbacks/slack")
}

#[tokio::test]
async fn a_whisper_is_seen_by_one_and_leaves_no_message() {
    let (world, slack, _) = world().await;
    let receipt = slack.ask("U0MIA", &question()).await.expect("asked");
    slack.whisper("U0MIA", &receipt, "Only Mia may answer this.").await.expect("whispered");
    assert_eq!(world.whispers("U0MIA"), ["Only Mia may answer this."]);
    assert_eq!(world.messages("U0MIA").len(), 1);
}

#[tokio::test]
async fn only_full_members_of_our_workspace_have_an_account_to_ask() {
    let (world, slack, _) = world().await;
    let cases = [
        (Standing::Member, true),
        (Standing::Guest, false),
        (Standing::SingleChannelGuest, false),
        (Standing::Stranger, false),
        (Standing::Invited, false),
        (Standing::Bot, false),
        (Standing::Deleted, false),
    ];
    for (index, (standing, may)) in cases.into_iter().enumerate() {
        let (id, email) = (format!("U0N{index}"), format!("n+{index}@example.com"));
        world.add(SlackUser::member(&id, &email, "N").with(standing));
        let account = slack.account_of(&email).await.expect("looked up");
        assert_eq!(account, may.then_some(id), "{standing:?}");
    }
    assert_eq!(slack.account_of("MIA@example.com").await.expect("any case"), Some("U0MIA".into()));
    assert_eq!(slack.account_of("nobody@example.com").await.expect("looked up"), None);
}

#[tokio::test]
async fn a_question_never_goes_to_a_channel_or_to_nobody() {
    let (world, slack, _) = world().await;
    world.add(SlackUser::member("U0GONE", "gone@example.com", "G").with(Standing::Deleted));
    world.add(SlackUser::member("U0BOTTY", "bot@example.com", "B").with(Standing::Bot));
    for account in ["C0SECURITY", "D0MIA", "#general", "", "U0GONE", "U0BOTTY", "U0NOBODY"] {
        let failure = slack.ask(account, &question()).await.expect_err(account);
        assert_eq!((failure.decision, failure.uncertain), (Decision::Permanent, false));
    }
    assert_eq!(world.posted(), 0);
}

#[tokio::test]
async fn wrong_credentials_are_told_without_being_repeated() {
    let (world, slack, _) = world().await;
    assert_eq!(slack.check().await.expect("good"), "acts as U0BOT in T0DEMO");
    let mut wrong = settings(&world);
    wrong.bot_token = "xoxb-s3cret".into();
    let slack = Slack::new("slack", wrong, HttpClient::for_tests());
    let failure = slack.check().await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Denied);
    assert!(!format!("{failure} {failure:?} {slack:?}").contains("s3cret"));
    let mut other = settings(&world);
    other.team_id = "T0OTHER".to_owned();
    let slack = Slack::new("slack", other, HttpClient::for_tests());
    assert_eq!(slack.check().await.expect_err("other").decision, Decision::Misconfigured);
}

#[tokio::test]
async fn a_bad_day_at_slack_becomes_the_right_decision() {
    let retry = |seconds: Option<u64>| Decision::Retry { after: seconds.map(Duration::from_secs) };
    let cases = [
        (Fault::Busy("30"), retry(Some(30)), false, 0),
        (Fault::Busy("soon"), retry(None), false, 0),
        (Fault::Busy("99999999"), retry(Some(600)), false, 0),
        (Fault::Status(500), retry(None), true, 0),
        (Fault::Status(503), retry(None), false, 0),
        (Fault::Status(404), Decision::Misconfigured, false, 0),
        (Fault::Status(302), Decision::Misconfigured, false, 0),
        (Fault::Status(200), retry(None), true, 0),
        (Fault::Drop, retry(None), true, 0),
        (Fault::DropAfter, retry(None), true, 1),
    ];
    for (fault, decision, uncertain, posted) in cases {
        let (world, slack, _) = world().await;
        world.faults().next("chat.postMessage", fault.clone());
        let failure = slack.ask("U0MIA", &question()).await.expect_err("the fault");
        assert_eq!((failure.decision, failure.uncertain), (decision, uncertain), "{fault:?}");
        assert_eq!(world.posted(), posted, "{fault:?}");
        slack.ask("U0MIA", &question()).await.expect("the next day");
    }
}

#[tokio::test]
async fn a_form_that_slack_is_slow_to_open_is_given_up_after_its_trigger() {
    let (world, slack, _) = world().await;
    let receipt = slack.ask("U0MIA", &question()).await.expect("asked");
    let call = world.pressing("U0MIA", &receipt, "ask.me").expect("the button");
    let Ok(Inbound::Pressed(press)) = slack.read(&call.to_http_call(), now()) else { panic!() };
    world.faults().next("views.open", Fault::Slow(Duration::from_secs(60)));
    let started = std::time::Instant::now();
    let opened = slack.open_form(&press.trigger.expect("a trigger"), &form()).await;
    let failure = opened.expect_err("too slow");
    assert!(failure.is_retryable() && failure.uncertain);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_slow_slack_is_given_up_with_the_outcome_unknown() {
    let (world, _, _) = world().await;
    let slack = Slack::new("slack", settings(&world), HttpClient::impatient());
    world.faults().next("chat.postMessage", Fault::Slow(Duration::from_secs(60)));
    let failure = slack.ask("U0MIA", &question()).await.expect_err("too slow");
    assert!(failure.is_retryable() && failure.uncertain, "{failure:?}");
    assert_eq!(world.posted(), 1, "it took effect all the same");
}

#[test]
fn a_section_is_read_strictly_and_tells_all_its_problems_at_once() {
    let text = r#"
        bot_token = { env = "COUNTERSIGN_TEST_UNSET_TOKEN" }
        signing_secret = [{ env = "COUNTERSIGN_TEST_UNSET_SECRET" }]
        app_id = "my app"
        team_id = "example"
        enterprise_id = "T1"
        escalation_channel = "security"
    "#;
    let config: SlackConfig = toml::from_str(text).expect("a section");
    assert_eq!(config.base_url.join("x").as_str(), "https://slack.com/api/x");
    let problems = config.settings().expect_err("nothing in it is good");
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key).collect();
    let all =
        ["bot_token", "signing_secret", "app_id", "team_id", "enterprise_id", "escalation_channel"];
    assert_eq!(keys, all);
    let unknown = toml::from_str::<SlackConfig>(&format!("{text}\nbot_tokens = 1"));
    assert!(unknown.expect_err("unknown").to_string().contains("bot_tokens"));
    let schema = schemars::schema_for!(SlackConfig).to_value().to_string();
    assert!(schema.contains(r#""additionalProperties":false"#) && schema.contains("xoxb-"));
}
