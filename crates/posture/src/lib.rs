//! Device posture: from what sources say about devices to findings and a grade. Pure.
pub mod check;
pub mod currency;
pub mod detail;
pub mod device;
pub mod evaluate;
pub mod exemption;
#[cfg(test)]
mod fixture;
pub mod forecast;
pub mod identity;
pub mod merge;
pub mod policy;
pub mod stored;
pub mod texts;
pub mod track;
pub mod version;
