//! The rules of a content folder.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};
use detect::rule::{LoadOptions, Origin, RuleFile, Rules};

/// Reads the rules in a folder; what cannot be read is an error.
pub fn read(folder: &Path) -> anyhow::Result<Rules> {
    let mut texts = Vec::new();
    gather(folder, folder, &mut texts)
        .with_context(|| format!("reading rules in {}", folder.display()))?;
    let files: Vec<RuleFile<'_>> =
        texts.iter().map(|(name, text)| RuleFile { name, text, origin: Origin::Own }).collect();
    let (rules, problems) = Rules::load(&files, &LoadOptions::default());
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    ensure!(problems.is_empty(), "rules that cannot be used: {}", problems.join("; "));
    Ok(rules)
}

fn gather(root: &Path, folder: &Path, texts: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(root, &path, texts)?;
        } else if path.extension().is_some_and(|end| end == "yml") {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            texts.push((name, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
