//! The configuration file: typed, checked as a whole, described by a JSON Schema.
//!
//! Pure: it is given the text of the file and never opens one, it is told which
//! secrets are there and never sees one. It knows no vendor: each adapter exports the type of its
//! own section, the binary names them in a [`Registry`], and the very schema that is published
//! is what every section is checked against, so that all faults are told at once, each with its
//! line, its key, the nearest known key and the reason.
//!
//! Start with [`load`]; what may be set is in [`settings`].

mod check;
mod document;
mod format;
mod load;
mod problem;
mod registry;
mod schema;
mod secret;
pub mod settings;
mod show;
mod size;
mod validate;

#[cfg(test)]
mod tests;

pub use load::{Config, load};
pub use problem::ConfigProblem;
pub use registry::{Family, Registry, Section, Sections};
pub use schema::schema;
pub use secret::{SecretRef, SecretUse, missing_secrets};
pub use settings::{Escalate, Limits, Mode, Organisation, Server, Verify};
pub use show::show;
pub use size::Size;
