use std::{sync::Arc, time::Duration};

use demo::vendors::{
    Fault, GitHubAuditLog,
    github_audit::{AUDIT_TOKEN, ORG},
};
use ports::{Clock as _, Decision, clock::ManualClock};
use serde_json::json;

use super::*;
use crate::events::{
    github::GitHubConfig,
    pull::tests::{ago, check_faults, drained, outside, secret},
};

const ID: &str = "/_document_id";

async fn world() -> (GitHubAuditLog, ManualClock, Outside) {
    let (clock, outside) = outside();
    let world = GitHubAuditLog::start(Arc::new(clock.clone())).await.expect("a free port");
    (world, clock, outside)
}

fn puller(world: &GitHubAuditLog, outside: &Outside, include: Include) -> Arc<dyn Puller> {
    let pull = GitHubPull {
        base_url: world.base_url().parse().expect("a loopback address"),
        token: secret("github", AUDIT_TOKEN),
        org: Some(ORG.to_owned()),
        enterprise: None,
        include,
        every: Span::minutes(1),
        start: Span::hours(24),
    };
    let config = GitHubConfig { auth: None, pull: Some(pull) };
    config.build("github", outside).expect("a sound section").puller.expect("a puller")
}

fn add(world: &GitHubAuditLog, id: &str, time: Timestamp) {
    late(world, id, "repo.create", time, time);
}

fn late(world: &GitHubAuditLog, id: &str, action: &str, time: Timestamp, seen: Timestamp) {
    let record =
        json!({ "_document_id": id, "@timestamp": time.as_millisecond(), "action": action });
    world.add(record, time, seen);
}

#[tokio::test]
async fn a_pass_goes_from_page_to_page_and_the_next_one_begins_a_little_before() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside, Include::All);
    for number in 0..250 {
        add(&world, &number.to_string(), ago(&clock, 30_000 - number * 100));
    }
    let (all, cursor, wait) = drained(&*puller, None, ID).await;
    let wanted: Vec<_> = (0..250).map(|number| number.to_string()).collect();
    assert_eq!((all, wait), (wanted, Span::minutes(1)));
    assert_eq!(world.requests().count("audit-log"), 3);
    clock.advance(Span::minutes(1));
    add(&world, "new", clock.now());
    let (all, _, _) = drained(&*puller, Some(cursor), ID).await;
    assert_eq!(all, ["248", "249", "new"], "two minutes before what was seen last");
    assert_eq!(world.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn now_and_then_and_after_a_start_it_looks_far_back() {
    for (include, minutes) in [(Include::Web, 15), (Include::All, 60)] {
        let (world, clock, outside) = world().await;
        let puller_of = || puller(&world, &outside, include);
        let puller = puller_of();
        add(&world, "last", ago(&clock, 60));
        let (_, cursor, _) = drained(&*puller, None, ID).await;
        let back = Span::minutes(minutes - 1);
        late(&world, "late", "repo.create", back.before(clock.now()), clock.now());
        let (all, cursor, _) = drained(&*puller, Some(cursor), ID).await;
        assert_eq!(all, ["last"], "not each time");
        let (all, _, _) = drained(&*puller_of(), Some(cursor.clone()), ID).await;
        assert_eq!(all, ["late", "last"], "after a start");
        clock.advance(Span::minutes(minutes));
        let (all, _, _) = drained(&*puller, Some(cursor), ID).await;
        assert_eq!(all, ["late", "last"], "when it is time");
    }
}

#[tokio::test]
async fn events_of_git_come_where_they_are_asked_for() {
    let (world, clock, outside) = world().await;
    late(&world, "clone", "git.clone", ago(&clock, 60), ago(&clock, 60));
    add(&world, "repo", ago(&clock, 30));
    for (include, wanted) in [
        (Include::Web, vec!["repo"]),
        (Include::Git, vec!["clone"]),
        (Include::All, vec!["clone", "repo"]),
    ] {
        let (all, _, _) = drained(&*puller(&world, &outside, include), None, ID).await;
        assert_eq!(all, wanted);
    }
}

#[tokio::test]
async fn a_link_that_is_gone_begins_the_pass_anew() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside, Include::All);
    for number in 0..150 {
        add(&world, &number.to_string(), ago(&clock, 15_000 - number * 100));
    }
    let page = puller.pull(None).await.expect("the first page");
    world.expire_links();
    let (all, _, _) = drained(&*puller, Some(page.cursor), ID).await;
    assert_eq!(all.last().map(String::as_str), Some("149"));
    assert!(all.len() < 100, "from what was seen last, not from the beginning");
}

#[tokio::test]
async fn a_refusal_that_is_a_limit_is_waited_for_and_another_is_not() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside, Include::All);
    add(&world, "a", ago(&clock, 60));
    world.allow(1, Span::minutes(5));
    let page = puller.pull(None).await.expect("the last call");
    assert_eq!(page.wait, Some(Span::seconds(301)));
    let failure = puller.pull(Some(&page.cursor)).await.expect_err("too many");
    let after = Some(Duration::from_secs(301));
    assert_eq!(failure.decision, Decision::Retry { after });
    clock.advance(Span::seconds(301));
    world.faults().next("audit-log", Fault::Status(403));
    let failure = puller.pull(Some(&page.cursor)).await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Denied);
}

#[tokio::test]
async fn what_goes_wrong_is_a_decision() {
    let (world, _, outside) = world().await;
    check_faults(&*puller(&world, &outside, Include::All), world.faults(), "audit-log").await;
}

#[test]
fn one_of_an_organisation_and_an_enterprise_is_named_and_is_a_name() {
    let (_, outside) = outside();
    let token = secret("github-named", AUDIT_TOKEN);
    let SecretFile(path) = SecretFile::of(&token);
    let problem = |names: &str| {
        let text = format!("pull = {{ token = {{ file = {path:?} }}{names} }}");
        let config: GitHubConfig = toml::from_str(&text).expect("a section");
        config.build("github", &outside).err().map(|problems| problems[0].to_string())
    };
    assert_eq!(problem(r#", org = "example""#), None);
    assert_eq!(problem(r#", enterprise = "example-ent""#), None);
    for names in ["", r#", org = "a", enterprise = "b""#] {
        assert!(problem(names).is_some_and(|told| told.contains("name one of")), "{names}");
    }
    for odd in ["../../user", "a/b", "", "a?b", ".."] {
        let told = problem(&format!(", org = {odd:?}"));
        assert!(told.is_some_and(|told| told.contains("name in the address")), "{odd}");
    }
}

/// The path of a secret that is in a file.
struct SecretFile(std::path::PathBuf);

impl SecretFile {
    fn of(secret: &crate::secret::SecretRef) -> Self {
        match secret {
            crate::secret::SecretRef::File(path) => Self(path.clone()),
            crate::secret::SecretRef::Env(_) => panic!("in a file"),
        }
    }
}
