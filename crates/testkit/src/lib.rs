//! Proof: the simulator, and whole servers for tests.
//!
//! `stories` holds detection against a made-up company that is attacked.
//!
//! [`sim`] runs the real engine and the real core against a seeded world in which everything that
//! can go wrong does, and checks the rules of the machine after every step.

#[cfg(feature = "servers")]
pub mod bench;
pub mod sim;
#[cfg(feature = "servers")]
pub mod stage;
#[cfg(feature = "servers")]
pub mod stories;
