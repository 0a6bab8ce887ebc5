//! Findings for people and for programs.

pub(crate) mod junit;
mod sarif;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Finding;

pub use junit::junit;
pub use sarif::sarif;

/// One line a finding, as compilers write them.
#[must_use]
pub fn text(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let path =
            if finding.path.is_empty() { String::new() } else { format!("{}: ", finding.path) };
        let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
        let _ = writeln!(
            out,
            "{}: {}[{}]: {path}{}{hint}",
            finding.file,
            finding.level.name(),
            finding.code.name(),
            finding.text,
        );
    }
    out
}

/// A list of objects.
#[must_use]
pub fn json(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        json!({
            "code": finding.code.name(),
            "level": finding.level.name(),
            "file": finding.file,
            "rule": finding.rule,
            "path": finding.path,
            "text": finding.text,
            "hint": finding.hint,
        })
    };
    findings.iter().map(one).collect()
}
