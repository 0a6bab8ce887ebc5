//! The seams: one small trait for each outside thing, the decision its failures carry, a fake
//! beside it, and the conformance suite that every implementation runs.
//!
//! Nothing here knows a vendor, a database or the life of a case: a case's snapshot and its
//! effects pass through as opaque, versioned bytes. Start with [`store::Store`].

pub mod audit;
pub mod blocklist;
pub mod chat;
pub mod clock;
pub mod compliance;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod devices;
pub mod directory;
pub mod enricher;
pub mod entropy;
pub mod event_log;
pub mod events;
pub mod failure;
pub mod feeds;
pub mod identity;
pub mod networks;
pub mod outcome;
pub mod pager;
pub mod responder;
pub mod seal;
pub mod source;
pub mod states;
pub mod store;
pub mod verifier;

pub use clock::Clock;
pub use directory::Directory;
pub use entropy::Entropy;
pub use failure::{Decision, Failure};
