//! An audit event: the record as its vendor sent it, and what we make of it. Pure.
//!
//! A [`Doc`] is one JSON document of somebody else, read within limits. An [`Event`] is such a
//! document with the fields that every source has in common: who, did what, to what, from where,
//! when, and how it ended. Sources' maps make events from documents; rules read both.
//!
//! The one home of the SIMD parser. It never reads a clock, a file or a socket, and knows no
//! vendor. Start with [`doc`], then [`normal`].

pub mod agent;
pub mod doc;
pub mod field;
pub mod normal;
pub mod split;

pub use doc::{Doc, DocError, Node};
pub use field::Field;
pub use normal::{
    Actor, ActorKind, Anonymiser, Client, Event, Logsource, Origin, Outcome, Place, Target, Uid,
};
