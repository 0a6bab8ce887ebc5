//! What knows devices: management systems that are asked, and importers of what is sent.
//!
//! Each vendor's folder has a pure `map.rs` that makes a [`Read`](ports::devices::Read) of what the
//! vendor says: the record, and the problems with the rest. [`draft`] is how they are written: field
//! by field, so that one that is missing, renamed or of another kind costs itself only. What no
//! check needs (environment, processes, addresses of home networks) is never kept: [`door`] counts
//! what was dropped. A vendor's own verdicts are kept as what they are and never as ours.
//!
//! Start with [`fleet`], the smallest that is asked, and [`push`], the one that is sent.

mod caller;
pub mod collect;
mod door;
mod draft;
pub mod fleet;
pub mod fusioninventory;
pub mod google;
pub mod intune;
pub mod jamf;
pub mod jamf_classic;
pub mod lynis;
pub mod osquery;
pub mod push;
#[cfg(test)]
mod tests;
