//! Coming to an end together.

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// Tells everything that runs to come to its end. Dropping it tells too.
pub(crate) struct Stopper(watch::Sender<bool>);

/// By which what runs is told to end. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

/// The two ends.
pub(crate) fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Tells.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Waits until told.
    pub(crate) async fn told(mut self) {
        // A dropped sender is told as well.
        let _ = self.0.wait_for(|is_told| *is_told).await;
    }
}

/// The signals of an operator and of the system.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To end.
    Stop,
    /// To read content again.
    Reload,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_are_told_also_those_who_ask_late_and_when_the_teller_is_gone() {
        let (stopper, told) = stop();
        stopper.stop();
        told.clone().told().await;
        drop(stopper);
        told.told().await;
    }
}
