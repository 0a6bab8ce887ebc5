//! The rules of a content folder, with what is done about their alerts.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use casework::policy::{Files, Policies};
use content::FileProblem;
use detect::{
    engine::Source,
    rule::{FILE_BYTES_MAX, LoadOptions, Origin, RULES_MAX, RuleFile, Rules},
};
use ports::events::EventMap;
use runtime::render::Templates;

use super::treatment;
use crate::{
    cli::rules::ContentArgs,
    ending::Misuse,
    terminal,
    wire::{self, files, maps},
};

/// Where rules lie in the content folder.
pub(super) const RULES: &str = "rules";
const TEMPLATES: &str = "templates";
/// How deep folders within that may lie.
const DEPTH_MAX: usize = 8;

/// A content folder, read.
pub(crate) struct Folder {
    /// Where it is.
    pub(crate) root: PathBuf,
    /// The rules that could be read.
    pub(crate) rules: Rules,
    /// What could not, of detection and of treatment.
    pub(crate) problems: Vec<FileProblem>,
    /// What is done about their alerts.
    pub(crate) policies: Policies,
    /// The names of all files of rules.
    pub(crate) files: Vec<String>,
    /// How events are read: of all kinds of sources, and of those of the configuration that say
    /// themselves how.
    pub(crate) maps: Vec<Box<dyn EventMap>>,
    /// The logs that those carry.
    pub(crate) logs: Vec<Source>,
    /// The logs that the configuration has, where rules are held against one.
    pub(crate) configured: Option<Vec<Source>>,
}

impl Folder {
    /// Reads the folder that is named, or else the configuration's.
    pub(crate) fn read(config: &Path, args: &ContentArgs) -> anyhow::Result<Self> {
        let (root, configured) = match &args.content {
            Some(folder) => (folder.clone(), None),
            None => {
                let config = wire::read_config(config)?;
                (config.content.clone(), Some(maps::configured(&config)))
            }
        };
        let mut texts = Vec::new();
        gather(&root, &root.join(RULES), Origin::Own, 0, &mut texts)?;
        for folder in &args.sigma {
            if !folder.is_dir() {
                return Err(Misuse::of([format!("{}: is no folder", folder.display())]));
            }
            // Theirs are told by the path that was given: several folders may hold one name.
            gather(Path::new(""), folder, Origin::Sigma, 0, &mut texts)?;
        }
        let of = configured.as_deref().map(maps::logs);
        let mut all: Vec<_> = maps::known().into_iter().map(|(_, map)| map).collect();
        all.extend(configured.unwrap_or_default());
        Ok(Self::of(root, &texts, all, of))
    }

    /// Whether all of it could be read: what is wrong is told at once.
    pub(super) fn is_sound(&self) -> anyhow::Result<()> {
        let problems = self.problems.iter().map(|it| terminal::harmless(&it.to_string()));
        if self.problems.is_empty() { Ok(()) } else { Err(Misuse::of(problems)) }
    }

    fn of(
        root: PathBuf,
        texts: &[(String, String, Origin)],
        maps: Vec<Box<dyn EventMap>>,
        configured: Option<Vec<Source>>,
    ) -> Self {
        let files: Vec<RuleFile<'_>> = texts
            .iter()
            .map(|(name, text, origin)| RuleFile { name, text, origin: *origin })
            .collect();
        let (rules, mut problems) = Rules::load(&files, &LoadOptions::default());
        let (policies, more) = treatments(&root, texts, &rules);
        // What nobody can read is told once.
        let is_told = |problem: &FileProblem| problems.iter().any(|it| it.file == problem.file);
        let more: Vec<_> = more.into_iter().filter(|problem| !is_told(problem)).collect();
        problems.extend(more);
        let logs = maps::logs(&maps);
        let files = texts.iter().map(|(name, ..)| name.clone()).collect();
        Self { root, rules, problems, policies, files, maps, logs, configured }
    }
}

/// What is done about the alerts of each rule that raises some.
fn treatments(
    root: &Path,
    texts: &[(String, String, Origin)],
    rules: &Rules,
) -> (Policies, Vec<FileProblem>) {
    let raising = rules.all().iter().filter(|rule| rules.is_raising(rule));
    let heard_of: BTreeSet<&str> = raising.map(|rule| &*rule.file).collect();
    let own = texts
        .iter()
        .filter(|(name, _, of)| *of == Origin::Own && heard_of.contains(name.as_str()))
        .map(|(name, text, _)| (name.clone(), text.clone()));
    let files = Files { rules: own.collect(), ..Files::default() };
    let (policies, mut problems) = Policies::load(&files, &treatment::stand_ins(&files.rules));
    problems.extend(unknown_messages(root, rules, &policies));
    (policies, problems)
}

fn unknown_messages(root: &Path, rules: &Rules, policies: &Policies) -> Vec<FileProblem> {
    let templates = templates(&root.join(TEMPLATES));
    let of_rules = policies.messages().filter_map(|(id, message)| Some((rules.get(id)?, message)));
    let unknown = of_rules.filter(|(_, message)| !templates.has(message));
    let problem = |(rule, message): (_, &str)| {
        let rule: &std::sync::Arc<detect::rule::Rule> = rule;
        let text = format!("there is no message `{message}`");
        FileProblem::new(&rule.file, "countersign.ask.message", text)
    };
    unknown.map(problem).collect()
}

/// What ships, and what lies in the folder. Whether those files are sound, `config check` says.
fn templates(folder: &Path) -> Templates {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let read = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let limit = runtime::render::MAX_FILE_BYTES as u64;
        Some((name, files::text(&entry.path(), limit).ok()?))
    });
    let read: Vec<_> = read.filter(|(name, _)| name.ends_with(".yml")).collect();
    Templates::load(&read).0
}

/// The files of rules below a folder, each by its path from `root`, in order.
fn gather(
    root: &Path,
    folder: &Path,
    origin: Origin,
    depth: usize,
    texts: &mut Vec<(String, String, Origin)>,
) -> anyhow::Result<()> {
    let failed = || format!("{} cannot be read", folder.display());
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(failed)?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>().with_context(failed)?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            anyhow::ensure!(depth < DEPTH_MAX, "{}: folders lie too deep", path.display());
            gather(root, &path, origin, depth + 1, texts)?;
        } else if path.extension().is_some_and(|end| end == "yml" || end == "yaml") {
            anyhow::ensure!(texts.len() < RULES_MAX, "more than {RULES_MAX} files of rules");
            // A file that is too long is read as far as it tells that.
            let text = files::text(&path, 2 * FILE_BYTES_MAX as u64)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            texts.push((name(root, &path), text, origin));
        }
    }
    Ok(())
}

/// A path from the root, written in the same way everywhere; one that is whole stays so.
fn name(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    if below.is_absolute() {
        return below.display().to_string();
    }
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
