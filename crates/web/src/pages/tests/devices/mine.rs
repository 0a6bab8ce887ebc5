//! What a person sees of their own devices.

use http::StatusCode;
use model::{
    Span,
    device::{Field, IdKind, Observation, OwnerHint, Practice},
};

use super::{
    super::{
        structure,
        world::{ANA, LEO, MIA},
    },
    world::{Devices, bad, read},
};

/// S9.
#[tokio::test]
async fn s9_a_person_sees_and_answers_about_their_own_devices_and_nobody_elses() {
    let devices = Devices::new();
    devices.jamf.put(read(devices.laptop("1", "C02AAAA11", MIA)));
    devices.put(bad(devices.laptop("2", "C02AAAA22", LEO), Practice::Encryption)).await;
    let (hers, his) = (devices.only(MIA).await, devices.only(LEO).await);
    let mia = devices.world.browser(MIA).await;
    let shown = mia.get("/me/devices").await.html;
    assert!(shown.contains("laptop-1") && !shown.contains("laptop-2"));
    assert_eq!(mia.get(&format!("/me/devices/{hers}")).await.status, StatusCode::OK);
    let other = format!("/me/devices/{his}");
    assert_eq!(mia.get(&other).await.status, StatusCode::NOT_FOUND);
    for (act, fields) in [
        ("recheck", &[][..]),
        ("not-mine", &[("note", "x")]),
        ("exemption", &[("practice", "encryption"), ("reason", "x")]),
        ("snooze", &[("practice", "encryption"), ("for", "1d")]),
    ] {
        let done = mia.post(&format!("{other}/{act}"), fields).await;
        assert_eq!(done.status, StatusCode::NOT_FOUND, "{act}");
    }
    for path in ["/console/devices", "/console/devices/list", &format!("/console/devices/{his}")] {
        assert_eq!(mia.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn the_most_useful_step_stands_first_on_the_first_page_and_on_that_of_devices() {
    let devices = Devices::new();
    devices.jamf.put(read(devices.laptop("1", "C02AAAA11", MIA)));
    devices.put(bad(devices.laptop("2", "C02AAAA22", MIA), Practice::Encryption)).await;
    let case = devices.world.question(MIA).await;
    let mia = devices.world.browser(MIA).await;
    let now = mia.get("/me").await.html;
    let place = |part: &str| now.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(place(&format!("/ask/{case}")) < place("The disk is not encrypted"), "in one list");
    assert!(now.contains("/snooze\"") && now.contains("/recheck\""), "answered there");
    let shown = mia.get("/me/devices").await.html;
    let place = |part: &str| shown.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(place("Most useful next") < place("All of them"));
    assert!(shown.contains("<strong>FileVault</strong>"), "how to mend it on this platform");
    assert!(shown.contains("PrivacySecurity.extension?FileVault"), "and where");
    for (path, page) in [("/me", now), ("/me/devices", shown)] {
        structure::check(path, &page);
    }
}

/// U1.
#[tokio::test]
async fn u1_without_devices_the_page_says_for_whom_none_was_found() {
    let devices = Devices::new();
    let mia = devices.world.browser(MIA).await;
    let shown = mia.get("/me/devices").await.html;
    assert!(shown.contains("No devices found for <bdi>mia@example.com</bdi>"));
    assert!(mia.get("/me").await.html.contains("Nothing needs you."));
    structure::check("/me/devices", &shown);
}

/// U3.
#[tokio::test]
async fn u3_the_gravest_device_comes_first_and_one_without_a_name_says_so() {
    let devices = Devices::new();
    devices.jamf.put(read(devices.laptop("1", "C02AAAA11", MIA)));
    let mut nameless = devices.laptop("3", "0", MIA);
    nameless.facts.clear();
    nameless.identifiers.scalars.clear();
    devices.jamf.put(read(nameless));
    devices.put(bad(devices.laptop("2", "C02AAAA22", MIA), Practice::Encryption)).await;
    let shown = devices.world.browser(MIA).await.get("/me/devices").await.html;
    let rows = shown.split("All of them").nth(1).expect("a list");
    let place = |part: &str| rows.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(place("laptop-2") < place("Unknown device"));
    assert!(place("laptop-2") < place("laptop-1"));
}

#[tokio::test]
async fn what_nobody_knows_never_looks_good() {
    let devices = Devices::new();
    let mut record = devices.laptop("1", "C02AAAA11", MIA);
    record.practices.clear();
    record.practices.insert(Practice::Encryption, Observation::stated(None));
    devices.put(record).await;
    let mia = devices.world.browser(MIA).await;
    let device = devices.only(MIA).await;
    for path in ["/me/devices".to_owned(), format!("/me/devices/{device}")] {
        let shown = mia.get(&path).await.html;
        assert!(!shown.contains("mark tone-good"), "{path}");
        assert!(shown.contains("Not all is known"), "{path}");
        assert!(!shown.contains("The disk is encrypted"), "{path}");
    }
    let shown = mia.get(&format!("/me/devices/{device}")).await.html;
    assert!(shown.contains("Not known"), "a word, not only a colour");
}

/// P21.
#[tokio::test]
async fn p21_what_is_too_old_says_so_with_the_last_verdict_beside_it() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    devices.later(Span::days(35));
    let mia = devices.world.browser(MIA).await;
    let shown = mia.get(&format!("/me/devices/{device}")).await.html;
    let check = shown.split("<section class=\"card\"").find(|it| it.contains("Disk encryption"));
    let check = check.expect("the check is there");
    assert!(check.contains("Too old to tell") && check.contains("What was seen last:"));
    assert!(check.contains("Needs mending"), "the last verdict");
}

/// M22.
#[tokio::test]
async fn m22_a_device_of_long_ago_is_counted_apart_and_opens() {
    let devices = Devices::new();
    devices.put(devices.laptop("1", "C02AAAA11", MIA)).await;
    devices.later(Span::days(40));
    let mia = devices.world.browser(MIA).await;
    let shown = mia.get("/me/devices").await.html;
    assert!(shown.contains("1 older device") && shown.contains("laptop-1"));
    let device = devices.only(MIA).await;
    let opened = mia.get(&format!("/me/devices/{device}")).await;
    assert!(opened.status == StatusCode::OK && opened.html.contains("for long"));
}

/// M20.
#[tokio::test]
async fn m20_every_fact_says_who_when_and_what_the_others_say() {
    let devices = Devices::new();
    devices.put(devices.laptop("1", "C02AAAA11", MIA)).await;
    devices.later(Span::hours(1));
    let mut other = devices.laptop("9", "C02AAAA11", MIA);
    other.key.source = "fleet".to_owned();
    other.facts.insert(Field::Name, "the-other-name".to_owned());
    devices.fleet.put(read(other));
    devices.sweep("fleet").await;
    let device = devices.only(MIA).await;
    for (email, path) in
        [(MIA, format!("/me/devices/{device}")), (ANA, format!("/console/devices/{device}"))]
    {
        let shown = devices.world.browser(email).await.get(&path).await.html;
        for part in ["laptop-1", "the-other-name", "<bdi>jamf</bdi>", "<bdi>fleet</bdi>", "1 h ago"]
        {
            assert!(shown.contains(part), "{path}: {part}");
        }
    }
}

#[tokio::test]
async fn a_dead_source_is_named_with_since_when_and_its_facts_stay() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    devices.later(Span::hours(2));
    devices.fail("jamf", &devices.jamf).await;
    devices.later(Span::hours(3));
    let mia = devices.world.browser(MIA).await;
    for path in ["/me/devices".to_owned(), format!("/me/devices/{device}")] {
        let shown = mia.get(&path).await.html;
        assert!(shown.contains("<bdi>jamf</bdi> has not answered"), "{path}");
        assert!(shown.contains("since <time datetime=\"2026-"), "{path}");
        assert!(shown.contains("laptop-1"), "{path}: the last good facts stay");
    }
    let ana = devices.world.browser(ANA).await;
    let overview = ana.get("/console/devices").await.html;
    assert!(overview.contains("Fails") && overview.contains("has not answered since"));
}

#[tokio::test]
async fn pages_speak_german_to_who_reads_it() {
    let devices = Devices::speaking(Some("de-AT"));
    let device = devices.open_disk().await;
    let (mia, ana) = (devices.world.browser(MIA).await, devices.world.browser(ANA).await);
    for (browser, path, words) in [
        (&mia, "/me".to_owned(), "Etwas zu beheben"),
        (&mia, "/me/devices".to_owned(), "Am meisten hilft jetzt"),
        (&mia, format!("/me/devices/{device}"), "Die Festplatte ist nicht verschlüsselt"),
        (&mia, "/me/looks".to_owned(), "Wer meine Daten ansah"),
        (&mia, "/me/history".to_owned(), "Verlauf"),
        (&ana, "/console/devices".to_owned(), "Nach Prüfung"),
        (&ana, "/console/devices/list".to_owned(), "Muss behoben werden"),
        (&ana, "/console/devices/judge".to_owned(), "Zu beurteilen"),
        (&ana, "/console/devices/exemptions".to_owned(), "Ausnahmen"),
        (&ana, format!("/console/devices/{device}"), "Prüfungen"),
    ] {
        let shown = browser.get(&path).await;
        assert!(shown.html.contains("<html lang=\"de\">"), "{path}");
        assert!(shown.html.contains(words), "{path}: {words}");
        assert!(shown.html.contains("Abmelden") && !shown.html.contains("Sign out"), "{path}");
        structure::check(&path, &shown.html);
    }
}

/// S5, U4.
#[tokio::test]
async fn u4_hostile_names_of_devices_are_inert_on_every_page() {
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "a\u{202e}b\u{1b}[31m\r\nSet-Cookie: x=1",
        "[x](javascript:alert(1))",
        "{{ 7 * 7 }}",
    ] {
        let devices = Devices::new();
        let mut record = bad(devices.laptop("1", "C02AAAA11", MIA), Practice::Encryption);
        record.key.id = hostile.replace(['\r', '\n', '\u{1b}'], "");
        for field in [Field::Name, Field::Model, Field::Os, Field::OsVersion, Field::Status] {
            record.facts.insert(field, hostile.to_owned());
        }
        record.owners.push(OwnerHint::new(None, Some(hostile), model::device::Confidence::Guessed));
        record.identifiers.scalars.insert(IdKind::Udid, hostile.to_owned());
        let other = Practice::Other(format!("jamf:{hostile}"));
        record.practices.insert(other, Observation::stated(Some(false)));
        devices.put(record).await;
        let device = devices.only(MIA).await;
        let (mia, ana) = (devices.world.browser(MIA).await, devices.world.browser(ANA).await);
        let own = format!("/me/devices/{device}");
        mia.post(&format!("{own}/not-mine"), &[("note", hostile)]).await;
        let fields = [("practice", "encryption"), ("reason", hostile)];
        mia.post(&format!("{own}/exemption"), &fields).await;
        for (browser, path) in [
            (&mia, "/me".to_owned()),
            (&mia, "/me/devices".to_owned()),
            (&mia, own),
            (&ana, "/console/devices".to_owned()),
            (&ana, "/console/devices/list".to_owned()),
            (&ana, "/console/devices/judge".to_owned()),
            (&ana, "/console/devices/exemptions".to_owned()),
            (&ana, format!("/console/devices/{device}")),
        ] {
            let shown = browser.get(&path).await;
            assert_eq!(shown.status, StatusCode::OK, "{path}");
            structure::check(&path, &shown.html);
            for live in ["<script>alert", "<img src=x", "=\"javascript:", "\u{202e}", "\u{1b}"] {
                assert!(!shown.html.contains(live), "{path}: {live:?}");
            }
        }
        for path in ["/me/devices/%3Cscript%3Ealert(1)", "/console/devices/%3Cscript%3Ealert(1)"] {
            let shown = ana.get(path).await;
            assert_eq!(shown.status, StatusCode::NOT_FOUND, "s5 {path}");
            assert!(!shown.html.contains("<script>alert"), "s5 {path}");
        }
    }
}

/// U2, U6.
#[tokio::test]
async fn u2_u6_every_control_is_a_native_one_and_every_mark_has_its_word() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    let mia = devices.world.browser(MIA).await;
    for path in ["/me".to_owned(), "/me/devices".to_owned(), format!("/me/devices/{device}")] {
        let page = mia.get(&path).await.html;
        for mark in page.split("class=\"mark ").skip(1) {
            let word = mark.split("</svg>").nth(1).and_then(|rest| rest.split('<').next());
            assert!(word.is_some_and(|word| !word.trim().is_empty()), "{path}: a mark without one");
            assert!(mark.contains("aria-hidden=\"true\""), "{path}: the shape is not read out");
        }
        for other in ["role=\"button\"", "role=\"link\"", "tabindex=\"1\"", "onclick", "<script "] {
            assert!(!page.contains(other), "{path}: {other}");
        }
        for details in page.split("<details").skip(1) {
            let body = details.split_once('>').map_or("", |(_, body)| body);
            assert!(body.starts_with("<summary>"), "{path}: what opens has a name");
        }
    }
}

/// R1.
#[tokio::test]
async fn r1_what_was_asked_and_what_changed_stand_newest_first() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    devices.world.question(MIA).await;
    devices.later(Span::hours(2));
    devices.put(devices.laptop("1", "C02AAAA11", MIA)).await;
    let shown = devices.world.browser(MIA).await.get(&format!("/me/devices/{device}")).await.html;
    let changes = shown.split("What changed").nth(1).expect("a history");
    let place = |part: &str| changes.find(part).unwrap_or_else(|| panic!("no {part}"));
    let (mended, first) = (place("Needs mending &rarr; OK"), place(": Needs mending</li>"));
    assert!(mended < first);
}
