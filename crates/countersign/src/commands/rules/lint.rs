//! `countersign rules lint`

use std::path::Path;

use detect::lint::{self, Context, Finding, Level, show};
use model::Timestamp;
use ports::Clock as _;

use super::folder::Folder;
use crate::{
    cli::rules::{LintArgs, LintFormat},
    ending::{Ended, Ending},
    system::SystemClock,
    terminal,
};

/// Tells everything that is wrong with the rules.
pub(super) fn run(config: &Path, args: &LintArgs) -> Ended {
    let folder = Folder::read(config, &args.content)?;
    let findings = findings(&folder, SystemClock.now());
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
fn findings(folder: &Folder, now: Timestamp) -> Vec<Finding> {
    let sources = folder.configured.as_ref().unwrap_or(&folder.logs);
    // What cannot be taken back is never done without an approval, whatever a playbook says.
    let playbooks = folder.playbooks.iter().map(|id| (id.clone(), true)).collect();
    let context = Context {
        sources,
        observed: None,
        owners: None,
        playbooks: Some(&playbooks),
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
