//! Reports of Lynis, an auditor for Unix systems: lines of `key=value`.
//!
//! Start with `map.rs`.

pub mod config;
mod map;

#[cfg(test)]
mod tests;

pub use config::LynisConfig;
pub use map::LynisMap;
