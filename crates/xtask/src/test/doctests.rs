//! Whether any example in the documentation is code: running them takes long for nothing.

use std::{fs, path::Path};

use anyhow::Result;

/// Whether a library of the workspace has an example that would be compiled.
pub(super) fn exist(root: &Path) -> Result<bool> {
    let mut folders = vec![root.join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs")
                && is_in(&fs::read_to_string(&path)?)
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a fence of this file opens without a language, or with Rust.
fn is_in(source: &str) -> bool {
    let docs = source.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
    });
    let fences = docs.filter_map(|line| line.trim_start().strip_prefix("```"));
    // Every second fence closes.
    fences
        .step_by(2)
        .any(|language| matches!(language.trim(), "" | "rust" | "no_run" | "should_panic"))
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn only_fences_that_open_as_rust_are_examples() {
        for (source, is_example) in [
            ("/// ```\n/// f();\n/// ```", true),
            ("//! ```rust\n//! f();\n//! ```", true),
            ("//! ```json\n//! {}\n//! ```", false),
            ("// ```\n// f();\n// ```", false),
            ("fn f() {}", false),
        ] {
            assert_eq!(is_in(source), is_example, "{source}");
        }
    }
}
