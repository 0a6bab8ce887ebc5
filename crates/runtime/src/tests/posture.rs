//! Devices over the fakes: each rule as a claim.

mod deciding;
mod enriching;
mod enrolling;
mod erasing;
mod nudging;
mod receiving;
mod seeing;
mod world;
