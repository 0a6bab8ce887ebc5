//! The engine: takes inputs in, lets the pure core decide, stores the decision, and carries out
//! what was decided. The only crate that spawns.
//!
//! It names no vendor and no database: everything outside is reached through `ports`. Start with
//! [`engine::Engine`], then [`apply`](engine) (one input, one transaction), `dispatch` (effects
//! out) and `timers`.

pub mod analysts;
pub mod answering;
pub mod audit;
pub mod chatting;
pub mod engine;
pub mod intake;
pub mod people;
pub mod proving;
pub mod replay;

pub use engine::{Engine, Parts, Settings};
