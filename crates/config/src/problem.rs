//! One thing that is wrong in the file.

use std::fmt;

/// The likeness from 0 to 1 at which a known word is proposed for a mistyped one.
const ALIKE: f64 = 0.75;
/// The most known words that are listed when none is alike.
const LISTED: usize = 24;
/// The longest mistyped word that is repeated, in characters.
const WORD_CHARS: usize = 40;

/// What is wrong in the file, where, and what to do. Never holds a value that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigProblem {
    /// The file, as it was named on the command line.
    pub file: String,
    /// The line, where it is known.
    pub line: Option<usize>,
    /// The key, as a dotted path.
    pub key: String,
    /// What is wrong and what to do.
    pub text: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.text)
    }
}

impl std::error::Error for ConfigProblem {}

/// "unknown key `lisen`, did you mean `listen`?", or the known ones where none is alike.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let alike = known.iter().map(|known| (strsim::jaro_winkler(word, known), known));
    let nearest = alike.max_by(|one, other| one.0.total_cmp(&other.0));
    let word = harmless(word);
    match nearest {
        Some((likeness, nearest)) if likeness >= ALIKE => {
            format!("unknown {what} `{word}`, did you mean `{nearest}`?")
        }
        Some(_) if known.len() <= LISTED => {
            format!("unknown {what} `{word}`, known are {}", known.join(", "))
        }
        _ => format!("unknown {what} `{word}`"),
    }
}

/// A word of the file, fit for a terminal.
pub(crate) fn harmless(word: &str) -> String {
    word.chars().filter(|each| !each.is_control()).take(WORD_CHARS).collect()
}
