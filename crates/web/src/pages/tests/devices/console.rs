//! What analysts see and decide, and who is told of it.

use http::StatusCode;
use model::{
    Span,
    device::{Field, Practice},
};

use super::{
    super::{
        structure, value_of,
        world::{ANA, LEO, MIA},
    },
    acts::prove,
    world::{Devices, bad, read},
};

/// S3.
#[tokio::test]
async fn s3_every_look_by_another_is_recorded_and_shown_to_whom_it_is_about() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    let (mia, ana) = (devices.world.browser(MIA).await, devices.world.browser(ANA).await);
    devices.later(Span::minutes(11));
    let id = devices.world.engine.find_person(MIA).expect("works here").id;
    for (path, says) in [
        (format!("/console/devices/{device}"), "one of your devices"),
        (format!("/console/people/{id}/devices"), "Looked at all your devices"),
        ("/console/devices/list".to_owned(), "Looked at a list"),
    ] {
        let before = devices.world.marks().await;
        let seen = ana.get(&path).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}");
        structure::check(&path, &seen.html);
        assert_eq!(devices.world.marks().await.0, before.0 + 1, "{path}: in the audit trail");
        let shown = mia.get("/me/looks").await.html;
        assert!(shown.contains("Ana Example") && shown.contains(says), "{path}");
        structure::check("/me/looks", &shown);
    }
    assert!(ana.get("/me/looks").await.html.contains("Nobody did."), "her own are hers");
}

#[tokio::test]
async fn looking_at_ones_own_devices_changes_nothing() {
    let devices = Devices::new();
    let device = devices.open_disk().await;
    let mia = devices.world.browser(MIA).await;
    let before = devices.world.marks().await;
    for _ in 0..3 {
        for path in ["/me", "/me/devices", "/me/looks", &format!("/me/devices/{device}")] {
            mia.get(path).await;
            mia.head(path).await;
        }
    }
    assert_eq!(devices.world.marks().await, before);
}

#[tokio::test]
async fn the_overview_counts_charts_and_leads_to_lists() {
    let devices = Devices::new();
    devices.jamf.put(read(devices.laptop("2", "C02AAAA22", LEO)));
    let mut nobodys = devices.laptop("3", "C02AAAA33", LEO);
    nobodys.owners.clear();
    devices.jamf.put(read(nobodys));
    devices.put(bad(devices.laptop("1", "C02AAAA11", MIA), Practice::Encryption)).await;
    let ana = devices.world.browser(ANA).await;
    let shown = ana.get("/console/devices").await.html;
    structure::check("/console/devices", &shown);
    assert!(shown.contains("<rect class=\"bar-alarm\"") && shown.contains("class=\"trend\""));
    assert!(shown.contains("As a table"), "a chart has its table");
    let stood = shown.split("How devices stood").nth(1).expect("a chart by grade");
    let row = "<td class=\"number\">3</td><td class=\"number\">1</td>";
    assert!(stood.contains(row), "three devices today, one of them critical");
    let list = "/console/devices/list?check=encryption&amp;state=warn";
    assert!(shown.contains(list), "a number leads to its devices");
    let failing = ana.get(&list.replace("&amp;", "&")).await.html;
    assert!(failing.contains("laptop-1") && !failing.contains("laptop-2"));
    let critical = ana.get("/console/devices/list?grade=critical").await.html;
    assert!(critical.contains("laptop-1") && !critical.contains("laptop-2"));
    let unowned = ana.get("/console/devices/list?unowned=1").await.html;
    assert!(unowned.contains("laptop-3") && !unowned.contains("laptop-1"));
    let odd = ana.get("/console/devices/list?grade=%3Cb%3E").await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}

/// M16, M21.
#[tokio::test]
async fn m21_records_are_kept_apart_by_hand_and_that_is_taken_back() {
    let devices = Devices::new();
    devices.put(devices.laptop("1", "C02AAAA11", MIA)).await;
    let mut other = devices.laptop("9", "C02AAAA11", MIA);
    other.key.source = "fleet".to_owned();
    other.facts.insert(Field::Name, "laptop-9".to_owned());
    devices.fleet.put(read(other));
    devices.sweep("fleet").await;
    let device = devices.only(MIA).await;
    let ana = devices.world.browser(ANA).await;
    let page = format!("/console/devices/{device}");
    let shown = ana.get(&page).await.html;
    assert!(shown.contains("value=\"fleet 9\"") && shown.contains("Why they are one device"));
    let split = [("record", "fleet 9"), ("reason", "two machines of one batch")];
    let done = ana.post(&format!("{page}/split"), &split).await;
    assert_eq!(done.location, format!("/me/prove?next={page}"));
    prove(&ana).await;
    let done = ana.post(&format!("{page}/split"), &split).await;
    assert_eq!(done.location, format!("{page}?now=done"));
    assert_eq!(devices.all(MIA).await.len(), 2);
    devices.sweep("fleet").await;
    devices.sweep("jamf").await;
    assert_eq!(devices.all(MIA).await.len(), 2, "it lasts");
    let shown = ana.get("/console/devices/judge").await.html;
    structure::check("/console/devices/judge", &shown);
    assert!(shown.contains("two machines of one batch") && shown.contains("Ana Example"));
    let undo = shown.split("action=\"").find(|it| it.contains("/withdraw\"")).expect("a form");
    ana.post(undo.split('"').next().expect("quoted"), &[]).await;
    assert_eq!(devices.all(MIA).await.len(), 1, "and is undone");
}

#[tokio::test]
async fn a_device_that_claims_anothers_serial_is_to_be_judged_with_the_reason_in_words() {
    let devices = Devices::new();
    devices.put(devices.laptop("1", "C02AAAA11", MIA)).await;
    let mut claim = devices.laptop("7", "C02AAAA11", LEO);
    claim.key.source = "collect".to_owned();
    devices.posture.fleet().receive_one(read(claim)).await.expect("taken");
    let (mias, leos) = (devices.only(MIA).await, devices.only(LEO).await);
    let ana = devices.world.browser(ANA).await;
    let shown = ana.get("/console/devices/judge").await.html;
    structure::check("/console/devices/judge", &shown);
    let why = "It says it has the serial number of a device that, says jamf, belongs to somebody.";
    assert!(shown.contains(why), "{shown}");
    prove(&ana).await;
    let (one, other) = (leos.to_string(), mias.to_string());
    let fields = [("one", one.as_str()), ("other", &other), ("reason", "its new owner")];
    let done = ana.post("/console/devices/judge/together", &fields).await;
    assert_eq!(done.location, "/console/devices/judge?now=done");
    assert_eq!(devices.all(LEO).await, []);
    devices.only(MIA).await;
}

#[tokio::test]
async fn two_devices_are_put_together_by_hand() {
    let devices = Devices::new();
    devices.jamf.put(read(devices.laptop("1", "C02AAAA11", MIA)));
    devices.put(devices.laptop("2", "C02AAAA22", MIA)).await;
    let all = devices.all(MIA).await;
    let (one, other) = (all[0].to_string(), all[1].to_string());
    let ana = devices.world.browser(ANA).await;
    prove(&ana).await;
    let fields = [("one", one.as_str()), ("other", &other), ("reason", "a new mainboard")];
    let done = ana.post("/console/devices/judge/together", &fields).await;
    assert_eq!(done.location, "/console/devices/judge?now=done");
    assert_eq!(devices.all(MIA).await.len(), 1);
}

#[tokio::test]
async fn nobody_decides_about_their_own_device() {
    let devices = Devices::new();
    devices.put(bad(devices.laptop("1", "C02AAAA11", ANA), Practice::Encryption)).await;
    let device = devices.only(ANA).await;
    let ana = devices.world.browser(ANA).await;
    prove(&ana).await;
    let own = format!("/me/devices/{device}");
    ana.post(&format!("{own}/exemption"), &[("practice", "encryption"), ("reason", "x")]).await;
    ana.post(&format!("{own}/not-mine"), &[("note", "")]).await;
    let shown = ana.get("/console/devices/exemptions").await.html;
    assert!(shown.contains("somebody else decides") && !shown.contains("/decide\""));
    let done = ana.post(&format!("/console/devices/{device}/review"), &[]).await;
    assert_eq!(done.status, StatusCode::FORBIDDEN);
}

/// M16.
#[tokio::test]
async fn m16_a_conflict_stays_two_devices_and_waits_for_a_judgement() {
    let devices = Devices::new();
    let mac = "00:DE:CA:FB:AD:00";
    for (id, serial) in [("1", "C02AAAA11"), ("2", "C02AAAA22")] {
        let mut record = devices.laptop(id, serial, MIA);
        record.key.source = if id == "1" { "jamf" } else { "fleet" }.to_owned();
        record.identifiers.macs.push(mac.parse().expect("an address"));
        let source = if id == "1" { &devices.jamf } else { &devices.fleet };
        source.put(read(record));
    }
    devices.sweep("jamf").await;
    devices.sweep("fleet").await;
    assert_eq!(devices.all(MIA).await.len(), 2);
    let ana = devices.world.browser(ANA).await;
    let page = "/console/devices/judge";
    let shown = ana.get(page).await.html;
    structure::check(page, &shown);
    assert!(shown.contains("They differ by serial") && shown.contains(mac));
    prove(&ana).await;
    let field = |name: &str| value_of(&shown, name);
    let (left, right) = (field("left"), field("right"));
    let fields = [("left", left.as_str()), ("right", &right), ("reason", "a shared dock")];
    ana.post("/console/devices/judge/apart", &fields).await;
    let shown = ana.get(page).await.html;
    assert!(shown.contains("a shared dock") && shown.contains("Nothing strange."));
}

/// F2.
#[tokio::test]
async fn f2_what_is_no_device_of_people_is_counted_and_listed_for_staff() {
    let devices = Devices::new();
    let mut machine = devices.laptop("7", "C02AAAA77", MIA);
    machine.facts.insert(Field::Model, "VMware Virtual Platform".to_owned());
    devices.put(machine).await;
    assert!(devices.all(MIA).await.is_empty());
    let shown = devices.world.browser(ANA).await.get("/console/devices").await.html;
    assert!(shown.contains("Left out") && shown.contains("7: VMware Virtual Platform"));
}

/// P22.
#[tokio::test]
async fn p22_what_is_known_of_systems_is_shown_with_its_day() {
    let devices = Devices::new();
    let mut currency = (*devices.posture.fleet().currency()).clone();
    let debian = serde_json::json!({ "as_of": "2026-11-01", "lines": [] });
    let debian = serde_json::from_value(debian).expect("a table");
    currency.products.insert("debian".to_owned(), debian);
    devices.posture.fleet().set_currency(currency);
    let shown = devices.world.browser(ANA).await.get("/console/devices").await.html;
    assert!(shown.contains("As of which day") && shown.contains("2026-11-01"));
}
