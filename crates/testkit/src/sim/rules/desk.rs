//! What must hold for one person across cases, and for what reaches them.

use std::collections::BTreeSet;

use casework::{Case, Desk, case::State, desk::Slot, snapshot};
use model::{CaseId, PersonId, Reason, StateName};
use ports::store::Store as _;

use super::{Around, Rules, is_about};
use crate::sim::world::World;

impl Rules {
    pub(super) fn desk(&self, person: PersonId, around: &Around<'_>) -> Result<(), String> {
        if self.outstanding(person) > 1 {
            return Err("has more than one proof outstanding".to_owned());
        }
        let row =
            World::read(around.place.store.desk(person)).map_err(|error| error.to_string())?;
        let Some(row) = row else { return Ok(()) };
        let desk: Desk = snapshot::decode(&row.snapshot).map_err(|error| error.to_string())?;
        self.queue(person, &desk, around)?;
        for earned in &desk.suppressions {
            let proof = self.known.get(&earned.proof).map(|known| &known.case.state);
            if !matches!(proof, Some(State::Closed { reason: Reason::Verified, .. })) {
                return Err(format!("a suppression names {}, which is not verified", earned.proof));
            }
        }
        Ok(())
    }

    /// The queue holds what is asked and what waits, and somebody is woken when a turn is free.
    fn queue(&self, person: PersonId, desk: &Desk, around: &Around<'_>) -> Result<(), String> {
        let of = |fits: fn(&Case) -> bool| -> BTreeSet<CaseId> {
            let of_person = self.cases().filter(|case| is_about(case, person));
            of_person.filter(|case| fits(case)).map(|case| case.id).collect()
        };
        let in_queue =
            |slots: &[Slot]| -> BTreeSet<CaseId> { slots.iter().map(|slot| slot.case).collect() };
        let asked = of(|case| {
            let states = [StateName::Asking, StateName::Claimed, StateName::Verifying];
            states.contains(&case.state_name())
        });
        let waiting = of(|case| matches!(case.state, State::Queued));
        if in_queue(&desk.asked) != asked || in_queue(&desk.waiting) != waiting {
            return Err("the queue is not what is asked and what waits".to_owned());
        }
        let has_turn = |case: &CaseId| {
            let timers = around.place.store.timers_of(*case);
            timers.iter().any(|timer| timer.name == "turn")
        };
        if asked.is_empty() && !waiting.is_empty() && !waiting.iter().any(has_turn) {
            return Err(format!(
                "nobody is asked, and none of those that wait is woken: {waiting:?}"
            ));
        }
        Ok(())
    }

    /// Every message reached an account of the person it is about, and a question is one that the
    /// case put.
    pub(super) fn messages(&mut self, around: &Around<'_>) -> Result<(), String> {
        for (name, chat) in &around.place.chats {
            let read = self.messages_read.entry(name.clone()).or_default();
            let new = chat.seen_after(*read);
            *read += new.len();
            for seen in new {
                let Some(known) = seen.case.and_then(|case| self.known.get(&case)) else {
                    return Err(format!("message {} is of no case", seen.delivery));
                };
                let subject = known.case.subject.as_ref().map(|subject| subject.person);
                if around.cast.owner_of(&seen.account) != subject {
                    return Err(format!("message {} reached somebody else", seen.delivery));
                }
                let mut put = known.case.ask.iter().flat_map(|ask| &ask.messages);
                let is_put = put.any(|sent| sent.delivery == seen.delivery && sent.is_main);
                if seen.is_question && !is_put {
                    return Err(format!("question {} was never put", seen.delivery));
                }
            }
        }
        Ok(())
    }
}
