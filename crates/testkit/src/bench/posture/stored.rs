//! The fleet in its store, and its owners' pages over HTTP.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, ensure};
use connectors::directory_file::FileConfig;
use jiff::tz::TimeZone;
use ports::{Directory, entropy::SeededEntropy};
use posture::Currency;
use runtime::posture::{Fleet, FleetParts, FleetSettings, PostureContent};
use store_sqlite::{Options, SqliteDeviceStore};

use super::{
    super::{
        server::{Plan, Server},
        sink::Sink,
        table::{Met, Table, quantile},
    },
    records::{Fleet as Told, SOURCES},
};
use crate::stage::RealClock;

/// People who look at their devices, and how often each does.
const VIEWERS: usize = 50;
const VIEWS: usize = 20;
/// The targets of the product.
const PAGE_P99_MS: f64 = 20.0;
const DEVICE_BYTES: f64 = 2_048.0;
/// Where a server keeps its devices, in its own folder.
const STORE: &str = "data/devices.db";

pub(super) async fn kept(table: &mut Table, told: &Told) -> anyhow::Result<()> {
    let pager = Sink::pager().await?;
    let people = told.company.people.len();
    let plan = Plan { sections: sections(), ..Plan::new(people, &pager) };
    let (mut server, _) = Server::start(&plan).await?;
    ensure!(server.company == told.company, "the devices are of another company");
    // The server's own code over the server's own file: a first sweep through every source,
    // without the vendors and their pace.
    server.stop()?;
    let start = Instant::now();
    let records = fill(server.path(), told).await?;
    let seconds = start.elapsed().as_secs_f64();
    let bytes = fs::metadata(server.path().join(STORE))?.len() as f64 / told.count as f64;
    table.row(
        format!("stored for each of {} devices, software lists not counted", told.count),
        format!("{bytes:.0} B; filled at {:.0} records/s", records as f64 / seconds),
        format!("at most {DEVICE_BYTES:.0} B"),
        Met::when(bytes <= DEVICE_BYTES),
    );
    server.run().await?;
    let mut times = views(&server).await?;
    let (p50, p99) = (quantile(&mut times, 500), quantile(&mut times, 990));
    table.row(
        format!("a person's page of their devices, {} stored", told.count),
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms of {}", times.len()),
        format!("p99 under {PAGE_P99_MS} ms"),
        Met::when(p99 < PAGE_P99_MS),
    );
    Ok(())
}

/// Four sources of which none is asked.
fn sections() -> String {
    let section = |name: &&str| {
        format!(
            "[devices.{name}]\nkind = \"push\"\nauth = {{ bearer = {{ env = \"BENCH_SECRET\" }} }}\n\n"
        )
    };
    SOURCES.iter().map(section).collect()
}

/// Takes what all sources say; returns how many records that were.
async fn fill(folder: &Path, told: &Told) -> anyhow::Result<usize> {
    let store = Arc::new(SqliteDeviceStore::open(&folder.join(STORE), Options::default())?);
    let config = FileConfig { path: folder.join("people.toml") };
    let loaded = config.load("staff", &TimeZone::UTC)?;
    let directory: Arc<dyn Directory> = Arc::new(loaded.directory);
    let fleet = Fleet::new(FleetParts {
        store,
        clock: Arc::new(RealClock),
        entropy: Arc::new(SeededEntropy::new(5)),
        directory,
        sources: BTreeMap::new(),
        agents: BTreeMap::new(),
        senders: BTreeSet::from(SOURCES.map(str::to_owned)),
        parties: BTreeMap::new(),
        content: PostureContent::shipped(),
        currency: Currency::built_in().clone(),
        settings: FleetSettings::default(),
    });
    let mut records = 0;
    for source in SOURCES {
        let received = fleet.receive(source, told.of(source)?).await?;
        ensure!(received.rejected.is_empty(), "{:?}", received.rejected.first());
        records += received.accepted;
    }
    Ok(records)
}

/// Milliseconds of each look.
async fn views(server: &Server) -> anyhow::Result<Vec<f64>> {
    let people = &server.company.people;
    let mut browsers = Vec::new();
    for person in people.iter().step_by((people.len() / VIEWERS).max(1)).take(VIEWERS) {
        browsers.push(server.sign_in(&person.email).await.context("signing in")?);
    }
    let mut times = Vec::new();
    for _ in 0..VIEWS {
        for browser in &mut browsers {
            let start = Instant::now();
            let page = browser.get("/me/devices").await?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
            ensure!(page.status == 200 && page.body.contains("device-"), "{}", page.status);
        }
    }
    Ok(times)
}
