//! What may happen: one random choice a step.

mod alerts;
mod analysts;
mod chat;
mod nature;
mod page;

use super::world::World;

type Act = fn(&mut World);

/// Everything, with how often it happens.
const ACTS: [(usize, Act); 21] = [
    (16, World::send_alert),
    (5, World::send_again),
    (3, World::send_changed),
    (3, World::send_batch),
    (12, World::press),
    (4, World::press_wrongly),
    (5, World::submit_form),
    (3, World::say_something),
    (1, World::delete_message),
    (7, World::answer_on_page),
    (16, World::begin_proof),
    (18, World::finish_proof),
    (3, World::comment),
    (2, World::pry),
    (3, World::judge),
    (1, World::ask_by_hand),
    (20, World::work_lane),
    (8, World::work_timers),
    (12, World::pass_time),
    (4, World::misfortune),
    (1, World::sweep),
];

impl World {
    /// One thing happens.
    pub(super) fn act(&mut self) {
        let total = ACTS.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for (weight, act) in ACTS {
            if left < weight {
                return act(self);
            }
            left -= weight;
        }
    }
}
