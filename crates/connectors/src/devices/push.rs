//! What anybody can send: records in our own shape as JSON, tables as CSV, and rows of Ivanti
//! (LANDESK).
//!
//! What is taken is written down in `docs/devices.md`. Start with `json.rs`.

pub mod config;
mod csv;
mod json;
mod landesk;
mod table;

#[cfg(test)]
mod tests;

pub use config::{PushConfig, PushFormat};
pub use json::JsonDevices;
pub use landesk::LandeskRows;
pub use table::TableDevices;
