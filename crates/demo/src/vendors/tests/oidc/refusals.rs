//! What the provider must refuse.

use super::*;

/// A right form with one field set, or without it where there is nothing to set.
fn changed<'a>(right: Fields<'a>, name: &'a str, value: Option<&'a str>) -> Fields<'a> {
    let others = right.into_iter().filter(|(other, _)| *other != name);
    others.chain(value.map(|value| (name, value))).collect()
}

#[tokio::test]
async fn a_request_that_is_not_right_to_the_letter_is_refused() {
    let (world, clock) = world().await;
    let (mia, right) = (mia(&clock), request());
    world.add_account(mia.clone());
    let missing = right.iter().map(|(name, _)| (*name, None));
    let elsewhere = format!("{REDIRECT_URI}/");
    let wrong = [
        ("response_type", "code id_token"),
        ("client_id", "somebody-else"),
        ("redirect_uri", &elsewhere),
        ("scope", "profile"),
        ("scope", "openid  profile"),
        ("scope", "openid openid"),
        ("state", &STATE[1..]),
        ("nonce", &NONCE[1..]),
        ("code_challenge", &CHALLENGE[1..]),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"),
        ("code_challenge_method", "plain"),
        ("response_mode", "fragment"),
        ("prompt", "none"),
        ("prompt", "login login"),
        ("max_age", "-1"),
        ("max_age", "+1"),
        ("max_age", "soon"),
        ("acr_values", " phr"),
        ("login_hint", ""),
        ("surprise", "1"),
    ];
    let cases = missing.chain(wrong.into_iter().map(|(name, value)| (name, Some(value))));
    let queries = cases.map(|(name, value)| form(&changed(right.clone(), name, value)));
    let mangled = ["&state=another-of-22-characters", "&scope=openid", "&login_hint=%zz", "&"];
    let mangled = mangled.map(|more| format!("{}{more}", form(&right)));
    for query in queries.chain(mangled).chain([String::new()]) {
        let link = format!("{}/authorize?{query}", world.base_url());
        assert!(world.sign_in(&link, &mia).is_err(), "{query}");
        assert!(world.deny(&link, "access_denied").is_err(), "{query}");
        let shown = send("GET", &link, &[], "").await.expect("a page");
        assert_eq!(shown.0, 400, "{query}");
        let pressed = form(&[("request", &query), ("account", "mia-1")]);
        let page = format!("{}/authorize", world.base_url());
        let pressed = send("POST", &page, &[FORM], &pressed).await.expect("an answer");
        assert_eq!(pressed.0, 400, "{query}");
    }
    let right = link(&world, &right);
    let elsewhere = right.replacen("127.0.0.1", "localhost", 1);
    for link in [format!("{right}#fragment"), elsewhere, form(&request())] {
        assert!(world.sign_in(&link, &mia).is_err(), "{link}");
    }
    world.sign_in(&right, &mia).expect("a right request");
    world.set_redirect_uri("http://127.0.0.1:10/callbacks/oidc");
    assert!(world.sign_in(&right, &mia).is_err(), "the address is no longer registered");
}

#[tokio::test]
async fn a_form_that_is_not_right_to_the_letter_gets_no_token() {
    let (world, clock) = world().await;
    let elsewhere = format!("{REDIRECT_URI}/");
    let cases = [
        ("grant_type", None, "invalid_request"),
        ("grant_type", Some("client_credentials"), "unsupported_grant_type"),
        ("code", None, "invalid_request"),
        ("code", Some("made-up"), "invalid_grant"),
        ("redirect_uri", None, "invalid_request"),
        ("redirect_uri", Some(elsewhere.as_str()), "invalid_grant"),
        ("code_verifier", None, "invalid_request"),
        ("code_verifier", Some(&VERIFIER[1..]), "invalid_request"),
        ("code_verifier", Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r/wW1gFWFOEjXk"), "invalid_request"),
        ("code_verifier", Some(CHALLENGE), "invalid_grant"),
        ("scope", Some("openid"), "invalid_request"),
    ];
    for (name, value, error) in cases {
        let code = code(&world, &request(), &mia(&clock));
        let form = changed(redemption(&code), name, value);
        let (status, head, answer) = redeem(&world, &form).await;
        assert_eq!((status, &answer["error"]), (400, &json!(error)), "{form:?}: {answer}");
        assert!(head.contains("\r\ncache-control: no-store"), "{head}");
    }
    let code = code(&world, &request(), &mia(&clock));
    let twice = [redemption(&code), vec![("code", &code)]].concat();
    assert_eq!(redeem(&world, &twice).await.2["error"], "invalid_request");
    let basic = basic(&encoded(CLIENT_ID), &encoded(CLIENT_SECRET));
    let headers = [("content-type", "application/json"), ("authorization", basic.as_str())];
    let as_json = post_token(&world, &headers, &form(&redemption(&code))).await;
    assert_eq!(as_json.2["error"], "invalid_request");
    let in_address = format!("{}/token?code={code}", world.base_url());
    let headers = [FORM, ("authorization", basic.as_str())];
    let in_address = send("POST", &in_address, &headers, &form(&redemption(&code))).await;
    assert_eq!(in_address.expect("an answer").0, 400);
    assert_eq!(redeem(&world, &redemption(&code)).await.0, 200, "none of these spent the code");
}

#[tokio::test]
async fn a_client_shows_itself_in_the_way_that_the_metadata_names() {
    let (world, clock) = world().await;
    let right = basic(&encoded(CLIENT_ID), &encoded(CLIENT_SECRET));
    let wrong = basic(&encoded(CLIENT_ID), "guessed");
    let stranger = basic("somebody-else", &encoded(CLIENT_SECRET));
    let unencoded = basic(CLIENT_ID, CLIENT_SECRET);
    let bearer = right.replacen("Basic", "Bearer", 1);
    let posted = vec![("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    let posted_wrong = vec![("client_id", CLIENT_ID), ("client_secret", "guessed")];
    let (by_basic, by_post) = (ClientAuth::Basic, ClientAuth::Post);
    let cases: [(ClientAuth, &[&str], Fields<'_>, u16); 14] = [
        (by_basic, &[&right], vec![], 200),
        (by_basic, &[], vec![], 401),
        (by_basic, &[&wrong], vec![], 401),
        (by_basic, &[&stranger], vec![], 401),
        (by_basic, &[&unencoded], vec![], 401),
        (by_basic, &[&bearer], vec![], 401),
        (by_basic, &[], posted.clone(), 401),
        (by_basic, &[&right], posted[..1].to_vec(), 400),
        (by_basic, &[&right, &right], vec![], 400),
        (by_post, &[], posted.clone(), 200),
        (by_post, &[], posted[..1].to_vec(), 401),
        (by_post, &[], posted_wrong, 401),
        (by_post, &[&right], vec![], 401),
        (by_post, &[&right], posted.clone(), 400),
    ];
    for (client_auth, shown, more, expected) in cases {
        world.set_client_auth(client_auth);
        let metadata = get(&world, "/.well-known/openid-configuration").await;
        let named = if client_auth == by_basic { "basic" } else { "post" };
        let methods = &metadata["token_endpoint_auth_methods_supported"];
        assert_eq!(methods, &json!([format!("client_secret_{named}")]));
        let code = code(&world, &request(), &mia(&clock));
        let form = form(&[redemption(&code), more.clone()].concat());
        let headers = shown.iter().map(|shown| ("authorization", *shown));
        let headers: Fields<'_> = [FORM].into_iter().chain(headers).collect();
        let (status, head, answer) = post_token(&world, &headers, &form).await;
        assert_eq!(status, expected, "{client_auth:?} {shown:?} {more:?}: {answer}");
        assert_eq!(status == 401, answer["error"] == "invalid_client", "{answer}");
        assert_eq!(status == 401, head.contains("\r\nwww-authenticate: Basic"), "{head}");
    }
}

#[tokio::test]
async fn a_code_serves_once_and_for_a_minute() {
    let (world, clock) = world().await;
    let code = || code(&world, &request(), &mia(&clock));
    let cases = [("at once", 0, 200), ("just in time", 59, 200), ("too late", 60, 400)];
    for (name, seconds, expected) in cases {
        let code = code();
        clock.advance(Span::seconds(seconds));
        assert_eq!(redeem(&world, &redemption(&code)).await.0, expected, "{name}");
        let (status, _, again) = redeem(&world, &redemption(&code)).await;
        assert_eq!((status, &again["error"]), (400, &json!("invalid_grant")), "{name}");
    }
    let (first, second) = (code(), code());
    for code in [second, first] {
        assert_eq!(redeem(&world, &redemption(&code)).await.0, 200, "each is for itself");
    }
    let code = code();
    let guess = changed(redemption(&code), "code_verifier", Some(CHALLENGE));
    assert_eq!(redeem(&world, &guess).await.2["error"], "invalid_grant");
    let (_, _, after) = redeem(&world, &redemption(&code)).await;
    assert_eq!(after["error"], "invalid_grant", "a wrong guess spends the code");
}
