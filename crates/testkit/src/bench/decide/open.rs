//! Working on cases while 100,000 of them are open.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::super::{
    load,
    server::{ANALYSTS, Plan, Server},
    sink::Sink,
    table::{Met, Table, quantile},
};

const PEOPLE: usize = 30_000;
const OPEN: usize = 100_000;
/// Entries in the story of one case.
const ENTRIES: usize = 1_000;
/// How often its page is asked for.
const VIEWS: usize = 50;
/// How many cases are ended.
const ENDED: usize = 2_000;
/// Cases in one page of a list: the most that is given.
const PAGE: usize = 200;
/// The targets of the product.
const PAGE_MS: f64 = 100.0;
const ENDED_P99_MS: f64 = 20.0;

/// All alerts of this rule about one person are one case.
const LONG_STORY: &str = r#"
id: bench-long
owner: bench
match: 'alert.rule == "bench-long"'
severity: [{ default: medium }]
group: { by: [], window: 24h }
ask: { message: generic, deadline: 2h, clock: working, reminders: [] }
on: { verified: [], denied: [page], silent: [page] }
"#;

pub(super) async fn among_many(table: &mut Table, size: Option<usize>) -> anyhow::Result<()> {
    let (open, people) = (size.unwrap_or(OPEN), size.unwrap_or(PEOPLE).min(PEOPLE));
    let entries = ENTRIES.min(open);
    let pager = Sink::pager().await?;
    let content = vec![("policies/bench.yml".to_owned(), LONG_STORY.to_owned())];
    let (server, _) = Server::start(&Plan { content, ..Plan::new(people, &pager) }).await?;
    load::send_all(&server.url, load::alerts(&server.company, open)).await?;
    page(table, &server, (open, entries)).await?;
    ended(table, &server, open).await
}

async fn page(
    table: &mut Table,
    server: &Server,
    (open, entries): (usize, usize),
) -> anyhow::Result<()> {
    let case = long_story(server, entries).await?;
    let analyst = server.company.lead_of(ANALYSTS).context("no analyst")?;
    let mut browser = server.sign_in(&analyst.email).await?;
    let path = format!("/console/cases/{case}");
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..VIEWS {
        let start = Instant::now();
        let mut next = Some(path.clone());
        let mut pages = 0;
        while let Some(path) = next {
            let page = browser.get(&path).await?;
            ensure!(page.status == 200, "{} for {path}", page.status);
            pages += 1;
            if pages == 1 {
                first.push(start.elapsed().as_secs_f64() * 1e3);
            }
            next = following(&page.body, &path).map(str::to_owned);
        }
        ensure!(pages >= entries / PAGE, "only {pages} pages of {entries} entries");
        whole.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let (p99, all) = (quantile(&mut first, 990), quantile(&mut whole, 990));
    table.row(
        format!("a case's page with {entries} entries in its story, {open} other cases open"),
        format!("p99 {p99:.1} ms; all of its pages one after another {all:.1} ms"),
        format!("under {PAGE_MS} ms"),
        Met::when(all < PAGE_MS),
    );
    Ok(())
}

/// The address of the next page of a story.
fn following<'p>(body: &'p str, path: &str) -> Option<&'p str> {
    let case = path.split('?').next()?;
    let at = body.find(&format!("href=\"{case}?after="))? + "href=\"".len();
    body[at..].split('"').next()
}

/// The id of a case whose story has at least so many entries.
async fn long_story(server: &Server, entries: usize) -> anyhow::Result<String> {
    let person = server.company.people.last().context("nobody works here")?;
    let now = jiff::Timestamp::now().to_string();
    let alert = |number: usize| {
        json!({
            "id": format!("long-{number}"), "rule": "bench-long", "title": "The same again",
            "severity": "medium", "time": now, "person": person.email,
            "facts": { "ip": "198.51.100.7", "number": number },
        })
    };
    load::send_all(&server.url, (0..entries).map(alert).collect()).await?;
    let found = server.get("/v1/cases?rule=bench-long&limit=1").await?;
    let id = found["items"][0]["id"].as_str().context("no case with a long story")?;
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let path = format!("/v1/cases/{id}/journal?limit={PAGE}{cursor}");
        let page = server.get(&path).await?;
        count += page["items"].as_array().map_or(0, Vec::len);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    ensure!(count >= entries, "only {count} entries of {entries}");
    Ok(id.to_owned())
}

async fn ended(table: &mut Table, server: &Server, open: usize) -> anyhow::Result<()> {
    let cases = some_open(server, ENDED.min(open / 2)).await?;
    let body = json!({ "disposition": "benign", "note": "measured" });
    let mut times = Vec::with_capacity(cases.len());
    for case in &cases {
        let start = Instant::now();
        let ended = server.post(&format!("/v1/cases/{case}/disposition"), &body).await?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        ensure!(ended["state"] == "closed", "not ended: {}", ended["state"]);
    }
    let (p50, p99) = (quantile(&mut times, 500), quantile(&mut times, 990));
    table.row(
        format!("a case ended by an analyst, {open} open"),
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms of {}", times.len()),
        format!("under {ENDED_P99_MS} ms"),
        Met::when(p99 < ENDED_P99_MS),
    );
    Ok(())
}

/// Ids of open cases.
async fn some_open(server: &Server, count: usize) -> anyhow::Result<Vec<String>> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    while ids.len() < count {
        let page = server.get(&format!("/v1/cases?state=open&limit={PAGE}{cursor}")).await?;
        let items: &[Value] = page["items"].as_array().map_or(&[], Vec::as_slice);
        ids.extend(items.iter().filter_map(|case| Some(case["id"].as_str()?.to_owned())));
        let next = page["next_cursor"].as_str().context("too few cases are open")?;
        cursor = format!("&cursor={next}");
    }
    ids.truncate(count);
    Ok(ids)
}
