//! Rest: nothing goes wrong any more, nobody does anything more, and time passes until everything
//! has come to its end.

use model::{Span, Timestamp};
use ports::store::Store as _;

use super::world::World;

/// Polls for each task before time passes a little.
const POLLS: usize = 40;
/// How often time passes before a run that does not rest has failed.
const ROUNDS_MAX: usize = 10_000;
/// How often tasks may need time to end.
const NAPS_MAX: usize = 600;
/// How much time passes at least, and when work is due and is not done.
const NAP: Span = Span::seconds(5);
/// How long that may be: longer than any pause that a vendor of this world asks for.
const IDLE_MAX: Span = Span::seconds(120);

impl World {
    pub(super) fn settle(&mut self) -> Result<(), String> {
        self.say("everything calms down");
        self.place.calm_down();
        self.finish_tasks()?;
        let mut idle = Span::ZERO;
        for _ in 0..ROUNDS_MAX {
            let claims = self.place.witness.claims();
            self.work_off()?;
            if self.place.witness.claims() > claims {
                idle = Span::ZERO;
            }
            match self.next_due()? {
                Some(at) if at > self.now() => {
                    idle = Span::ZERO;
                    self.place.clock.set(at.max(NAP.after(self.now())));
                }
                // A destination asked for a pause, of which the store knows nothing.
                Some(_) => {
                    idle = Span::seconds(idle.as_seconds() + NAP.as_seconds());
                    self.place.clock.advance(NAP);
                }
                None => return self.at_rest(),
            }
            if idle > IDLE_MAX {
                let depth = Self::read(self.place.store.outbox_depth());
                return Err(format!("work is due, and nobody does it: {depth:?}"));
            }
        }
        let depth = Self::read(self.place.store.outbox_depth());
        Err(format!("it does not come to rest: {depth:?}, next at {:?}", self.next_due()))
    }

    /// Carries out everything that is due.
    fn work_off(&mut self) -> Result<(), String> {
        self.start_timers();
        for lane in self.engine.lanes() {
            self.start_lane(lane);
        }
        self.finish_tasks()?;
        self.check()
    }

    fn finish_tasks(&mut self) -> Result<(), String> {
        for _ in 0..NAPS_MAX {
            for _ in 0..POLLS {
                let count = self.tasks.len();
                self.poll(count);
                if self.tasks.len() == 0 {
                    return Ok(());
                }
            }
            self.place.clock.advance(Span::seconds(1));
        }
        Err("a task does not end".to_owned())
    }

    fn next_due(&self) -> Result<Option<Timestamp>, String> {
        let store = &self.place.store;
        let timer = Self::read(store.next_timer_at()).map_err(|error| error.to_string())?;
        let mut next = timer;
        let depth = Self::read(store.outbox_depth()).map_err(|error| error.to_string())?;
        for (lane, _) in depth {
            let at = Self::read(store.next_outbox_at(&lane)).map_err(|error| error.to_string())?;
            next = [next, at].into_iter().flatten().min();
        }
        Ok(next)
    }

    fn at_rest(&mut self) -> Result<(), String> {
        self.check()?;
        self.say("everything is at rest");
        self.rules.check_rest(&self.place, &self.cast, &self.ledger)
    }
}
