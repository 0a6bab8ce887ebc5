//! `countersign demo`: a made-up company on this machine, served by the very code that serves real
//! ones. What it adds is around the server and never inside: vendors that stand in for the real
//! ones, a configuration that names them, and people who act over HTTP as real ones do.

mod background;
mod banner;
mod browser;
mod cast;
mod excuses;
mod folder;
mod life;
mod player;
mod sender;
mod tools;
mod vendors;
mod versions;

use std::time::Duration;

use anyhow::Context as _;
use connectors::http::HttpClient;
use runtime::people::{Authority, LinkKind};

use crate::{
    cli::DemoArgs,
    ending::{Ended, Ending},
    server::Server,
    stop::{self, Asked, Signals},
    system,
    wire::Wired,
};
use banner::Link;
use cast::Cast;
use folder::Folder;
use sender::Sender;
use vendors::Vendors;

/// How long the server may take to come to its end: nothing here is worth waiting for.
const END_PATIENCE: Duration = Duration::from_secs(3);

/// Plays until a signal says to stop.
pub(super) async fn run(args: DemoArgs) -> Ended {
    let mut signals = Signals::listen()?;
    let cast = Cast::of(args.seed);
    let folder = Folder::make(args.data.as_deref(), &cast)?;
    let vendors = Vendors::start(&cast, &folder).await?;
    vendors.set_callbacks(args.port);
    let config = folder.write_config(args.port, &vendors)?;
    let wired = Wired::of(&config)?;
    system::log::start(&wired.config.telemetry)?;
    let server = Server::open(wired, system::metrics::start()?)
        .await
        .context("the demo cannot start; if its port is taken, name another with --port")?;
    let links = links(&server, &cast).await?;
    banner::print(args.port, &links, &vendors, &folder, cast.hijacked())?;
    let base = format!("http://127.0.0.1:{}", args.port).parse()?;
    let sender = Sender::new(HttpClient::new()?, base, &folder.secrets.events_token);
    let life = life::Life::new(args.port, args.seed, &cast, &vendors, &sender)?;
    let (stopper, stop) = stop::stop();
    let serving = server.run(stop);
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => {}
        never = life.go_on() => match never {},
        () = until_stopped(&mut signals) => {
            stopper.stop();
            // What is cut off here is made up.
            let _ = tokio::time::timeout(END_PATIENCE, serving).await;
        }
    }
    Ok(Ending::Done)
}

async fn until_stopped(signals: &mut Signals) {
    while signals.next().await != Asked::Stop {}
}

/// The visitor's ways in: as an analyst, and as two people who are asked.
async fn links(server: &Server, cast: &Cast) -> anyhow::Result<Vec<Link>> {
    let mut links = Vec::new();
    for (role, person) in cast.visitors() {
        let link = server
            .engine()
            .create_link(Authority::Host, &person.email, LinkKind::Enrol)
            .await
            .context("a sign-in link of the demo")?;
        links.push(Link { role, name: person.name.clone(), account: person.slack.clone(), link });
    }
    Ok(links)
}
