//! Timers: each fires once, however long nobody was there to fire it.

use std::sync::{Mutex, PoisonError};

use casework::{Input, input::Timer};
use futures::StreamExt;
use model::{Span, Timestamp};
use ports::store::{Claimed, Commit, TimerRow, WorkKey};
use tokio::sync::Notify;

use crate::{
    ahead::Ahead,
    apply::{Along, ApplyError},
    engine::{Engine, EngineError},
    meters::Meter,
    pause::give_way,
};

/// Timers claimed at once.
pub const BATCH: u32 = 256;
/// Timers carried out at the same time. Few, so that a stop's pile leaves room for requests.
pub const AT_ONCE: usize = 32;
/// How long claimed timers are ours.
pub const LEASE: Span = Span::seconds(60);

/// When the next timer is due, as far as is known in memory, and the bell that a nearer one rings.
#[derive(Default)]
pub(crate) struct Alarm {
    next: Mutex<Option<Timestamp>>,
    pub(crate) rung: Notify,
}

impl Alarm {
    /// A timer was set: rings if it is nearer than what is waited for.
    pub(crate) fn set(&self, at: Timestamp) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if next.is_none_or(|known| at < known) {
            *next = Some(at);
            self.rung.notify_one();
        }
    }

    /// What is waited for now.
    pub(crate) fn wait_for(&self, at: Option<Timestamp>) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

impl Engine {
    /// Fires a bounded number of due timers; returns how many there were.
    pub async fn run_timers_once(&self) -> Result<usize, EngineError> {
        let now = self.now();
        let claimed = self.parts.store.claim_timers(now, LEASE.after(now), BATCH).await?;
        let count = claimed.len();
        let mut claimed = claimed.into_iter().peekable();
        // Some at a time, for what is read ahead is to be used soon.
        while claimed.peek().is_some() {
            let some: Vec<_> = claimed.by_ref().take(AT_ONCE).collect();
            let cases = some.iter().map(|claimed| Some(claimed.work.case)).collect();
            let ahead = self.ahead_of(cases, &[]).await;
            futures::stream::iter(some.into_iter().zip(ahead))
                .for_each_concurrent(AT_ONCE, |(timer, ahead)| async move {
                    self.fire(timer, ahead).await;
                    give_way().await;
                })
                .await;
        }
        Ok(count)
    }

    /// When the next timer is due.
    pub async fn next_timer_at(&self) -> Result<Option<Timestamp>, EngineError> {
        Ok(self.parts.store.next_timer_at().await?)
    }

    #[tracing::instrument(name = "timer.fire", skip_all, fields(case.id = %claimed.work.case))]
    async fn fire(&self, claimed: Claimed<TimerRow>, ahead: Option<Ahead>) {
        let Claimed { work, fence } = claimed;
        let key = WorkKey::Timer { case: work.case, name: work.name.clone(), fence };
        let Some(timer) = Timer::named(&work.name) else {
            tracing::warn!(case.id = %work.case, timer = work.name, "an unknown timer is dropped");
            return self.drop_work(key).await;
        };
        let input = Input::Wake { timer };
        let along = Along::finishing(key.clone());
        let applied = match ahead {
            Some(ahead) => self.apply_to(ahead, input, along).await,
            None => self.apply(work.case, input, along).await,
        };
        match applied {
            Ok(_) => Meter::Timers.count(),
            // Moved or cancelled since it was claimed.
            Err(ApplyError::Gone) => {}
            Err(ApplyError::Missing | ApplyError::Refused(_)) => self.drop_work(key).await,
            Err(ApplyError::Taken | ApplyError::Engine(_)) => {
                tracing::warn!(case.id = %work.case, timer = work.name, "a timer waits for its lease");
            }
        }
    }

    /// Takes claimed work away without doing it.
    pub(crate) async fn drop_work(&self, key: WorkKey) {
        let commit = Commit { done: vec![key], ..Commit::default() };
        if let Err(error) = self.parts.store.commit(commit).await {
            tracing::warn!(%error, "work that is not to be done stays until its lease ends");
        }
    }
}
