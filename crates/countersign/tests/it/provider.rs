//! Signing in at the company's identity provider, through the program and over real HTTP.

use std::{fs, sync::Arc};

use ::demo::vendors::{OidcAccount, OidcWorld, OidcWorldConfig, oidc::Lie};
use connectors::http::Reply;
use http::header;
use model::Timestamp;
use url::Url;

use crate::{
    company::Wall,
    harness::{Running, Scratch, status, told},
};

const SECRET: &str = "secret ~ of the client";
/// Somebody to whom the directory gives no role.
const MIA: &str = "p-mia";

/// A server whose people sign in at a provider, and that provider.
async fn started(more: &str) -> (Scratch, OidcWorld, Running) {
    let scratch = Scratch::new();
    let made = scratch.run(&["init", "--admin", "ada@example.com"]);
    assert_eq!(status(&made), 0, "{}", told(&made));
    let config = OidcWorldConfig {
        client_id: "countersign".to_owned(),
        client_secret: SECRET.to_owned(),
        redirect_uri: format!("http://localhost:{}/signin/oidc/callback", scratch.port),
    };
    let provider = OidcWorld::start(config, Arc::new(Wall)).await.expect("a port");
    let path = scratch.path("countersign.toml");
    let text = fs::read_to_string(&path).expect("written");
    let text = text
        .replace("8400", &scratch.port.to_string())
        .replace("9464", &scratch.metrics_port.to_string());
    let people = fs::read_to_string(scratch.path("people.toml")).expect("written");
    let mia =
        format!("\n[[person]]\nid = \"{MIA}\"\nemail = \"mia@example.com\"\nname = \"Mia Wong\"\n");
    scratch.write("people.toml", &(people + &mia));
    let issuer = provider.base_url();
    let section = format!(
        "\n[signin.oidc]\nissuer = \"{issuer}\"\nclient_id = \"countersign\"\n\
         client_secret = {{ env = \"OIDC_CLIENT_SECRET\" }}\n{more}"
    );
    fs::write(&path, text + &section).expect("written");
    let server = scratch.serve(&[("OIDC_CLIENT_SECRET", SECRET)]).await;
    (scratch, provider, server)
}

fn account() -> OidcAccount {
    OidcAccount::new(MIA, Timestamp::now())
}

fn cookies(reply: &Reply) -> String {
    let all = reply.headers.get_all(header::SET_COOKIE).iter();
    let all = all.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    all.collect::<Vec<_>>().join("; ")
}

/// Presses the button, goes to the provider as somebody, and comes back.
async fn signs_in(scratch: &Scratch, provider: &OidcWorld, form: &str, who: &OidcAccount) -> Reply {
    signs_in_with(scratch, provider, form, who, &mut Vec::new()).await
}

/// The same, and what must not be told of it.
async fn signs_in_with(
    scratch: &Scratch,
    provider: &OidcWorld,
    form: &str,
    who: &OidcAccount,
    secrets: &mut Vec<String>,
) -> Reply {
    let origin = format!("http://localhost:{}", scratch.port);
    let press = scratch
        .http
        .post(scratch.url("signin/oidc"))
        .header(header::ORIGIN, origin)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.to_owned());
    let page = scratch.http.send("the server", press).await.expect("an answer");
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let (_, address) = text.split_once("content=\"0;url=").expect("it leads on");
    let (address, _) = address.split_once('"').expect("an address");
    let address = address.replace("&#38;", "&").replace("&amp;", "&");
    let back = provider.sign_in(&address, who).expect("the request is right");
    let back: Url = back.parse().expect("an address");
    let spoken = back.query_pairs().filter(|(name, _)| name != "iss");
    secrets.extend(spoken.map(|(_, value)| value.into_owned()));
    let kept = cookies(&page);
    secrets.push(kept.split_once('=').expect("a cookie").1.to_owned());
    let back = scratch.http.get(back).header(header::COOKIE, kept);
    scratch.http.send("the server", back).await.expect("an answer")
}

async fn page(scratch: &Scratch, path: &str, cookies: &str) -> Reply {
    let request = scratch.http.get(scratch.url(path)).header(header::COOKIE, cookies);
    scratch.http.send("the server", request).await.expect("an answer")
}

/// S11.
#[tokio::test]
async fn a_person_signs_in_at_the_provider_and_a_lying_one_signs_nobody_in() {
    let (scratch, provider, _server) = started("").await;
    let reply = signs_in(&scratch, &provider, "next=%2Fme%2Fways", &account()).await;
    assert_eq!(reply.status, 303);
    assert_eq!(reply.headers[header::LOCATION], "/me/ways");
    let ways = page(&scratch, "me/ways", &cookies(&reply)).await;
    assert_eq!(ways.status, 200, "they are signed in");
    for lie in [Lie::WrongIssuer, Lie::SignedByAnotherKey, Lie::WrongNonce, Lie::WrongState] {
        provider.lie(Some(lie));
        let reply = signs_in(&scratch, &provider, "", &account()).await;
        assert_eq!(reply.status, 403, "{lie:?}");
        assert!(!cookies(&reply).contains("session"), "{lie:?}");
    }
    provider.lie(None);
    let stranger = OidcAccount::new("P-MIA", Timestamp::now());
    let reply = signs_in(&scratch, &provider, "", &stranger).await;
    assert_eq!(reply.status, 403, "whom the directory does not know");
}

/// R24.
#[tokio::test]
async fn what_is_told_of_a_sign_in_holds_no_secret_of_it_and_not_who_it_was() {
    let (scratch, provider, server) = started("").await;
    let mut secrets = vec![SECRET.to_owned(), MIA.to_owned(), "mia@example.com".to_owned()];
    let mut stranger = OidcAccount::new("p-stranger", Timestamp::now());
    stranger.claims.insert("email".to_owned(), "stranger@example.com".into());
    secrets.extend(["p-stranger".to_owned(), "stranger@example.com".to_owned()]);
    for (lie, who) in [
        (None, &account()),
        (None, &stranger),
        (Some(Lie::BrokenSignature), &account()),
        (Some(Lie::NotAToken), &account()),
        (Some(Lie::Expired), &account()),
    ] {
        provider.lie(lie);
        signs_in_with(&scratch, &provider, "", who, &mut secrets).await;
    }
    server.signal("-TERM");
    let told = server.ended();
    assert!(told.contains("signin.oidc: what came back proves nothing"), "{told}");
    assert!(told.contains("the directory knows nobody"), "{told}");
    for secret in secrets {
        assert!(!told.contains(&secret), "{secret}: {told}");
    }
}

/// R25, and what the claims of the provider make of somebody.
#[tokio::test]
async fn a_fresh_sign_in_leads_to_a_first_factor_and_groups_open_the_console() {
    let more = "acr = [\"phr\"]\nroles_claim = \"groups\"\nroles = { analyst = [\"soc\"] }\n";
    let (scratch, provider, _server) = started(more).await;
    let mut mia = account();
    mia.acr = Some("pwd".to_owned());
    let weak = signs_in(&scratch, &provider, "fresh=yes&next=%2Fme%2Fways", &mia).await;
    assert_eq!(weak.status, 403, "a sign-in of another kind");
    mia.acr = Some("phr".to_owned());
    mia.claims.insert("groups".to_owned(), serde_json::json!(["soc"]));
    let fresh = signs_in(&scratch, &provider, "fresh=yes&next=%2Fme%2Fways", &mia).await;
    assert_eq!(fresh.headers[header::LOCATION], "/me/ways");
    let ways = page(&scratch, "me/ways", &cookies(&fresh)).await;
    let ways = String::from_utf8_lossy(&ways.body).into_owned();
    assert!(ways.contains("/me/ways/begin"), "they may set one up: {ways}");
    let console = page(&scratch, "console/cases", &cookies(&fresh)).await;
    assert_eq!(console.status, 200);
    mia.claims.clear();
    let plain = signs_in(&scratch, &provider, "", &mia).await;
    let console = page(&scratch, "console/cases", &cookies(&plain)).await;
    assert_eq!(console.status, 403, "without the group they are nobody special");
}

#[tokio::test]
async fn what_the_directory_calls_people_must_not_change_hands() {
    let scratch = Scratch::new();
    let made = scratch.run(&["init", "--admin", "ada@example.com"]);
    assert_eq!(status(&made), 0, "{}", told(&made));
    let path = scratch.path("countersign.toml");
    let text = fs::read_to_string(&path).expect("written");
    scratch.write("secret", SECRET);
    let section = "\n[signin.oidc]\nissuer = \"https://login.example.com\"\n\
                   client_id = \"countersign\"\nclient_secret = { file = \"secret\" }\n\
                   subject_claim = \"email\"\n";
    fs::write(&path, text + section).expect("written");
    let checked = scratch.run(&["config", "check"]);
    assert_ne!(status(&checked), 0);
    assert!(told(&checked).contains("signin.oidc.subject_claim"), "{}", told(&checked));
}
