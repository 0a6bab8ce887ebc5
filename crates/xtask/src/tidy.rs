//! What no compiler checks: the arrows between crates, their manifests, and the texts.
//!
//! Each check returns what it found, as sentences that say what to do; all are told at once.

mod arrows;
mod claims;
mod generated;
mod manifest;
mod texts;

#[cfg(test)]
mod tests;

use std::{path::Path, process::ExitCode};

use anyhow::Result;

use crate::os_currency;

use manifest::Manifest;

/// Tells every finding; the exit status says whether there was one.
pub(crate) fn run(root: &Path) -> Result<ExitCode> {
    let findings = findings(root)?;
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Everything that is not as it should be.
pub(crate) fn findings(root: &Path) -> Result<Vec<String>> {
    let manifests = Manifest::all(root)?;
    let mut found = arrows::findings(&manifests);
    found.extend(manifests.iter().flat_map(Manifest::findings));
    found.extend(texts::findings(root, &manifests)?);
    found.extend(claims::findings(root, &texts::files(root)?)?);
    found.extend(generated::findings(root)?);
    found.extend(os_currency::findings(root)?);
    Ok(found)
}
