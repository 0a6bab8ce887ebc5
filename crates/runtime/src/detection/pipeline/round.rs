//! One round: gather, look, load, apply, raise.

use detect::{
    baseline::StateKey,
    engine::{At, Looked, Output},
};
use ports::{
    event_log::{LogError, Position},
    states,
};
use tokio::sync::watch;

use super::{HANDOVER_WAIT, PAUSE, Pipeline, Work};
use crate::{detection::handover::Next, meters::Meter};

/// Events of one round, about.
const EVENTS_MAX: usize = 8_192;
/// Batches of one round.
const BATCHES_MAX: usize = 256;

/// What the first look at the batches of a round came to.
struct Seen {
    work: Vec<Work>,
    looked: Vec<Looked>,
    wanted: Vec<StateKey>,
}

/// Why a round was not carried to its end.
enum Halt {
    /// An error of ours.
    Panicked,
    /// It was told to stop.
    Stopped,
}

impl Pipeline {
    /// The batches that come next; none where there are none yet.
    pub(super) async fn gather(&mut self) -> Result<Vec<Work>, LogError> {
        let is_careful = self.next.0 < self.careful_until;
        let (events, batches) = if is_careful { (1, 1) } else { (EVENTS_MAX, BATCHES_MAX) };
        let mut gathered: Vec<Work> = Vec::new();
        let mut count = 0;
        let mut next = self.next;
        let mut is_patient = true;
        while count < events && gathered.len() < batches {
            match self.inner.handover.take(next.0) {
                Next::Here(work) => {
                    count += work.events.len();
                    gathered.push(work);
                    next = next.next();
                }
                _ if !gathered.is_empty() => break,
                // It is on its way, most likely.
                Next::InLog if is_patient => {
                    is_patient = false;
                    self.inner.engine.parts.clock.sleep(HANDOVER_WAIT).await;
                }
                Next::InLog | Next::None => return self.read(is_careful).await,
            }
        }
        Ok(gathered)
    }

    /// Evaluates batches. False where that has to be tried again later.
    pub(super) async fn round(&mut self, work: Vec<Work>, stop: &watch::Receiver<bool>) -> bool {
        let (Some(first), Some(last)) = (work.first(), work.last()) else { return true };
        let (first, last) = (first.position, last.position);
        let done = match self.evaluate(work, stop).await {
            Ok(done) => done,
            Err(Halt::Panicked) => return self.ended_badly(first, last),
            // Told to stop before anything was applied: it is evaluated at the next start.
            Err(Halt::Stopped) => return false,
        };
        let next = Position(last).next();
        if !self.begin_raising(done, next, stop).await {
            return false;
        }
        (self.next, self.has_changed) = (next, true);
        true
    }

    /// Goes on after batches of which nothing comes.
    pub(super) fn passed(&mut self, next: Position) {
        (self.next, self.has_changed) = (next, true);
    }

    async fn evaluate(
        &mut self,
        mut work: Vec<Work>,
        stop: &watch::Receiver<bool>,
    ) -> Result<Vec<(Work, Output)>, Halt> {
        for work in work.iter_mut().filter(|work| self.poisonous.contains(&work.position)) {
            tracing::error!(
                position = work.position,
                "a batch is passed over: no round survives it"
            );
            work.events.clear();
        }
        let threads = self.threads;
        let seen = self.with_engine(move |engine| {
            let looked: Vec<Looked> =
                work.iter().map(|work| engine.look(&work.events, &threads)).collect();
            let mut wanted: Vec<StateKey> =
                looked.iter().flat_map(|looked| engine.wanted(looked)).collect();
            wanted.sort_unstable();
            wanted.dedup();
            Seen { work, looked, wanted }
        });
        let seen = seen.await.ok_or(Halt::Panicked)?;
        let values = self.load(&seen.wanted, stop).await.ok_or(Halt::Stopped)?;
        let done = self.with_engine(move |engine| {
            for (key, value) in seen.wanted.into_iter().zip(values) {
                if let Err(error) = engine.admit(key, value.as_deref()) {
                    tracing::warn!(%error, "what was learned of one entity begins anew");
                }
            }
            let apply = |(work, looked): (Work, Looked)| {
                let at = At { position: work.position, received_at: work.received_at };
                let output = engine.batch(&work.events, looked, at, &threads);
                (work, output)
            };
            seen.work.into_iter().zip(seen.looked).map(apply).collect()
        });
        done.await.ok_or(Halt::Panicked)
    }

    /// What the store holds of entities. Waits for as long as it does not answer; `None` where it
    /// was told to stop meanwhile.
    async fn load(
        &self,
        wanted: &[StateKey],
        stop: &watch::Receiver<bool>,
    ) -> Option<Vec<Option<Vec<u8>>>> {
        let keys: Vec<states::StateKey> =
            wanted.iter().map(|key| states::StateKey(key.0)).collect();
        if keys.is_empty() {
            return Some(Vec::new());
        }
        loop {
            match self.inner.states.load(&keys).await {
                Ok(values) => return Some(values),
                Err(error) => {
                    tracing::error!(%error, "what was learned cannot be read");
                    if *stop.borrow() {
                        return None;
                    }
                    self.inner.engine.parts.clock.sleep(PAUSE).await;
                }
            }
        }
    }

    /// A round of ours ran into a panic: the next ones go batch by batch, and the batch at which it
    /// happens again is passed over.
    fn ended_badly(&mut self, first: u64, last: u64) -> bool {
        Meter::Panics.count_by("destination", "detection");
        if first == last && first < self.careful_until {
            self.poisonous.insert(first);
        }
        self.careful_until = self.careful_until.max(last + 1);
        false
    }
}
