//! Detection: rules over audit events, and the alerts that come of them. Pure.
//!
//! Events go in by batches, in the order of the log; alerts come out. What comes out depends only on
//! the rules and the events: never on the number of threads, on how events were batched, or on
//! whether the process was restarted between two batches.
//!
//! It never reads a clock, a file or a socket, starts no thread and knows no vendor. Start with
//! [`rule`], then [`engine`].

pub mod baseline;
pub mod calibrate;
pub mod engine;
pub mod lint;
pub mod rule;
pub mod sigma;
pub mod trial;
