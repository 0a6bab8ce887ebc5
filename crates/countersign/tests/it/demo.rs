//! The demo, from start to end.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Running, Scratch, eventually};

/// The word after a mark in what the demo printed.
pub(crate) fn after(text: &str, mark: &str) -> String {
    let rest = text.split_once(mark).unwrap_or_else(|| panic!("no {mark}:\n{text}")).1;
    rest.split_whitespace().next().expect("a word").to_owned()
}

#[tokio::test]
async fn within_a_minute_one_is_verified_one_escalates_and_somebody_is_paged() {
    let Demo { scratch, running: mut demo, banner, key } = Demo::start().await;
    let link = format!("http://localhost:{}/signin/link/", scratch.port);
    assert_eq!(banner.matches(&link).count(), 3);
    eventually("one verified, one denied, one silent", async || {
        demo.expect_alive();
        let cases = scratch.cases(&key).await;
        let is = |state: &str, reason: &str| {
            cases.iter().any(|case| case["state"] == state && case["reason"] == reason)
        };
        let all = [("closed", "verified"), ("escalated", "denied")];
        all.iter().all(|(state, reason)| is(state, reason)).then_some(())
    })
    .await;
    let pager: url::Url = after(&banner, "PagerDuty ").parse().expect("an address");
    eventually("somebody is paged", async || {
        let request = scratch.http.get(pager.clone());
        let reply = scratch.http.send("the pager", request).await.ok()?;
        String::from_utf8_lossy(&reply.body).contains("OPEN").then_some(())
    })
    .await;
    let folder = after(&banner, "Everything lies in ");
    assert!(Path::new(&folder).is_dir());
    demo.signal("-INT");
    let told = demo.ended();
    assert!(!told.contains("could not answer"), "{told}");
    assert!(!told.contains("no rule looks at"), "{told}");
    assert!(!Path::new(&folder).exists(), "the folder goes with the demo");
}

#[tokio::test]
async fn a_taken_port_is_told_with_what_to_do() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = Scratch::new().run(&["demo", "--port", &port]);
    let told = crate::harness::told(&output);
    assert_eq!(crate::harness::status(&output), 1, "{told}");
    assert!(told.contains("--port") && told.contains(&port), "{told}");
}

/// A demo that runs, with the ways into it that it has printed.
pub(crate) struct Demo {
    pub(crate) scratch: Scratch,
    pub(crate) running: Running,
    pub(crate) banner: String,
    pub(crate) key: String,
}

impl Demo {
    pub(crate) async fn start() -> Self {
        let scratch = Scratch::new();
        let port = scratch.port.to_string();
        let mut running = scratch.start(&["demo", "--port", &port], &[]);
        let banner = eventually("the demo is up", async || {
            running.expect_alive();
            let told = running.told();
            told.contains("Ctrl-C").then_some(told)
        })
        .await;
        let key = after(&banner, "COUNTERSIGN_KEY=");
        Self { scratch, running, banner, key }
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let reply = self.scratch.get(path, Some(&self.key)).await?;
        serde_json::from_slice(&reply.body).ok()
    }

    /// A page of a stand-in as a visitor reads it: that whose address stands behind a mark.
    async fn page(&self, mark: &str) -> Option<String> {
        let url: url::Url = after(&self.banner, mark).parse().expect("an address");
        let reply = self.scratch.http.send("a page", self.scratch.http.get(url)).await.ok()?;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let tags = text.split('<').map(|part| part.split_once('>').map_or(part, |(_, rest)| rest));
        Some(tags.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// A case of the stolen session, where there are as many as `count`, the newest first.
    async fn stolen(&self, count: usize) -> Option<Value> {
        let list = self.get("v1/cases?rule=okta-session-moved").await?;
        let ids = list["items"].as_array()?;
        let id = ids.first().filter(|_| ids.len() == count)?["id"].as_str()?.to_owned();
        self.get(&format!("v1/cases/{id}")).await
    }

    /// The case, once its two acts stand like this.
    async fn acts(&mut self, what: &str, count: usize, sessions: &str, account: &str) -> Value {
        let wanted = [("okta.clear_sessions", sessions), ("okta.suspend", account)];
        eventually(what, async || {
            self.running.expect_alive();
            let case = self.stolen(count).await?;
            (states(&case) == wanted).then_some(case)
        })
        .await
    }
}

fn states(case: &Value) -> Vec<(&str, &str)> {
    let actions = case["actions"].as_array().into_iter().flatten();
    actions.filter_map(|it| Some((it["action"].as_str()?, it["state"].as_str()?))).collect()
}

/// The story: contained by itself, told, proven, taken back, and held when it comes back.
#[tokio::test]
async fn a_stolen_session_is_contained_proven_and_released_and_its_loop_is_held() {
    let mut demo = Demo::start().await;
    let name = demo.banner.split("A session of ").nth(1).expect("a name");
    let name = name.split(" is stolen").next().expect("a name").to_owned();
    let (okta, slack) = ("accounts at Okta", format!("Slack of {name}"));
    eventually("the account is held at the identity provider", async || {
        demo.page(okta).await?.contains("SUSPENDED, 0 sessions").then_some(())
    })
    .await;
    let held = demo.acts("both acts are seen", 1, "verified", "verified").await;
    is_held_for_half_an_hour(&held);
    let first_name = name.split(' ').next().expect("a word");
    let told = demo.page(&slack).await.expect("a page");
    for fact in [
        format!(
            "Hello {first_name}. Because of “An Okta session moved to another system or network"
        ),
        "it ends all sessions at Okta and takes the refresh tokens of apps away.".to_owned(),
        "it suspends the account, so that nobody signs in with it. This ends by itself t"
            .to_owned(),
        format!("prove it on localhost:{}/ask/{}", demo.scratch.port, id(&held)),
        "from any device".to_owned(),
    ] {
        assert!(told.contains(&fact), "{fact} is not told in: {told}");
    }

    let freed = demo.acts("they prove it and the account is free", 1, "verified", "reverted").await;
    assert_eq!((&freed["state"], &freed["reason"]), (&"closed".into(), &"verified".into()));
    assert_eq!(freed["proof"]["assurance"], "possession");
    proven_in_a_browser_that_was_new(&demo, &held, &freed).await;
    let page = demo.page(okta).await.expect("a page");
    assert!(!page.contains("SUSPENDED"), "{page}");
    let undone = eventually("they are told that it is over", async || {
        demo.page(&slack).await.filter(|page| page.contains("It was undone"))
    });
    assert!(undone.await.contains("it suspends the account, so that nobody signs in with it"));
    let journal = demo.get(&format!("v1/cases/{}/journal", id(&freed))).await.expect("a story");
    assert!(journal.to_string().contains("okta.suspend was taken back"), "{journal}");
    let silent = journal["items"].as_array().into_iter().flatten().filter(|it| it["text"] == "");
    assert_eq!(silent.count(), 0, "a line that says nothing: {journal}");
    let health = demo.get("v1/rules/okta-session-moved/health").await.expect("numbers");
    let counted = ["asked", "answered", "harmless", "real"].map(|it| health["all"][it].as_u64());
    assert_eq!(counted, [1, 1, 1, 0].map(Some), "{health}");
    assert_eq!(health["all"]["outcomes"]["verified"], 1, "{health}");

    let again = demo.acts("it comes back and is held", 2, "awaiting_approval", "awaiting_approval");
    let again = again.await;
    for action in again["actions"].as_array().expect("actions") {
        let why = action["held"].as_str().expect("a reason");
        assert!(why.contains("the same cause"), "{why}");
        assert_eq!(action["approvals_needed"], 1);
    }
    assert!(!demo.page(okta).await.expect("a page").contains("SUSPENDED"), "nothing was done");
    demo.acts("they prove that too, and nothing is left to approve", 2, "failed", "failed").await;
    let reports = eventually("the security team is told so", async || {
        let page = demo.page("the security team's channel").await?;
        page.contains("okta.suspend: it was not done").then_some(page)
    });
    let reports = reports.await;
    assert!(reports.contains("no longer wanted: a proof that it was them"), "{reports}");
    assert!(!reports.contains("it needs somebody to look"), "{reports}");
    demo.running.signal("-INT");
    let told = demo.running.ended();
    assert!(!told.contains("could not answer"), "{told}");
}

fn id(case: &Value) -> &str {
    case["id"].as_str().expect("an id")
}

fn instant(value: &Value) -> jiff::Timestamp {
    value.as_str().expect("an instant").parse().expect("an instant")
}

/// Nobody asked for it but the policy, nobody approved it, and it has an end.
fn is_held_for_half_an_hour(case: &Value) {
    let suspension = &case["actions"][1];
    assert_eq!(suspension["by"], "policy:okta-session-moved");
    assert_eq!((&suspension["limit"], &suspension["approvals_needed"]), (&"30m".into(), &0.into()));
    assert_eq!(suspension["approvals"], serde_json::json!([]));
    let lasts = instant(&suspension["ends_at"]).duration_since(instant(&case["opened_at"]));
    assert!((1_800..1_900).contains(&lasts.as_secs()), "{lasts:?}");
}

/// Whoever proved it had signed in anew since the account was held, and never before.
async fn proven_in_a_browser_that_was_new(demo: &Demo, held: &Value, freed: &Value) {
    let person = format!("person:{}", freed["person"].as_str().expect("a person"));
    let audit = demo.get("v1/audit?limit=200").await.expect("a trail");
    let entries = audit["items"].as_array().expect("entries").iter();
    let sign_ins = entries.filter(|it| it["by"] == *person && it["kind"] == "signin.code");
    let sign_ins: Vec<_> = sign_ins.map(|it| instant(&it["at"])).collect();
    let (opened, proven) = (instant(&held["opened_at"]), instant(&freed["proof"]["at"]));
    assert!(matches!(sign_ins[..], [at] if opened < at && at <= proven), "{sign_ins:?}");
}
