//! How content files are read: rules, policies, checks, playbooks, all the YAML that a company
//! writes and reviews. Pure.
//!
//! A file is read by hand, key by key, so that every problem of every file is told at once, with
//! its path and the nearest word that would have been known. Nothing here knows what a file is
//! about. Start with [`yaml::Section`].

pub mod problem;
pub mod yaml;

use sha2::{Digest, Sha256};

pub use problem::{FileProblem, Problems};
pub use yaml::Section;

/// How much of a file's hash is kept and shown, in hexadecimal digits.
const HASH_DIGITS: usize = 16;

/// The known word that is most like this one, when one is like it at all.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    /// Below this a suggestion is a guess.
    const LIKENESS: f64 = 0.7;
    let rated = known.into_iter().map(|each| (strsim::jaro_winkler(word, each), each));
    let best =
        rated.filter(|(likeness, _)| *likeness >= LIKENESS).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, each)| each.to_owned())
}

/// The hash by which a version of a file is named on what it caused.
#[must_use]
pub fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.truncate(HASH_DIGITS);
    digits
}
