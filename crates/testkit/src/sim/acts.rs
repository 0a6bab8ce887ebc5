//! What may happen: one random choice a step.

mod actions;
mod alerts;
mod analysts;
mod chat;
mod nature;
mod page;

use super::world::World;

type Act = fn(&mut World);

/// Everything, with how often it happens. Proofs come often: they are what a run is about.
const ACTS: [(usize, Act); 30] = [
    (9, World::send_alert),
    (4, World::send_again),
    (3, World::send_changed),
    (5, World::send_alike),
    (1, World::send_batch),
    (16, World::press),
    (3, World::press_wrongly),
    (5, World::submit_form),
    (2, World::say_something),
    (1, World::delete_message),
    (8, World::answer_on_page),
    (18, World::begin_proof),
    (24, World::finish_proof),
    (4, World::comment),
    (2, World::pry),
    (3, World::sign_out),
    (2, World::judge),
    (1, World::ask_by_hand),
    (22, World::work_lane),
    (7, World::work_timers),
    (9, World::pass_time),
    (4, World::misfortune),
    (1, World::sweep),
    (3, World::order_by_hand),
    (5, World::approve),
    (1, World::decline),
    (2, World::take_back),
    (2, World::play),
    (1, World::press_switch),
    (2, World::meddle),
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
