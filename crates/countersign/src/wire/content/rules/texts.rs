//! The files of rules below a folder.

use std::{
    collections::VecDeque,
    fs, io,
    path::{Path, PathBuf},
};

use detect::rule::{FILE_BYTES_MAX, RULES_MAX};

use super::super::{ContentProblem, files, unreadable};

/// How deep folders of rules may lie within each other.
const DEPTH_MAX: usize = 8;

/// The `.yml` and `.yaml` files of a folder and of those within it, in order, each by its path below
/// `name`, with its text. A folder that is not there has none; whatever cannot be read is told.
pub(crate) fn texts(
    folder: &Path,
    name: &str,
    problems: &mut Vec<ContentProblem>,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = VecDeque::from([(folder.to_owned(), name.to_owned(), 0)]);
    let mut tell = |path: &Path, text: String| {
        problems.push(ContentProblem { file: path.display().to_string(), text });
    };
    while let Some((folder, name, depth)) = folders.pop_front() {
        let paths = match paths(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && depth == 0 => continue,
            Err(error) => {
                let ContentProblem { text, .. } = unreadable(&folder, &error);
                tell(&folder, text);
                continue;
            }
            Ok(paths) => paths,
        };
        for path in paths {
            let word = path.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{name}/{word}");
            let is_rule = path.extension().is_some_and(|end| end == "yml" || end == "yaml");
            if path.is_dir() {
                if depth < DEPTH_MAX {
                    folders.push_back((path, name, depth + 1));
                } else {
                    tell(&path, format!("lies deeper than {DEPTH_MAX} folders: move it up"));
                }
            } else if is_rule && found.len() == RULES_MAX {
                let text = "this file and what follows is left out: name fewer folders";
                tell(&path, format!("more than {RULES_MAX} files of rules: {text}"));
                return found;
            } else if is_rule {
                match files::text(&path, FILE_BYTES_MAX as u64) {
                    Ok(text) => found.push((name, text)),
                    Err(error) => {
                        let ContentProblem { text, .. } = unreadable(&path, &error);
                        tell(&path, text);
                    }
                }
            }
        }
    }
    found
}

/// What is in a folder, in order.
fn paths(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &[u8])]) -> (Vec<String>, Vec<ContentProblem>) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join("rules").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        let mut problems = Vec::new();
        let found = texts(&folder.path().join("rules"), "rules", &mut problems);
        (found.into_iter().map(|(name, _)| name).collect(), problems)
    }

    #[test]
    fn every_file_is_read_or_told() {
        assert_eq!(read(&[]), (Vec::new(), Vec::new()), "no folder, no rules");
        let deep = "1/2/3/4/5/6/7/8/9/deep.yml";
        let long = vec![b'#'; FILE_BYTES_MAX + 1];
        let (found, problems) = read(&[
            ("b.yml", b"x"),
            ("a/a.yaml", b"x"),
            ("read.me", b"x"),
            ("bad.yml", b"\xff"),
            ("long.yml", &long),
            (deep, b"x"),
        ]);
        assert_eq!(found, ["rules/b.yml", "rules/a/a.yaml"]);
        let told: Vec<&str> = problems.iter().map(|it| it.file.as_str()).collect();
        assert_eq!(told.len(), 3, "{problems:?}");
        for (told, end) in told.iter().zip(["bad.yml", "long.yml", "8/9"]) {
            assert!(told.ends_with(end), "{told}");
        }
    }
}
