//! The program `prometheus-alertmanager`, with every alert a group of its own and repeats as fast
//! as it can.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use demo::loopback::HeldPort;
use serde_json::Value;
use testkit::stage::{PATIENCE, Stage};

const PROGRAM: &str = "prometheus-alertmanager";
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Whether it is installed. Where it is not, says so, and fails where everything is required.
pub(crate) fn is_there() -> bool {
    let is_there = Command::new(PROGRAM).arg("--version").output().is_ok();
    if !is_there {
        println!("skipped: {PROGRAM}");
        let is_required = std::env::var("COUNTERSIGN_REQUIRE_ALL").is_ok_and(|all| all == "1");
        assert!(!is_required, "{PROGRAM} is required and not installed");
    }
    is_there
}

/// A running one. Dropping it ends it.
pub(crate) struct Peer {
    child: Child,
    url: String,
    client: reqwest::Client,
    _port: HeldPort,
    _folder: tempfile::TempDir,
}

impl Peer {
    /// Starts one that notifies a server, which need not be running yet.
    pub(crate) async fn sending_to(stage: &Stage) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("alertmanager.yml");
        fs::write(&config, configuration(stage))?;
        let port = HeldPort::take()?;
        let child = Command::new(PROGRAM)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::new();
        let peer = Self { child, url, client, _port: port, _folder: folder };
        let ready = format!("{}/-/ready", peer.url);
        peer.until("it is ready", async || Ok(peer.client.get(&ready).send().await.is_ok()))
            .await?;
        Ok(peer)
    }

    /// Raises an alert, or changes one.
    pub(crate) async fn raise(&self, alert: &Value) -> anyhow::Result<()> {
        let request = self.client.post(format!("{}/api/v2/alerts", self.url)).json(&[alert]);
        let reply = request.send().await?;
        ensure!(reply.status().is_success(), "it answered {}", reply.text().await?);
        Ok(())
    }

    /// How many notifications it has tried to send.
    pub(crate) async fn notified(&self) -> anyhow::Result<f64> {
        self.metric("alertmanager_notifications_total").await
    }

    /// Waits until it has sent so many notifications.
    pub(crate) async fn until_notified(&self, count: f64) -> anyhow::Result<()> {
        self.until("it notifies again", async || Ok(self.notified().await? >= count)).await
    }

    /// Waits until a notification could not be delivered.
    pub(crate) async fn until_failed(&self) -> anyhow::Result<()> {
        let failed = async || {
            let tries = "alertmanager_notification_requests_failed_total";
            Ok(self.metric(tries).await? >= 1.0)
        };
        self.until("it fails to notify", failed).await
    }

    async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let text = self.client.get(format!("{}/metrics", self.url)).send().await?.text().await?;
        let start = format!("{name}{{integration=\"webhook\"");
        let line = text.lines().find(|line| line.starts_with(&start));
        let value = line.and_then(|line| line.rsplit(' ').next());
        Ok(value.with_context(|| format!("no {name}"))?.parse()?)
    }

    async fn until(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        while !look().await? {
            ensure!(start.elapsed() < PATIENCE, "waited in vain until {what}");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(stage: &Stage) -> String {
    format!(
        "route:
  receiver: countersign
  group_by: ['...']
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1s
receivers:
- name: countersign
  webhook_configs:
  - url: {url}/v1/alerts/prometheus
    send_resolved: true
    http_config:
      authorization: {{ type: Bearer, credentials: {token} }}
",
        url = stage.url(),
        token = stage.source_token(),
    )
}
