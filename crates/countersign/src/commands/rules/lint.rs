//! `countersign rules lint`

use std::path::Path;

use detect::lint::{self, Context, Finding, Level, show};
use model::Timestamp;

use super::folder::Folder;
use crate::{
    cli::rules::{LintArgs, LintFormat},
    ending::{Ended, Ending},
    terminal,
};

/// Tells everything that is wrong with the rules.
pub(super) fn run(config: &Path, args: &LintArgs) -> Ended {
    let folder = Folder::read(config, &args.content)?;
    let findings = findings(&folder, Timestamp::now());
    let files: Vec<&str> = folder.files.iter().map(String::as_str).collect();
    let shown = match args.format {
        LintFormat::Text => text(&folder, &findings),
        LintFormat::Json => serde_json::to_string_pretty(&show::json(&findings))?,
        LintFormat::Sarif => {
            let sarif = show::sarif(&findings, env!("CARGO_PKG_VERSION"));
            serde_json::to_string_pretty(&sarif)?
        }
        LintFormat::Junit => show::junit(&findings, &files),
    };
    terminal::print(shown.trim_end())?;
    let is_bad = findings.iter().any(|finding| finding.level == Level::Error);
    Ok(if is_bad { Ending::Finding } else { Ending::Done })
}

/// What is wrong as of a time.
pub(super) fn findings(folder: &Folder, now: Timestamp) -> Vec<Finding> {
    let sources = folder.configured.as_ref().unwrap_or(&folder.logs);
    let context = Context {
        sources,
        observed: None,
        owners: None,
        playbooks: None,
        exceptions: None,
        retention: None,
        now,
    };
    lint::check(&folder.rules, &folder.problems, &context)
}

fn text(folder: &Folder, findings: &[Finding]) -> String {
    let lines = show::text(findings);
    let lines = lines.lines().map(terminal::harmless).map(|line| line + "\n");
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    format!(
        "{}{} rules in {} files: {} errors, {} warnings, {} notes",
        lines.collect::<String>(),
        folder.rules.all().len(),
        folder.files.len(),
        count(Level::Error),
        count(Level::Warning),
        count(Level::Note),
    )
}
