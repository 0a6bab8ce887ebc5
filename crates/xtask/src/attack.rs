//! Writes the table of ATT&CK's tactics and techniques: `cargo xtask attack --from DIR`.
//!
//! The folder holds `tactics.csv`, `techniques.csv` and the `NOTICE` that goes with them; the table
//! keeps identifiers and which technique belongs to which tactics, and the notice.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, ensure};

/// Where the table is, in the workspace.
const TABLE: &str = "crates/detect/src/lint/attack/table.txt";
/// Where the notice is.
const NOTICE: &str = "crates/detect/src/lint/attack/NOTICE";

/// Writes the table anew.
pub(crate) fn run(root: &Path, from: &Path) -> Result<ExitCode> {
    let read = |name: &str| {
        let path = from.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let notice = read("NOTICE")?;
    let table = table(&read("tactics.csv")?, &read("techniques.csv")?, &notice)?;
    fs::write(root.join(TABLE), table).context(TABLE)?;
    fs::write(root.join(NOTICE), notice).context(NOTICE)?;
    Ok(ExitCode::SUCCESS)
}

/// One line a tactic, then one a technique with its tactics; before them the version.
fn table(tactics: &str, techniques: &str, notice: &str) -> Result<String> {
    let version = notice.split(" v").nth(1).and_then(|rest| rest.split([' ', ':']).next());
    let version = version.filter(|it| it.starts_with(|first: char| first.is_ascii_digit()));
    let version = version.context("the notice names no version, such as v17.0")?;
    let mut lines = vec![format!("version {version}")];
    for row in rows(tactics, "id,short_name")? {
        let [id, name] = row[..] else { anyhow::bail!("{row:?}: a tactic has two columns") };
        lines.push(format!("{id} {name}"));
    }
    let mut all = Vec::new();
    for row in rows(techniques, "technique,name,tactics")? {
        // Names may hold commas; identifiers and tactics do not.
        let (Some(id), Some(tactics)) = (row.first(), row.last()) else { continue };
        ensure!(id.starts_with('T') && !tactics.is_empty(), "{row:?}: not a technique");
        all.push(format!("{id} {tactics}"));
    }
    all.sort();
    lines.extend(all);
    Ok(lines.join("\n") + "\n")
}

fn rows<'t>(text: &'t str, head: &str) -> Result<Vec<Vec<&'t str>>> {
    let mut lines = text.lines();
    ensure!(lines.next() == Some(head), "the first line must be `{head}`");
    Ok(lines.filter(|line| !line.is_empty()).map(|line| line.split(',').collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_written_from_two_files_and_says_its_version() {
        let techniques = "technique,name,tactics\nT2,\"Two, of them\",b a\nT1.001,One,a\n";
        let table =
            table("id,short_name\nTA1,a\nTA2,b\n", techniques, "ATT&CK v17.0: x").expect("a table");
        assert_eq!(table, "version 17.0\nTA1 a\nTA2 b\nT1.001 a\nT2 b a\n");
        assert!(super::table("id\n", techniques, "ATT&CK v17.0").is_err());
        assert!(super::table("id,short_name\n", techniques, "no version").is_err());
    }
}
