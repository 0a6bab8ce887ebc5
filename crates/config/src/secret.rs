//! Where secrets are, and whether they are there.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::ConfigProblem;

/// Where a secret is: `{ env = "NAME" }` or `{ file = "PATH" }`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// The name of an environment variable.
    Env(String),
    /// The path of a file.
    File(PathBuf),
}

/// A place of the file that refers to a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretUse {
    /// The key, as a dotted path.
    pub key: String,
    /// The line, where it is known.
    pub line: Option<usize>,
    /// What it refers to.
    pub reference: SecretRef,
}

/// The secrets that are not there. `fetch` looks for one and says why there is none; what it finds
/// stays with it.
pub fn missing_secrets<E: std::fmt::Display>(
    file: &str,
    uses: &[SecretUse],
    fetch: impl Fn(&SecretRef) -> Result<(), E>,
) -> Vec<ConfigProblem> {
    let missing = uses.iter().filter_map(|each| {
        let why = fetch(&each.reference).err()?;
        Some(ConfigProblem {
            file: file.to_owned(),
            line: each.line,
            key: each.key.clone(),
            text: why.to_string(),
        })
    });
    missing.collect()
}
