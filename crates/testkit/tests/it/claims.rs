//! A device that says it is somebody else's, over the routes by which devices speak for themselves.

use connectors::devices::collect::{Code, DeviceSigner};
use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::stage::{Browser, Plan, Player, Stage};

use crate::{
    devices::{code, send},
    osquery::{Host, SERIAL},
};

/// Somebody's machine, whose disk is open, as management lists it.
async fn managed(stage: &Stage, player: &Player) {
    let record = json!({
        "id": "inv-1", "serial": SERIAL, "platform": "linux", "name": "desk-1",
        "email": player.person.email, "owner_confidence": "assigned",
        "last_sync": Timestamp::now().to_string(), "practices": { "encryption": false },
    });
    stage.send_devices(&json!([record])).await.expect("taken");
}

/// Enrols a device of whoever is signed in, and has it say that it has the machine's serial number
/// and an encrypted disk.
async fn claim(stage: &Stage, browser: &mut Browser, player: &Player, name: &str, key: u8) {
    let signer = DeviceSigner::of(&[key; 32]).expect("a key");
    let code = Code::read(&code(browser, player).await).expect("a code");
    let enrolment = reqwest::Client::new().post(format!("{}/v1/collect/enrol", stage.url()));
    let enrolled = enrolment.json(&signer.enrolment(&code)).send().await.expect("an answer");
    assert_eq!(enrolled.status(), 201);
    let report = json!({
        "form": "countersign.collect/1",
        "collected_at": Timestamp::now().to_string(),
        "platform": "linux",
        "facts": {
            "name": { "value": name, "how": "made up" },
            "serial": { "value": SERIAL, "how": "made up" },
            "disks": { "value": [{ "name": "/", "is_encrypted": true }], "how": "made up" },
        },
    });
    let body = report.to_string();
    let headers = signer.headers(body.as_bytes(), Timestamp::now());
    assert_eq!(send(stage, &headers, &body).await, 202);
}

/// Somebody's devices, each as its page shows it.
async fn devices(browser: &mut Browser) -> Vec<String> {
    let list = browser.get("/me/devices").await.expect("a page").body;
    let links = list.split("href=\"/me/devices/dev_").skip(1);
    let mut ids: Vec<&str> = links.filter_map(|rest| rest.split(['"', '#']).next()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut pages = Vec::new();
    for id in ids {
        pages.push(browser.get(&format!("/me/devices/dev_{id}")).await.expect("a page").body);
    }
    pages
}

fn says(suspicion: &Value) -> (String, String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (left, right) = (&suspicion["left"]["source"], &suspicion["right"]["source"]);
    (text(&suspicion["kind"]), text(left), text(right))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_claims_anothers_device_writes_nothing_into_it_and_waits_for_a_judgement() {
    let plan = Plan {
        people: 10,
        links: 3,
        has_devices: true,
        is_inventory_managed: true,
        ..Plan::default()
    };
    let stage = Stage::start(&plan).await.unwrap();
    let [eve, _, mia, ..] = &stage.cast.players[..] else { panic!("three people") };
    managed(&stage, mia).await;
    let mut own = stage.sign_in(eve).await.unwrap();
    let mut theirs = stage.sign_in(mia).await.unwrap();

    claim(&stage, &mut own, eve, "taken-over", 7).await;
    let enrolled = Host::new(&stage).enrol(stage.source_token()).await.unwrap();
    assert_eq!(enrolled["node_invalid"], false);
    let shown = devices(&mut theirs).await;
    let [device] = &shown[..] else { panic!("one device: {}", shown.len()) };
    assert!(device.contains("desk-1") && device.contains("The disk is not encrypted."), "{device}");
    for strange in ["taken-over", "<bdi>collect</bdi>", "<bdi>osquery</bdi>"] {
        assert!(!device.contains(strange), "{strange}: {device}");
    }
    let shown = devices(&mut own).await;
    let [device] = &shown[..] else { panic!("one device: {}", shown.len()) };
    assert!(device.contains("taken-over") && !device.contains("desk-1"), "{device}");

    let judge = stage.look("/v1/devices-to-judge").await.unwrap();
    let suspicions = judge["suspicions"].as_array().expect("a list");
    let mut said: Vec<_> = suspicions.iter().map(says).collect();
    said.sort();
    let owner = |left: &str| ("owner".to_owned(), left.to_owned(), "inventory".to_owned());
    for claim in [owner("collect"), owner("osquery")] {
        assert!(said.contains(&claim), "{judge}");
    }
    assert!(suspicions.iter().all(|it| it["left"]["source"] != "inventory"), "{judge}");

    // Whoever it belongs to may say how it stands.
    claim(&stage, &mut theirs, mia, "desk-1", 8).await;
    let shown = devices(&mut theirs).await;
    let [device] = &shown[..] else { panic!("one device: {}", shown.len()) };
    assert!(device.contains("<bdi>collect</bdi>") && device.contains("<bdi>inventory</bdi>"));
    assert!(device.contains("The disk is encrypted."), "{device}");
}
