//! Our own collector's reports: how a device enrols, proves itself, and is read. Pure.
//!
//! The protocol is written down in `docs/specs/collect.md`. A person's page shows a one-time code
//! ([`code`]); the device makes a key of its own and hands in the code with a proof that it holds
//! the key ([`EnrolRequest`]); each report is signed by it ([`SignedReport`]), so that a device can
//! write its own record and no other. Whoever serves the routes looks up the records and writes
//! what is said here.

mod agent;
mod code;
mod device;
mod enrol;
mod map;
mod report;

#[cfg(test)]
mod tests;

pub use agent::Collector;
pub use code::{Code, CodeError};
pub use device::{DeviceSigner, installation};
pub use enrol::{DeviceKey, EnrolError, EnrolRequest, Enrolment};
pub use map::{FORM, report};
pub use report::{DEVICE_HEADER, SIGNATURE_HEADER, SignedReport, TIMESTAMP_HEADER};

/// The source of these records: no section may have this name.
pub const SOURCE: &str = "collect";
/// How large a report may be, in bytes.
pub const REPORT_MAX_BYTES: usize = 8 * 1024 * 1024;
