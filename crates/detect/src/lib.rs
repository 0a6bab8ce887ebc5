//! Detection: rules over audit events, and the alerts that come of them. Pure.
//!
//! Events go in by batches, as the log has them; alerts come out. What comes out depends only on the
//! rules and the log: never on the number of threads, or on whether the process was restarted
//! between two batches.
//!
//! It never reads a clock, a file or a socket, starts no thread and knows no vendor. Start with
//! [`rule`], then [`engine`].

mod code;
mod correlate;

pub mod baseline;
pub mod calibrate;
pub mod digest;
pub mod engine;
pub mod lint;
pub mod rule;
pub mod sigma;
pub mod trial;
