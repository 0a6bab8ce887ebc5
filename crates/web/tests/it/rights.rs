//! Who may reach what: the table of all routes, and a walk over it.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use runtime::people::Role;
use web::{Needs, keys::Scope, routes::Entry};

use crate::{
    fakes::{CHAT_TOKEN, SIGNING_TOKEN, SOURCE_TOKEN},
    world::{ADA, ANA, Answer, Browser, MIA, World, token},
};

const GOLDEN: &str = include_str!("routes.golden");
/// Set to write the table anew: `UPDATE_GOLDEN=1 cargo test -p web`.
const UPDATE: &str = "UPDATE_GOLDEN";

#[test]
fn the_table_of_routes_is_the_reviewed_one() {
    let routes = web::server::routes();
    let mut lines: Vec<String> = routes
        .entries()
        .map(|entry| format!("{:<5} {:<45} {}\n", entry.method.as_str(), entry.path, entry.needs))
        .collect();
    lines.sort_by_key(|line| line[6..].to_owned());
    let table: String = lines.concat();
    if std::env::var_os(UPDATE).is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/routes.golden");
        std::fs::write(file, &table).expect("writable");
        return;
    }
    assert_eq!(table, GOLDEN, "if this is meant, set {UPDATE}=1 and have the change reviewed");
}

/// A path with its names filled in with what could be there.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{source}" => "siem",
            "{chat}" => "talk",
            "{kind}" => "interactions",
            part if part.starts_with('{') => "case_00000000000000000000000000",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn plain(entry: &Entry) -> http::request::Builder {
    Request::builder()
        .method(&entry.method)
        .uri(filled(entry.path))
        .header(header::ORIGIN, crate::world::URL)
}

async fn by_browser(world: &World, entry: &Entry, browser: &Browser) -> Answer {
    let request = browser
        .request(entry.method.clone(), &filled(entry.path))
        .header("x-csrf-token", &browser.csrf);
    world.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn no_route_is_reached_by_who_lacks_its_right() {
    let world = World::new();
    let (mia, ana) = (world.browser(MIA).await, world.browser(ANA).await);
    let before = world.audit_length().await;
    for entry in web::server::routes().entries() {
        let without = plain(entry).body(Body::empty()).expect("a request");
        let without = world.send(without).await;
        let name = format!("{} {}", entry.method, entry.path);
        match entry.needs {
            Needs::Probe | Needs::Anyone => {}
            // What an agent is answered without a key is its protocol's to say; none is set up here.
            Needs::Agent => {
                assert!(
                    ["not-found", "unauthorized"].contains(&without.problem().as_str()),
                    "{name}"
                );
            }
            Needs::Source | Needs::EventSource | Needs::Reader | Needs::Vendor => {
                assert_eq!(without.problem(), "unauthorized", "{name}")
            }
            Needs::Api(scope) => {
                assert_eq!(without.problem(), "unauthorized", "{name}");
                lacking_keys(&world, entry, scope).await;
                let answer = by_browser(&world, entry, &mia).await;
                assert_eq!(answer.problem(), "forbidden", "{name}");
            }
            Needs::Page(role) => {
                needs_a_session(&without, &entry.method, &name);
                let lesser = match role {
                    Role::Person => None,
                    Role::Analyst => Some(&mia),
                    Role::Admin => Some(&ana),
                };
                if let Some(lesser) = lesser {
                    let answer = by_browser(&world, entry, lesser).await;
                    assert_eq!(answer.problem(), "forbidden", "{name}");
                }
            }
        }
    }
    assert_eq!(world.audit_length().await, before, "somebody without a right did something");
}

fn needs_a_session(answer: &Answer, method: &Method, name: &str) {
    if *method == Method::GET {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
        assert!(answer.header("location").is_some_and(|to| to.starts_with("/signin")), "{name}");
    } else {
        assert_eq!(answer.problem(), "unauthorized", "{name}");
    }
}

async fn lacking_keys(world: &World, entry: &Entry, wanted: Scope) {
    let unknown = [
        ("Bearer unknown-token-0123456789", "unauthorized", "not known"),
        ("Bearer", "unauthorized", "malformed"),
        ("Bearer ", "unauthorized", "malformed"),
        ("Bearer a b", "unauthorized", "malformed"),
        ("Basic a2V5", "unauthorized", "malformed"),
    ];
    for (line, problem, word) in unknown {
        let request = plain(entry).header(header::AUTHORIZATION, line);
        let answer = world.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.problem(), problem, "{line} {}", entry.path);
        assert!(answer.text.contains(word), "{line}: {}", answer.text);
    }
    for scope in [Scope::Ingest, Scope::Read, Scope::Analyst, Scope::Admin] {
        let request =
            plain(entry).header(header::AUTHORIZATION, format!("Bearer {}", token(scope)));
        if !scope.covers(wanted) {
            let answer = world.send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!(answer.problem(), "forbidden", "{scope:?} {}", entry.path);
        }
    }
}

/// R18: no form is believed without its session's token, or from another site.
#[tokio::test]
async fn no_form_of_a_foreign_page_is_taken_anywhere() {
    let world = World::new();
    let (ada, mia) = (world.browser(ADA).await, world.browser(MIA).await);
    let before = world.audit_length().await;
    let own = crate::world::URL;
    for entry in web::server::routes().entries().filter(|entry| entry.method != Method::GET) {
        let is_by_session = matches!(entry.needs, Needs::Page(_) | Needs::Api(_));
        if !is_by_session && entry.needs != Needs::Anyone {
            continue;
        }
        for (origin, token) in [
            (own, None),
            (own, Some("")),
            (own, Some(mia.csrf.as_str())),
            ("https://evil.example", Some(ada.csrf.as_str())),
            ("null", Some(ada.csrf.as_str())),
        ] {
            if origin == own && !is_by_session {
                continue;
            }
            let path = filled(entry.path);
            let form = token.map(|token| format!("csrf={token}")).unwrap_or_default();
            let request = Request::builder()
                .method(&entry.method)
                .uri(&path)
                .header(header::COOKIE, &ada.cookie)
                .header(header::ORIGIN, origin)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(form));
            let answer = world.send(request.expect("a request")).await;
            assert_eq!(answer.problem(), "foreign-form", "{path} {origin} {token:?}");
        }
    }
    assert_eq!(world.audit_length().await, before);
}

#[tokio::test]
async fn a_wrong_key_beside_a_good_session_is_refused() {
    let world = World::new();
    let ada = world.browser(ADA).await;
    let request = ada
        .request(Method::GET, "/v1/cases")
        .header(header::AUTHORIZATION, "Bearer unknown-token-0123456789");
    let answer = world.send(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.problem(), "unauthorized");
}

/// R18: nothing happens by looking, with a session or without.
#[tokio::test]
async fn looking_at_every_address_ten_times_changes_nothing() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let browsers = [world.browser(MIA).await, world.browser(ADA).await];
    let before = world.audit_length().await;
    for entry in web::server::routes().entries().filter(|entry| entry.method == Method::GET) {
        let path = filled(entry.path).replace("case_00000000000000000000000000", &case);
        for method in [Method::GET, Method::HEAD] {
            for _ in 0..10 {
                let bare = Request::builder().method(&method).uri(&path).body(Body::empty());
                world.send(bare.expect("a request")).await;
                for browser in &browsers {
                    let request = browser.request(method.clone(), &path).body(Body::empty());
                    let answer = world.send(request.expect("a request")).await;
                    assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
                }
            }
        }
    }
    assert_eq!(world.audit_length().await, before);
}

/// R24: what is refused is refused without repeating a secret.
#[tokio::test]
async fn no_answer_to_a_refused_request_holds_a_secret() {
    let world = World::new();
    let browser = world.browser(ANA).await;
    let keys = [Scope::Ingest, Scope::Read, Scope::Analyst, Scope::Admin].map(token);
    let mut secrets = vec![
        SOURCE_TOKEN.to_owned(),
        SIGNING_TOKEN.to_owned(),
        CHAT_TOKEN.to_owned(),
        browser.token.clone(),
        "factor-secret-77aa55cc33ee".to_owned(),
    ];
    secrets.extend(keys);
    for entry in web::server::routes().entries() {
        for secret in &secrets {
            let request = plain(entry)
                .header(header::AUTHORIZATION, format!("Bearer {secret}"))
                .header(header::COOKIE, &browser.cookie)
                .header("x-talk-token", secret)
                .header("idempotency-key", secret)
                .header(header::CONTENT_TYPE, "application/json");
            let body = serde_json::json!({ secret.as_str(): secret, "disposition": secret });
            let answer = world.send(request.body(Body::from(body.to_string())).expect("one")).await;
            for secret in &secrets {
                assert!(!answer.text.contains(secret.as_str()), "{}: {}", entry.path, answer.text);
            }
        }
    }
}
