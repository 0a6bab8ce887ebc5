//! What every event log must keep.

pub(super) mod appending;
pub(super) mod reading;
pub(super) mod retaining;
pub(super) mod sample;
