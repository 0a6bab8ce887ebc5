//! Duo Auth API v2 with Verified Push: a code shown on our page is typed into the phone.
//!
//! Only that is evidence. A bypass, a remembered device, a plain push or a code shorter than six
//! digits proves nothing, and where the tenant offers no such code no push is sent at all. The
//! rules are in [`map`]; how a call is signed is in [`sign`].

pub mod config;

mod client;
mod map;
mod sign;
mod verifier;

#[cfg(test)]
mod tests;

pub use config::{DuoConfig, Enrolment, Username};
pub use verifier::Duo;
