//! Device posture: from what sources say about devices to findings and a grade. Pure.
pub mod currency;
pub mod detail;
pub mod device;
#[cfg(test)]
mod fixture;
pub mod identity;
pub mod merge;
pub mod version;
