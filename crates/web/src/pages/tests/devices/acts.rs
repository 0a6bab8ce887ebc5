//! What comes of a person's buttons.

use http::StatusCode;
use model::{Span, device::Practice};
use runtime::posture::CODES_AT_ONCE_MAX;

use super::{
    super::{
        structure,
        world::{ANA, MIA, RIGHT},
    },
    world::Devices,
};
use crate::pages::tests::{value_of, world::Browser};

/// Proves freshly that it is oneself.
pub(super) async fn prove(browser: &Browser<'_>) {
    browser.post("/me/prove", &[("method", "totp"), ("next", "/console")]).await;
    let begun = browser.get("/me/prove").await;
    let challenge = value_of(&begun.html, "challenge");
    let fields = [("challenge", challenge.as_str()), ("response", RIGHT), ("next", "/console")];
    let done = browser.post("/me/prove/finish", &fields).await;
    assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/console"));
}

/// P30.
#[tokio::test]
async fn p30_i_fixed_it_asks_again_and_a_rest_hides_no_state() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    let mia = devices.world.browser(MIA).await;
    let path = format!("/me/devices/{device}");
    let done = mia.post(&format!("{path}/recheck"), &[("practice", "encryption")]).await;
    assert_eq!(done.location, format!("{path}?now=asked"));
    assert_eq!(devices.jamf.rechecked(), ["1"]);
    let shown = mia.get(&done.location).await.html;
    assert!(shown.contains("Asked again.") && shown.contains("The disk is not encrypted"));
    let done = mia.post(&format!("{path}/recheck"), &[]).await;
    assert_eq!(done.location, format!("{path}?now=soon"), "once a minute");

    let rest = [("practice", "encryption"), ("for", "7d")];
    let done = mia.post(&format!("{path}/snooze"), &rest).await;
    assert_eq!(done.location, format!("{path}?now=rests"));
    assert!(mia.get(&done.location).await.html.contains("The disk is not encrypted"));
    let odd =
        mia.post(&format!("{path}/snooze"), &[("practice", "encryption"), ("for", "9d")]).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);

    devices.later(Span::minutes(2));
    devices.jamf.put(super::world::read(devices.laptop("1", "C02AAAA11", MIA)));
    mia.post(&format!("{path}/recheck"), &[("practice", "encryption")]).await;
    let shown = mia.get(&path).await.html;
    assert!(shown.contains("The disk is encrypted") && !shown.contains("not encrypted"));
}

/// P26.
#[tokio::test]
async fn p26_an_exemption_is_asked_for_granted_by_another_shown_and_taken_back() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    let (mia, ana) = (devices.world.browser(MIA).await, devices.world.browser(ANA).await);
    let (own, page) = (format!("/me/devices/{device}"), "/console/devices/exemptions");
    let fields = [("practice", "encryption"), ("reason", "It is a test machine.")];
    let done = mia.post(&format!("{own}/exemption"), &fields).await;
    assert_eq!(done.location, format!("{own}?now=exemption"));
    assert!(mia.get(&own).await.html.contains("You asked to be excused"));
    let shown = ana.get(page).await.html;
    assert!(shown.contains("It is a test machine.") && shown.contains("Mia Example"));
    structure::check(page, &shown);
    let decide = shown.split("action=\"").find(|it| it.contains("/decide\"")).expect("a form");
    let decide = decide.split('"').next().expect("quoted").to_owned();
    let grant = [("verdict", "grant"), ("until", "2026-12-24")];
    let done = ana.post(&decide, &grant).await;
    assert_eq!(done.location, format!("/me/prove?next={page}"), "a fresh proof is wanted");
    prove(&ana).await;
    let endless = ana.post(&decide, &[("verdict", "grant"), ("until", "")]).await;
    assert_eq!(endless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ana.post(&decide, &grant).await.location, format!("{page}?now=done"));
    let shown = mia.get(&own).await.html;
    assert!(shown.contains("Exempt") && shown.contains("Excused until"));
    assert!(shown.contains("Needs mending"), "what lies beneath is seen");
    let revoke = decide.replace("/decide", "/revoke");
    ana.post(&revoke, &[]).await;
    let shown = mia.get(&own).await.html;
    assert!(!shown.contains("Excused until") && shown.contains("taken back"));
}

#[tokio::test]
async fn not_my_device_goes_to_an_analyst_and_removes_nothing() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    let (mia, ana) = (devices.world.browser(MIA).await, devices.world.browser(ANA).await);
    let own = format!("/me/devices/{device}");
    let done = mia.post(&format!("{own}/not-mine"), &[("note", "It is Leo's.")]).await;
    assert_eq!(done.location, format!("{own}?now=not-mine"));
    assert!(mia.get(&own).await.html.contains("You said that this device is not yours"));
    let shown = ana.get("/console/devices/judge").await.html;
    assert!(shown.contains("It is Leo&#39;s.") && shown.contains("Mia Example"));
    structure::check("/console/devices/judge", &shown);
    let review = format!("/console/devices/{device}/review");
    let done = ana.post(&review, &[]).await;
    assert_eq!(done.location, "/me/prove?next=/console/devices/judge");
    prove(&ana).await;
    ana.post(&review, &[]).await;
    assert!(!ana.get("/console/devices/judge").await.html.contains("It is Leo&#39;s."));
}

/// S6.
#[tokio::test]
async fn s6_a_form_without_its_sessions_token_changes_nothing() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    let (mia, ana) = (devices.world.browser(MIA).await, devices.world.browser(ANA).await);
    let foreign = ana.csrf().await;
    for act in ["recheck", "not-mine", "exemption", "snooze"] {
        let form = format!("practice=encryption&reason=x&note=x&for=1d&csrf={foreign}");
        let done = mia.post_raw(&format!("/me/devices/{device}/{act}"), &form).await;
        assert_eq!(done.status, StatusCode::FORBIDDEN, "{act}");
    }
    assert!(devices.jamf.rechecked().is_empty());
    let practice = Practice::Encryption.to_string();
    let shown = mia.get(&format!("/me/devices/{device}")).await.html;
    assert!(shown.contains(&practice) && !shown.contains("You said that"));
}

#[tokio::test]
async fn without_a_collector_no_code_is_given() {
    let devices = Devices::new();
    let mia = devices.world.browser(MIA).await;
    assert!(!mia.get("/me/devices").await.html.contains("/me/devices/enrol"));
    let done = mia.post("/me/devices/enrol", &[]).await;
    assert_eq!(done.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_code_for_a_computer_wants_a_fresh_proof_and_there_are_few() {
    let devices = Devices::with_collector();
    let mia = devices.world.browser(MIA).await;
    let shown = mia.get("/me/devices").await.html;
    assert!(shown.contains("/me/devices/enrol") && shown.contains("prove that it is you first"));
    structure::check("/me/devices", &shown);
    let done = mia.post("/me/devices/enrol", &[]).await;
    assert_eq!(done.location, "/me/prove?next=/me/devices", "a fresh proof is wanted");
    prove(&mia).await;
    for _ in 0..CODES_AT_ONCE_MAX {
        let done = mia.post("/me/devices/enrol", &[]).await;
        assert_eq!((done.status, done.location.as_str()), (StatusCode::OK, ""));
    }
    let done = mia.post("/me/devices/enrol", &[]).await;
    assert_eq!(done.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!mia.get("/me/devices").await.html.contains("prove that it is you first"));
}
