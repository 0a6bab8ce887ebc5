//! Relying parties: those that gate access on whether a device is compliant.
//!
//! [`caep`] tells or answers them with Security Event Tokens, [`webhook`] with signed webhooks. Each
//! signal has one id over all its tries, and holds neither a check nor a person's words.

pub mod caep;
pub mod webhook;

#[cfg(test)]
mod tests;
