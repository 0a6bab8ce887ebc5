//! Correlations: what rules matched, counted in windows of time.
//!
//! Windows are ours, as they follow the time of events and not that of their arrival: an event that
//! comes late, within its source's bound, is put in its place, and every window that it lies in is
//! looked at again. What is made of a window's events is what the Sigma engine makes of them where
//! they come in order; a test holds both against each other.
//!
//! Everything is bounded: entries of a group, groups of a correlation, entries of all its groups.
//! What a bound costs is counted. [`windows`] is the state, [`group`] one group's window.

pub(crate) mod group;
pub(crate) mod plan;
pub(crate) mod windows;

#[cfg(test)]
mod tests;
