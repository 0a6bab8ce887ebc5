//! Signing in at the identity provider, as browsers do it.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use ports::Failure;
use url::form_urlencoded;

use crate::world::{Answer, MIA, URL, World};

const CALLBACK: &str = "/signin/oidc/callback";
const CODE: &str = "code";

/// What a browser has after it pressed the button.
struct Begun {
    cookie: String,
    state: String,
    page: Answer,
}

async fn press(world: &World, origin: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post("/signin/oidc")
        .header(header::ORIGIN, origin)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    world.send(request.body(Body::from(body)).expect("a request")).await
}

async fn begin(world: &World, fields: &[(&str, &str)]) -> Begun {
    let page = press(world, URL, fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let cookie = page.header("set-cookie").expect("a cookie");
    let (cookie, rest) = cookie.split_once(';').expect("attributes");
    assert!(cookie.starts_with("__Host-countersign_signin="), "{cookie}");
    for attribute in ["Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=600"] {
        assert!(rest.contains(attribute), "{attribute}: {rest}");
    }
    let (_, state) = page.text.split_once("?state=").expect("a state");
    let (state, _) = state.split_once('&').expect("more than a state");
    Begun { cookie: cookie.to_owned(), state: state.to_owned(), page }
}

async fn back(world: &World, method: Method, query: &str, cookie: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("{CALLBACK}?{query}"));
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    world.send(request.body(Body::empty()).expect("a request")).await
}

fn cookies(answer: &Answer) -> Vec<&str> {
    let all = answer.headers.get_all(header::SET_COOKIE).iter();
    all.map(|cookie| cookie.to_str().expect("text")).collect()
}

fn is_signed_in(answer: &Answer) -> bool {
    let is_session = |cookie: &&str| {
        cookie.starts_with("__Host-countersign_session=") && !cookie.contains("Max-Age=0")
    };
    cookies(answer).iter().any(is_session)
}

/// S11.
#[tokio::test]
async fn a_button_leads_to_the_provider_and_back_to_where_they_wanted_to_go() {
    let world = World::new();
    world.provider.know(CODE, "subject-1", &[]);
    let signin = world.send(Request::get("/signin").body(Body::empty()).expect("a request")).await;
    assert!(signin.text.contains("Sign in with login.example.com"));
    let begun = begin(&world, &[("next", "/me/devices?a=b")]).await;
    let address = format!("https://login.example.com/authorize?state={}", begun.state);
    let refresh = format!("<meta http-equiv=\"refresh\" content=\"0;url={address}");
    assert!(begun.page.text.contains(&refresh), "{}", begun.page.text);
    assert!(begun.page.text.contains(&format!("href=\"{address}")), "for browsers that do not");
    let query = format!("state={}&code={CODE}&iss=x", begun.state);
    let answer = back(&world, Method::GET, &query, Some(&begun.cookie)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), Some("/me/devices?a=b"));
    assert!(is_signed_in(&answer));
    let is_gone = |cookie: &&str| cookie.starts_with("__Host-countersign_signin=; ");
    assert!(cookies(&answer).iter().any(is_gone), "its cookie has served");
}

/// R18: the one GET that signs in does so for nobody who only looks or was sent there.
#[tokio::test]
async fn whoever_follows_or_looks_at_the_way_back_without_its_cookie_changes_nothing() {
    let world = World::new();
    world.provider.know(CODE, "subject-1", &[]);
    let begun = begin(&world, &[]).await;
    let other = begin(&world, &[]).await;
    let before = world.audit_length().await;
    let query = format!("state={}&code={CODE}", begun.state);
    for _ in 0..10 {
        for cookie in [None, Some(other.cookie.as_str())] {
            let answer = back(&world, Method::GET, &query, cookie).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            assert!(cookies(&answer).is_empty() && !answer.text.contains(MIA));
        }
        let looked = back(&world, Method::HEAD, &query, Some(&begun.cookie)).await;
        assert!(!is_signed_in(&looked), "a HEAD is a look");
    }
    assert_eq!(world.audit_length().await, before);
    let answer = back(&world, Method::GET, &query, Some(&begun.cookie)).await;
    assert!(is_signed_in(&answer), "it is still good for whom it began with");
    let again = back(&world, Method::GET, &query, Some(&begun.cookie)).await;
    assert!(!is_signed_in(&again), "once");
}

#[tokio::test]
async fn a_page_of_somebody_elses_begins_no_sign_in() {
    let world = World::new();
    let answer = press(&world, "https://evil.example", &[]).await;
    assert_eq!(answer.problem(), "foreign-form");
    assert!(world.provider.bindings().is_empty());
}

#[tokio::test]
async fn nobody_is_led_to_another_site_after_signing_in_there() {
    let world = World::new();
    for next in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        world.provider.know(CODE, "subject-1", &[]);
        let begun = begin(&world, &[("next", next)]).await;
        let query = format!("state={}&code={CODE}", begun.state);
        let answer = back(&world, Method::GET, &query, Some(&begun.cookie)).await;
        assert_eq!(answer.header("location"), Some("/"), "{next}");
    }
}

#[tokio::test]
async fn each_reason_why_nobody_is_signed_in_is_said_on_the_page() {
    let world = World::new();
    world.provider.know("stranger", "subject-99", &["soc"]);
    for (failure, query, status, words) in [
        (None, "error=access_denied&error_description=%3Cb%3E", 403, "did not sign you in"),
        (None, "code=unknown", 403, "does not prove who you are"),
        (None, "", 403, "does not prove who you are"),
        (None, "code=stranger", 403, "does not know you"),
        (Some(Failure::retry("down")), "code=stranger", 503, "cannot be reached"),
        (Some(Failure::permanent("weak")), "code=stranger", 403, "not strong enough"),
        (None, "error=server_error", 503, "cannot be reached"),
    ] {
        let begun = begin(&world, &[]).await;
        if let Some(failure) = failure {
            world.provider.fail_next(failure);
        }
        let query = format!("state={}&{query}", begun.state);
        let answer = back(&world, Method::GET, &query, Some(&begun.cookie)).await;
        assert_eq!(answer.status, status, "{query}");
        assert!(answer.text.contains(words), "{query}: {}", answer.text);
        assert!(!answer.text.contains("<b>") && !is_signed_in(&answer), "{query}");
    }
    world.provider.fail_next(Failure::retry("down"));
    let answer = press(&world, URL, &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text.contains("cannot be reached"));
}
