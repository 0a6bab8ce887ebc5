//! The peer: Prometheus Alertmanager from the distribution, with every alert a group of its own.

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use demo::{company::Company, loopback::HeldPort};

use super::{load, sink::Sink};

/// What the peer did.
pub(super) struct PeerBurst {
    pub(super) rate: f64,
    pub(super) bytes_an_alert: f64,
}

const PROGRAM: &str = "prometheus-alertmanager";
const BATCH: usize = 1_000;

/// The same alerts through Alertmanager to a webhook; `None` where it is not installed.
pub(super) async fn burst(count: usize, limit: Duration) -> anyhow::Result<Option<PeerBurst>> {
    let sink = Sink::webhook().await?;
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("alertmanager.yml");
    fs::write(&config, configuration(&sink.url))?;
    let port = HeldPort::take()?;
    let started = Command::new(PROGRAM)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", folder.path().join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--cluster.listen-address=")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = started else { return Ok(None) };
    let peer = Peer { child };
    let measured = measure(&peer, &port, &sink, count, limit).await?;
    Ok(Some(measured))
}

async fn measure(
    peer: &Peer,
    port: &HeldPort,
    sink: &Sink,
    count: usize,
    limit: Duration,
) -> anyhow::Result<PeerBurst> {
    let client = reqwest::Client::new();
    let base = format!("http://127.0.0.1:{port}");
    let start = Instant::now();
    while client.get(format!("{base}/-/ready")).send().await.is_err() {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(20), "the peer does not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let bodies = bodies(count)?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = peer.resident()?;
    let start = Instant::now();
    for body in bodies {
        let request = client.post(format!("{base}/api/v2/alerts")).body(body);
        let reply = request.header("content-type", "application/json").send().await?;
        anyhow::ensure!(reply.status().is_success(), "the peer answered {}", reply.status());
    }
    let end = load::until(limit, count as u64, || sink.received()).await?;
    let above = peer.resident()?.saturating_sub(idle);
    let rate = count as f64 / (end - start).as_secs_f64();
    Ok(PeerBurst { rate, bytes_an_alert: above as f64 / count as f64 })
}

/// The same people and words, as labels and annotations.
fn bodies(count: usize) -> anyhow::Result<Vec<String>> {
    let company = Company::new(11, count);
    let alerts: Vec<serde_json::Value> = load::alerts(&company, count)
        .into_iter()
        .enumerate()
        .map(|(number, alert)| {
            serde_json::json!({
                "labels": {
                    "alertname": alert["rule"], "person": alert["person"],
                    "severity": alert["severity"], "number": number.to_string(),
                },
                "annotations": { "summary": alert["title"] },
                "startsAt": alert["time"],
                "generatorURL": alert["url"],
            })
        })
        .collect();
    alerts.chunks(BATCH).map(|chunk| Ok(serde_json::to_string(chunk)?)).collect()
}

fn configuration(sink: &str) -> String {
    format!(
        "route:\n  receiver: sink\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 5m\n  \
         repeat_interval: 12h\nreceivers:\n- name: sink\n  webhook_configs:\n  - url: {sink}/\n    \
         send_resolved: false\n"
    )
}

struct Peer {
    child: std::process::Child,
}

impl Peer {
    fn resident(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kib: u64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
