//! R24: whatever happens, and however much is logged, no secret and nothing about a person is in
//! what the server writes.

use data_encoding::BASE32_NOPAD;
use demo::{company::Story, vendors::Fault};
use testkit::stage::{Browser, Plan, Player, Stage};

const COMMENT: &str = "I was at my sister's wedding in Graz";

fn plan() -> Plan {
    // Everything of ours, and of what we are built with all that it would tell of a request.
    let log_filter = "debug,hyper=trace,hyper_util=trace,reqwest=trace".to_owned();
    Plan { people: 10, links: 6, log_filter, ..Plan::default() }
}

/// Somebody proves with their app, after a wrong code. Returns their session.
async fn proves(stage: &Stage, player: &Player) -> anyhow::Result<Browser> {
    let case = stage.raise(Story::NewNetwork, player).await?;
    let question = stage.question(player).await?;
    let account = &player.person.slack;
    stage.slack.press(account, &question.receipt, "ask.me").await?;
    let form = stage.slack.forms(account).pop().expect("a form opens");
    stage.slack.submit_form(account, &form.id, COMMENT).await?;
    let mut browser = stage.sign_in(player).await?;
    let address = format!("/ask/{case}");
    let (prove, proof) = (format!("{address}/prove"), format!("{address}/proof"));
    let page = browser.get(&address).await?;
    let page = browser.submit(&page, &prove, &[("method", "totp")]).await?;
    let code = player.code(0).expect("they have an app");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let page = browser.submit(&page, &proof, &[("response", wrong)]).await?;
    let page = match page.form(&proof) {
        Some(_) => page,
        None => browser.submit(&page, &prove, &[("method", "totp")]).await?,
    };
    browser.submit(&page, &proof, &[("response", &code)]).await?;
    stage.until_case(&case, "closed", "verified").await?;
    Ok(browser)
}

/// Somebody begins to add an app of theirs. Returns its secret and their session.
async fn enrols(stage: &Stage, player: &Player) -> anyhow::Result<(String, Browser)> {
    let mut browser = stage.sign_in(player).await?;
    let page = browser.get("/me/ways").await?;
    let page = browser.submit(&page, "/me/ways/begin", &[("method", "totp")]).await?;
    let shown = page.text_of("code").expect("the key is shown").replace(' ', "");
    assert!(BASE32_NOPAD.decode(shown.as_bytes()).is_ok(), "{shown} is no key");
    Ok((shown, browser))
}

async fn everything_happens(stage: &Stage) -> anyhow::Result<Vec<(String, String)>> {
    let [first, second, third, fourth] = &stage.cast.players[..4] else { unreachable!() };
    let session = proves(stage, first).await?;
    let (key, enrolling) = enrols(stage, second).await?;
    stage.slack.faults().next("chat.postMessage", Fault::Status(500));
    stage.pagerduty.faults().next("enqueue", Fault::Status(400));
    let case = stage.raise(Story::AccessKey, fourth).await?;
    let question = stage.question(fourth).await?;
    stage.slack.press(&fourth.person.slack, &question.receipt, "ask.not_me").await?;
    stage.until_case(&case, "escalated", "denied").await?;
    stage.slack.say(&third.person.slack, COMMENT).await?;
    stage.post(&serde_json::json!({ "title": COMMENT, "person": { "not": "a name" } })).await?;
    let signing_in = Browser::at(stage.url())?.get(&format!("/signin?next={COMMENT}")).await;
    assert!(signing_in.is_ok());
    let sessions = [&session, &enrolling].map(|browser| browser.session().unwrap_or_default());
    let mut secrets = stage.secrets();
    secrets.extend(sessions.map(|token| ("a session".to_owned(), token.to_owned())));
    secrets.push(("the key being enrolled".to_owned(), key));
    Ok(secrets)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_nothing_about_a_person_is_in_any_log_line() {
    let mut stage = Stage::start(&plan()).await.unwrap();
    let secrets = everything_happens(&stage).await.unwrap();
    stage.stop().unwrap();
    let log = stage.log().unwrap();
    assert!(log.lines().count() > 20, "there is too little to search: {log}");
    for (what, secret) in secrets {
        assert!(secret.len() > 8, "{what} is {secret:?}");
        assert!(!log.contains(&secret), "{what} is in the log");
    }
    let people = stage.cast.players.iter().map(|player| &player.person);
    let about = people.flat_map(|person| [person.email.as_str(), &person.name, &person.slack]);
    for about in about.chain([COMMENT, "wedding", "Sign-in to Okta", "access key"]) {
        let line = log.lines().find(|line| line.contains(about));
        assert_eq!(line, None, "{about} is in the log");
    }
}
