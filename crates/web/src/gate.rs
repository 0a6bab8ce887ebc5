//! How much is taken in at a time, so that overload is answered within bounded memory. Each kind
//! of request has a gate of its own: a flood of alerts does not keep anybody from answering.

use std::{fmt, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Needs, Problem, limits::Limits, problem::Kind};

/// One kind of request.
#[derive(Clone)]
pub struct Gate {
    work: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// Room for a part of a body, or for work; given back when dropped.
pub type Room = OwnedSemaphorePermit;

impl Gate {
    /// A gate for so many requests and so many bytes of bodies at a time.
    #[must_use]
    pub fn new(requests: usize, bytes: usize) -> Self {
        let sized = |size: usize| Arc::new(Semaphore::new(size.min(Semaphore::MAX_PERMITS)));
        Self { work: sized(requests), bytes: sized(bytes) }
    }

    /// Room to work on one request.
    pub fn enter(&self) -> Result<Room, Problem> {
        let room = Arc::clone(&self.work).try_acquire_owned();
        room.map_err(|_| Problem::of(Kind::Overloaded))
    }

    /// Room for so many bytes of a body.
    pub fn bytes(&self, size: usize) -> Result<Room, Problem> {
        let size = u32::try_from(size).map_err(|_| Problem::of(Kind::TooLarge))?;
        let room = Arc::clone(&self.bytes).try_acquire_many_owned(size);
        room.map_err(|_| Problem::of(Kind::Overloaded))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("work", &self.work.available_permits())
            .field("bytes", &self.bytes.available_permits())
            .finish()
    }
}

/// The gates.
#[derive(Debug, Clone)]
pub struct Gates {
    alerts: Gate,
    events: Gate,
    callbacks: Gate,
    api: Gate,
    pages: Gate,
}

impl Gates {
    /// Gates of these sizes.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let gate = |requests| Gate::new(requests, limits.bodies_in_flight_bytes);
        Self {
            alerts: gate(limits.alert_requests_in_flight),
            events: Gate::new(limits.event_requests_in_flight, limits.event_bodies_in_flight_bytes),
            callbacks: gate(limits.requests_in_flight),
            api: gate(limits.requests_in_flight),
            pages: gate(limits.requests_in_flight),
        }
    }

    /// The gate of a kind of request.
    #[must_use]
    pub fn of(&self, needs: Needs) -> &Gate {
        match needs {
            Needs::Source | Needs::Agent => &self.alerts,
            Needs::EventSource => &self.events,
            Needs::Vendor => &self.callbacks,
            Needs::Api(_) | Needs::Reader => &self.api,
            Needs::Probe | Needs::Anyone | Needs::Page(_) => &self.pages,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_a_gate_is_refused_at_once_and_room_comes_back() {
        let gate = Gate::new(1, 10);
        let working = gate.enter().expect("room");
        assert_eq!(gate.enter().expect_err("no room").kind, Kind::Overloaded);
        let body = gate.bytes(8).expect("room");
        assert_eq!(gate.bytes(3).expect_err("no room").kind, Kind::Overloaded);
        drop((working, body));
        assert!(gate.enter().is_ok() && gate.bytes(10).is_ok());
    }
}
