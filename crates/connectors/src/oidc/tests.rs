//! What a token must be to count, and what is made of everything else.

mod claims;
mod flow;
mod tokens;

use model::Timestamp;
use ports::identity::Binding;
use secrecy::SecretString;
use url::Url;

use super::settings::{OidcConfig, OidcSettings, SettingsProblem};

/// When it is asked in these tests.
const NOW: &str = "2026-11-27T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

fn public_url() -> Url {
    Url::parse("https://countersign.example.com").expect("an address")
}

fn written(issuer: &str) -> OidcConfig {
    OidcConfig {
        issuer: issuer.to_owned(),
        client_id: "countersign".to_owned(),
        client_secret: SecretString::from("between ~ us: 1+1=2&more"),
        scopes: vec!["groups".to_owned()],
        subject_claim: "sub".to_owned(),
        algorithms: ["RS256", "PS256", "ES256", "EdDSA"].map(str::to_owned).to_vec(),
        acr: vec!["phr".to_owned(), "phrh".to_owned()],
        roles_claim: Some("groups".to_owned()),
    }
}

fn settings() -> OidcSettings {
    OidcSettings::of(written("https://login.example.com"), &public_url()).expect("settings")
}

fn binding(is_fresh: bool) -> Binding {
    Binding {
        state: "s".repeat(43),
        nonce: "n".repeat(43),
        verifier: SecretString::from("v".repeat(43)),
        asked_at: now(),
        is_fresh,
    }
}

#[test]
fn settings_that_would_let_in_the_wrong_person_are_refused() {
    let refused = |change: fn(&mut OidcConfig)| {
        let mut written = written("https://login.example.com");
        change(&mut written);
        OidcSettings::of(written, &public_url()).expect_err("refused")
    };
    for claim in ["email", "Email", "preferred_username", "upn", "userPrincipalName"] {
        let mut with = written("https://login.example.com");
        with.subject_claim = claim.to_owned();
        let problem = OidcSettings::of(with, &public_url()).expect_err("refused");
        assert_eq!(problem, SettingsProblem::ChangeableSubject, "{claim}");
    }
    let unencrypted = refused(|written| written.issuer = "http://login.example.com".to_owned());
    assert_eq!(unencrypted.key(), "issuer");
    for algorithm in ["none", "HS256", "rs256", ""] {
        let mut with = written("https://login.example.com");
        with.algorithms = vec!["RS256".to_owned(), algorithm.to_owned()];
        let problem = OidcSettings::of(with, &public_url()).expect_err("refused");
        assert_eq!(problem, SettingsProblem::Algorithm, "{algorithm}");
    }
    let unnamed = refused(|written| written.acr = vec!["phr".to_owned(), String::new()]);
    assert_eq!(unnamed, SettingsProblem::Acr);
    assert_eq!(refused(|written| written.algorithms.clear()), SettingsProblem::Algorithm);
}

#[test]
fn an_issuer_with_a_path_has_its_metadata_below_it() {
    for (issuer, metadata) in [
        ("https://example.com", "https://example.com/.well-known/openid-configuration"),
        ("https://example.com/", "https://example.com/.well-known/openid-configuration"),
        (
            "https://example.com/realms/company",
            "https://example.com/realms/company/.well-known/openid-configuration",
        ),
    ] {
        let settings = OidcSettings::of(written(issuer), &public_url()).expect("settings");
        assert_eq!(settings.metadata.as_str(), metadata);
        assert_eq!(settings.issuer, issuer, "it is compared to the letter");
    }
}
