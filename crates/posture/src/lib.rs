//! Device posture: from what sources say about devices to findings and a grade. Pure.
//!
//! ```text
//! SourceRecord ─ merge ─▶ Cluster ─ derive ─▶ Device ─ evaluate ─▶ Evaluation ─ advance ─▶ Track,
//!   (model)      by identifiers             provenance   by Checks, Currency      findings, history,
//!                and Decisions                           and Exemptions           compliance
//! ```
//!
//! It never reads a clock, a file or a socket, never rewrites what a source said, and never calls
//! anything good for lack of data. It knows no vendor: their words end at the connectors, which
//! make [`model::device::SourceRecord`]s. Nothing derived has to be stored but a [`track::Track`].
//!
//! Start with [`merge::merge`] and [`device::Device`], then [`evaluate::evaluate`]. What is checked
//! is content: [`policy`] for the checks, [`texts`] for their words.

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
pub mod stethoscope;
pub mod stored;
pub mod texts;
pub mod track;
pub mod version;

pub use check::{Check, State};
pub use currency::Currency;
pub use device::{Device, devices};
pub use evaluate::{Circumstances, Evaluation, Grade, evaluate};
pub use exemption::Exemption;
pub use merge::{Closure, Decision, MergeRules, merge};
pub use policy::Checks;
pub use texts::Texts;
pub use track::{Finding, Track, diff};
