//! The content folder: policies and message templates. What ships is built in; what lies in the
//! folder comes before it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use casework::policy::{self, Policies};
use runtime::render::{self, Templates};

use super::files;

/// How many files of one kind are read.
const FILES_MAX: usize = 1_000;
/// The folders of the content folder that mean something here.
const POLICIES: &str = "policies";
const TEMPLATES: &str = "templates";

/// What the content folder holds.
pub(crate) struct Content {
    pub(crate) policies: Policies,
    pub(crate) templates: Templates,
}

/// What is wrong with a file of content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContentProblem {
    pub(crate) file: String,
    pub(crate) text: String,
}

impl std::fmt::Display for ContentProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file, self.text)
    }
}

impl Content {
    /// Reads the folder and checks all of it. A folder that is not there holds nothing of its own.
    pub(crate) fn read(folder: &Path) -> Result<Self, Vec<ContentProblem>> {
        let mut problems = Vec::new();
        let policies = policies(&folder.join(POLICIES), &mut problems);
        let templates = templates(&folder.join(TEMPLATES), &mut problems);
        problems.extend(unknown_messages(&policies, &templates));
        if problems.is_empty() { Ok(Self { policies, templates }) } else { Err(problems) }
    }
}

fn policies(folder: &Path, problems: &mut Vec<ContentProblem>) -> Policies {
    let files = read_folder(folder, policy::MAX_FILE_BYTES, problems);
    let (policies, wrong) = Policies::load(&files);
    let in_folder = |name: &str| folder.join(name).display().to_string();
    problems.extend(wrong.into_iter().map(|problem| {
        let file = in_folder(&problem.file);
        let told = problem.to_string();
        let text = told.strip_prefix(&format!("{}: ", problem.file)).unwrap_or(&told).to_owned();
        ContentProblem { file, text }
    }));
    let failed = Policies::run_tests(&files).into_iter().filter(|result| !result.is_passed());
    problems.extend(failed.map(|result| ContentProblem {
        file: in_folder(&result.file),
        text: format!("the test `{}` fails: {}", result.test, result.failures.join("; ")),
    }));
    policies
}

fn templates(folder: &Path, problems: &mut Vec<ContentProblem>) -> Templates {
    let files = read_folder(folder, render::MAX_FILE_BYTES, problems);
    let (templates, wrong) = Templates::load(&files);
    problems.extend(wrong.into_iter().map(|problem| ContentProblem {
        file: folder.join(problem.path).display().to_string(),
        text: problem.text,
    }));
    templates
}

/// A policy that names a message that does not exist would ask in words that nobody chose.
fn unknown_messages(policies: &Policies, templates: &Templates) -> Vec<ContentProblem> {
    let named = policies.messages().filter(|(_, message)| !templates.has(message));
    let problem = |(policy, message): (&str, &str)| ContentProblem {
        file: POLICIES.to_owned(),
        text: format!("the policy {policy} names the message `{message}`, which does not exist"),
    };
    named.map(problem).collect()
}

/// The `.yml` files of a folder, by name. A folder that is not there has none.
fn read_folder(
    folder: &Path,
    limit: usize,
    problems: &mut Vec<ContentProblem>,
) -> Vec<(String, String)> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            problems.push(unreadable(folder, &error));
            return Vec::new();
        }
        Ok(entries) => entries,
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yml" || end == "yaml"));
    paths.sort();
    if paths.len() > FILES_MAX {
        let text = format!("more than {FILES_MAX} files");
        problems.push(ContentProblem { file: folder.display().to_string(), text });
        return Vec::new();
    }
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.map(str::to_owned) else {
            let text = "the name is not text".to_owned();
            problems.push(ContentProblem { file: path.display().to_string(), text });
            continue;
        };
        match files::text(&path, limit as u64) {
            Ok(text) => files.push((name, text)),
            Err(error) => problems.push(unreadable(&path, &error)),
        }
    }
    files
}

fn unreadable(path: &Path, error: &io::Error) -> ContentProblem {
    let text = format!("cannot be read: {error}");
    ContentProblem { file: path.display().to_string(), text }
}
