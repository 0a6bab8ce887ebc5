//! Devices over the fakes: each rule as a claim.

mod deciding;
mod nudging;
mod receiving;
mod seeing;
mod world;
