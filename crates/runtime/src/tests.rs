//! The engine over the fakes: each rule as a claim.

mod acting;
mod asking;
mod chatting;
mod dispatch;
mod escalating;
mod intake;
mod posture;
mod proving;
mod rules;
mod seconding;
mod serving;
mod telling;
pub(crate) mod world;
mod writing;
