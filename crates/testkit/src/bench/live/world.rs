//! A server that takes the made-up company's events, with rules and baselines, and asks at a chat.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use demo::{
    company::Employee,
    life::{Life, Plan as LifePlan},
};
use jiff::Timestamp;
use runtime::meters::Meter;

use super::{
    super::{
        server::{Plan, SEED, Server},
        sink::Sink,
    },
    load::MARK,
};

const PEOPLE: usize = 10_000;
const SOURCES: [&str; 6] =
    ["okta", "slack_audit", "github", "google_workspace", "cloudtrail", "entra"];
/// The shipped rules, from where the measurement is started, and how many baselines of them.
const RULES: &str = "content/rules";
const BASELINES: usize = 20;
/// The folders of Sigma rules of `COUNTERSIGN_DATA`.
const SIGMA: [&str; 2] = ["sigma/rules/cloud", "sigma/rules/identity"];
/// Cases in one page of a list: the most that is given.
const PAGE: usize = 200;

const RULE: &str = "bench-mark";
/// The server, and what it speaks to.
pub(super) struct World {
    pub(super) server: Server,
    pub(super) chat: Sink,
    _pager: Sink,
    /// What looks at events, for the table.
    pub(super) rules: String,
    /// Whether that is all that is to look at them.
    pub(super) is_whole: bool,
}

impl World {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let (chat, pager) = (Sink::chat().await?, Sink::pager().await?);
        let mut content = baselines(Path::new(RULES))?;
        let count = content.len();
        let rule = format!(
            "title: A mark\nid: {RULE}\nlogsource: {{ product: okta, service: okta }}\n\
             level: high\ndetection:\n  selection: {{ eventType: {MARK} }}\n  \
             condition: selection\ncountersign:\n  state: live\n  owner: bench\n  \
             ask: {{ message: generic, deadline: 8h, clock: wall }}\n"
        );
        content.push(("rules/bench.yml".to_owned(), rule));
        let (sigma, words) = sigma()?;
        let is_whole = !sigma.is_empty();
        let sections = format!("{}{sigma}", sources());
        let plan = Plan { content, sections, ..Plan::new(PEOPLE, &pager).asked_in(&chat) };
        let (server, _) = Server::start(&plan).await?;
        let rules = format!("{words} and {count} baselines");
        Ok(Self { server, chat, _pager: pager, rules, is_whole })
    }

    /// The life of its people, from its beginning.
    pub(super) fn life(&self) -> Life {
        Life::new(LifePlan { seed: SEED, people: PEOPLE, days: 400, ..LifePlan::default() })
    }

    pub(super) fn people(&self) -> &[Employee] {
        &self.server.company.people
    }

    pub(super) fn person(&self, number: usize) -> &Employee {
        &self.server.company.people[number]
    }

    /// Waits until so many events were looked at.
    pub(super) async fn until_evaluated(
        &self,
        count: usize,
        limit: Duration,
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            let evaluated = self.server.meter(Meter::EventsEvaluated).await?;
            if evaluated as usize >= count {
                return Ok(());
            }
            ensure!(start.elapsed() < limit, "only {evaluated} of {count} were looked at");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// When the cases about so many marked people began, by their e-mail addresses.
    pub(super) async fn opened(&self, count: usize) -> anyhow::Result<BTreeMap<String, Timestamp>> {
        let (mut opened, mut cursor) = (BTreeMap::new(), String::new());
        loop {
            let path = format!("/v1/cases?rule={RULE}&limit={PAGE}{cursor}");
            let page = self.server.get(&path).await?;
            for case in page["items"].as_array().into_iter().flatten() {
                let id = case["id"].as_str().context("a case without an id")?;
                let detail = self.server.get(&format!("/v1/cases/{id}")).await?;
                let email = detail["facts"]["actor.email"].as_str();
                let email = email.with_context(|| format!("whose is {}?", detail["facts"]))?;
                let at: Timestamp = case["opened_at"].as_str().context("no time")?.parse()?;
                opened.insert(email.to_owned(), at);
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        ensure!(opened.len() == count, "{} of {count} alerts opened a case", opened.len());
        Ok(opened)
    }
}

/// The sources; and the history is kept, however old it says it is.
fn sources() -> String {
    let section = |kind: &&str| {
        format!(
            "[sources.{kind}]\nkind = \"{kind}\"\nauth = {{ bearer = {{ env = \"BENCH_SECRET\" }} }}\n\n"
        )
    };
    let sections: String = SOURCES.iter().map(section).collect();
    format!("{sections}[event_log]\nage = \"3650d\"\n\n")
}

/// The section for Sigma rules, and what they are in words; none where there are no such rules.
fn sigma() -> anyhow::Result<(String, &'static str)> {
    let Ok(data) = std::env::var("COUNTERSIGN_DATA") else {
        return Ok((String::new(), "no Sigma rules (COUNTERSIGN_DATA names no folder)"));
    };
    let data = fs::canonicalize(data)?;
    let folders: Vec<String> =
        SIGMA.iter().map(|name| data.join(name).display().to_string()).collect();
    let section = format!("[detection]\nsigma = {folders:?}\nsigma_state = \"shadow\"\n");
    Ok((section, "the cloud and identity Sigma rules"))
}

/// The first shipped baselines over these sources, by their path in a content folder.
fn baselines(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for source in ["aws", "entra", "github", "google_workspace", "okta", "slack"] {
        let files = fs::read_dir(folder.join(source)).context("start this from the repository")?;
        for entry in files {
            let path = entry?.path();
            if path.extension().is_none_or(|ending| ending != "yml") {
                continue;
            }
            let text = fs::read_to_string(&path)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if text.contains("\nbaseline:") {
                all.push((format!("rules/{name}"), text));
            }
        }
    }
    all.sort();
    all.truncate(BASELINES);
    Ok(all)
}
