//! What analysts decide in the console.

use http::StatusCode;
use model::{Facts, Severity, StateName};
use ports::source::AlertDraft;

use super::{
    state, value_of,
    world::{ANA, LEO, MIA, World, draft},
};

#[tokio::test]
async fn nobody_judges_their_own_case_and_harmless_wants_a_fresh_proof() {
    let world = World::new();
    let (own, other) = (world.question(ANA).await, world.question(MIA).await);
    let ana = world.browser(ANA).await;
    let path = |case| format!("/console/cases/{case}/disposition");
    let verdict =
        |word| [("disposition", word), ("note", "seen it"), ("revision", "1"), ("latest", "")];
    let done = ana.post(&path(own), &verdict("malicious")).await;
    assert_eq!(done.status, StatusCode::FORBIDDEN);
    assert!(ana.get(&format!("/console/cases/{own}")).await.html.contains("about you"));
    let done = ana.post(&path(other), &verdict("benign")).await;
    assert_eq!(done.location, format!("/me/prove?next=/console/cases/{other}"));
    assert_eq!(state(&world, other).await, StateName::Asking);
    let done = ana.post(&path(other), &verdict("malicious")).await;
    assert_eq!(done.location, format!("/console/cases/{other}?now=done"));
    assert_eq!(state(&world, other).await, StateName::Closed);
    let again = ana.post(&path(other), &verdict("malicious")).await;
    assert_eq!(again.location, format!("/console/cases/{other}?now=closed"));
}

#[tokio::test]
async fn a_case_that_changed_while_it_was_looked_at_is_shown_anew_and_not_decided() {
    let world = World::new();
    let first = draft(MIA, "Sign-in from a new country", Severity::Medium);
    let first = AlertDraft { external_id: Some("a-1".to_owned()), ..first };
    let case = world.alert(first.clone()).await;
    let ana = world.browser(ANA).await;
    let (page, path) =
        (format!("/console/cases/{case}"), format!("/console/cases/{case}/disposition"));
    let decide = async |html: &str| {
        let (revision, latest) = (value_of(html, "revision"), value_of(html, "latest"));
        let typed = "<b>travels</b>";
        let fields = [("disposition", "malicious"), ("note", typed), ("revision", &revision)];
        let fields: Vec<_> = fields.into_iter().chain([("latest", latest.as_str())]).collect();
        ana.post(&path, &fields).await
    };
    let seen = ana.get(&page).await.html;
    let facts = Facts::from([("place".to_owned(), "Oslo, Norway".into())]);
    world.alert(AlertDraft { facts, ..first }).await;
    let again = decide(&seen).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(state(&world, case).await, StateName::Asking, "nothing was decided");
    assert!(again.html.contains("One alert with other facts came in"));
    assert_eq!(again.html.matches(">new</span>").count(), 1, "which one");
    assert!(again.html.contains("Oslo, Norway"));
    assert!(again.html.contains("value=\"malicious\" required checked"), "what was chosen stays");
    assert!(again.html.contains("&#60;b&#62;travels"), "and what was typed, inert");
    let done = decide(&again.html).await;
    assert_eq!(done.location, format!("{page}?now=done"));
    assert_eq!(state(&world, case).await, StateName::Closed);
}

#[tokio::test]
async fn the_queue_says_what_belongs_into_it_and_keeps_room_for_what_is_new() {
    let world = World::new();
    let case = world.question(MIA).await;
    let ana = world.browser(ANA).await;
    let head = world.marks().await.0;
    let path = "/console/cases?state=asking&severity=medium&rule=new-country&text=New+Sign";
    let page = ana.get(&format!("{path}&person={MIA}")).await.html;
    let mia = world.engine.find_person(MIA).expect("works here").id;
    for (name, value) in [
        ("stream", format!("/v1/stream?after={head}")),
        ("states", "asking".to_owned()),
        ("severity", "medium".to_owned()),
        ("rule", "new-country".to_owned()),
        ("person", mia.to_string()),
        ("words", "new sign".to_owned()),
        ("floor", String::new()),
        ("row", case.to_string()),
    ] {
        assert!(page.contains(&format!("data-{name}=\"{value}\"")), "{name}: {value}");
    }
    let room = page.find("class=\"news-line\" role=\"status\"").expect("room");
    assert!(room < page.find("<table").expect("rows"), "beside the heading, not among the rows");
    let older = ana.get(&format!("/console/cases?state=all&cursor={case}")).await.html;
    assert!(!older.contains("data-floor=\"\""), "older pages hear of new cases only");
}

#[tokio::test]
async fn an_erased_case_can_still_be_looked_at() {
    let world = World::new();
    let case = world.question(MIA).await;
    let (ana, mia) = (world.browser(ANA).await, world.browser(MIA).await);
    let verdict = [("disposition", "malicious"), ("note", "x"), ("revision", "1"), ("latest", "")];
    ana.post(&format!("/console/cases/{case}/disposition"), &verdict).await;
    let person = world.engine.find_person(MIA).expect("works here").id;
    assert_eq!(world.engine.erase(person).await.expect("erased").cases, [case]);
    for (browser, path) in [
        (&ana, format!("/console/cases/{case}")),
        (&ana, "/console/cases?state=all".to_owned()),
        (&ana, format!("/console/people/{person}")),
        (&mia, format!("/ask/{case}")),
        (&mia, "/me/history".to_owned()),
    ] {
        let shown = browser.get(&path).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}");
        assert!(shown.html.contains("(erased)"), "{path}");
        assert!(!shown.html.contains("Lisbon"), "{path}");
    }
}

#[tokio::test]
async fn analysts_see_who_is_away_and_who_manages_them() {
    let world = World::new();
    let ana = world.browser(ANA).await;
    for (email, is_shown) in [(LEO, true), (MIA, false)] {
        let case = world.question(email).await;
        let person = world.engine.find_person(email).expect("works here").id;
        for path in [format!("/console/cases/{case}"), format!("/console/people/{person}")] {
            let shown = ana.get(&path).await.html;
            for label in ["Away", "Manager"] {
                let line = format!("<dt><bdi>{label}</bdi></dt>");
                assert_eq!(shown.contains(&line), is_shown, "{label} on {path}");
            }
        }
    }
}
