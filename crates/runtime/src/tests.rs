//! The engine over the fakes: each rule as a claim.

mod asking;
mod chatting;
mod dispatch;
mod intake;
mod proving;
mod serving;
pub(crate) mod world;
