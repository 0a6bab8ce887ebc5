//! Passkeys (WebAuthn) on our own page, user verification always required: the strongest proof.
//!
//! The library makes each ceremony's challenge; what ties it to a question is the state, which
//! stays on the server, is read for the same attempt and person only, and is consumed once. What
//! the library leaves open is checked here ([`map`]): the exact origin, the owner of the
//! credential, a counter that another ceremony has moved meanwhile.

pub mod config;
mod decoy;
mod map;
mod verifier;

#[cfg(test)]
mod tests;

pub use config::PasskeyConfig;
pub use verifier::{Passkey, PasskeyError, UNAVAILABLE_WARNING};
