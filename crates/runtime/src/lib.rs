//! The engine: takes inputs in, lets the pure core decide, stores the decision, and carries out
//! what was decided. The only crate that spawns.
//!
//! It names no vendor and no database: everything outside is reached through `ports`. Start with
//! [`engine::Engine`], then `apply` (one input, one transaction), [`dispatch`] (effects out) and
//! [`timers`]. Only [`serve`] spawns: everything else is a step that any executor can drive, and
//! that may be dropped between any two awaits.

pub mod acting;
mod ahead;
pub mod analysts;
pub mod answering;
mod apply;
pub mod audit;
mod bindings;
pub mod blocklists;
mod bytes;
pub mod chatting;
pub mod compliance;
mod dead_letters;
mod deliveries;
pub mod detection;
mod disk;
pub mod dispatch;
pub mod engine;
mod enriching;
pub mod escalation;
pub mod exceptions;
mod factors;
pub mod guarding;
pub mod intake;
pub mod lanes;
pub mod lookup;
pub mod meters;
pub mod os_currency;
mod owners;
mod pause;
pub mod pausing;
pub mod people;
pub mod posture;
pub mod proving;
pub mod render;
pub mod replay;
pub mod rule_health;
pub mod serve;
pub mod steps;
mod stripes;
mod task;
#[cfg(test)]
mod tests;
pub mod timers;
mod tokens;

pub use engine::{Engine, EngineError, Parts, Settings};
pub use escalation::Escalation;
pub use render::{QuestionView, Templates};
