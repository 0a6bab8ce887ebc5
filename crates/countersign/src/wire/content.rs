//! The content folder: policies, filters, maintenance windows, playbooks, message templates, rules.
//! What ships is built in; what lies in the folder comes before it.

mod rules;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use casework::{
    catalog::Catalog,
    playbook::{self, Playbook},
    policy::{self, Files, Policies},
};
use content::FileProblem;
use runtime::{
    posture::PostureContent,
    render::{self, Templates},
};

use super::files;
pub(crate) use rules::{FOLDER as RULES, RuleSet, Sigma, texts, treated};

/// How many files of one kind are read.
const FILES_MAX: usize = 1_000;
/// The folders of the content folder that mean something here.
const POLICIES: &str = "policies";
const FILTERS: &str = "filters";
const MAINTENANCE: &str = "maintenance";
const PLAYBOOKS: &str = "playbooks";
const TEMPLATES: &str = "templates";
const CHECKS: &str = "checks";
const DIRECTIONS: &str = "directions";

/// What the content folder holds.
pub(crate) struct Content {
    pub(crate) policies: Policies,
    pub(crate) playbooks: BTreeMap<String, Arc<Playbook>>,
    pub(crate) templates: Templates,
    pub(crate) rules: RuleSet,
    pub(crate) posture: PostureContent,
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
    /// `catalog` holds what the configuration lets it name; playbooks are read here.
    pub(crate) fn read(
        folder: &Path,
        sigma: &Sigma,
        mut catalog: Catalog,
    ) -> Result<Self, Vec<ContentProblem>> {
        let mut problems = Vec::new();
        let templates = templates(&folder.join(TEMPLATES), &mut problems);
        catalog.messages = Some(templates.names().map(str::to_owned).collect());
        // A playbook names no other: those of before are not looked at.
        catalog.playbooks.clear();
        catalog.playbooks = playbooks(folder, &catalog, &mut problems);
        let rules = RuleSet::read(folder, sigma, &mut problems);
        let policies = policies(folder, &rules, &catalog, &mut problems);
        let posture = posture(folder, &mut problems);
        let playbooks = catalog.playbooks;
        if problems.is_empty() {
            Ok(Self { policies, playbooks, templates, rules, posture })
        } else {
            Err(problems)
        }
    }
}

fn policies(
    folder: &Path,
    rules: &RuleSet,
    catalog: &Catalog,
    problems: &mut Vec<ContentProblem>,
) -> Policies {
    let mut read = |name: &str| in_folder(folder, name, problems);
    let files = Files {
        policies: read(POLICIES),
        filters: read(FILTERS),
        maintenance: read(MAINTENANCE),
        rules: rules.treated(),
    };
    let (policies, wrong) = Policies::load(&files, catalog);
    problems.extend(wrong.into_iter().map(|problem| told(folder, &problem)));
    let failed = Policies::run_tests(&files, catalog).into_iter();
    problems.extend(failed.filter(|result| !result.is_passed()).map(|result| ContentProblem {
        file: folder.join(&result.file).display().to_string(),
        text: format!("the test `{}` fails: {}", result.test, result.failures.join("; ")),
    }));
    policies
}

fn playbooks(
    folder: &Path,
    catalog: &Catalog,
    problems: &mut Vec<ContentProblem>,
) -> BTreeMap<String, Arc<Playbook>> {
    let mut all = BTreeMap::new();
    for (name, text) in in_folder(folder, PLAYBOOKS, problems) {
        match playbook::read(&name, &text, catalog) {
            Ok((playbook, trials)) => {
                let failed = playbook::run_tests(&trials).into_iter();
                problems.extend(failed.filter(|it| !it.failures.is_empty()).map(|result| {
                    let failures = result.failures.join("; ");
                    let text = format!("the test `{}` fails: {failures}", result.test);
                    ContentProblem { file: folder.join(&name).display().to_string(), text }
                }));
                if let Some(earlier) = all.insert(playbook.id.clone(), playbook) {
                    let text = format!("the id {} is that of another playbook too", earlier.id);
                    let file = folder.join(&name).display().to_string();
                    problems.push(ContentProblem { file, text });
                }
            }
            Err(found) => problems.extend(found.iter().map(|problem| told(folder, problem))),
        }
    }
    all
}

/// The ids of the playbooks in a content folder, whether or not they can be used: that is for
/// `config check` to say, which knows the actions that there are.
pub(crate) fn playbook_ids(folder: &Path, problems: &mut Vec<ContentProblem>) -> BTreeSet<String> {
    let id = |(_, text): (String, String)| {
        let file: serde_norway::Value = serde_norway::from_str(&text).ok()?;
        file.get("id")?.as_str().map(str::to_owned)
    };
    in_folder(folder, PLAYBOOKS, problems).into_iter().filter_map(id).collect()
}

/// The files of a folder within the content folder, each by its path from there.
fn in_folder(
    folder: &Path,
    name: &str,
    problems: &mut Vec<ContentProblem>,
) -> Vec<(String, String)> {
    let files = read_folder(&folder.join(name), policy::MAX_FILE_BYTES, problems);
    files.into_iter().map(|(file, text)| (format!("{name}/{file}"), text)).collect()
}

/// A problem of a file, with where it lies.
fn told(folder: &Path, problem: &FileProblem) -> ContentProblem {
    let told = problem.to_string();
    let text = told.strip_prefix(&format!("{}: ", problem.file)).unwrap_or(&told).to_owned();
    ContentProblem { file: folder.join(&problem.file).display().to_string(), text }
}

/// Checks of devices and their directions.
fn posture(folder: &Path, problems: &mut Vec<ContentProblem>) -> PostureContent {
    let yaml = ["yml", "yaml"];
    let checks = read_files(&folder.join(CHECKS), &yaml, policy::MAX_FILE_BYTES, problems);
    let any = ["md", "yml"];
    let directions = read_files(&folder.join(DIRECTIONS), &any, policy::MAX_FILE_BYTES, problems);
    let (posture, wrong) = PostureContent::load(&checks, &directions);
    problems.extend(
        wrong.into_iter().map(|text| ContentProblem { file: folder.display().to_string(), text }),
    );
    posture
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

/// The `.yml` files of a folder, by name. A folder that is not there has none.
fn read_folder(
    folder: &Path,
    limit: usize,
    problems: &mut Vec<ContentProblem>,
) -> Vec<(String, String)> {
    read_files(folder, &["yml", "yaml"], limit, problems)
}

/// The files of a folder that end so.
fn read_files(
    folder: &Path,
    endings: &[&str],
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
    let is_meant = |path: &PathBuf| {
        let end = path.extension().and_then(|end| end.to_str());
        end.is_some_and(|end| endings.contains(&end))
    };
    paths.retain(is_meant);
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
