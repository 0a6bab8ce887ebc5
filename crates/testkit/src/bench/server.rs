//! A real server process over a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use demo::{
    company::{Company, group},
    loopback::HeldPort,
};
use runtime::meters::Meter;
use serde_json::{Value, json};

use super::{program, sink::Sink};
use crate::stage::Browser;

/// The team whose people are analysts.
pub(super) const ANALYSTS: &str = "Security";

/// Which company it is.
pub(super) const SEED: u64 = 11;
/// The made-up credential of the source.
pub(super) const TOKEN: &str = "made-up-token-for-the-benchmark";
/// The made-up key of an administrator.
pub(super) const KEY: &str = "made-up-key-for-the-benchmark-only";
/// The made-up routing key.
const ROUTE: &str = "BENCHMARK00000000000000000000000";

/// What a server is to be started with.
pub(super) struct Plan<'a> {
    pub(super) people: usize,
    /// Without one, people are asked on their own page.
    pub(super) chat: Option<&'a Sink>,
    pub(super) pager: &'a Sink,
    /// Files by their path in the content folder, where the shipped ones will not do.
    pub(super) content: Vec<(String, String)>,
    /// More sections of the configuration.
    pub(super) sections: String,
}

impl<'a> Plan<'a> {
    /// The shipped content, a pager, and nothing else.
    pub(super) fn new(people: usize, pager: &'a Sink) -> Self {
        Self { people, chat: None, pager, content: Vec::new(), sections: String::new() }
    }

    /// With a chat.
    pub(super) fn asked_in(self, chat: &'a Sink) -> Self {
        Self { chat: Some(chat), ..self }
    }
}

/// A folder with a configuration, and the server over it while it runs.
pub(super) struct Server {
    folder: tempfile::TempDir,
    pub(super) url: String,
    pub(super) company: Company,
    client: reqwest::Client,
    _port: HeldPort,
    child: Option<Child>,
}

impl Server {
    /// Writes the configuration and starts; returns the time until it was ready.
    pub(super) async fn start(plan: &Plan<'_>) -> anyhow::Result<(Self, Duration)> {
        let folder = tempfile::tempdir()?;
        let company = Company::new(SEED, plan.people);
        fs::write(folder.path().join("people.toml"), company.people_toml(|_| None))?;
        for (path, text) in &plan.content {
            let path = folder.path().join("content").join(path);
            fs::create_dir_all(path.parent().context("a file in the content folder")?)?;
            fs::write(path, text)?;
        }
        let port = HeldPort::take()?;
        fs::write(folder.path().join("countersign.toml"), config(&port, plan))?;
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::new();
        let mut server = Self { folder, url, company, client, _port: port, child: None };
        let ready = server.run().await?;
        Ok((server, ready))
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where alerts are sent.
    pub(super) fn alerts_url(&self) -> String {
        format!("{}/v1/alerts/siem", self.url)
    }

    /// Starts the process over the folder; returns the time until it was ready.
    pub(super) async fn run(&mut self) -> anyhow::Result<Duration> {
        let log = fs::File::create(self.folder.path().join("log"))?;
        let start = Instant::now();
        let child = Command::new(program("countersign")?)
            .args(["serve", "--config"])
            .arg(self.folder.path().join("countersign.toml"))
            .current_dir(self.folder.path())
            .env("BENCH_SECRET", TOKEN)
            .env("BENCH_KEY", KEY)
            .env("BENCH_ROUTE", ROUTE)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        self.child = Some(child);
        let ready = format!("{}/readyz", self.url);
        while start.elapsed() < Duration::from_secs(60) {
            if let Ok(reply) = self.client.get(&ready).send().await
                && reply.status().is_success()
            {
                return Ok(start.elapsed());
            }
            anyhow::ensure!(self.is_alive(), "the server ended: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        anyhow::bail!("not ready after a minute: {}", self.log())
    }

    /// Asks it to stop, and waits.
    pub(super) fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let id = child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        child.wait()?;
        Ok(())
    }

    /// Ends it at once, without asking: SIGKILL.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// What the API answers, by the key.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(KEY);
        answer(request).await
    }

    /// What the API answers to this.
    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(KEY);
        answer(request.json(body)).await
    }

    /// The sum of a measurement over all of its labels.
    pub(super) async fn meter(&self, meter: Meter) -> anyhow::Result<f64> {
        let request = self.client.get(format!("{}/metrics", self.url)).bearer_auth(KEY);
        let text = request.send().await?.error_for_status()?.text().await?;
        let values = text.lines().filter_map(|line| {
            let rest = line.strip_prefix(meter.name())?;
            let is_whole = rest.starts_with([' ', '{']);
            is_whole.then(|| rest.rsplit(' ').next()?.parse::<f64>().ok())?
        });
        Ok(values.sum())
    }

    /// A browser in which somebody is signed in.
    pub(super) async fn sign_in(&self, email: &str) -> anyhow::Result<Browser> {
        let made = self.post("/v1/signin-links", &json!({ "email": email })).await?;
        let link = made["url"].as_str().context("no link")?;
        let (origin, path) = link.split_once("/signin").context("a link to somewhere else")?;
        let mut browser = Browser::at(origin)?;
        let page = browser.get(&format!("/signin{path}")).await?;
        browser.submit(&page, "/signin/link/", &[]).await?;
        Ok(browser)
    }

    /// Resident memory in bytes.
    pub(super) fn resident(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(self.proc("status")?)?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kib: u64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kib * 1024)
    }

    /// Seconds of processor time until now.
    pub(super) fn cpu(&self) -> anyhow::Result<f64> {
        const TICKS: f64 = 100.0;
        let stat = fs::read_to_string(self.proc("stat")?)?;
        let after = stat.rsplit_once(')').context("no stat")?.1;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(ticks / TICKS)
    }

    /// Bytes written to storage until now, as the system counts them for the process.
    pub(super) fn written(&self) -> anyhow::Result<u64> {
        let io = fs::read_to_string(self.proc("io")?)?;
        let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        Ok(line.context("no write_bytes")?.parse()?)
    }

    fn proc(&self, file: &str) -> anyhow::Result<PathBuf> {
        let child = self.child.as_ref().context("not running")?;
        Ok(PathBuf::from(format!("/proc/{}/{file}", child.id())))
    }

    fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

async fn answer(request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
    let reply = request.send().await?;
    let (status, text) = (reply.status(), reply.text().await?);
    anyhow::ensure!(status.is_success(), "the API answered {status}: {text}");
    Ok(serde_json::from_str(&text)?)
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn config(port: &HeldPort, plan: &Plan<'_>) -> String {
    let (pager, sections) = (&plan.pager.url, &plan.sections);
    let content = if plan.content.is_empty() { "" } else { "content = \"content\"\n" };
    let analysts = group(ANALYSTS);
    let chat = plan.chat.map(|chat| {
        format!(
            r#"
[chat.slack]
kind = "slack"
base_url = "{}/api"
bot_token = {{ env = "BENCH_SECRET" }}
signing_secret = {{ env = "BENCH_SECRET" }}
app_id = "A0DEMO"
team_id = "T0DEMO"
"#,
            chat.url
        )
    });
    let chat = chat.unwrap_or_default();
    format!(
        r#"{content}
[server]
listen = "127.0.0.1:{port}"
public_url = "http://localhost:{port}"
data_dir = "data"

[organisation]
name = "Benchmark"

[signin]
roles = {{ analyst = ["{analysts}"] }}

[directory.staff]
kind = "file"
path = "people.toml"

[sources.siem]
kind = "json"
auth = {{ bearer = {{ env = "BENCH_SECRET" }} }}

{chat}
[verify.passkey]
kind = "passkey"

[escalate.pagerduty]
kind = "pagerduty"
base_url = "{pager}"
routing_key = {{ env = "BENCH_ROUTE" }}

[api_keys.bench]
scopes = ["admin"]
token = {{ env = "BENCH_KEY" }}

[telemetry]
metrics_listen = "127.0.0.1:0"
{sections}"#
    )
}
