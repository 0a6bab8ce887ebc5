//! The rules of a content folder, with what is done about their alerts.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use casework::policy::{Files, Policies};
use content::FileProblem;
use detect::{
    engine::Source,
    rule::{LoadOptions, Origin, RuleFile, Rules},
};
use ports::events::EventMap;
use runtime::render::Templates;

use super::treatment;
use crate::{
    cli::rules::ContentArgs,
    ending::Misuse,
    terminal,
    wire::{self, content::RULES, files, maps},
};

const TEMPLATES: &str = "templates";

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
    /// The playbooks that lie in it, by id.
    pub(crate) playbooks: BTreeSet<String>,
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
        // Whatever folder is named: a configuration that is there says how its own logs are read.
        let is_needed = args.content.is_none();
        let config = match is_needed || config.exists() {
            true => Some(wire::read_config(config)?),
            false => None,
        };
        let described = config.as_ref().map(maps::configured).unwrap_or_default();
        let of = is_needed.then(|| maps::logs(&described));
        let configured = config.map(|config| config.content).unwrap_or_default();
        let root = args.content.clone().unwrap_or(configured);
        let mut problems = Vec::new();
        let own = wire::content::texts(&root.join(RULES), RULES, &mut problems);
        let playbooks = wire::content::playbook_ids(&root, &mut problems);
        let mut theirs = Vec::new();
        for folder in &args.sigma {
            if !folder.is_dir() {
                return Err(Misuse::of([format!("{}: is no folder", folder.display())]));
            }
            // Theirs are told by the path that was given: several folders may hold one name.
            let name = folder.display().to_string();
            theirs.extend(wire::content::texts(folder, &name, &mut problems));
        }
        if !problems.is_empty() {
            return Err(Misuse::of(problems.iter().map(ToString::to_string)));
        }
        let mut all: Vec<_> = maps::known().into_iter().map(|(_, map)| map).collect();
        all.extend(described);
        let folder = Self::of(root, &own, &theirs, all, of);
        Ok(Self { playbooks, ..folder })
    }

    /// Whether all of it could be read: what is wrong is told at once.
    pub(super) fn is_sound(&self) -> anyhow::Result<()> {
        let problems = self.problems.iter().map(|it| terminal::harmless(&it.to_string()));
        if self.problems.is_empty() { Ok(()) } else { Err(Misuse::of(problems)) }
    }

    fn of(
        root: PathBuf,
        own: &[(String, String)],
        theirs: &[(String, String)],
        maps: Vec<Box<dyn EventMap>>,
        configured: Option<Vec<Source>>,
    ) -> Self {
        let ours = own.iter().map(|file| (file, Origin::Own));
        let all = ours.chain(theirs.iter().map(|file| (file, Origin::Sigma)));
        let files: Vec<RuleFile<'_>> =
            all.map(|((name, text), origin)| RuleFile { name, text, origin }).collect();
        let (rules, mut problems) = Rules::load(&files, &LoadOptions::default());
        let (policies, more) = treatments(&root, own, &rules);
        // What nobody can read is told once.
        let is_told = |problem: &FileProblem| problems.iter().any(|it| it.file == problem.file);
        let more: Vec<_> = more.into_iter().filter(|problem| !is_told(problem)).collect();
        problems.extend(more);
        let logs = maps::logs(&maps);
        let files = files.iter().map(|file| file.name.to_owned()).collect();
        let playbooks = BTreeSet::new();
        Self { root, rules, problems, policies, playbooks, files, maps, logs, configured }
    }
}

/// What is done about the alerts of each rule that raises some.
fn treatments(
    root: &Path,
    own: &[(String, String)],
    rules: &Rules,
) -> (Policies, Vec<FileProblem>) {
    let files = Files { rules: wire::content::treated(rules, own), ..Files::default() };
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
