//! The life of a case: from an alert to an end or to a person. Pure.
//!
//! [`step`] takes a case, the desk of the person it is about, and one [`Input`]; it returns both
//! as they are afterwards, the [`Effect`]s to carry out and the [`Note`]s to keep. It never reads
//! a clock, a random number, a file or a socket: what it needs of them is in the [`Moment`].
//!
//! Start with [`case`] (the states), then the folder `case/` (one file per kind of input). What
//! belongs to a person across cases, the queue and the limits, is in [`desk`].

pub mod calendar;
pub mod case;
pub mod catalog;
pub mod code;
pub mod commands;
pub mod count;
pub mod desk;
pub mod effect;
pub mod health;
pub mod input;
pub mod known;
pub mod ladder;
pub mod ledger;
pub mod news;
pub mod playbook;
pub mod policy;
pub mod proof;
pub mod snapshot;
pub mod treatment;

pub use case::{Around, Case, State, Step, step};
pub use desk::Desk;
pub use effect::{Effect, Message, Note};
pub use input::{Input, Moment};
pub use treatment::{Act, Ask, AskClock, Group, Response, Treatment};
