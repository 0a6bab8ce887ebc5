//! Signing in and proving, as browsers do it.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use ports::Clock as _;
use runtime::people::{Authority, LinkKind};
use secrecy::ExposeSecret as _;
use url::form_urlencoded;
use web::keys::Scope;

use crate::{
    fakes::CODE,
    world::{ADA, Answer, Browser, MIA, URL, World},
};

async fn link(world: &World, email: &str, kind: LinkKind) -> String {
    let url = world.engine.create_link(Authority::Host, email, kind).await.expect("a link");
    url.expose_secret().strip_prefix(URL).expect("on our pages").to_owned()
}

/// A form, sent from one of our own pages by whoever holds the cookie.
async fn post(
    world: &World,
    browser: Option<&Browser>,
    path: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let mut request = match browser {
        Some(browser) => browser.request(Method::POST, path),
        None => Request::post(path).header(header::ORIGIN, URL),
    };
    request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let csrf = browser.map(|browser| ("csrf", browser.csrf.as_str()));
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(csrf.into_iter().chain(fields.iter().copied()))
        .finish();
    world.send(request.body(Body::from(body)).expect("a request")).await
}

async fn get(world: &World, browser: &Browser, path: &str) -> Answer {
    world.send(browser.request(Method::GET, path).body(Body::empty()).expect("a request")).await
}

fn is_signed_in(answer: &Answer) -> bool {
    let cookie = answer.header("set-cookie").unwrap_or_default();
    let is_guarded = ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"];
    cookie.starts_with("__Host-countersign_session=")
        && !cookie.contains("Max-Age=0")
        && is_guarded.iter().all(|part| cookie.contains(part))
}

/// R18.
#[tokio::test]
async fn looking_at_a_link_ten_times_signed_in_or_not_does_nothing() {
    let world = World::new();
    let (path, ada) = (link(&world, MIA, LinkKind::SignIn).await, world.browser(ADA).await);
    let before = world.audit_length().await;
    for method in [Method::GET, Method::HEAD] {
        for _ in 0..10 {
            let plain = Request::builder().method(method.clone()).uri(&path);
            for request in [plain, ada.request(method.clone(), &path)] {
                let answer = world.send(request.body(Body::empty()).expect("a request")).await;
                assert_eq!(answer.status, StatusCode::OK);
                assert_eq!(answer.header("set-cookie"), None);
                assert!(!answer.text.contains(MIA), "it does not tell whose it is");
            }
        }
    }
    assert_eq!(world.audit_length().await, before);
    assert!(is_signed_in(&post(&world, None, &path, &[]).await), "it is still good");
}

/// R18.
#[tokio::test]
async fn a_used_link_and_a_press_from_elsewhere_are_refused() {
    let world = World::new();
    let path = link(&world, MIA, LinkKind::SignIn).await;
    let foreign = Request::post(&path).header(header::ORIGIN, "https://evil.example");
    let foreign = world.send(foreign.body(Body::empty()).expect("a request")).await;
    assert_eq!(foreign.problem(), "foreign-form");
    assert!(is_signed_in(&post(&world, None, &path, &[]).await));
    let again = post(&world, None, &path, &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(again.header("set-cookie"), None);
    assert!(again.text.contains("no longer good"));
}

#[tokio::test]
async fn an_enrolment_link_leads_to_the_ways_to_prove() {
    let world = World::new();
    let path = link(&world, MIA, LinkKind::Enrol).await;
    let answer = post(&world, None, &path, &[]).await;
    assert_eq!(answer.header("location"), Some("/me/ways"));
}

#[tokio::test]
async fn a_second_sign_in_in_a_browser_ends_the_first() {
    let world = World::new();
    let (path, ada) = (link(&world, MIA, LinkKind::SignIn).await, world.browser(ADA).await);
    assert!(is_signed_in(&post(&world, Some(&ada), &path, &[]).await));
    assert_eq!(get(&world, &ada, "/me/ways").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_code_signs_in_and_leads_back_to_our_own_pages_only() {
    for (next, place) in [
        ("/me/ways", "/me/ways"),
        ("", "/"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
    ] {
        let world = World::new();
        let fields = [("email", MIA), ("code", CODE), ("next", next)];
        let answer = post(&world, None, "/signin/code", &fields).await;
        assert!(is_signed_in(&answer), "{next}");
        assert_eq!(answer.header("location"), Some(place), "{next}");
    }
}

#[tokio::test]
async fn a_wrong_sign_in_looks_alike_for_somebody_and_for_nobody() {
    let pages = ["mia@example.com", "bob@example.com"].map(async |email| {
        let world = World::new();
        let mut seen = Vec::new();
        for _ in 0..6 {
            let fields = [("email", email), ("code", "000000")];
            let answer = post(&world, None, "/signin/code", &fields).await;
            assert_eq!(answer.header("set-cookie"), None);
            seen.push((answer.status.as_u16(), answer.text.replace(email, "…")));
        }
        let statuses: Vec<u16> = seen.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [403, 403, 403, 403, 403, 429]);
        seen
    });
    let [somebody, nobody] = pages;
    assert_eq!(somebody.await, nobody.await);
}

#[tokio::test]
async fn what_was_typed_is_shown_inert() {
    let world = World::new();
    let hostile = "\"><script>alert(1)</script>@example.com";
    let answer = post(&world, None, "/signin/code", &[("email", hostile), ("code", "1")]).await;
    assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
}

#[tokio::test]
async fn signing_out_wants_the_sessions_own_form() {
    let world = World::new();
    let (mia, ada) = (world.browser(MIA).await, world.browser(ADA).await);
    let mixed = Browser { csrf: ada.csrf, ..world.browser(MIA).await };
    assert_eq!(post(&world, Some(&mixed), "/signout", &[]).await.problem(), "foreign-form");
    let answer = post(&world, Some(&mia), "/signout", &[]).await;
    assert!(answer.header("set-cookie").expect("a cookie").contains("Max-Age=0"));
    assert_eq!(get(&world, &mia, "/me/ways").await.status, StatusCode::SEE_OTHER);
    assert_eq!(get(&world, &mixed, "/me/ways").await.status, StatusCode::OK);
}

/// R18, R25.
#[tokio::test]
async fn adding_a_way_leads_through_a_proof_and_looking_begins_none() {
    let world = World::new();
    let mia = world.browser(MIA).await;
    let before = world.audit_length().await;
    let answer = post(&world, Some(&mia), "/me/ways/begin", &[("method", "totp")]).await;
    assert_eq!(answer.header("location"), Some("/me/prove?next=/me/ways"));
    for path in ["/me/ways", "/me/prove?next=/me/ways", "/me/ways/add/totp"] {
        for _ in 0..10 {
            get(&world, &mia, path).await;
        }
    }
    assert_eq!(world.audit_length().await, before);
    let page = get(&world, &mia, "/me/prove?next=/me/ways").await;
    assert!(!page.text.contains("one-time-code"), "no ceremony was begun");
}

/// What follows a piece of text in a page, up to the next quotation mark.
fn after<'p>(page: &'p str, text: &str) -> &'p str {
    let from = page.find(text).expect("on the page") + text.len();
    page[from..].split('"').next().expect("a value")
}

#[tokio::test]
async fn a_step_up_without_scripts_leads_back_to_where_it_was_asked() {
    let world = World::new();
    let mia = world.browser(MIA).await;
    let fields = [("method", "totp"), ("next", "/me/ways")];
    let begun = post(&world, Some(&mia), "/me/prove", &fields).await;
    let page = get(&world, &mia, begun.header("location").expect("a place")).await;
    let challenge = after(&page.text, "name=\"challenge\" value=\"").to_owned();
    let fields = [("challenge", &*challenge), ("response", "999999"), ("next", "/me/ways")];
    let wrong = post(&world, Some(&mia), "/me/prove/finish", &fields).await;
    let place = wrong.header("location").expect("a place");
    assert_eq!(place, "/me/prove?next=%2Fme%2Fways&now=failed");
    assert!(get(&world, &mia, place).await.text.contains("That did not work"));

    post(&world, Some(&mia), "/me/prove", &[("method", "totp"), ("next", "/me/ways")]).await;
    let page = get(&world, &mia, "/me/prove").await;
    let challenge = after(&page.text, "name=\"challenge\" value=\"").to_owned();
    let fields = [("challenge", &*challenge), ("response", CODE), ("next", "/me/ways")];
    let right = post(&world, Some(&mia), "/me/prove/finish", &fields).await;
    assert_eq!(right.header("location"), Some("/me/ways"));
    let viewer = world.engine.viewer(&mia.token).await.expect("readable").expect("signed in");
    assert!(viewer.has_independent_proof(world.clock.now()));
}

#[tokio::test]
async fn another_persons_factor_or_change_is_not_there() {
    let world = World::new();
    let mia = world.browser(MIA).await;
    for path in [
        "/me/ways/fct_00000000000000000000000000/remove",
        "/me/ways/changes/dlv_00000000000000000000000000/disown",
        "/me/ways/nonsense/remove",
        "/me/ways/changes/nonsense/disown",
    ] {
        assert_eq!(post(&world, Some(&mia), path, &[]).await.problem(), "not-found", "{path}");
    }
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session() {
    let world = World::new();
    let (here, there, ada) =
        (world.browser(MIA).await, world.browser(MIA).await, world.browser(ADA).await);
    assert!(get(&world, &here, "/me/settings").await.text.contains("Sign out everywhere"));
    let (cookie, token) = (here.cookie.clone(), here.token.clone());
    let foreign = Browser { csrf: there.csrf.clone(), cookie, token };
    let refused = post(&world, Some(&foreign), "/signout/everywhere", &[]).await;
    assert_eq!(refused.problem(), "foreign-form");
    assert_eq!(get(&world, &there, "/me/settings").await.status, StatusCode::OK);
    let answer = post(&world, Some(&here), "/signout/everywhere", &[]).await;
    assert_eq!(answer.header("location"), Some("/signin?now=signed-out-everywhere"));
    assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    for (browser, status) in
        [(&here, StatusCode::SEE_OTHER), (&there, StatusCode::SEE_OTHER), (&ada, StatusCode::OK)]
    {
        assert_eq!(get(&world, browser, "/me/settings").await.status, status);
    }
    let page = world.send(
        Request::get("/signin?now=signed-out-everywhere").body(Body::empty()).expect("a request"),
    );
    assert!(page.await.text.contains("You are signed out everywhere."));
}

#[tokio::test]
async fn a_browser_that_signed_in_before_is_not_kept_out_by_strangers() {
    let world = World::new();
    let right = [("email", MIA), ("code", CODE)];
    let first = post(&world, None, "/signin/code", &right).await;
    let cookies: Vec<_> = first.headers.get_all(header::SET_COOKIE).iter().collect();
    let known = cookies.iter().filter_map(|cookie| cookie.to_str().ok());
    let known: Vec<_> =
        known.filter(|cookie| cookie.starts_with("__Host-countersign_browser=")).collect();
    let [known] = known.as_slice() else { panic!("one cookie, not {known:?}") };
    for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=15552000"] {
        assert!(known.contains(part), "{part}");
    }
    let cookie = known.split(';').next().expect("a pair").to_owned();
    let browser = Browser { cookie, csrf: String::new(), token: String::new() };

    for _ in 0..5 {
        post(&world, None, "/signin/code", &[("email", MIA), ("code", "000000")]).await;
    }
    let stranger = post(&world, None, "/signin/code", &right).await;
    assert_eq!(stranger.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(stranger.headers.get_all(header::SET_COOKIE).iter().next().is_none());
    assert_eq!(get(&world, &browser, "/me/ways").await.status, StatusCode::SEE_OTHER, "no session");
    let owner = post(&world, Some(&browser), "/signin/code", &right).await;
    assert!(is_signed_in(&owner));
    let path = link(&world, MIA, LinkKind::SignIn).await;
    assert!(is_signed_in(&post(&world, None, &path, &[]).await), "nor does a link depend on it");
}

/// R25: the browser that is gone does not go on with what it had begun to send.
#[tokio::test]
async fn a_form_that_is_slower_than_the_end_of_its_session_does_nothing() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let (thief, mia) = (world.browser(MIA).await, world.browser(MIA).await);
    let form = format!("csrf={}&answer=not_me&revision=1", thief.csrf);
    let (send, receive) = futures::channel::oneshot::channel::<()>();
    let slow = futures::stream::once(async move {
        receive.await.expect("the end of the session");
        Ok::<_, std::io::Error>(form)
    });
    let request = thief
        .request(Method::POST, &format!("/ask/{case}/answer"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from_stream(slow))
        .expect("a request");
    let ending = async {
        tokio::task::yield_now().await;
        assert!(post(&world, Some(&mia), "/signout/everywhere", &[]).await.status.is_redirection());
        send.send(()).expect("it waits");
    };
    let (answer, ()) = futures::join!(world.send(request), ending);
    assert_eq!(answer.problem(), "unauthorized");
    let shown = world.get(&format!("/v1/cases/{case}"), Scope::Read).await.json();
    assert_eq!(shown["answers"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn a_browser_that_wants_german_gets_the_pages_before_signing_in_in_german() {
    let world = World::new();
    let link = link(&world, MIA, LinkKind::SignIn).await;
    for path in ["/signin", "/signin?now=signed-out", "/signin/link/none", &link, "/check"] {
        for (wants, language) in [("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr, en", "en"), ("fr", "en")]
        {
            let request = Request::get(path).header(header::ACCEPT_LANGUAGE, wants);
            let answer = world.send(request.body(Body::empty()).expect("a request")).await;
            let is_spoken = answer.text.contains(&format!("<html lang=\"{language}\">"));
            assert!(is_spoken, "{path} {wants}: {:.200}", answer.text);
            let is_german =
                ["Anmelden", "abgemeldet", "gilt nicht mehr", "Melde mich an", "Nachsehen"];
            let is_german = is_german.iter().any(|word| answer.text.contains(word));
            assert_eq!(is_german, language == "de", "{path} {wants}");
        }
    }
}
