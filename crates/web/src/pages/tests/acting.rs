//! Actions, playbooks, the switch and exceptions on the console's pages, without scripts.

use casework::input::Actor;
use http::StatusCode;
use model::{CaseId, Personal, Severity, Span};
use ports::{Clock as _, source::AlertDraft};
use runtime::acting::ByHand;

use super::world::{ANA, Browser, LEO, MIA, World, draft};

fn stolen(email: &str) -> AlertDraft {
    AlertDraft { rule: "stolen".to_owned(), ..draft(email, "A stolen session", Severity::High) }
}

fn key() -> Actor {
    Actor::Key("soar".to_owned())
}

/// Lets everything that is due within some seconds happen.
async fn work(world: &World) {
    for _ in 0..8 {
        world.dispatch().await;
        world.engine.run_timers_once().await.expect("carried out");
        world.clock.advance(Span::seconds(1));
    }
}

/// A case with actions that were done and that wait, a playbook that waits, and an exception.
pub(super) async fn something_on_every_page(world: &World) {
    let case = world.alert(stolen(MIA)).await;
    world.engine.play(case, "contain", key()).await.expect("begun");
    work(world).await;
    let now = world.clock.now();
    let exception = casework::policy::exception::Exception {
        id: world.engine.new_exception_id(),
        owner: key(),
        reason: Personal::from("a nightly job"),
        created_at: now,
        expires_at: Span::days(3).after(now),
        source: Some("siem".to_owned()),
        rule: Some("mass-export".to_owned()),
        person: None,
        facts: [("client".to_owned(), "exporter".into())].into(),
        condition: None,
    };
    world.engine.add_exception(exception).await.expect("made");
}

async fn proven<'w>(world: &'w World, email: &str) -> Browser<'w> {
    let browser = world.browser(email).await;
    browser.prove().await;
    browser
}

async fn page(browser: &Browser<'_>, case: CaseId) -> String {
    browser.get(&format!("/console/cases/{case}")).await.html
}

#[tokio::test]
async fn an_action_is_looked_at_asked_for_and_taken_back_on_the_case_page() {
    let world = World::new();
    let case = world.question(MIA).await;
    let ana = proven(&world, ANA).await;
    assert!(page(&ana, case).await.contains("fake.suspend: "));
    let path = format!("/console/cases/{case}/actions");
    let wish = [("action", "fake.suspend"), ("reason", "an <intruder>"), ("limit", "30m")];
    let dry = ana.post(&path, &[&wish[..], &[("do", "dry")]].concat()).await;
    assert_eq!(dry.status, StatusCode::OK);
    super::structure::check("the dry-run", &dry.html);
    assert!(dry.html.contains("Nothing was done yet") && dry.html.contains("POST "));
    assert!(dry.html.contains("value=\"an &#60;intruder&#62;\""), "{}", dry.html);
    work(&world).await;
    assert!(world.responder.acts().is_empty());
    let asked = ana.post(&path, &[&wish[..], &[("do", "ask")]].concat()).await;
    assert_eq!(asked.location, format!("/console/cases/{case}?now=ordered"));
    work(&world).await;
    let html = page(&ana, case).await;
    assert!(html.contains("Done and seen") && html.contains("it ends by itself"), "{html}");
    let action = world.engine.case(case).await.expect("there").ledger[0].id();
    let path = format!("/console/actions/{action}");
    let id = case.to_string();
    let done = ana.post(&path, &[("case", id.as_str()), ("do", "revert"), ("reason", "")]).await;
    assert_eq!(done.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = [("case", id.as_str()), ("do", "revert"), ("reason", "it was her")];
    assert!(ana.post(&path, &done).await.location.ends_with("?now=reverting"));
    work(&world).await;
    assert!(page(&ana, case).await.contains("Taken back"));
}

#[tokio::test]
async fn what_waits_is_listed_approved_by_another_and_declined() {
    let world = World::new();
    let case = world.alert(stolen(MIA)).await;
    work(&world).await;
    let ana = proven(&world, ANA).await;
    let list = ana.get("/console/actions").await.html;
    assert!(list.contains("A stolen session") && list.contains("nobody can undo it"), "{list}");
    let html = page(&ana, case).await;
    assert!(html.contains("Waits for a yes") && html.contains("Every step of the decision"));
    assert!(html.contains("What is sent"), "the plan stands beside what is approved");
    let waiting = world.engine.case(case).await.expect("there").ledger[1].id();
    let id = case.to_string();
    let yes = [("case", id.as_str()), ("do", "approve"), ("reason", "")];
    let done = ana.post(&format!("/console/actions/{waiting}"), &yes).await;
    assert!(done.location.ends_with("?now=approved"), "{}", done.location);
    work(&world).await;
    assert!(ana.get("/console/actions").await.html.contains("Nothing waits."));
    let wish = ByHand {
        action: "fake.revoke".to_owned(),
        reason: "a test".to_owned(),
        target: Some("another key".to_owned()),
        limit: None,
    };
    let entry = world.engine.order(case, key(), wish).await.expect("asked for");
    work(&world).await;
    let no = [("case", id.as_str()), ("do", "decline"), ("reason", "not needed")];
    ana.post(&format!("/console/actions/{}", entry.id()), &no).await;
    assert!(page(&ana, case).await.contains("Not done"));
}

#[tokio::test]
async fn nothing_is_done_without_a_proof_or_in_a_case_about_oneself() {
    let world = World::new();
    let (about_mia, own) = (world.alert(stolen(MIA)).await, world.alert(stolen(ANA)).await);
    work(&world).await;
    let ana = world.browser(ANA).await;
    let before = world.responder.acts().len();
    let waiting = world.engine.case(about_mia).await.expect("there").ledger[1].id();
    let id = about_mia.to_string();
    let yes = [("case", id.as_str()), ("do", "approve"), ("reason", "")];
    let done = ana.post(&format!("/console/actions/{waiting}"), &yes).await;
    assert_eq!(done.location, format!("/me/prove?next=/console/cases/{about_mia}"));
    ana.prove().await;
    let html = page(&ana, own).await;
    assert!(html.contains("This case is about you") && !html.contains("value=\"approve\""));
    let waiting = world.engine.case(own).await.expect("there").ledger[1].id();
    let id = own.to_string();
    let yes = [("case", id.as_str()), ("do", "approve"), ("reason", "")];
    let done = ana.post(&format!("/console/actions/{waiting}"), &yes).await;
    assert_eq!(done.status, StatusCode::FORBIDDEN);
    work(&world).await;
    assert_eq!(world.responder.acts().len(), before);
}

#[tokio::test]
async fn a_playbook_is_shown_begun_let_go_on_and_stopped() {
    let world = World::new();
    let case = world.question(MIA).await;
    let ana = proven(&world, ANA).await;
    let path = format!("/console/cases/{case}/playbooks");
    let dry = ana.post(&path, &[("playbook", "contain"), ("do", "dry")]).await;
    super::structure::check("the dry-run of a playbook", &dry.html);
    assert!(dry.html.contains("run fake.suspend"));
    assert!(world.engine.case(case).await.expect("there").runs.is_empty());
    let begun = ana.post(&path, &[("playbook", "contain"), ("do", "begin")]).await;
    assert!(begun.location.ends_with("?now=begun"));
    let html = page(&ana, case).await;
    assert!(html.contains("waits for an approval") && !html.contains("Let it go on"), "own");
    world.engine.play(case, "contain", key()).await.expect("begun");
    assert!(page(&ana, case).await.contains("Let it go on"));
    ana.post(&format!("{path}/2"), &[("do", "approve")]).await;
    ana.post(&format!("{path}/1"), &[("do", "stop")]).await;
    work(&world).await;
    let html = page(&ana, case).await;
    assert!(html.contains("ended: <bdi>done</bdi>") && html.contains("ended: <bdi>stopped</bdi>"));
    assert_eq!(world.responder.acts().len(), 1);
}

#[tokio::test]
async fn the_switch_is_shown_to_all_and_turned_by_administrators() {
    let world = World::new();
    let ana = proven(&world, ANA).await;
    let html = ana.get("/console/actions").await.html;
    assert!(html.contains("Acting by itself") && !html.contains("value=\"stop\""), "{html}");
    let stop = [("do", "stop"), ("reason", "a bad table")];
    let refused = ana.post("/console/actions/guard", &stop).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    world.engine.stop_actions(key(), "a bad table").await.expect("stopped");
    let html = ana.get("/console/actions").await.html;
    assert!(
        html.contains("Stopped") && html.contains("a bad table</bdi> (<bdi>API key soar"),
        "{html}"
    );
}

#[tokio::test]
async fn an_exception_is_previewed_made_and_ended() {
    let world = World::new();
    let case = world.question(MIA).await;
    let ana = world.browser(ANA).await;
    let wish = [("rule", "new-country"), ("person", MIA), ("for", "30d"), ("reason", "moved")];
    let with = |what: &'static str| [&wish[..], &[("do", what)]].concat();
    let preview = ana.post("/console/exceptions", &with("preview")).await;
    assert_eq!(preview.status, StatusCode::OK);
    super::structure::check("the preview", &preview.html);
    assert!(preview.html.contains("would have hidden <strong>1</strong>"), "{}", preview.html);
    assert!(preview.html.contains(&format!("/console/cases/{case}")));
    assert!(preview.html.contains("value=\"new-country\""), "what was typed is kept");
    let unproven = ana.post("/console/exceptions", &with("make")).await;
    assert_eq!(unproven.location, "/me/prove?next=/console/exceptions");
    ana.prove().await;
    let made = ana.post("/console/exceptions", &with("make")).await;
    assert_eq!(made.location, "/console/exceptions");
    let html = ana.get("/console/exceptions").await.html;
    assert!(html.contains("moved") && html.contains("hid nothing yet"), "{html}");
    let wide = [("rule", "new-country"), ("for", "30d"), ("reason", "x"), ("do", "make")];
    let refused = ana.post("/console/exceptions", &wide).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html.contains("names a rule, and something besides"), "{}", refused.html);
    let bare = [("condition", "true"), ("for", "30d"), ("reason", "x"), ("do", "make")];
    let refused = ana.post("/console/exceptions", &bare).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html.contains("compare a fact"), "{}", refused.html);
    let own = [("rule", "r"), ("person", ANA), ("for", "1d"), ("reason", "x"), ("do", "make")];
    assert_eq!(ana.post("/console/exceptions", &own).await.status, StatusCode::FORBIDDEN);
    let id = world.engine.exceptions().await.expect("readable")[0].id.clone();
    ana.post(&format!("/console/exceptions/{id}/end"), &[]).await;
    assert!(ana.get("/console/exceptions").await.html.contains("None. An exception"));
    let leo = world.browser(LEO).await;
    assert_eq!(leo.get("/console/exceptions").await.status, StatusCode::FORBIDDEN);
}
