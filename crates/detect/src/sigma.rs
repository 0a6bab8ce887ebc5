//! Sigma: what rules ask of an event, and the answer.
//!
//! The Sigma engine reads and compiles rules, and its understanding of modifiers and values is
//! ours. Around it: events are read without being copied ([`view`]), every rule of a log is asked
//! in one look over the record ([`matcher`]), and what the engine would pass over in silence is a
//! problem when a rule is read ([`load`]). The semantics that rules rely on are written down in
//! `docs/specs/detection.md`, each with a test.

pub mod load;
pub mod matcher;
pub mod view;

mod explain;
mod index;
pub(crate) mod lens;
mod path;
mod program;
pub(crate) mod slot;
pub(crate) mod value;
mod witness;
mod words;

#[cfg(test)]
pub(crate) mod tests;

pub use explain::Matched;
pub use load::{Condition, Lists};
pub use matcher::{Matcher, MatcherBuilder};
pub use slot::{Aliases, COMMON};
pub use view::View;
