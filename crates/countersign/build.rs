//! Builds the shipped rules into the program: a list of the files below `content/rules`.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

const RULES: &str = "../../content/rules";
const NETWORKS: &str = "../../content/test-networks.yml";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed={RULES}");
    println!("cargo:rerun-if-changed={NETWORKS}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(RULES);
    let mut files = Vec::new();
    gather(&root, &mut files)?;
    files.sort();
    let mut out = String::from("&[\n");
    for path in &files {
        let parts = path.strip_prefix(&root).map_err(io::Error::other)?.iter();
        let name: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
        let _ = writeln!(out, "    ({:?}, include_str!({:?})),", name.join("/"), path.display());
    }
    out.push_str("]\n");
    let to = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(io::ErrorKind::NotFound)?;
    fs::write(to.join("rules.rs"), out)
}

/// Rules, and the events of their tests.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_ours = path.extension().is_some_and(|end| end == "yml" || end == "ndjson");
        if path.is_dir() {
            gather(&path, files)?;
        } else if is_ours {
            files.push(path);
        }
    }
    Ok(())
}
