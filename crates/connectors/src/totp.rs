//! Time-based one-time passwords (RFC 6238), typed on our own page: the fallback.
//!
//! A factor's material is its raw secret. A code counts once: the step it belongs to must be
//! greater than the last one accepted. Throttling across challenges is the caller's.

pub mod config;
pub mod map;
mod verifier;

#[cfg(test)]
mod tests;

pub use config::TotpConfig;
pub use verifier::Totp;
