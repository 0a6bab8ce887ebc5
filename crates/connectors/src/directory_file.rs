//! A directory that is a file: `[directory.NAME]` with `kind = "file"`, people as `[[person]]`.
//!
//! What is written wrongly (a mistyped key, a zone that does not exist, an id used twice) refuses
//! the file, with everything that is wrong in it told at once: a setting that silently does not
//! count would weaken somebody. What people dispute between them (an e-mail claimed twice, a
//! manager who left) is a problem that is told while the rest is used: a disputed name finds
//! nobody, so that its alerts go to the analysts. Neither ever shows anybody's data, only lines.
//!
//! Start with [`people::read`]; what one person may have is in `person`.

pub mod config;
mod fields;
mod lines;
pub mod people;
mod person;
mod totp;

#[cfg(test)]
mod tests;

pub use config::FileConfig;
pub use people::{Loaded, PeopleError};
