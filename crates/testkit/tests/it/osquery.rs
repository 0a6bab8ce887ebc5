//! A host with osquery, over the routes that its flags name.

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::stage::{Browser, Plan, Player, Stage};

/// The serial number of the machine.
pub(crate) const SERIAL: &str = "C02STAGEOSQ1";

/// What a host says to the routes.
pub(crate) struct Host<'s> {
    stage: &'s Stage,
    client: reqwest::Client,
    node_key: Value,
}

impl<'s> Host<'s> {
    pub(crate) fn new(stage: &'s Stage) -> Self {
        Self { stage, client: reqwest::Client::new(), node_key: Value::Null }
    }

    async fn post(&self, endpoint: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("{}/v1/osquery/osquery/{endpoint}", self.stage.url());
        let reply = self.client.post(url).json(body).send().await?;
        anyhow::ensure!(reply.status() == 200, "{endpoint} is answered with {}", reply.status());
        Ok(reply.json().await?)
    }

    pub(crate) async fn enrol(&self, secret: &str) -> anyhow::Result<Value> {
        let details = json!({
            "os_version": { "name": "Ubuntu", "version": "24.04.1 LTS", "platform": "ubuntu" },
            "system_info": {
                "uuid": "4C4C4544-0042-3510-8054-00000000000A", "computer_name": "desk-1",
                "hardware_serial": SERIAL, "hardware_vendor": "Contoso", "hardware_model": "Laptop",
            },
        });
        let body = json!({ "enroll_secret": secret, "host_identifier": "desk-1",
                           "host_details": details });
        self.post("enroll", &body).await
    }

    /// A call under the host's key.
    async fn call(&self, endpoint: &str, mut body: Value) -> anyhow::Result<Value> {
        body["node_key"] = self.node_key.clone();
        self.post(endpoint, &body).await
    }

    /// Answers what is asked at once. Says whether anything was.
    async fn answer(&self, encrypted: &str) -> anyhow::Result<bool> {
        let asked = self.call("distributed/read", json!({})).await?;
        let asked = asked["queries"].as_object().context("queries")?;
        let rows = |name: &str| match name {
            "mounted_disk_encryption" => json!([{ "name": "/", "encrypted": encrypted }]),
            "os_version" => json!([{ "name": "Ubuntu", "version": "24.04.1 LTS" }]),
            "ssh_listeners" => json!([]),
            _ => Value::Null,
        };
        let known = asked.keys().map(|name| (name, rows(name))).filter(|(_, it)| !it.is_null());
        let known: Vec<(&String, Value)> = known.collect();
        let queries: Value = known.iter().map(|(name, it)| ((*name).clone(), it.clone())).collect();
        let statuses: Value = known.iter().map(|(name, _)| ((*name).clone(), json!(0))).collect();
        if known.is_empty() {
            return Ok(false);
        }
        let answers = json!({ "queries": queries, "statuses": statuses });
        let taken = self.call("distributed/write", answers).await?;
        anyhow::ensure!(taken["node_invalid"] == false, "{taken}");
        Ok(true)
    }
}

/// The machine as the company's inventory knows it: osquery knows no owners.
async fn inventoried(stage: &Stage, player: &Player) {
    let record = json!({
        "id": "inv-1", "serial": SERIAL, "platform": "linux", "name": "desk-1",
        "email": player.person.email, "owner_confidence": "assigned",
        "last_sync": Timestamp::now().to_string(), "practices": {},
    });
    stage.send_devices(&json!([record])).await.expect("taken");
}

/// The page of somebody's only device.
async fn device(browser: &mut Browser) -> (String, String) {
    let page = browser.get("/me/devices").await.expect("a page");
    let mut ids = page.body.split("href=\"/me/devices/dev_").skip(1);
    let id = ids.next().and_then(|rest| rest.split('"').next()).expect("a device").to_owned();
    assert!(ids.all(|rest| rest.starts_with(&id)), "one device, known to both sources");
    let path = format!("/me/devices/dev_{id}");
    let body = browser.get(&path).await.expect("a page").body;
    (path, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_tells_stands_on_its_owners_page_and_recheck_now_asks_it_again() {
    let plan = Plan { people: 10, links: 1, has_devices: true, ..Plan::default() };
    let stage = Stage::start(&plan).await.unwrap();
    let player = &stage.cast.players[0];
    inventoried(&stage, player).await;
    let mut host = Host::new(&stage);
    let invalid = json!({ "node_invalid": true });
    assert_eq!(host.enrol("a wrong secret").await.unwrap(), invalid);
    let enrolled = host.enrol(stage.source_token()).await.unwrap();
    assert_eq!(enrolled["node_invalid"], false);
    host.node_key = enrolled["node_key"].clone();
    let config = host.call("config", json!({})).await.unwrap();
    assert!(config["schedule"]["mounted_disk_encryption"]["query"].is_string(), "{config}");

    assert!(host.answer("0").await.unwrap(), "a new host is asked at once");
    assert!(!host.answer("0").await.unwrap(), "and then no more");
    let mut browser = stage.sign_in(player).await.unwrap();
    let (path, page) = device(&mut browser).await;
    assert!(page.contains("<bdi>osquery</bdi>") && page.contains("Ubuntu"), "{page}");
    assert!(page.contains("The disk is not encrypted."), "{page}");

    let lines = json!({ "log_type": "result", "data": [{
        "name": "deb_packages", "hostIdentifier": "desk-1", "action": "snapshot",
        "unixTime": Timestamp::now().as_second(),
        "snapshot": [{ "name": "curl", "version": "8.1", "status": "install ok installed" }],
    }] });
    let valid = json!({ "node_invalid": false });
    for _ in 0..2 {
        assert_eq!(host.call("log", lines.clone()).await.unwrap(), valid);
    }

    let page = browser.get(&path).await.unwrap();
    let recheck = format!("{path}/recheck");
    let asked = browser.submit(&page, &recheck, &[]).await.unwrap();
    assert!(asked.body.contains("Asked again."), "{}", asked.body);
    assert!(
        asked.body.contains("The disk is not encrypted."),
        "until it has answered nothing changes"
    );
    assert!(host.answer("1").await.unwrap(), "the host is asked at its next call");
    let (_, page) = device(&mut browser).await;
    assert!(page.contains("The disk is encrypted."), "and what it says now counts: {page}");

    host.node_key = json!("no key of anybody's");
    for (endpoint, body) in [
        ("config", json!({})),
        ("log", lines),
        ("distributed/read", json!({})),
        ("distributed/write", json!({ "queries": {}, "statuses": {} })),
    ] {
        assert_eq!(host.call(endpoint, body).await.unwrap(), invalid, "{endpoint}");
    }
}
