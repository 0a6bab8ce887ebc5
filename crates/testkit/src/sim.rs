//! The simulator: the real engine and core in a seeded world of people who answer, lie, sleep or
//! lose their phone, attackers who hold chat sessions, vendors that lose, delay and duplicate, a
//! store that fails between any two steps, processes killed anywhere, and clocks that jump.
//!
//! Nothing in it depends on anything but the seed: tasks are polled in an order that the seed
//! gives, every port call is a point where the process may die, and a run's trace is the same byte
//! for byte. It touches no network, no disk and no clock. Start with [`run`]; what happens is in
//! `acts.rs`, what must hold in `rules.rs`.

mod acts;
mod cast;
mod command;
mod content;
mod dice;
mod executor;
mod fault;
mod ledger;
mod logs;
mod place;
mod rules;
mod settle;
mod vendors;
mod witness;
mod world;

#[cfg(test)]
mod tests;

pub use command::main;
pub use world::{Failure, Outcome, run};
