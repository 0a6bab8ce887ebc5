//! What a crate's manifest says.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};
use toml::{Table, Value};

/// One crate of the workspace.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// The folder's name, which is the crate's.
    pub(super) folder: String,
    name: String,
    /// What the crate is built with. Dependencies of tests alone are free.
    pub(super) dependencies: BTreeSet<String>,
    has_workspace_lints: bool,
}

impl Manifest {
    /// Every crate, in the order of their names.
    pub(super) fn all(root: &Path) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(root.join("crates"))? {
            let path = entry?.path().join("Cargo.toml");
            if path.is_file() {
                all.push(Self::at(&path).with_context(|| path.display().to_string())?);
            }
        }
        all.sort_by(|one, other| one.folder.cmp(&other.folder));
        Ok(all)
    }

    fn at(path: &Path) -> Result<Self> {
        let folder = path.parent().and_then(Path::file_name).context("no folder")?;
        Self::read(&folder.to_string_lossy(), &fs::read_to_string(path)?)
    }

    /// Reads a manifest in a folder of that name.
    pub(super) fn read(folder: &str, text: &str) -> Result<Self> {
        let table: Table = text.parse()?;
        let own = [&table].into_iter();
        let per_target = table.get("target").and_then(Value::as_table).into_iter().flatten();
        let per_target = per_target.filter_map(|(_, target)| target.as_table());
        let dependencies = own
            .chain(per_target)
            .flat_map(|part| ["dependencies", "build-dependencies"].map(|key| part.get(key)))
            .flatten()
            .filter_map(Value::as_table)
            .flat_map(|dependencies| dependencies.iter().map(real_name))
            .collect();
        let name = table.get("package").and_then(|package| package.get("name"));
        let lints = table.get("lints").and_then(|lints| lints.get("workspace"));
        Ok(Self {
            folder: folder.to_owned(),
            name: name.and_then(Value::as_str).unwrap_or_default().to_owned(),
            dependencies,
            has_workspace_lints: lints.and_then(Value::as_bool) == Some(true),
        })
    }

    /// What is wrong with this manifest alone.
    pub(super) fn findings(&self) -> Vec<String> {
        let Self { folder, name, has_workspace_lints, .. } = self;
        let mut found = Vec::new();
        if name != folder {
            found.push(format!("crates/{folder}: its package is named `{name}`, not `{folder}`"));
        }
        if !has_workspace_lints {
            found.push(format!("crates/{folder}: add `[lints] workspace = true`"));
        }
        found
    }
}

/// A dependency's own name, also where it is renamed.
fn real_name((key, value): (&String, &Value)) -> String {
    let package = value.get("package").and_then(Value::as_str);
    package.unwrap_or(key).to_owned()
}
