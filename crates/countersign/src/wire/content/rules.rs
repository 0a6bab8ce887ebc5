//! Rules over events: ours, in `rules` of the content folder, and folders of other people's Sigma
//! rules.
//!
//! A problem of one of ours keeps all content from being put in force. Other people's rules are not
//! ours to mend: one that cannot be used is left out, and told as a warning.

mod texts;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use content::FileProblem;
use detect::{
    calibrate::{Calibrated, report::note_text},
    engine::{Thresholds, thresholds},
    rule::{LoadOptions, Origin, Rule, RuleFile, Rules, State},
};

use super::{ContentProblem, files, told, unreadable};

pub(crate) use texts::texts;

/// The folder of our own rules within the content folder.
pub(crate) const FOLDER: &str = "rules";
/// What calibration has chosen, in the content folder.
const CALIBRATED: &str = "calibrated.yml";
/// The longest such file, in bytes.
const CALIBRATED_BYTES_MAX: u64 = 1024 * 1024;
/// How many warnings about other people's rules are told one by one.
const WARNINGS_MAX: usize = 20;
/// The keys of which one says how an alert of a rule is treated.
const ACTS: [&str; 3] = ["ask", "notify", "escalate"];

/// Where other people's rules are, and what becomes of what they find.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sigma {
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) is_live: bool,
}

/// All rules, ready for the engine.
#[derive(Debug, Default)]
pub(crate) struct RuleSet {
    pub(crate) rules: Rules,
    pub(crate) thresholds: Thresholds,
    /// What is not used, and why.
    pub(crate) warnings: Vec<String>,
    /// Our files: name and text.
    own: Vec<(String, String)>,
}

impl RuleSet {
    /// Reads everything. Problems are those of our own files.
    pub(super) fn read(folder: &Path, sigma: &Sigma, problems: &mut Vec<ContentProblem>) -> Self {
        let own = texts(&folder.join(FOLDER), FOLDER, problems);
        let mut left_out = Vec::new();
        let others: Vec<(String, String)> = sigma
            .folders
            .iter()
            .flat_map(|folder| texts(folder, &folder.display().to_string(), &mut left_out))
            .collect();
        let files: Vec<RuleFile<'_>> = own
            .iter()
            .map(|(name, text)| RuleFile { name, text, origin: Origin::Own })
            .chain(others.iter().map(|(name, text)| RuleFile { name, text, origin: Origin::Sigma }))
            .collect();
        let sigma_state = if sigma.is_live { State::Live } else { State::Shadow };
        let options = LoadOptions { sigma_state, ..LoadOptions::default() };
        let (rules, found) = Rules::load(&files, &options);
        let names: BTreeSet<&str> = own.iter().map(|(name, _)| name.as_str()).collect();
        let (ours, theirs): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|problem| names.contains(&*problem.file));
        problems.extend(ours.iter().map(|problem| told(folder, problem)));
        let mut warnings = warned(&left_out, &theirs);
        let calibrated = calibrated(folder, problems);
        let (thresholds, notes) = thresholds(&rules, &calibrated);
        warnings.extend(notes.iter().map(|note| format!("{CALIBRATED}: {}", note_text(note))));
        Self { rules, thresholds, warnings, own }
    }

    /// Our files whose rules raise alerts: what is to be done about these stands in them.
    pub(super) fn treated(&self) -> Vec<(String, String)> {
        treated(&self.rules, &self.own)
    }
}

/// Of our files, given by name and text, those that say what is to be done about alerts. A rule that
/// raises nothing by itself need not say it, and one that could not be read was told already.
pub(crate) fn treated(rules: &Rules, own: &[(String, String)]) -> Vec<(String, String)> {
    let by_file: BTreeMap<&str, &Rule> =
        rules.all().iter().map(|rule| (&*rule.file, &**rule)).collect();
    let says_something = |text: &str| {
        let value: Option<serde_norway::Value> = serde_norway::from_str(text).ok();
        let block = value.as_ref().and_then(|value| value.get("countersign"));
        ACTS.iter().any(|key| block.is_some_and(|block| block.get(key).is_some()))
    };
    let is_treated = |(name, text): &&(String, String)| {
        by_file.get(name.as_str()).is_some_and(|rule| {
            let is_heard = rules.is_raising(rule) && rule.meta.state.is_evaluated();
            is_heard || says_something(text)
        })
    };
    own.iter().filter(is_treated).cloned().collect()
}

fn warned(left_out: &[ContentProblem], theirs: &[FileProblem]) -> Vec<String> {
    let all = left_out.iter().map(ToString::to_string);
    let mut all: Vec<String> = all.chain(theirs.iter().map(ToString::to_string)).collect();
    let untold = all.len().saturating_sub(WARNINGS_MAX);
    all.truncate(WARNINGS_MAX);
    if untold > 0 {
        all.push(format!("{untold} more problems of Sigma rules; those rules are left out"));
    }
    all
}

fn calibrated(folder: &Path, problems: &mut Vec<ContentProblem>) -> Calibrated {
    let path = folder.join(CALIBRATED);
    let text = match files::text(&path, CALIBRATED_BYTES_MAX) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Calibrated::default(),
        Err(error) => {
            problems.push(unreadable(&path, &error));
            return Calibrated::default();
        }
    };
    Calibrated::read(CALIBRATED, &text).unwrap_or_else(|found| {
        problems.extend(found.iter().map(|problem| told(folder, problem)));
        Calibrated::default()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const HEAD: &str = "title: T\nlogsource: { product: okta }\n";
    const DETECTION: &str = "detection: { s: { eventType: x }, condition: s }\n";

    fn set(files: &[(&str, &str)], sigma: &[(&str, &str)]) -> (RuleSet, Vec<ContentProblem>) {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |under: &str, files: &[(&str, &str)]| {
            for (name, text) in files {
                let path = folder.path().join(under).join(name);
                fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                fs::write(path, text).expect("written");
            }
        };
        write("content/rules", files);
        write("sigma", sigma);
        let mut problems = Vec::new();
        let sigma = Sigma { folders: vec![folder.path().join("sigma")], is_live: false };
        fs::create_dir_all(&sigma.folders[0]).expect("made");
        let set = RuleSet::read(&folder.path().join("content"), &sigma, &mut problems);
        (set, problems)
    }

    fn own(id: &str, body: &str, block: &str) -> String {
        format!("{HEAD}id: {id}\n{body}countersign: {{ state: live, owner: o{block} }}\n")
    }

    #[test]
    fn what_ships_can_be_put_in_force() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
        let read = super::super::Content::read(&folder, &Sigma::default(), Default::default());
        let content = match read {
            Ok(content) => content,
            Err(problems) => panic!("{problems:?}"),
        };
        assert!(content.rules.rules.all().len() >= 60);
        assert_eq!(content.rules.warnings, [] as [&str; 0]);
    }

    /// The parts of a shipped text in German.
    fn german(name: &str) -> Option<BTreeMap<String, String>> {
        let file = format!("{name}.de.yml");
        let (_, text) = runtime::render::SHIPPED.iter().find(|(name, _)| *name == file)?;
        serde_norway::from_str(text).ok()
    }

    #[test]
    fn whoever_is_told_of_what_a_shipped_rule_found_is_told_in_german_too() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
        let set = RuleSet::read(&folder, &Sigma::default(), &mut Vec::new());
        let mut titles = german("rule-titles").expect("titles");
        for (name, text) in set.treated() {
            let file: serde_norway::Value = serde_norway::from_str(&text).expect("YAML");
            let id = file["id"].as_str().expect("an id");
            assert!(titles.remove(id).is_some(), "{id} has no German title");
            let block = &file["countersign"];
            let message = ["ask", "notify"].iter().find_map(|act| block[act]["message"].as_str());
            let is_there = message.is_none_or(|it| german(it).is_some_and(|it| it.len() == 2));
            assert!(is_there, "{name}: {message:?} has no German text");
        }
        assert_eq!(titles, BTreeMap::new(), "titles of no rule");
    }

    #[test]
    fn a_problem_of_ours_is_told_and_one_of_others_warns() {
        let bad = "title: T\nid: bad\nlogsource: { product: okta }\ndetection: { s: 1 }\n";
        let good = own("good", DETECTION, ", escalate: true");
        let theirs = format!("{HEAD}id: theirs\n{DETECTION}");
        let (rules, problems) = set(
            &[("okta/good.yml", &good), ("bad.yml", bad)],
            &[("deep/er/theirs.yml", &theirs), ("bad.yml", "- no rule")],
        );
        assert!(problems.iter().all(|it| it.file.ends_with("bad.yml")) && !problems.is_empty());
        assert_eq!(rules.warnings.len(), 1, "{:?}", rules.warnings);
        let mut ids: Vec<&str> = rules.rules.all().iter().map(|rule| rule.id()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["good", "theirs"]);
    }

    #[test]
    fn what_raises_nothing_by_itself_need_not_say_what_is_done_about_it() {
        let base = own("base", DETECTION, "");
        let counts = own(
            "counts",
            "correlation: { type: event_count, rules: [base], timespan: 5m, condition: { gte: 3 } }\n",
            ", escalate: true",
        )
        .replace("logsource: { product: okta }\n", "");
        let filter = own(
            "filter",
            "filter: { rules: [base], s: { a: b }, condition: s }\n",
            ", reason: r, expires: 2030-01-01",
        );
        let silent = own("silent", DETECTION, "");
        let (rules, problems) = set(
            &[("base.yml", &base), ("counts.yml", &counts), ("f.yml", &filter), ("s.yml", &silent)],
            &[],
        );
        assert_eq!(problems, []);
        let treated: Vec<String> = rules.treated().into_iter().map(|file| file.0).collect();
        assert_eq!(treated, ["rules/counts.yml", "rules/s.yml"]);
    }
}
