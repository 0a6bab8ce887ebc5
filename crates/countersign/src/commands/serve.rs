//! `countersign serve`

use std::path::Path;

use crate::{
    ending::{Ended, Ending},
    server::Server,
    stop::{self, Asked, Signals},
    system,
    wire::Wired,
};

/// Serves until a signal says to stop.
pub(super) fn run(file: &Path) -> Ended {
    let wired = Wired::of(file)?;
    system::log::start(&wired.config.telemetry)?;
    let render = system::metrics::start()?;
    system::runtime()?.block_on(async {
        let server = Server::open(wired, render).await?;
        tracing::info!(address = %server.address()?, "listening");
        until_signalled(server).await?;
        tracing::info!("stopped");
        Ok(Ending::Done)
    })
}

/// Runs a server until a signal says to stop; on SIGHUP content is read again.
async fn until_signalled(server: Server) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let reloader = server.reloader();
    let (stopper, stop) = stop::stop();
    let serving = server.run(stop);
    tokio::pin!(serving);
    loop {
        tokio::select! {
            () = &mut serving => return Ok(()),
            asked = signals.next() => match asked {
                Asked::Reload => reloader.reload(),
                Asked::Stop => break,
            },
        }
    }
    tracing::info!("stopping: what has begun comes to its end; a second signal ends it at once");
    stopper.stop();
    loop {
        tokio::select! {
            () = &mut serving => return Ok(()),
            asked = signals.next() => if asked == Asked::Stop { return Ok(()) },
        }
    }
}
