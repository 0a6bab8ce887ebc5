use std::sync::Arc;

use demo::vendors::{
    Fault, GitHubWorld,
    github::{ORG, OWN_LOGIN, TOKEN},
};
use model::Person;
use ports::{
    Decision,
    conformance::{self, Stage},
    responder::{Applied, Responder as _, Seen, Standing},
};
use serde_json::Value;

use super::*;
use crate::{
    fixtures::person,
    respond::stage::{Headers, Setting, WAITS, call, waits},
};

const LEAKED: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

/// Somebody with five credentials, which are three pages.
async fn world() -> Arc<GitHubWorld> {
    let world = GitHubWorld::start().await.expect("a free port");
    for number in 10..15 {
        world.authorise(number, "mia-dev", &format!("abcd{number:04}"));
    }
    world.authorise(20, "zoe-dev", "zzzz0020");
    world.authorise(30, "break-glass", "gggg0030");
    world.issue(LEAKED);
    world.issue(TOKEN);
    Arc::new(world)
}

fn github(world: &GitHubWorld, http: &HttpClient) -> GitHub {
    let settings = GitHubSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        org: ORG.to_owned(),
        token: TOKEN.into(),
        is_enterprise_server: false,
        protected: crate::respond::Protected::new(&["break-glass".to_owned()]),
    };
    GitHub::new("github", settings, http.clone())
}

fn dev(name: &str, login: &str) -> Option<Person> {
    let mut person = person(name);
    person.aliases = vec![format!("github:{login}").into()];
    Some(person)
}

fn state(world: &GitHubWorld) -> (String, usize) {
    let live = [LEAKED, TOKEN].map(|token| world.is_live(token));
    (format!("{:?} {live:?}", world.credentials()), world.effects())
}

async fn setting(
    action: &'static str,
    value: Option<&'static str>,
    http: &HttpClient,
) -> Box<dyn Stage> {
    let world = world().await;
    let (person, protected) = match action {
        "revoke_leaked" => (None, vec![call(action, None, Some(TOKEN))]),
        _ => (
            dev("mia", "mia-dev"),
            vec![
                call(action, dev("bot", OWN_LOGIN), None),
                call(action, None, Some("1")),
                call(action, None, Some("30")),
                call(action, dev("break-glass", "break-glass"), None),
            ],
        ),
    };
    let forestall = (action == "revoke_authorization").then(|| {
        let world = Arc::clone(&world);
        Box::new(move || world.revoke("mia-dev")) as Box<dyn Fn() + Send + Sync>
    });
    Box::new(Setting {
        responder: Arc::new(github(&world, http)),
        call: call(action, person, value),
        faults: world.faults().clone(),
        state: Box::new({
            let world = Arc::clone(&world);
            move || state(&world)
        }),
        settle: Box::new(|| ()),
        forestall,
        meddle: None,
        protected,
        secrets: vec![TOKEN.to_owned(), LEAKED.to_owned(), LEAKED[4..].to_owned()],
        _world: Box::new(world),
    })
}

#[tokio::test]
async fn github_keeps_what_every_responder_must_keep() {
    let http = HttpClient::for_tests();
    let actions = [
        ("revoke_authorization", None),
        ("revoke_authorization", Some("12")),
        ("revoke_leaked", Some(LEAKED)),
    ];
    for (action, value) in actions {
        conformance::responder(async || setting(action, value, &http).await).await;
    }
}

#[tokio::test]
async fn all_credentials_of_a_person_are_found_on_three_pages_and_only_theirs_are_revoked() {
    let world = world().await;
    let github = github(&world, &HttpClient::for_tests());
    let call = call("revoke_authorization", dev("mia", "mia-dev"), None);
    let plan = github.plan(&call).await.expect("a plan");
    assert_eq!((plan.requests.len(), plan.remarks.len()), (5, 5));
    assert_eq!(plan.remarks[0], "personal access token …abcd0010");
    // What is authorised after the plan was not approved.
    world.authorise(16, "mia-dev", "abcd0016");
    assert_eq!(github.apply(&call, &plan, &mut Value::Null).await, Ok(Applied::Done));
    let left: Vec<_> = world.credentials().into_iter().map(|it| it.id).collect();
    assert_eq!(left, [1, 16, 20, 30]);
    assert_eq!(github.verify(&call, &plan, &mut Value::Null).await, Ok(Seen::Holds));
}

#[tokio::test]
async fn a_credential_of_somebody_else_is_not_found_among_the_persons() {
    let world = world().await;
    let github = github(&world, &HttpClient::for_tests());
    let call = |person, value| call("revoke_authorization", person, value);
    let plan = github.plan(&call(dev("mia", "mia-dev"), Some("20"))).await.expect("a plan");
    assert_eq!(plan.standing, Standing::AlreadySo);
    for (person, value) in [
        (Some(person("mia")), None),
        (Some(person("mia")), Some("20")),
        (None, None),
        (None, Some("mia-dev")),
        (None, Some("-1")),
    ] {
        let failure = github.plan(&call(person, value)).await.expect_err("no target");
        assert_eq!(failure.decision, Decision::Permanent);
    }
}

#[tokio::test]
async fn one_credential_that_is_refused_does_not_keep_the_others() {
    let world = world().await;
    let github = github(&world, &HttpClient::for_tests());
    let call = call("revoke_authorization", dev("mia", "mia-dev"), None);
    let plan = github.plan(&call).await.expect("a plan");
    world.faults().next("12", Fault::Status(422));
    assert_eq!(
        github.apply(&call, &plan, &mut Value::Null).await,
        Ok(Applied::Partly("1 of 5 credentials keep their authorisation".to_owned()))
    );
    assert_eq!(github.verify(&call, &plan, &mut Value::Null).await, Ok(Seen::NotYet));
}

#[tokio::test]
async fn a_leaked_token_goes_to_github_without_ours_and_nothing_else_is_given_away() {
    let world = world().await;
    let mut github = github(&world, &HttpClient::for_tests());
    let leaked = |value| call("revoke_leaked", None, Some(value));
    let plan = github.plan(&leaked(LEAKED)).await.expect("a plan");
    assert_eq!(plan.requests[0].body.as_deref(), Some(r#"{"credentials":["ghp_…"]}"#));
    assert_eq!(github.apply(&leaked(LEAKED), &plan, &mut Value::Null).await, Ok(Applied::Accepted));
    assert!(!world.is_live(LEAKED));
    let endless = "ghp_".repeat(99);
    for value in ["xoxb-somebody-elses", "ghs_app", "ghp_", "ghp_a\r\nb", &endless, ""] {
        let failure = github.plan(&leaked(value)).await.expect_err("not GitHub's");
        assert_eq!(failure.decision, Decision::Permanent);
        assert!(!failure.what.contains("somebody"));
    }
    // A server of one's own wants our token, which the public one refuses.
    github.settings.is_enterprise_server = true;
    let failure = github.apply(&leaked(LEAKED), &plan, &mut Value::Null).await;
    assert_eq!(failure.expect_err("refused").decision, Decision::Misconfigured);
}

#[tokio::test]
async fn every_style_of_asking_to_wait_is_understood() {
    let http = HttpClient::for_tests();
    for (headers, seconds) in WAITS {
        let world = world().await;
        let github = github(&world, &http);
        let call = call("revoke_authorization", dev("mia", "mia-dev"), Some("10"));
        let plan = github.plan(&call).await.expect("a plan");
        world.faults().next("10", Fault::Answer(429, headers, ""));
        waits(&github.apply(&call, &plan, &mut Value::Null).await.expect_err("busy"), seconds);
    }
    let cases: [(Headers, Option<u64>); 2] = [
        (
            &[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1795161645"),
                ("date", "Fri, 20 Nov 2026 08:00:00 GMT"),
            ],
            Some(45),
        ),
        (&[("retry-after", "60")], Some(60)),
    ];
    for (headers, seconds) in cases {
        let world = world().await;
        let github = github(&world, &http);
        let call = call("revoke_leaked", None, Some(LEAKED));
        let plan = github.plan(&call).await.expect("a plan");
        world.faults().next("revoke", Fault::Answer(403, headers, ""));
        waits(&github.apply(&call, &plan, &mut Value::Null).await.expect_err("busy"), seconds);
    }
}

#[tokio::test]
async fn checking_reads_what_the_token_may_see() {
    let world = world().await;
    let mut github = github(&world, &HttpClient::for_tests());
    assert_eq!(github.check().await.expect("good"), "acts as countersign-bot in example");
    github.settings.org = "another".to_owned();
    assert_eq!(github.check().await.expect_err("no org").decision, Decision::Misconfigured);
    for bad in ["", "a/b", "..", "a b"] {
        let text = format!("org = \"{bad}\"\ntoken = {{ env = \"PATH\" }}");
        let config: GitHubConfig = toml::from_str(&text).expect("a section");
        assert_eq!(config.settings().expect_err(bad)[0].key, "org");
    }
}
