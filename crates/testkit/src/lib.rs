//! Proof: whole servers for tests.

pub mod stage;
