use std::sync::Arc;

use model::{Method, Timestamp};
use ports::{
    entropy::SeededEntropy,
    verifier::{Factor, Verdict, Verifier as _},
};

use super::{Totp, map};
use crate::fixtures::{factor, instant, person, request};

const RFC_SECRET: &[u8] = b"12345678901234567890";

fn totp() -> Totp {
    Totp::new("Example & Co", Arc::new(SeededEntropy::new(1)))
}

async fn check(factors: &[Factor], typed: &str, now: &str) -> Verdict {
    let mia = person("mia");
    let (totp, request) = (totp(), request(1, &mia, factors));
    let begun = totp.begin(&request).await.expect("totp begins without a network");
    let verdict = totp.check(&request, &begun.state, Some(typed), instant(now)).await;
    verdict.expect("totp never fails")
}

fn step_of(verdict: &Verdict) -> Option<u64> {
    match verdict {
        Verdict::Proven(proven) => proven.counter,
        _ => None,
    }
}

#[test]
fn codes_are_those_of_the_rfc() {
    // RFC 6238, appendix B, the last six of eight digits.
    for (second, expected) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        let now = Timestamp::from_second(second).expect("in range");
        assert_eq!(map::code(RFC_SECRET, map::step_at(now)), expected, "T={second}");
    }
}

#[tokio::test]
async fn a_code_is_taken_one_step_early_or_late_and_no_further() {
    let mia = person("mia");
    let factors = [factor(&mia, Method::Totp, 1, RFC_SECRET)];
    let now = instant("2026-11-20T09:30:00Z");
    let middle = map::step_at(now);
    for (step, is_taken) in [
        (middle - 2, false),
        (middle - 1, true),
        (middle, true),
        (middle + 1, true),
        (middle + 2, false),
    ] {
        let verdict = check(&factors, &map::code(RFC_SECRET, step), "2026-11-20T09:30:00Z").await;
        assert_eq!(step_of(&verdict), is_taken.then_some(step));
    }
}

#[tokio::test]
async fn a_code_is_accepted_once_and_an_earlier_one_never_after_it() {
    let mia = person("mia");
    let mut factors = [factor(&mia, Method::Totp, 1, RFC_SECRET)];
    let now = "2026-11-20T09:30:00Z";
    let step = map::step_at(instant(now));
    let code = map::code(RFC_SECRET, step);
    factors[0].counter = step_of(&check(&factors, &code, now).await).expect("proven");
    assert_eq!(check(&factors, &code, now).await, Verdict::Wrong);
    let earlier = map::code(RFC_SECRET, step - 1);
    assert_eq!(check(&factors, &earlier, now).await, Verdict::Wrong);
    let later = map::code(RFC_SECRET, step + 1);
    assert_eq!(step_of(&check(&factors, &later, now).await), Some(step + 1));
}

#[tokio::test]
async fn only_six_digits_of_an_eligible_factor_prove() {
    let (mia, ben) = (person("mia"), person("ben"));
    let now = "2026-11-20T09:30:00Z";
    let code = map::code(RFC_SECRET, map::step_at(instant(now)));
    let own = factor(&mia, Method::Totp, 1, RFC_SECRET);
    let spaced = format!(" {} {}\n", &code[..3], &code[3..]);
    assert!(step_of(&check(std::slice::from_ref(&own), &spaced, now).await).is_some());
    for junk in ["", "12345", &format!("{code}0"), "abcdef", "１２３４５６", &"9".repeat(100_000)]
    {
        assert_eq!(check(std::slice::from_ref(&own), junk, now).await, Verdict::Wrong);
    }
    let others = factor(&ben, Method::Totp, 1, RFC_SECRET);
    let passkey = factor(&mia, Method::Passkey, 1, RFC_SECRET);
    let short = factor(&mia, Method::Totp, 1, &RFC_SECRET[..15]);
    let short_code = map::code(&RFC_SECRET[..15], map::step_at(instant(now)));
    assert_eq!(check(&[], &code, now).await, Verdict::Wrong);
    assert_eq!(check(&[others, passkey], &code, now).await, Verdict::Wrong);
    assert_eq!(check(&[short], &short_code, now).await, Verdict::Wrong);
}

#[tokio::test]
async fn evidence_of_another_challenge_or_person_is_rejected() {
    let (mia, ben) = (person("mia"), person("ben"));
    let own = [factor(&mia, Method::Totp, 1, RFC_SECRET)];
    let totp = totp();
    let state = totp.begin(&request(1, &mia, &own)).await.expect("begins").state;
    let now = instant("2026-11-20T09:30:00Z");
    let code = map::code(RFC_SECRET, map::step_at(now));
    let bens = [factor(&ben, Method::Totp, 1, RFC_SECRET)];
    for foreign in [request(2, &mia, &own), request(1, &ben, &bens)] {
        let verdict = totp.check(&foreign, &state, Some(&code), now).await;
        assert!(matches!(verdict, Ok(Verdict::NotEvidence(_))), "{verdict:?}");
    }
}

#[tokio::test]
async fn an_enrolled_app_proves_but_not_with_the_code_that_enrolled_it() {
    let mia = person("mia");
    let totp = totp();
    let now = instant("2026-11-20T09:30:00Z");
    let begun = totp.begin_enrolment(&mia, &[]).expect("enrols here").expect("without a network");
    let options = begun.options.expect("options for the page");
    let typed = options["secret"].as_str().expect("a secret to type");
    let secret = data_encoding::BASE32_NOPAD.decode(typed.as_bytes()).expect("base32");
    assert_eq!(secret.len(), map::SECRET_BYTES);
    assert_eq!(
        options["otpauth"].as_str().expect("an address"),
        format!(
            "otpauth://totp/Example%20%26%20Co:mia%40example.com?secret={typed}\
             &issuer=Example%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        )
    );
    let step = map::step_at(now);
    let wrong = totp.finish_enrolment(&mia, &begun.state, "000000", now);
    assert_eq!(wrong.err(), Some(Verdict::Wrong));
    let code = map::code(&secret, step);
    let foreign = totp.finish_enrolment(&person("ben"), &begun.state, &code, now);
    assert!(matches!(foreign, Err(Verdict::NotEvidence(_))));
    let enrolled = totp.finish_enrolment(&mia, &begun.state, &code, now).expect("enrolled");
    let mut enrolled_factor = factor(&mia, Method::Totp, 1, &enrolled.material);
    enrolled_factor.counter = enrolled.counter;
    let factors = [enrolled_factor];
    assert_eq!(check(&factors, &code, "2026-11-20T09:30:00Z").await, Verdict::Wrong);
    let next = map::code(&secret, step + 1);
    assert_eq!(step_of(&check(&factors, &next, "2026-11-20T09:30:30Z").await), Some(step + 1));
}

#[tokio::test]
async fn debug_of_an_enrolment_shows_no_secret() {
    let begun = totp().begin_enrolment(&person("mia"), &[]).expect("some").expect("begun");
    let secret = begun.options.as_ref().expect("options")["secret"].as_str().expect("text");
    let shown =
        format!("{begun:?} {:?} {:?}", totp(), factor(&person("mia"), Method::Totp, 1, b"s3cr3t"));
    assert!(!shown.contains(secret) && !shown.contains("example.com") && !shown.contains("115"));
}
