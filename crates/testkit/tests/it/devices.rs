//! A machine without a management tool, from the code on its owner's page to the device there.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Output, Stdio},
    sync::{Arc, Mutex},
};

use axum::{Json, Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use connectors::devices::collect::{Code, DEVICE_HEADER, DeviceSigner};
use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::stage::{Browser, Plan, Player, Stage};
use tokio::net::TcpListener;

fn plan() -> Plan {
    Plan { people: 10, links: 3, has_devices: true, ..Plan::default() }
}

/// The code that somebody gets on their page, once they have proven with their app who they are.
pub(crate) async fn code(browser: &mut Browser, player: &Player) -> String {
    let page = browser.get("/me/devices").await.expect("a page");
    let mut shown = browser.submit(&page, "/me/devices/enrol", &[]).await.expect("a page");
    if shown.form("/me/prove").is_some() {
        let begun = browser.submit(&shown, "/me/prove", &[("method", "totp")]).await;
        let proof = player.code(0).expect("they have an app");
        let begun = begun.expect("a page");
        browser.submit(&begun, "/me/prove/finish", &[("response", &proof)]).await.expect("proven");
        let page = browser.get("/me/devices").await.expect("a page");
        shown = browser.submit(&page, "/me/devices/enrol", &[]).await.expect("a page");
    }
    let (_, code) = shown.body.split_once("--code ").expect("the page shows a command");
    code.split('<').next().expect("text").trim().to_owned()
}

/// The program on this machine, with a key of this name.
fn collect(stage: &Stage, key: &str, more: &[&str]) -> Output {
    let key = stage.path(key).display().to_string();
    let own = ["posture", "collect", "--to", stage.url(), "--key", &key];
    stage.command(&[&own, more].concat()).output().expect("the program runs")
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// What was printed, as the report that it is.
fn printed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("a report was printed")
}

/// A report of a device that is not this machine.
fn other_machine() -> String {
    json!({
        "form": "countersign.collect/1",
        "collected_at": Timestamp::now().to_string(),
        "platform": "linux",
        "facts": { "name": { "value": "other-machine", "how": "made up" },
                   "serial": { "value": "PF0OTHER1", "how": "made up" } },
    })
    .to_string()
}

pub(crate) async fn send(stage: &Stage, headers: &[(&str, String)], body: &str) -> u16 {
    let client = reqwest::Client::new();
    let mut request = client.post(format!("{}/v1/collect/report", stage.url()));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.header("content-type", "application/json");
    request.body(body.to_owned()).send().await.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_enrols_with_a_code_and_appears_on_its_owners_page_and_nobody_elses() {
    let stage = Stage::start(&plan()).await.unwrap();
    let mut owner = stage.sign_in(&stage.cast.players[0]).await.unwrap();
    let mut other = stage.sign_in(&stage.cast.players[2]).await.unwrap();
    let without = collect(&stage, "machine.key", &[]);
    assert!(!without.status.success() && told(&without).contains("--code"), "{}", told(&without));
    let wrong = collect(&stage, "machine.key", &["--code", "ABCD-EFGH-JKMN"]);
    assert!(told(&wrong).contains("the code was not taken (403)"), "{}", told(&wrong));

    let code = code(&mut owner, &stage.cast.players[0]).await;
    let enrolled = collect(&stage, "machine.key", &["--code", &code]);
    assert!(enrolled.status.success(), "{}", told(&enrolled));
    let report = printed(&enrolled);
    let name = report["facts"]["name"]["value"].as_str().expect("a machine has a name");
    let page = owner.get("/me/devices").await.unwrap();
    assert!(page.body.contains(&format!("<bdi>{name}</bdi>")), "{}", page.body);
    let (_, path) = page.body.split_once("href=\"/me/devices/dev_").expect("a device");
    let path = format!("/me/devices/dev_{}", path.split('"').next().expect("an id"));
    let page = owner.get(&path).await.unwrap();
    assert_eq!(page.status, 200);
    let system = report["facts"]["os"]["value"]["name"].as_str().expect("a system");
    assert!(page.body.contains(system) && page.body.contains("<bdi>collect</bdi>"));
    assert_eq!(other.get(&path).await.unwrap().status, 404);
    let others = other.get("/me/devices").await.unwrap();
    assert!(others.body.contains("No devices found"), "{}", others.body);

    let again = collect(&stage, "second.key", &["--code", &code]);
    assert!(!again.status.success(), "a code counts once");
    assert!(told(&again).contains("the code was not taken (403)"), "{}", told(&again));
    let later = collect(&stage, "machine.key", &[]);
    assert!(later.status.success(), "its key is enough from now on: {}", told(&later));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_devices_key_writes_its_own_record_and_no_other() {
    let stage = Stage::start(&plan()).await.unwrap();
    let players = &stage.cast.players;
    let mut owner = stage.sign_in(&players[0]).await.unwrap();
    let mut other = stage.sign_in(&players[2]).await.unwrap();
    let own_code = code(&mut owner, &players[0]).await;
    let enrolled = collect(&stage, "machine.key", &["--code", &own_code]);
    assert!(enrolled.status.success(), "{}", told(&enrolled));
    let own = DeviceSigner::of(&fs::read(stage.path("machine.key")).unwrap()).expect("a key");
    let theirs = DeviceSigner::of(&[9; 32]).expect("a key");
    let code = Code::read(&code(&mut other, &players[2]).await).expect("a code");
    let enrolment = reqwest::Client::new().post(format!("{}/v1/collect/enrol", stage.url()));
    let enrolment = enrolment.json(&theirs.enrolment(&code)).send().await.unwrap();
    assert_eq!(enrolment.status(), 201);
    let body = other_machine();
    let now = Timestamp::now();
    assert_eq!(send(&stage, &theirs.headers(body.as_bytes(), now), &body).await, 202);
    let before = other.get("/me/devices").await.unwrap().body;
    assert!(before.contains("<bdi>other-machine</bdi>"), "{before}");

    let forged = body.replace("other-machine", "taken-over");
    let mut named = own.headers(forged.as_bytes(), now);
    named.iter_mut().filter(|(name, _)| *name == DEVICE_HEADER).for_each(|it| it.1 = theirs.id());
    let once_more = theirs.headers(body.as_bytes(), now);
    let stranger = DeviceSigner::of(&[7; 32]).expect("a key").headers(forged.as_bytes(), now);
    for (what, headers, body) in [
        ("in the other's name", &named, &forged),
        ("under the other's signature", &once_more, &forged),
        ("with a key that never enrolled", &stranger, &forged),
    ] {
        assert_eq!(send(&stage, headers, body).await, 401, "{what}");
    }
    assert!(send(&stage, &once_more, &body).await >= 400, "a report is taken once");
    let after = other.get("/me/devices").await.unwrap().body;
    assert!(after.contains("<bdi>other-machine</bdi>") && !after.contains("taken-over"));
    // Whose a device is says the key: what a report says of that counts for nothing.
    let lie = forged.replacen('{', &format!("{{\"email\":\"{}\",", players[2].person.email), 1);
    let lie = lie.replace("PF0OTHER1", "PF0OWNER1").replace("taken-over", "renamed");
    assert_eq!(send(&stage, &own.headers(lie.as_bytes(), now), &lie).await, 202);
    assert!(!other.get("/me/devices").await.unwrap().body.contains("renamed"));
    assert!(owner.get("/me/devices").await.unwrap().body.contains("<bdi>renamed</bdi>"));
}

/// A server that looks, at every call, at what the program has printed by then.
struct Watching {
    printed: PathBuf,
    /// What was printed when a call came, and the call's body.
    calls: Mutex<Vec<(String, Bytes)>>,
}

async fn watch(State(watching): State<Arc<Watching>>, body: Bytes) -> (StatusCode, Json<Value>) {
    let printed = fs::read_to_string(&watching.printed).unwrap_or_default();
    watching.calls.lock().expect("nobody panicked").push((printed, body));
    (StatusCode::CREATED, Json(json!({})))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_printed_before_anything_is_sent_and_sent_as_it_was_printed() {
    let stage = Stage::set(&plan()).await.unwrap();
    let printed = stage.path("printed");
    let watching = Arc::new(Watching { printed: printed.clone(), calls: Mutex::default() });
    let routes = Router::new().route("/v1/collect/{endpoint}", post(watch));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let routes = routes.with_state(Arc::clone(&watching));
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    let key = stage.path("key").display().to_string();
    let arguments = ["posture", "collect", "--to", &url, "--key", &key, "--code", "ABCDEFGHJKMN"];
    let mut command = stage.command(&arguments);
    let status = command.stdout(Stdio::from(File::create(&printed).unwrap())).status().unwrap();
    assert!(status.success());
    let calls = watching.calls.lock().expect("nobody panicked");
    let whole = fs::read_to_string(&printed).unwrap();
    assert_eq!(calls.len(), 2, "it enrols, then reports");
    for (printed_by_then, _) in calls.iter() {
        assert_eq!(*printed_by_then, whole, "all was printed when the call came");
    }
    assert_eq!(calls[1].1, whole.trim_end().as_bytes());
    serving.abort();
}
