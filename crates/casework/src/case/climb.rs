//! The ladder of an incident: whom it is brought to next, and who has taken it.
//!
//! Taking it stops the climb and nothing else. It never says that the person's answer is proven, and
//! it ends no case.

use model::{Personal, Reason, Span, Timestamp};

use super::{Incident, Work};
use crate::{
    Effect,
    input::Timer,
    ladder::{Climb, Taken, Told},
};

/// The place of whoever takes a case with us.
const CONSOLE: &str = "console";

impl Work {
    /// The incident is paged, first or anew: what anybody had taken of it before was something else.
    pub(super) fn paged_now(&mut self) {
        let (severity, at) = (self.case.severity, self.now());
        let before = self.case.incident.take();
        // Also of one that was resolved: its late news is no news of this one.
        let news_at = before.as_ref().and_then(|incident| incident.climb.news_at);
        let before = before.filter(|incident| !incident.is_resolved);
        let step = before.map_or(0, |incident| incident.climb.step);
        let climb = Climb { step, news_at, ..Climb::default() };
        self.case.incident = Some(Incident { severity, at, is_resolved: false, climb });
        self.wait_on_step();
    }

    /// The step up to which the incident was brought.
    pub(super) fn step(&self) -> u32 {
        self.case.incident.as_ref().map_or(0, |incident| incident.climb.step)
    }

    pub(super) fn climb_due(&mut self) {
        let now = self.now();
        let Some(climb) = self.open_climb() else { return };
        let Some(at) = climb.next_at else { return };
        if now < at {
            return self.wake_at(Timer::Climb, at);
        }
        match climb.taken.take() {
            Some(taken) => {
                let text = format!("taken at {}, and still open: paged again", taken.place);
                self.note("climbed", "system", text);
                self.page_step();
            }
            None => self.climb("nobody took it in time"),
        }
    }

    /// A target that does not take the page is no reason to wait.
    pub(super) fn climb_past_failure(&mut self, target: &str) {
        let is_open = self.open_climb().is_some_and(|climb| climb.taken.is_none());
        if is_open && target.starts_with("escalate.") {
            self.climb("a target did not take the page");
        }
    }

    fn climb(&mut self, why: &str) {
        let step = self.step();
        if self.case.ladder.wait(step).is_none() {
            if let Some(climb) = self.open_climb()
                && climb.next_at.take().is_some()
            {
                self.forget(Timer::Climb);
            }
            return;
        }
        if let Some(climb) = self.open_climb() {
            climb.step = step + 1;
        }
        self.note("climbed", "system", format!("brought to the next step: {why}"));
        self.page_step();
    }

    /// Pages the targets of the step that the incident is on, and waits there.
    fn page_step(&mut self) {
        let (delivery, step) = (self.delivery(), self.step());
        let reason = self.case.reason().unwrap_or(Reason::Decided);
        self.effects.push(Effect::Climb { delivery, reason, step });
        self.wait_on_step();
    }

    fn wait_on_step(&mut self) {
        let wait = self.case.ladder.wait(self.step());
        self.wait_for(wait);
    }

    fn wait_for(&mut self, wait: Option<Span>) {
        let next_at = wait.map(|wait| wait.after(self.now()));
        let Some(climb) = self.open_climb() else { return };
        let waited = std::mem::replace(&mut climb.next_at, next_at);
        match next_at {
            Some(at) => self.wake_at(Timer::Climb, at),
            None if waited.is_some() => self.forget(Timer::Climb),
            None => {}
        }
    }

    /// News from a target. What came late, twice or out of order changes nothing.
    pub(super) fn told_of(
        &mut self,
        target: &str,
        told: Told,
        at: Timestamp,
        by: Option<Personal>,
    ) {
        let Some(climb) = self.open_climb() else {
            return self.note("page_ignored", "system", format!("{target}: it is over here"));
        };
        if climb.news_at.is_some_and(|last| at <= last) {
            return;
        }
        climb.news_at = Some(at);
        let is_taken = climb.taken.is_some();
        let who = by.as_ref().map_or_else(String::new, |by| format!(" by {}", by.reveal()));
        match told {
            Told::Taken | Told::Ended => {
                let what = if told == Told::Taken { "acknowledged" } else { "ended there" };
                self.note("acknowledged", "system", format!("{what} at {target}{who}"));
                if !is_taken {
                    self.taken(target, by);
                    self.wait_for(self.case.ladder.resume_after);
                }
            }
            Told::Left | Told::Reopened => {
                self.note("unacknowledged", "system", format!("given back at {target}{who}"));
                if let Some(climb) = self.open_climb() {
                    climb.taken = None;
                }
                self.wait_on_step();
            }
        }
    }

    /// An analyst takes the case with us: nobody else need be woken.
    pub(super) fn taken_here(&mut self) {
        if self.open_climb().is_some_and(|climb| climb.taken.is_none()) {
            self.taken(CONSOLE, None);
            self.wait_for(None);
        }
    }

    fn taken(&mut self, place: &str, by: Option<Personal>) {
        let (at, place) = (self.now(), place.to_owned());
        let (delivery, step) = (self.delivery(), self.step());
        if let Some(climb) = self.open_climb() {
            climb.taken = Some(Taken { at, place: place.clone(), by });
        }
        self.effects.push(Effect::Acknowledge { delivery, step, except: place });
    }

    fn open_climb(&mut self) -> Option<&mut Climb> {
        let incident = self.case.incident.as_mut().filter(|incident| !incident.is_resolved)?;
        Some(&mut incident.climb)
    }
}
