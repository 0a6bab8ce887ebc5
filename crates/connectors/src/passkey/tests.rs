use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use demo::authenticator::{Authenticator, AuthenticatorError};
use model::{Method, Person, Timestamp};
use ports::{
    entropy::SeededEntropy,
    verifier::{Begun, Factor, Proven, Verdict, Verifier as _},
};
use serde_json::{Value, json};
use url::Url;

use super::Passkey;
use crate::fixtures::{LogCapture, factor, person, request};

const ORIGIN: &str = "https://countersign.example.com";
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A person with one enrolled device.
struct World {
    verifier: Passkey,
    device: Authenticator,
    mia: Person,
    factors: Vec<Factor>,
}

fn passkey_at(url: &str) -> Option<Passkey> {
    Passkey::new(&url.parse().expect("an address"), "Example").expect("set up")
}

fn device(seed: u64) -> Authenticator {
    Authenticator::new(Arc::new(SeededEntropy::new(seed)))
}

fn enrol(verifier: &Passkey, device: &mut Authenticator, person: &Person) -> Factor {
    let begun = verifier.begin_enrolment(person, &[]).expect("enrols here").expect("begins");
    let answer = device.register(&options(&begun), ORIGIN).expect("a credential");
    let enrolled = verifier
        .finish_enrolment(person, &begun.state, &answer.to_string(), NOW)
        .expect("enrolled");
    let mut factor = factor(person, Method::Passkey, person.id.bits(), &enrolled.material);
    factor.counter = enrolled.counter;
    factor
}

fn options(begun: &Begun) -> Value {
    begun.options.clone().expect("options for the browser")
}

impl World {
    fn new() -> Self {
        let (verifier, mia) = (passkey_at(ORIGIN).expect("a name"), person("mia"));
        let mut device = device(1);
        let factors = vec![enrol(&verifier, &mut device, &mia)];
        Self { verifier, device, mia, factors }
    }

    async fn begin(&self, number: u128) -> Begun {
        self.verifier.begin(&request(number, &self.mia, &self.factors)).await.expect("begins")
    }

    async fn check(&self, number: u128, state: &[u8], answer: &Value) -> Verdict {
        let request = request(number, &self.mia, &self.factors);
        let answer = answer.to_string();
        self.verifier.check(&request, state, Some(&answer), NOW).await.expect("local")
    }

    /// A whole ceremony on our own page.
    async fn prove(&mut self, number: u128) -> Verdict {
        let begun = self.begin(number).await;
        let answer = self.device.sign(&options(&begun), ORIGIN).expect("signed");
        self.check(number, &begun.state, &answer).await
    }

    /// Stores what a proof says is to be stored.
    fn store(&mut self, proven: &Proven) {
        self.factors[0].counter = proven.counter.expect("a counter");
        if let Some(material) = &proven.material {
            self.factors[0].material.clone_from(material);
        }
    }
}

fn proven(verdict: Verdict) -> Proven {
    match verdict {
        Verdict::Proven(proven) => proven,
        other => panic!("not proven: {other:?}"),
    }
}

fn is_not_evidence(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NotEvidence(_))
}

#[tokio::test]
async fn an_enrolled_passkey_proves_again_and_again() {
    let mut world = World::new();
    for number in 1..=3 {
        let proof = proven(world.prove(number).await);
        assert_eq!(proof.factor, Some(world.factors[0].id));
        assert!(proof.counter > Some(world.factors[0].counter));
        assert!(proof.material.is_some(), "the counter is part of the material");
        world.store(&proof);
    }
}

#[tokio::test]
async fn a_synchronised_passkey_without_a_counter_proves() {
    let (verifier, mia) = (passkey_at(ORIGIN).expect("a name"), person("mia"));
    let mut device = device(1);
    device.habits.counter = None;
    let factors = vec![enrol(&verifier, &mut device, &mia)];
    let mut world = World { verifier, device, mia, factors };
    for number in 1..=2 {
        let proof = proven(world.prove(number).await);
        assert_eq!((proof.counter, proof.material.as_ref()), (Some(0), None));
        world.store(&proof);
    }
}

#[tokio::test]
async fn both_ceremonies_ask_for_user_verification_and_only_for_the_right_devices() {
    let world = World::new();
    let begun = world.verifier.begin_enrolment(&world.mia, &world.factors).expect("some");
    let options = options(&begun.expect("begins"));
    assert_eq!(options["publicKey"]["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["publicKey"]["rp"]["id"], "countersign.example.com");
    assert_eq!(options["publicKey"]["excludeCredentials"].as_array().map(Vec::len), Some(1));
    let handle = BASE64URL.encode(world.mia.id.bits().to_be_bytes());
    assert_eq!(options["publicKey"]["user"]["id"], Value::from(handle));
    let mut device = world.device;
    assert_eq!(device.register(&options, ORIGIN).err(), Some(AuthenticatorError::Excluded));

    let mut factors = world.factors.clone();
    factors.push(enrol(&world.verifier, &mut self::device(2), &person("ben")));
    let begun = world.verifier.begin(&request(1, &world.mia, &factors)).await.expect("begins");
    let options = self::options(&begun);
    assert_eq!(options["publicKey"]["userVerification"], "required");
    assert_eq!(options["publicKey"]["allowCredentials"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_enrolment_elsewhere_or_without_user_verification_is_refused() {
    let (verifier, mia) = (passkey_at(ORIGIN).expect("a name"), person("mia"));
    let attempt = |origin: &str, change: fn(&mut Value), careless: bool, framed: bool| {
        let begun = verifier.begin_enrolment(&mia, &[]).expect("some").expect("begins");
        let mut options = options(&begun);
        change(&mut options);
        let mut device = device(1);
        device.habits.verifies_user = !careless;
        device.habits.is_cross_origin = framed;
        let answer = device.register(&options, origin).expect("a credential").to_string();
        verifier.finish_enrolment(&mia, &begun.state, &answer, NOW).is_ok()
    };
    let same: fn(&mut Value) = |_| {};
    assert!(attempt(ORIGIN, same, false, false));
    assert!(!attempt(ORIGIN, same, true, false), "no user verification");
    assert!(!attempt(ORIGIN, same, false, true), "in a frame");
    for origin in elsewhere() {
        assert!(!attempt(origin, same, false, false), "{origin}");
    }
    let rp = |options: &mut Value| options["publicKey"]["rp"]["id"] = json!("evil.example");
    assert!(!attempt(ORIGIN, rp, false, false), "another relying party");
    let challenge =
        |options: &mut Value| options["publicKey"]["challenge"] = json!(BASE64URL.encode([0; 32]));
    assert!(!attempt(ORIGIN, challenge, false, false), "another challenge");
}

fn elsewhere() -> [&'static str; 8] {
    [
        "https://countersign.example.com:8443",
        "https://countersign.example.com/",
        "https://countersign.example.com/evil",
        "https://a.countersign.example.com",
        "https://example.com",
        "http://countersign.example.com",
        "https://COUNTERSIGN.example.com",
        "https://countersign.example.com.evil.example",
    ]
}

#[tokio::test]
async fn an_assertion_made_elsewhere_or_for_something_else_proves_nothing() {
    let mut world = World::new();
    for origin in elsewhere() {
        let begun = world.begin(1).await;
        let answer = world.device.sign(&options(&begun), origin).expect("signed");
        assert_eq!(world.check(1, &begun.state, &answer).await, Verdict::Wrong, "{origin}");
    }
    for (key, value) in
        [("challenge", json!(BASE64URL.encode([0; 32]))), ("rpId", json!("evil.example"))]
    {
        let begun = world.begin(1).await;
        let mut options = options(&begun);
        options["publicKey"][key] = value;
        let answer = world.device.sign(&options, ORIGIN).expect("signed");
        assert_eq!(world.check(1, &begun.state, &answer).await, Verdict::Wrong, "{key}");
    }
}

#[tokio::test]
async fn an_assertion_in_a_frame_or_without_user_verification_proves_nothing() {
    let mut world = World::new();
    world.device.habits.is_cross_origin = true;
    assert_eq!(world.prove(1).await, Verdict::Wrong);
    world.device.habits.is_cross_origin = false;
    world.device.habits.verifies_user = false;
    assert!(is_not_evidence(&world.prove(2).await));
    world.device.habits.verifies_user = true;
    proven(world.prove(3).await);
}

#[tokio::test]
async fn an_altered_answer_proves_nothing() {
    let mut world = World::new();
    let begun = world.begin(1).await;
    let good = world.device.sign(&options(&begun), ORIGIN).expect("signed");
    for field in ["signature", "authenticatorData", "clientDataJSON"] {
        let text = good["response"][field].as_str().expect("base64");
        let bytes = BASE64URL.decode(text).expect("base64");
        for position in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let mut answer = good.clone();
            answer["response"][field] = json!(BASE64URL.encode(&changed));
            let verdict = world.check(1, &begun.state, &answer).await;
            assert!(!matches!(verdict, Verdict::Proven(_)), "{field} at {position}");
        }
    }
    proven(world.check(1, &begun.state, &good).await);
}

#[tokio::test]
async fn another_persons_passkey_proves_nothing() {
    let mut world = World::new();
    let ben = person("ben");
    let mut bens_device = device(2);
    let bens = enrol(&world.verifier, &mut bens_device, &ben);
    let begun = world.begin(1).await;
    let mut bens_options = options(&begun);
    let bens_begun =
        world.verifier.begin(&request(1, &ben, std::slice::from_ref(&bens))).await.expect("begins");
    bens_options["publicKey"]["allowCredentials"] =
        options(&bens_begun)["publicKey"]["allowCredentials"].clone();
    let answer = bens_device.sign(&bens_options, ORIGIN).expect("signed");
    assert_eq!(world.check(1, &begun.state, &answer).await, Verdict::Wrong);

    // Mia's own credential, said to be Ben's.
    let mut answer = world.device.sign(&options(&begun), ORIGIN).expect("signed");
    let handle = answer["response"]["userHandle"].take();
    answer["response"]["userHandle"] = json!(BASE64URL.encode(ben.id.bits().to_be_bytes()));
    assert_eq!(world.check(1, &begun.state, &answer).await, Verdict::Wrong);
    answer["response"]["userHandle"] = handle;
    proven(world.check(1, &begun.state, &answer).await);
}

#[tokio::test]
async fn evidence_of_another_challenge_or_person_is_rejected() {
    let mut world = World::new();
    let begun = world.begin(1).await;
    let answer = world.device.sign(&options(&begun), ORIGIN).expect("signed");
    assert!(is_not_evidence(&world.check(2, &begun.state, &answer).await), "another attempt");

    let ben = person("ben");
    let bens = [enrol(&world.verifier, &mut device(2), &ben)];
    let text = answer.to_string();
    let verdict =
        world.verifier.check(&request(1, &ben, &bens), &begun.state, Some(&text), NOW).await;
    assert!(is_not_evidence(&verdict.expect("local")), "another person");

    let enrolment = world.verifier.begin_enrolment(&world.mia, &[]).expect("some").expect("begun");
    assert!(is_not_evidence(&world.check(1, &enrolment.state, &answer).await), "an enrolment");
    assert!(is_not_evidence(&world.check(1, b"junk", &answer).await), "junk");
}

#[tokio::test]
async fn a_replayed_assertion_proves_nothing() {
    let mut world = World::new();
    let first = world.begin(1).await;
    let answer = world.device.sign(&options(&first), ORIGIN).expect("signed");
    let proof = proven(world.check(1, &first.state, &answer).await);
    world.store(&proof);
    let second = world.begin(2).await;
    assert_eq!(world.check(2, &second.state, &answer).await, Verdict::Wrong);
    // Even for the attempt it was made for: the stored counter has reached it.
    assert!(is_not_evidence(&world.check(1, &first.state, &answer).await));
}

#[tokio::test]
async fn a_counter_that_goes_back_means_a_copied_device() {
    let mut world = World::new();
    let proof = proven(world.prove(1).await);
    world.store(&proof);
    for stale in [0, 1, 2] {
        world.device.habits.counter = Some(stale);
        assert!(is_not_evidence(&world.prove(2).await), "{stale}");
    }
    world.device.habits.counter = None;
    assert!(is_not_evidence(&world.prove(2).await), "a counter that is gone");
}

#[tokio::test]
async fn a_passkey_removed_during_the_ceremony_no_longer_proves() {
    let mut world = World::new();
    let begun = world.begin(1).await;
    let answer = world.device.sign(&options(&begun), ORIGIN).expect("signed");
    world.factors.clear();
    assert!(is_not_evidence(&world.check(1, &begun.state, &answer).await));
}

#[tokio::test]
async fn junk_from_a_browser_is_wrong_and_nothing_worse() {
    let world = World::new();
    let begun = world.begin(1).await;
    let request = request(1, &world.mia, &world.factors);
    let deep = "[".repeat(10_000);
    let long = format!("\"{}\"", "a".repeat(1_000_000));
    for junk in ["", "null", "{}", "[]", "not json", &deep, &long, r#"{"id":1}"#] {
        let verdict = world.verifier.check(&request, &begun.state, Some(junk), NOW).await;
        assert_eq!(verdict, Ok(Verdict::Wrong));
    }
    let waiting = world.verifier.check(&request, &begun.state, None, NOW).await;
    assert_eq!(waiting, Ok(Verdict::Waiting));
}

#[tokio::test]
async fn without_a_passkey_there_is_nothing_to_begin() {
    let world = World::new();
    let ben = person("ben");
    assert!(world.verifier.begin(&request(1, &ben, &world.factors)).await.is_err());
    assert_eq!(world.verifier.is_available(&ben, &world.factors).await, Ok(false));
    assert_eq!(world.verifier.is_available(&world.mia, &world.factors).await, Ok(true));
}

#[test]
fn passkeys_need_a_name_and_a_secure_page() {
    for (url, is_on) in [
        ("https://countersign.example.com", true),
        ("https://countersign.example.com:8443", true),
        ("http://localhost:8400", true),
        ("http://127.0.0.1:8400", false),
        ("https://192.0.2.7", false),
        ("https://[2001:db8::1]:8400", false),
        ("http://countersign.example.com", false),
    ] {
        assert_eq!(passkey_at(url).is_some(), is_on, "{url}");
    }
    let nameless: Url = "data:,x".parse().expect("an address");
    assert!(Passkey::new(&nameless, "Example").is_err());
}

#[test]
fn debug_of_a_ceremony_shows_nothing_of_it() {
    let verifier = passkey_at(ORIGIN).expect("a name");
    let begun = verifier.begin_enrolment(&person("mia"), &[]).expect("some").expect("begins");
    let challenge = options(&begun)["publicKey"]["challenge"].as_str().expect("text").to_owned();
    let shown = format!("{begun:?} {verifier:?}");
    assert!(!shown.contains(&challenge) && !shown.contains("mia"), "{shown}");
}

#[tokio::test]
async fn no_challenge_name_or_signature_is_in_any_log_line() {
    let log = LogCapture::start();
    tracing::info!("the log is captured");
    let mut world = World::new();
    let begun = world.begin(1).await;
    let answer = world.device.sign(&options(&begun), ORIGIN).expect("signed");
    proven(world.check(1, &begun.state, &answer).await);
    world.device.habits.verifies_user = false;
    world.prove(2).await;
    let shown = log.text();
    assert!(shown.contains("the log is captured"));
    let challenge = options(&begun)["publicKey"]["challenge"].clone();
    let signature = answer["response"]["signature"].clone();
    let secrets = [challenge.as_str(), signature.as_str(), Some("mia"), Some("example.com")];
    for secret in secrets.into_iter().flatten() {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn a_decoy_looks_like_a_real_request_and_is_the_same_for_a_seed() {
    let world = World::new();
    let real = options(&world.begin(1).await);
    let keys = |value: &Value| -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    for seed in 0..=255 {
        let decoy = world.verifier.decoy(&[seed; 32]).expect("passkeys have decoys");
        assert_eq!(keys(&decoy), keys(&real));
        assert_eq!(keys(&decoy["publicKey"]), keys(&real["publicKey"]));
        for name in ["rpId", "timeout", "userVerification", "extensions", "hints"] {
            assert_eq!(decoy["publicKey"][name], real["publicKey"][name], "{name}");
        }
        let list = |decoy: &Value| decoy["publicKey"]["allowCredentials"].clone();
        assert!(matches!(list(&decoy).as_array().map(Vec::len), Some(1 | 2)));
        let again = world.verifier.decoy(&[seed; 32]).expect("passkeys have decoys");
        assert_eq!(list(&decoy), list(&again));
        assert_ne!(decoy["publicKey"]["challenge"], again["publicKey"]["challenge"]);
    }
}
