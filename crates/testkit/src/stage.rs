//! A whole server on a stage: the real `countersign` program, as a process of its own over a real
//! configuration, between stand-ins for its vendors.
//!
//! Tests act as everybody else: the tools that raise alerts ([`Stage::raise`]), the people in
//! Slack and on the pages ([`Stage::sign_in`]), the phone that gets a push, and whoever pulls the
//! plug ([`Stage::kill`]). The program `stage` sets one up for the browser's test and takes its
//! orders over HTTP ([`control`]). All secrets are made for the run; nothing leaves the machine.

mod browser;
mod cast;
pub mod control;
mod folder;
mod process;
mod server;
mod vendors;

use std::{
    fmt,
    path::PathBuf,
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use demo::{
    company::{Dice, Story},
    loopback::HeldPort,
    vendors::{DuoWorld, PagerDutyWorld, SlackWorld, slack::Message},
};
use jiff::Timestamp;
use serde_json::Value;

pub use browser::{Browser, Page};
pub use cast::{Cast, Player};
pub use vendors::RealClock;

use folder::Folder;
use server::Server;

/// How long something may take that happens by itself.
pub const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(25);
/// Makes the company and its alerts the same in every run.
const SEED: u64 = 5;

/// What a stage is to be like.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How much older than the alert a factor must be, such as `72h`.
    pub independence_window: String,
    /// How many people the company has.
    pub people: usize,
    /// For how many of them, the first ones, there is an enrolment link.
    pub links: usize,
    /// Whether phones can be reached by Duo.
    pub has_duo: bool,
    /// Policies beside those that ship, by file name.
    pub policies: Vec<(String, String)>,
    /// What is logged.
    pub log_filter: String,
    /// Whether devices are known: by an inventory that is sent ([`Stage::send_devices`]), by hosts
    /// with osquery, whose secret is [`Stage::source_token`], and by a Jamf that never answers.
    pub has_devices: bool,
    /// Whether that inventory is management's, and not what devices say of themselves.
    pub is_inventory_managed: bool,
    /// The language of everybody who has none of their own.
    pub language: String,
    /// What else stands in the configuration: tables that the stage does not write itself.
    pub more_config: String,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            independence_window: "72h".to_owned(),
            people: 24,
            links: 0,
            has_duo: true,
            policies: Vec::new(),
            log_filter: "info".to_owned(),
            has_devices: false,
            is_inventory_managed: false,
            language: "en".to_owned(),
            more_config: String::new(),
        }
    }
}

/// Everything that is set up. Dropping it ends all of it.
pub struct Stage {
    /// Who is in the company.
    pub cast: Cast,
    /// Where people are asked.
    pub slack: SlackWorld,
    /// Where the security team is paged.
    pub pagerduty: PagerDutyWorld,
    /// Where phones are reached.
    pub duo: DuoWorld,
    folder: Folder,
    server: Server,
    client: reqwest::Client,
    dice: Mutex<Dice>,
    raised: AtomicU64,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stage[{}]", self.url())
    }
}

impl Stage {
    /// Sets everything up, and starts the server.
    pub async fn start(plan: &Plan) -> anyhow::Result<Self> {
        let mut stage = Self::set(plan).await?;
        stage.run().await?;
        Ok(stage)
    }

    /// Sets everything up; the server is not yet running.
    pub async fn set(plan: &Plan) -> anyhow::Result<Self> {
        // A second installation fails, and that is fine: the first is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut cast = Cast::new(SEED, plan.people);
        let secrets = folder::Secrets::made();
        let (slack, duo) = vendors::start(&cast, &secrets).await?;
        let pagerduty = PagerDutyWorld::start_at(&secrets.pagerduty_routing_key, 0).await?;
        let port = HeldPort::take()?;
        slack.set_callbacks(&format!("http://127.0.0.1:{port}/callbacks/slack"));
        let folder = Folder::make(secrets, &cast, plan)?;
        let vendors = folder::Vendors {
            slack: &slack,
            pagerduty: &pagerduty,
            duo: plan.has_duo.then_some(&duo),
        };
        folder.write_config(&port, plan, &vendors)?;
        let server = Server::over(folder.path(), port)?;
        cast.make_links(plan.links, |email| server.enrolment_link(email))?;
        Ok(Self {
            cast,
            slack,
            pagerduty,
            duo,
            folder,
            server,
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            dice: Mutex::new(Dice::new(SEED)),
            raised: AtomicU64::new(0),
        })
    }

    /// Starts the server over its folder, also once more, and waits until it is ready.
    pub async fn run(&mut self) -> anyhow::Result<()> {
        self.server.run(&self.client).await
    }

    /// Ends the server as a lost machine would.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.server.kill()
    }

    /// Asks the server to stop, and waits for it.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.server.stop()
    }

    /// The address that browsers use: `http://localhost:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// What the server has written, of all its runs.
    pub fn log(&self) -> anyhow::Result<String> {
        self.server.log()
    }

    /// Every secret of this stage, by what it is.
    #[must_use]
    pub fn secrets(&self) -> Vec<(String, String)> {
        self.folder.secrets.all(&self.cast)
    }

    /// The credential of the sources.
    #[must_use]
    pub fn source_token(&self) -> &str {
        &self.folder.secrets.source_token
    }

    /// An alert about somebody, as a tool would send it; every one is another.
    pub fn alert(&self, story: Story, player: &Player) -> Value {
        let number = self.raised.fetch_add(1, Ordering::Relaxed);
        let time = Timestamp::now().to_string();
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        self.cast.company.alert(&mut dice, story, &player.person, number, &time).body
    }

    /// Posts alerts in the generic form. Returns the status and the body.
    pub async fn post(&self, alerts: &Value) -> anyhow::Result<(u16, Value)> {
        let request = self.client.post(format!("{}/v1/alerts/siem", self.url()));
        let reply = request.bearer_auth(self.source_token()).json(alerts).send().await?;
        Ok((reply.status().as_u16(), reply.json().await?))
    }

    /// Sends records of devices, as an inventory would.
    pub async fn send_devices(&self, records: &Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}/v1/devices/inventory", self.url()));
        let reply = request.bearer_auth(self.source_token()).json(records).send().await?;
        let (status, answer) = (reply.status().as_u16(), reply.text().await?);
        anyhow::ensure!(status == 202, "devices were answered with {status}: {answer}");
        Ok(serde_json::from_str(&answer)?)
    }

    /// A command of the program, as somebody on this machine gives it.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.server.command(arguments)
    }

    /// A file in the stage's folder, which goes with the stage.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Raises an alert about somebody and returns the id of the case once there is one.
    pub async fn raise(&self, story: Story, player: &Player) -> anyhow::Result<String> {
        let before = self.cases(&[("person", &player.person.email)]).await?.len();
        let (status, answer) = self.post(&self.alert(story, player)).await?;
        anyhow::ensure!(status == 202, "an alert was answered with {status}: {answer}");
        self.until("the alert is a case", || async {
            let cases = self.cases(&[("person", &player.person.email)]).await?;
            let newest = cases.first().filter(|_| cases.len() > before);
            Ok(newest.and_then(|case| case["id"].as_str()).map(str::to_owned))
        })
        .await
    }

    /// Cases, newest first, as the API lists them; all pages.
    pub async fn cases(&self, filters: &[(&str, &str)]) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let request = self.client.get(format!("{}/v1/cases", self.url())).query(filters);
            let request = request.query(&[("limit", "200")]).query(&cursor);
            let mut page = self.read(request).await?;
            let next = page["next_cursor"].as_str().map(str::to_owned);
            if let Some(items) = page["items"].as_array_mut() {
                all.append(items);
            }
            match next {
                Some(next) => cursor = Some([("cursor", next)]),
                None => return Ok(all),
            }
        }
    }

    /// A case with all that is known of it.
    pub async fn case(&self, id: &str) -> anyhow::Result<Value> {
        self.read(self.client.get(format!("{}/v1/cases/{id}", self.url()))).await
    }

    /// The kinds of a case's journal, oldest first.
    pub async fn story(&self, id: &str) -> anyhow::Result<Vec<Value>> {
        let request = self.client.get(format!("{}/v1/cases/{id}/journal", self.url()));
        let page = self.read(request.query(&[("limit", "200")])).await?;
        Ok(page["items"].as_array().cloned().unwrap_or_default())
    }

    /// What the API answers at a path, such as `/v1/devices`.
    pub async fn look(&self, path: &str) -> anyhow::Result<Value> {
        self.read(self.client.get(format!("{}{path}", self.url()))).await
    }

    async fn read(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let reply = request.bearer_auth(&self.folder.secrets.api_key).send().await?;
        let status = reply.status();
        let body: Value = reply.json().await?;
        anyhow::ensure!(status.is_success(), "the API answered {status}: {body}");
        Ok(body)
    }

    /// Waits until a case is in a state, for a reason.
    pub async fn until_case(&self, id: &str, state: &str, reason: &str) -> anyhow::Result<Value> {
        let what = format!("{id} is {state} as {reason}");
        let waited = self.until(&what, || async {
            let case = self.case(id).await?;
            Ok((case["state"] == state && case["reason"] == reason).then_some(case))
        });
        match waited.await {
            Ok(case) => Ok(case),
            Err(error) => {
                let case = self.case(id).await?;
                Err(error.context(format!("it is {} as {}", case["state"], case["reason"])))
            }
        }
    }

    /// Waits for a question about a case in somebody's Slack.
    pub async fn question(&self, player: &Player) -> anyhow::Result<Message> {
        self.until(&format!("{} is asked in Slack", player.person.slack), || async {
            let mut messages = self.slack.messages(&player.person.slack).into_iter().rev();
            Ok(messages.find(|message| message.buttons().iter().any(|id| id == "ask.me")))
        })
        .await
    }

    /// A browser in which somebody is signed in, by their link.
    pub async fn sign_in(&self, player: &Player) -> anyhow::Result<Browser> {
        let link = player.link.as_deref().context("no link was planned for them")?;
        let mut browser = Browser::at(self.url())?;
        let page = browser.get(link.strip_prefix(self.url()).context("a link elsewhere")?).await?;
        browser.submit(&page, "/signin/link/", &[]).await?;
        Ok(browser)
    }

    /// Looks again and again until there is something.
    pub async fn until<T, F>(&self, what: &str, mut look: impl FnMut() -> F) -> anyhow::Result<T>
    where
        F: Future<Output = anyhow::Result<Option<T>>>,
    {
        let waiting = async {
            loop {
                if let Some(found) = look().await? {
                    return anyhow::Ok(found);
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.with_context(|| format!("waited in vain until {what}"))?
    }
}
