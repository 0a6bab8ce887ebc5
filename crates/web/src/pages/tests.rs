//! Pages over the real router: what people see, and what seeing it may never do.

mod acting;
mod deciding;
mod devices;
mod german;
mod structure;
mod world;

use http::StatusCode;
use model::{CaseId, Facts, Personal, Severity, Span, StateName};
use world::{ANA, LEO, MATCH_CODE, MIA, RIGHT, World, draft};

/// What the first page of a person weighs at most, its stylesheet included, in bytes.
const FIRST_PAGE_BYTES: usize = 60_000;

async fn state(world: &World, case: CaseId) -> StateName {
    world.engine.case(case).await.expect("there").state_name()
}

/// Every page that somebody signed in can open, once there is something on it.
async fn pages(world: &World) -> (Vec<String>, Vec<String>) {
    let waiting = world.question(MIA).await;
    let about_leo = world.question(LEO).await;
    acting::something_on_every_page(world).await;
    let leo = world.browser(LEO).await;
    leo.post(&format!("/ask/{about_leo}/answer"), &[("answer", "not_me"), ("revision", "1")]).await;
    let own = ["/", "/me", "/me/history", "/me/settings", "/check"].map(str::to_owned);
    let console = [
        "/console/cases",
        "/console/cases?state=all",
        "/console/cases?state=all&text=nothing+has+this",
        "/console/ask",
        "/console/actions",
        "/console/exceptions",
        "/console/dead-letters",
        "/console/health",
        "/console/rules",
        "/console/rules/new%2Dcountry",
    ]
    .map(str::to_owned);
    let own = own.into_iter().chain([format!("/ask/{waiting}")]).collect();
    let cases = [waiting, about_leo].map(|case| format!("/console/cases/{case}"));
    let people = [MIA, ANA].map(|email| {
        format!("/console/people/{}", world.engine.find_person(email).expect("works here").id)
    });
    (own, console.into_iter().chain(cases).chain(people).collect())
}

#[tokio::test]
async fn every_page_has_one_heading_a_language_labels_and_nothing_inline() {
    let world = World::new();
    let (own, console) = pages(&world).await;
    for (email, paths) in [(MIA, &own), (LEO, &vec!["/".to_owned()]), (ANA, &console)] {
        let browser = world.browser(email).await;
        for path in paths {
            let shown = browser.get(path).await;
            assert_eq!(shown.status, StatusCode::OK, "{path}");
            structure::check(path, &shown.html);
        }
    }
    let problem = world.browser(MIA).await.get("/ask/nothing").await;
    assert_eq!(problem.status, StatusCode::NOT_FOUND);
    structure::check("a problem", &problem.html);
}

#[tokio::test]
async fn looking_ten_times_changes_nothing() {
    let world = World::new();
    let (own, console) = pages(&world).await;
    let case = world.question(MIA).await;
    let acts = ["answer", "comment", "prove", "proof"].map(|act| format!("/ask/{case}/{act}"));
    let (mia, ana) = (world.browser(MIA).await, world.browser(ANA).await);
    let before = world.marks().await;
    for _ in 0..10 {
        for path in own.iter().chain(&console).chain(&acts) {
            for browser in [&mia, &ana, &world.stranger()] {
                browser.get(path).await;
                browser.head(path).await;
            }
        }
    }
    assert_eq!(world.marks().await, before);
}

#[tokio::test]
async fn a_question_is_answered_proven_and_denied_at_one_address_without_scripts() {
    let world = World::new();
    let case = world.question(MIA).await;
    let mia = world.browser(MIA).await;
    let path = format!("/ask/{case}");
    let shown = mia.get(&path).await.html;
    assert!(shown.contains("Was this you?") && shown.contains("Lisbon, Portugal"));
    assert!(mia.get("/me").await.html.contains(&path));

    let done = mia.post(&format!("{path}/answer"), &[("answer", "me"), ("revision", "1")]).await;
    assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, path.as_str()));
    assert_eq!(state(&world, case).await, StateName::Claimed);
    assert!(mia.get(&path).await.html.contains("Prove it with a passkey"));

    let words = [("method", "totp"), ("comment", "I was in Lisbon")];
    mia.post(&format!("{path}/prove"), &words).await;
    let shown = mia.get(&path).await.html;
    let challenge = value_of(&shown, "challenge");
    let wrong = [("challenge", challenge.as_str()), ("response", "000000")];
    let done = mia.post(&format!("{path}/proof"), &wrong).await;
    assert_eq!(done.location, format!("{path}?now=wrong"));

    mia.post(&format!("{path}/prove"), &[("method", "totp")]).await;
    let challenge = value_of(&mia.get(&path).await.html, "challenge");
    let right = [("challenge", challenge.as_str()), ("response", RIGHT)];
    mia.post(&format!("{path}/proof"), &right).await;
    assert_eq!(state(&world, case).await, StateName::Closed);
    assert_eq!(world.engine.case(case).await.expect("there").comments.len(), 1);

    world.clock.advance(Span::days(7));
    let mia = world.browser(MIA).await;
    let shown = mia.get(&path).await.html;
    assert!(shown.contains("You proved it with a code") && shown.contains("This wasn"));
    assert!(mia.get("/me/history").await.html.contains(&path));
    mia.post(&format!("{path}/answer"), &[("answer", "not_me"), ("revision", "1")]).await;
    assert_eq!(state(&world, case).await, StateName::Escalated);
    assert!(!mia.get(&path).await.html.contains("value=\"not_me\""));
}

#[tokio::test]
async fn new_facts_are_shown_and_asked_about_again() {
    let world = World::new();
    let first = draft(MIA, "Sign-in from a new country", Severity::Medium);
    let first = ports::source::AlertDraft { external_id: Some("a-1".to_owned()), ..first };
    let case = world.alert(first.clone()).await;
    let mia = world.browser(MIA).await;
    let facts = Facts::from([("place".to_owned(), "Oslo, Norway".into())]);
    world.alert(ports::source::AlertDraft { facts, ..first }).await;
    let stale = [("answer", "me"), ("revision", "1")];
    let done = mia.post(&format!("/ask/{case}/answer"), &stale).await;
    assert_eq!(done.location, format!("/ask/{case}?now=changed"));
    assert_eq!(state(&world, case).await, StateName::Asking);
    let shown = mia.get(&done.location).await.html;
    assert!(shown.contains("Oslo, Norway") && shown.contains("Something new came in"));
}

#[tokio::test]
async fn a_match_code_is_shown_only_in_the_session_that_began() {
    let world = World::new();
    let case = world.question(MIA).await;
    let (here, elsewhere) = (world.browser(MIA).await, world.browser(MIA).await);
    let path = format!("/ask/{case}");
    here.post(&format!("{path}/answer"), &[("answer", "me"), ("revision", "1")]).await;
    here.post(&format!("{path}/prove"), &[("method", "duo")]).await;
    let starting = here.get(&path).await.html;
    assert!(starting.contains("http-equiv=\"refresh\"") && !starting.contains(MATCH_CODE));
    world.dispatch().await;
    assert!(here.get(&path).await.html.contains(MATCH_CODE));
    let other = elsewhere.get(&path).await.html;
    assert!(other.contains("another window") && !other.contains(MATCH_CODE));
    let ana = world.browser(ANA).await;
    let seen = ana.get(&format!("/console/cases/{case}")).await;
    assert!(seen.status == StatusCode::OK && !seen.html.contains(MATCH_CODE));
}

#[tokio::test]
async fn a_form_without_its_sessions_token_is_refused() {
    let world = World::new();
    let case = world.question(MIA).await;
    let (mia, leo) = (world.browser(MIA).await, world.browser(LEO).await);
    let foreign = leo.csrf().await;
    for form in ["answer=not_me&revision=1", &format!("answer=not_me&revision=1&csrf={foreign}")] {
        let done = mia.post_raw(&format!("/ask/{case}/answer"), form).await;
        assert_eq!(done.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(state(&world, case).await, StateName::Asking);
}

#[tokio::test]
async fn another_persons_question_is_nowhere_and_the_console_is_for_analysts() {
    let world = World::new();
    let (_, console) = pages(&world).await;
    let case = world.question(MIA).await;
    let leo = world.browser(LEO).await;
    assert_eq!(leo.get(&format!("/ask/{case}")).await.status, StatusCode::NOT_FOUND);
    for (act, fields) in [
        ("answer", &[("answer", "not_me"), ("revision", "1")][..]),
        ("comment", &[("comment", "hello")]),
        ("prove", &[("method", "totp")]),
    ] {
        let done = leo.post(&format!("/ask/{case}/{act}"), fields).await;
        assert_eq!(done.status, StatusCode::NOT_FOUND, "{act}");
    }
    for path in &console {
        assert_eq!(leo.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        let shown = world.stranger().get(path).await;
        assert!(shown.location.starts_with("/signin?next=/console"), "{path}");
    }
    let take = leo.post(&format!("/console/cases/{case}/take"), &[]).await;
    assert_eq!(take.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn hostile_text_is_inert_on_every_page() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'; alert(1); '",
        "<!channel> <@U123> *bold* [link](https://evil.example)",
        "a\u{202e}b\u{0}c\u{1b}[31m\r\nSet-Cookie: x=1",
        "{{ 7 * 7 }}{% raw %}",
        "&lt;b&gt;",
    ];
    for text in hostile.iter().map(ToString::to_string).chain(["é".repeat(100_000)]) {
        let world = World::new();
        let mut alert = draft(MIA, &text, Severity::High);
        alert.rule = text.clone();
        alert.description = text.clone();
        alert.url = Some(format!("javascript:{text}"));
        alert.facts = Facts::from([(text.clone(), text.as_str().into())]);
        let case = world.alert(alert).await;
        let (mia, ana) = (world.browser(MIA).await, world.browser(ANA).await);
        let person = mia.csrf().await;
        assert!(!person.is_empty());
        let comment = Personal::new(text.clone());
        let id = world.engine.find_person(MIA).expect("works here").id;
        world.engine.comment(id, case, comment).await.expect("taken");
        for (browser, path) in [
            (&mia, "/me".to_owned()),
            (&mia, format!("/ask/{case}")),
            (&ana, "/console/cases?state=all".to_owned()),
            (&ana, format!("/console/cases/{case}")),
            (&ana, format!("/console/ask?title={}", "%3Cscript%3Ealert(1)%3C/script%3E")),
        ] {
            let shown = browser.get(&path).await;
            assert_eq!(shown.status, StatusCode::OK, "{path}");
            structure::check(&path, &shown.html);
            for live in
                ["<script>alert", "<img src=x", "=\"javascript:", "\u{202e}", "\u{0}", "\u{1b}"]
            {
                assert!(!shown.html.contains(live), "{path}: {live:?} of {text:.40}");
            }
            assert!(shown.html.len() < 200_000, "{path}: {} bytes", shown.html.len());
        }
    }
}

#[tokio::test]
async fn the_first_page_with_its_style_is_light() {
    let world = World::new();
    let case = world.question(MIA).await;
    let style = include_bytes!("../../assets/style.css").len();
    let script = include_bytes!("../../assets/passkey.js").len();
    for path in ["/".to_owned(), format!("/ask/{case}")] {
        let shown = world.browser(MIA).await.get(&path).await.html.len();
        assert!(shown + style + script < FIRST_PAGE_BYTES, "{path}: {shown} and {style}");
    }
}

#[tokio::test]
async fn a_code_is_ours_or_not_and_facts_are_for_its_person_only() {
    let world = World::new();
    let case = world.question(MIA).await;
    let code = world.engine.case(case).await.expect("there").ask.expect("asked").code;
    world.dispatch().await;
    for (browser, typed, says, facts) in [
        (world.stranger(), code.as_str(), "is ours", false),
        (world.stranger(), "BBB-BBB", "not ours", false),
        (world.stranger(), "123456", "not ours", false),
        (world.browser(LEO).await, &code.to_lowercase(), "is ours", false),
        (world.browser(MIA).await, &code.replace('-', " "), "is ours", true),
    ] {
        let shown = browser.post("/check", &[("code", typed)]).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(shown.html.contains(says), "{typed}");
        assert_eq!(shown.html.contains("Sign-in from a new country"), facts, "{typed}");
        structure::check("/check", &shown.html);
    }
}

#[tokio::test]
async fn looking_codes_up_is_limited() {
    let world = World::new();
    let mut last = String::new();
    for _ in 0..30 {
        last = world.stranger().post("/check", &[("code", "BBB-BBB")]).await.html;
    }
    assert!(last.contains("Too many tries"));
}

#[tokio::test]
async fn pausing_questions_wants_a_proof_and_muting_does_not() {
    let world = World::new();
    let mia = world.browser(MIA).await;
    let done = mia.post("/me/settings/pause", &[("for", "2h")]).await;
    assert_eq!(done.location, "/me/prove?next=/me/settings");
    let done = mia.post("/me/settings/mute", &[("for", "8h")]).await;
    assert_eq!(done.location, "/me/settings?now=saved");
    let id = world.engine.find_person(MIA).expect("works here").id;
    let desk = world.engine.desk(id).await.expect("readable").expect("kept");
    assert!(desk.muted_until.is_some() && desk.paused_until.is_none());
    let odd = mia.post("/me/settings/mute", &[("for", "9999d")]).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_question_by_hand_reaches_its_person() {
    let world = World::new();
    let ana = world.browser(ANA).await;
    let fields = [("person", MIA), ("title", "Was the new key yours?"), ("severity", "medium")];
    let done = ana.post("/console/ask", &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert!(world.browser(MIA).await.get("/").await.html.contains("Was the new key yours?"));
    let nobody = [("person", "nobody@example.com"), ("title", "x"), ("severity", "medium")];
    let done = ana.post("/console/ask", &nobody).await;
    assert_eq!(done.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(done.html.contains("nobody@example.com"), "what was typed stays");
}

/// The value of a hidden field.
fn value_of(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split(&start).nth(1).expect("the field is there");
    rest.split('"').next().expect("quoted").to_owned()
}
