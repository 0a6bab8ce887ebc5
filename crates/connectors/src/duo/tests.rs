use std::{sync::Arc, time::Duration};

use demo::vendors::{
    DuoWorld, DuoWorldConfig, Fault,
    duo::{DuoDevice, DuoPerson, Reaction, Standing},
};
use model::{Method, Person, Span, Timestamp};
use ports::{
    Clock as _, Decision, Failure,
    clock::ManualClock,
    entropy::SeededEntropy,
    verifier::{Begun, Verdict, Verifier as _},
};
use secrecy::SecretString;

use super::{Duo, DuoConfig, Username, client::Client};
use crate::{
    fixtures::{LogCapture, instant, person, request},
    http::HttpClient,
};

const INTEGRATION_KEY: &str = "DIEXAMPLEEXAMPLEEXAM";
const SECRET_KEY: &str = "examplesecretexamplesecretexamplesecret0";
/// How often a test looks before it gives up.
const LOOKS_MAX: usize = 10;

/// A verifier, a Duo to talk to, and Mia with a phone.
struct Bench {
    duo: Duo,
    world: DuoWorld,
    clock: ManualClock,
    mia: Person,
}

impl Bench {
    async fn new() -> Self {
        Self::with(Standing::Enrolled, Some(6)).await
    }

    async fn with(standing: Standing, code_digits: Option<usize>) -> Self {
        let clock = ManualClock::at(instant("2026-11-20T09:30:00Z"));
        let token = DuoDevice { id: "DTOKEN".to_owned(), takes_pushes: false };
        let phone = DuoDevice { id: "DPHONE".to_owned(), takes_pushes: true };
        let account = |name: &str| DuoPerson {
            username: format!("{name}@example.com"),
            standing,
            devices: vec![token.clone(), phone.clone()],
        };
        let world = DuoWorld::start(DuoWorldConfig {
            port: 0,
            integration_key: INTEGRATION_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            code_digits,
            people: vec![account("mia"), account("ben")],
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
        })
        .await
        .expect("a port");
        let duo = duo_at(&world, INTEGRATION_KEY, SECRET_KEY, clock.clone());
        Self { duo, world, clock, mia: person("mia") }
    }

    async fn begin(&self, number: u128) -> Result<Begun, Failure> {
        self.duo.begin(&request(number, &self.mia, &[])).await
    }

    async fn look(&self, number: u128, begun: &Begun) -> Result<Verdict, Failure> {
        let request = request(number, &self.mia, &[]);
        self.duo.check(&request, &begun.state, None, self.clock.now()).await
    }

    /// A whole ceremony with that reaction.
    async fn outcome(&self, number: u128, reaction: Reaction) -> Verdict {
        let begun = self.begin(number).await.expect("begins");
        self.world.react("mia@example.com", reaction);
        self.settled(number, &begun).await
    }

    async fn settled(&self, number: u128, begun: &Begun) -> Verdict {
        for _ in 0..LOOKS_MAX {
            match self.look(number, begun).await.expect("an answer") {
                Verdict::Waiting => {}
                verdict => return verdict,
            }
        }
        panic!("still waiting")
    }
}

fn duo_at(world: &DuoWorld, key: &str, secret: &str, clock: ManualClock) -> Duo {
    let client = Client {
        who: "verify.duo".to_owned(),
        base_url: world.base_url().parse().expect("loopback"),
        integration_key: key.to_owned(),
        secret_key: SecretString::from(secret),
        http: HttpClient::for_tests(),
        clock: Arc::new(clock),
    };
    Duo { client, username: Username::Email }
}

fn is_not_evidence(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NotEvidence(_))
}

#[tokio::test]
async fn a_code_typed_into_the_phone_proves() {
    let bench = Bench::new().await;
    let begun = bench.begin(1).await.expect("begins");
    let code = begun.code.clone().expect("a code to show");
    assert_eq!(code.len(), 6);
    assert_eq!(bench.look(1, &begun).await, Ok(Verdict::Waiting));

    let pushes = bench.world.pushes();
    let [push] = pushes.as_slice() else { panic!("one push: {pushes:?}") };
    assert_eq!(push.device, "DPHONE");
    assert_eq!(push.address.map(|address| address.to_string()).as_deref(), Some("203.0.113.7"));
    let shown: Vec<_> = push.shown.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(
        shown,
        [("action", "signed in from a new network"), ("code", "7K3Q"), ("time", "09:12")]
    );

    assert!(!bench.world.type_code(&push.txid, "000000"), "a wrong code");
    assert_eq!(bench.look(1, &begun).await, Ok(Verdict::Waiting));
    assert!(bench.world.type_code(&push.txid, &code));
    match bench.settled(1, &begun).await {
        Verdict::Proven(proven) => {
            assert_eq!(proven.provider_device.as_deref(), Some("DPHONE"));
            assert_eq!((proven.factor, proven.counter), (None, None));
        }
        other => panic!("not proven: {other:?}"),
    }
}

#[tokio::test]
async fn each_reaction_has_its_verdict() {
    let bench = Bench::new().await;
    assert_eq!(bench.outcome(1, Reaction::Deny).await, Verdict::Refused);
    assert_eq!(bench.outcome(2, Reaction::Fraud).await, Verdict::Fraud);
    assert_eq!(bench.outcome(3, Reaction::Timeout).await, Verdict::TimedOut);
    assert!(is_not_evidence(&bench.outcome(4, Reaction::LockedOut).await));
    assert!(matches!(bench.outcome(5, Reaction::Approve).await, Verdict::Proven(_)));
}

#[tokio::test]
async fn a_push_that_nobody_touches_times_out() {
    let bench = Bench::new().await;
    let begun = bench.begin(1).await.expect("begins");
    bench.world.react("mia@example.com", Reaction::WrongCode);
    assert_eq!(bench.look(1, &begun).await, Ok(Verdict::Waiting));
    bench.clock.advance(Span::seconds(60));
    assert_eq!(bench.settled(1, &begun).await, Verdict::TimedOut);
}

#[tokio::test]
async fn duo_preauth_allow_is_not_evidence_and_sends_no_push() {
    for standing in [Standing::Bypass, Standing::Unenrolled, Standing::Disabled] {
        let bench = Bench::with(standing, Some(6)).await;
        let begun = bench.begin(1).await.expect("begins");
        assert_eq!(begun.code, None);
        let verdict = bench.look(1, &begun).await.expect("settled");
        assert!(is_not_evidence(&verdict), "{standing:?}: {verdict:?}");
        assert!(bench.world.pushes().is_empty());
        assert_eq!(bench.duo.is_available(&bench.mia, &[]).await, Ok(false));
    }
    let bench = Bench::new().await;
    assert_eq!(bench.duo.is_available(&bench.mia, &[]).await, Ok(true));
    assert_eq!(bench.duo.is_available(&person("nobody"), &[]).await, Ok(false));
    assert!(bench.world.pushes().is_empty(), "asking whether one can is not a push");
}

#[tokio::test]
async fn duo_status_bypass_is_not_evidence() {
    let bench = Bench::new().await;
    assert!(is_not_evidence(&bench.outcome(1, Reaction::Bypass).await));
}

#[tokio::test]
async fn a_plain_push_or_a_code_shorter_than_six_digits_is_never_sent() {
    for digits in [None, Some(3), Some(5)] {
        let bench = Bench::with(Standing::Enrolled, digits).await;
        let begun = bench.begin(1).await.expect("begins");
        assert_eq!(begun.code, None);
        assert!(is_not_evidence(&bench.look(1, &begun).await.expect("settled")), "{digits:?}");
        assert!(bench.world.pushes().is_empty(), "{digits:?}");
    }
    for digits in [6, 8] {
        let bench = Bench::with(Standing::Enrolled, Some(digits)).await;
        assert!(matches!(bench.outcome(1, Reaction::Approve).await, Verdict::Proven(_)));
    }
}

#[tokio::test]
async fn evidence_of_another_challenge_or_person_is_rejected() {
    let bench = Bench::new().await;
    let begun = bench.begin(1).await.expect("begins");
    bench.world.react("mia@example.com", Reaction::Approve);
    let ben = person("ben");
    for foreign in [request(2, &bench.mia, &[]), request(1, &ben, &[])] {
        let verdict = bench.duo.check(&foreign, &begun.state, None, Timestamp::UNIX_EPOCH).await;
        assert!(is_not_evidence(&verdict.expect("no call was made")));
    }
    assert_eq!(bench.world.log().count("auth_status"), 0);
    assert!(matches!(bench.settled(1, &begun).await, Verdict::Proven(_)));
}

#[tokio::test]
async fn wrong_keys_are_denied_and_a_wrong_clock_is_named() {
    let bench = Bench::new().await;
    let clock = bench.clock.clone();
    for (key, secret) in [("DIOTHER", SECRET_KEY), (INTEGRATION_KEY, "other")] {
        let duo = duo_at(&bench.world, key, secret, clock.clone());
        let failure = duo.begin(&request(1, &bench.mia, &[])).await.expect_err("refused");
        assert_eq!(failure.decision, Decision::Denied, "{failure}");
    }
    let late = ManualClock::at(Span::minutes(6).before(clock.now()));
    let duo = duo_at(&bench.world, INTEGRATION_KEY, SECRET_KEY, late);
    let failure = duo.begin(&request(1, &bench.mia, &[])).await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Misconfigured);
    assert!(failure.what.contains("clock"), "{failure}");
}

#[tokio::test]
async fn an_outage_is_to_be_retried_and_is_no_verdict() {
    let bench = Bench::new().await;
    for (fault, is_uncertain) in [
        (Fault::Status(500), true),
        (Fault::Status(503), false),
        (Fault::Busy("7"), false),
        (Fault::Drop, true),
    ] {
        bench.world.faults().next("preauth", fault.clone());
        let failure = bench.begin(1).await.expect_err("an outage");
        assert!(failure.is_retryable(), "{fault:?}: {failure}");
        assert_eq!(failure.uncertain, is_uncertain, "{fault:?}");
        if fault == Fault::Busy("7") {
            let after = Some(Duration::from_secs(7));
            assert_eq!(failure.decision, Decision::Retry { after });
        }
    }
    bench.world.faults().next("auth", Fault::DropAfter);
    let failure = bench.begin(1).await.expect_err("the reply was lost");
    assert!(failure.is_retryable() && failure.uncertain, "the push may have been sent");
    let begun = bench.begin(2).await.expect("works again");
    bench.world.faults().next("auth_status", Fault::Status(502));
    assert!(bench.look(2, &begun).await.expect_err("an outage").is_retryable());
    assert_eq!(bench.look(2, &begun).await, Ok(Verdict::Waiting));
}

#[tokio::test]
async fn an_invalid_parameter_while_polling_means_poll_again() {
    let bench = Bench::new().await;
    let begun = bench.begin(1).await.expect("begins");
    let elsewhere = Bench::new().await;
    let looked = elsewhere.look(1, &begun).await;
    // Another Duo with the same seed knows no push at all, and says 40002.
    assert_eq!(looked, Ok(Verdict::Waiting));
}

#[tokio::test]
async fn devices_are_enrolled_with_duo_and_not_here() {
    let bench = Bench::new().await;
    assert!(bench.duo.begin_enrolment(&bench.mia, &[]).is_none());
    let finished = bench.duo.finish_enrolment(&bench.mia, b"", "", Timestamp::UNIX_EPOCH);
    assert!(finished.is_err_and(|verdict| is_not_evidence(&verdict)));
    assert_eq!((bench.duo.method(), bench.duo.is_local()), (Method::Duo, false));
}

#[tokio::test]
async fn no_secret_code_or_name_is_in_debug_errors_or_logs() {
    let log = LogCapture::start();
    let bench = Bench::new().await;
    let begun = bench.begin(1).await.expect("begins");
    let code = begun.code.clone().expect("a code");
    bench.world.faults().always("preauth", Fault::Status(500));
    let failure = bench.begin(2).await.expect_err("an outage");
    let wrong = duo_at(&bench.world, INTEGRATION_KEY, "wrong-secret", bench.clock.clone());
    bench.world.faults().clear();
    let denied = wrong.begin(&request(3, &bench.mia, &[])).await.expect_err("refused");
    let duo = &bench.duo;
    let shown = format!("{begun:?} {duo:?} {failure:?} {denied:?} {wrong:?} {}", log.text());
    let secrets = [SECRET_KEY, "wrong-secret", INTEGRATION_KEY, "mia", code.as_str()];
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn a_section_is_read_strictly_and_all_its_problems_are_told() {
    let read = |text: &str| toml::from_str::<DuoConfig>(text);
    let good = "base_url = \"https://api-x.duosecurity.com\"\nintegration_key = \"DIX\"\n\
                secret_key = { env = \"COUNTERSIGN_TEST_UNSET\" }\n";
    let config = read(good).expect("a section");
    assert_eq!(config.username, Username::Email);
    assert_eq!(config.enrolment, super::Enrolment::Provider);
    assert!(read(&format!("{good}enrolment = \"first_seen\"\nusername = \"subject\"\n")).is_ok());
    assert!(read(&format!("{good}enrolement = \"first_seen\"\n")).is_err());
    assert!(read(&good.replace("https", "http")).is_err());
    let config = DuoConfig { integration_key: "DI:X".to_owned(), ..config };
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let problems = Duo::new("duo", &config, HttpClient::for_tests(), clock).expect_err("unset");
    let keys: Vec<_> = problems.iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["secret_key", "integration_key"]);
}
