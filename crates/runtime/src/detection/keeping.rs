//! Once a minute: newer tables of networks, retention, gauges.

use std::sync::{Arc, atomic::Ordering};

use model::Span;
use ports::event_log::{Keep, Position};
use tokio::sync::watch;

use super::Inner;
use crate::{meters::Meter, pause};

const EVERY: Span = Span::minutes(1);

/// Keeps house until told to stop.
pub(super) async fn run(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        inner.networks.refresh().await;
        inner.retain().await;
        let clock = &*inner.engine.parts.clock;
        let at = EVERY.after(clock.now());
        tokio::select! {
            _ = stop.changed() => {}
            () = pause::until(clock, at) => {}
        }
    }
}

impl Inner {
    async fn retain(&self) {
        let keep = Keep {
            age: self.settings.keep_age,
            bytes: self.settings.keep_bytes,
            needed: Position(self.saved.load(Ordering::Relaxed)),
        };
        match self.log.retain(keep, self.engine.now()).await {
            Ok(dropped) if dropped.records > 0 => {
                tracing::info!(records = dropped.records, "old events were dropped");
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "old events could not be dropped"),
        }
        if let Ok(bounds) = self.log.bounds().await {
            Meter::LogBytes.set(bounds.bytes as f64);
            Meter::LogRecords.set(bounds.records as f64);
        }
        Meter::EventsWaiting.set(self.backlog.load(Ordering::Relaxed) as f64);
    }
}
