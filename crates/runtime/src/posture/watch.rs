//! The loops around devices: sources asked at their pace, devices judged again as they fall due and
//! counted day by day, what waits handed on, and what is known of operating systems kept fresh.

use std::{future::Future, time::Duration};

use model::{Span, Timestamp};
use ports::{
    compliance::Delivery,
    devices::store::{DeviceCommit, SignalOp},
};
use tokio::{sync::watch, task::JoinHandle};

use super::{
    Posture,
    days::COUNT_EVERY,
    raise::{ALERTS, SOURCE, draft},
    receive::{Stepped, Sweeping},
};
use crate::{
    compliance::{AskError, Told, answer, tell_due},
    engine::EngineError,
    os_currency::{Feeds, Known, Outcome, refresh},
    pause,
};

/// The longest a loop sleeps: a clock that jumps is noticed within this time.
const NAP_MAX: Span = Span::seconds(15);
/// The pause after the store did not answer.
const STORE_PAUSE: Span = Span::seconds(1);
/// How often it is looked whether anything waits.
const LOOK_EVERY: Span = Span::seconds(1);
/// How often it is looked whether somebody is to be told of their devices.
const NUDGE_EVERY: Span = Span::minutes(15);
/// Alerts that are handed to the intake at once.
const ALERTS_AT_ONCE: u32 = 50;
/// How often the feeds of operating systems are looked at.
const FEEDS_EVERY: Span = Span::hours(12);

impl Posture {
    /// Does everything that is to be done by itself, until `shutdown` resolves. `feeds` are those
    /// of operating systems; none where nothing is to be fetched.
    pub async fn run(&self, feeds: Feeds, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stopped) = watch::channel(false);
        let mut loops: Vec<JoinHandle<()>> = Vec::new();
        for name in self.fleet.0.sources.keys() {
            let (posture, name, until) = (self.clone(), name.clone(), stopped.clone());
            loops.push(tokio::spawn(async move { posture.serve_source(&name, until).await }));
        }
        let (posture, until) = (self.clone(), stopped.clone());
        loops.push(tokio::spawn(async move { posture.serve_devices(until).await }));
        let (posture, until) = (self.clone(), stopped.clone());
        loops.push(tokio::spawn(async move { posture.serve_alerts(until).await }));
        let (posture, until) = (self.clone(), stopped.clone());
        loops.push(tokio::spawn(async move { posture.serve_nudges(until).await }));
        let (posture, until) = (self.clone(), stopped.clone());
        loops.push(tokio::spawn(async move { posture.serve_days(until).await }));
        let parties = self.fleet.0.parties.iter();
        for (name, _) in parties.filter(|(_, party)| party.delivery() == Delivery::Push) {
            let (posture, name, until) = (self.clone(), name.clone(), stopped.clone());
            loops.push(tokio::spawn(async move { posture.serve_party(&name, until).await }));
        }
        if !feeds.is_empty() {
            let (posture, until) = (self.clone(), stopped);
            loops.push(tokio::spawn(async move { posture.serve_feeds(&feeds, until).await }));
        }
        shutdown.await;
        stop.send_replace(true);
        for each in loops {
            if let Err(error) = each.await {
                tracing::error!(%error, "a loop around devices ended badly");
            }
        }
    }

    /// Hands a bounded number of alerts to the intake. Says how many there were.
    pub async fn raise_once(&self) -> Result<usize, EngineError> {
        let store = &self.fleet.0.store;
        let rows = store.signals(ALERTS, self.now(), ALERTS_AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut drafts = Vec::new();
        for row in &rows {
            match draft(row) {
                Ok(draft) => drafts.push(Ok(draft)),
                Err(error) => tracing::error!(%error, "an alert about a device is lost"),
            }
        }
        // Taken again after a stop it is a duplicate, by its id.
        self.engine.accept(SOURCE, drafts).await?;
        let done = |id| SignalOp::Done { receiver: ALERTS.to_owned(), id };
        let signals = rows.iter().map(|row| done(row.id)).collect();
        store.commit(DeviceCommit { signals, ..DeviceCommit::default() }).await?;
        Ok(rows.len())
    }

    /// Tells a relying party what is due.
    pub async fn tell_once(&self, name: &str) -> Result<Told, EngineError> {
        let party = self.fleet.0.parties.get(name).ok_or(EngineError::NotFound)?;
        let told = tell_due(&*self.fleet.0.store, name, &**party, self.now()).await?;
        for (row, why) in &told.lost {
            tracing::error!(receiver = name, signal = %row.id, why, "a relying party is not told");
        }
        if let Some(why) = &told.waits {
            tracing::warn!(receiver = name, why, "a relying party cannot be told yet");
        }
        Ok(told)
    }

    /// Answers a relying party that asks.
    pub async fn answer_party(
        &self,
        name: &str,
        headers: &http::HeaderMap,
        body: &[u8],
    ) -> Option<Result<ports::compliance::Polled, AskError>> {
        let party = self.fleet.0.parties.get(name)?;
        Some(answer(&*self.fleet.0.store, name, &**party, headers, body).await)
    }

    /// The public keys of a relying party's signals, where there are any.
    #[must_use]
    pub fn party_keys(&self, name: &str) -> Option<serde_json::Value> {
        self.fleet.0.parties.get(name).and_then(|party| party.keys())
    }

    async fn serve_source(&self, name: &str, mut stop: watch::Receiver<bool>) {
        let mut sweeping = Sweeping::default();
        let pause = self.fleet.0.sources.get(name).map_or(Duration::ZERO, |it| it.pace().pause);
        let known = self.fleet.health(name).await.ok().and_then(|health| health.next_at);
        let mut next = known.unwrap_or(Timestamp::MIN);
        loop {
            if !self.wait(next, &mut stop).await {
                return;
            }
            next = match self.fleet.sweep_step(name, &mut sweeping).await {
                Ok(Stepped::Until(next)) => next,
                Ok(Stepped::More) => {
                    tokio::select! {
                        _ = stop.changed() => return,
                        () = self.fleet.0.clock.sleep(pause) => {}
                    }
                    Timestamp::MIN
                }
                Err(error) => {
                    tracing::warn!(source = name, %error, "what a source says is not kept yet");
                    STORE_PAUSE.after(self.now())
                }
            };
        }
    }

    async fn serve_devices(&self, mut stop: watch::Receiver<bool>) {
        loop {
            let next = match self.fleet.look_again().await {
                Ok(0) => LOOK_EVERY.after(self.now()),
                Ok(_) => self.now(),
                Err(error) => {
                    tracing::warn!(%error, "devices cannot be judged again yet");
                    STORE_PAUSE.after(self.now())
                }
            };
            if !self.wait(next, &mut stop).await {
                return;
            }
        }
    }

    async fn serve_alerts(&self, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.raise_once().await {
                tracing::warn!(%error, "alerts about devices wait");
            }
            if !self.wait(LOOK_EVERY.after(self.now()), &mut stop).await {
                return;
            }
        }
    }

    async fn serve_nudges(&self, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.nudge_once().await {
                tracing::warn!(%error, "people are not told of their devices yet");
            }
            if !self.wait(NUDGE_EVERY.after(self.now()), &mut stop).await {
                return;
            }
        }
    }

    async fn serve_days(&self, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.fleet.count_day().await {
                tracing::warn!(%error, "how the fleet stands is not counted");
            }
            if !self.wait(COUNT_EVERY.after(self.now()), &mut stop).await {
                return;
            }
        }
    }

    async fn serve_party(&self, name: &str, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.tell_once(name).await {
                tracing::warn!(receiver = name, %error, "a relying party waits");
            }
            if !self.wait(LOOK_EVERY.after(self.now()), &mut stop).await {
                return;
            }
        }
    }

    async fn serve_feeds(&self, feeds: &Feeds, mut stop: watch::Receiver<bool>) {
        let mut known = Known::default();
        loop {
            let today = self.now().to_zoned(jiff::tz::TimeZone::UTC).date();
            let after = refresh(&self.fleet.currency(), feeds, &known, today).await;
            for (product, outcome) in &after.products {
                match outcome {
                    Outcome::Replaced | Outcome::Unchanged => {}
                    Outcome::Refused(why) => tracing::warn!(product, why, "a feed is not taken"),
                    Outcome::Failed(failure) => tracing::warn!(product, %failure, "a feed fails"),
                }
            }
            known = after.known;
            self.fleet.set_currency(after.currency);
            if !self.wait(FEEDS_EVERY.after(self.now()), &mut stop).await {
                return;
            }
        }
    }

    /// Waits until an instant. Says whether to go on.
    async fn wait(&self, until: Timestamp, stop: &mut watch::Receiver<bool>) -> bool {
        loop {
            if *stop.borrow() {
                return false;
            }
            let left = until.duration_since(self.now());
            let left = Duration::try_from(left).unwrap_or_default();
            if left.is_zero() {
                pause::give_way().await;
                return !*stop.borrow();
            }
            tokio::select! {
                _ = stop.changed() => return false,
                () = self.fleet.0.clock.sleep(left.min(NAP_MAX.as_duration())) => {}
            }
        }
    }
}
