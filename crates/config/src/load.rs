//! From text to a sound configuration, or to everything that is wrong with it.

use std::path::PathBuf;

use serde::{Serialize, de::DeserializeOwned};
use toml::Table;

use crate::{
    check,
    document::{self, Sheet},
    problem::ConfigProblem,
    registry::{Family, Registry, Section, Sections},
    schema::schema,
    secret::SecretUse,
    settings::{
        ApiKeys, Detection, Enrich, Escalate, EventLog, Limits, Organisation, Posture, Respond,
        Server, SignIn, Store, Telemetry, Verify,
    },
    validate,
};

/// The largest file that is taken, in bytes.
const FILE_BYTES: usize = 1_024 * 1_024;
/// Keys of families that are settings and not sections.
const OWN_KEYS: [(Family, &[&str]); 4] = [
    (Family::Verify, &["independence_window", "attempts", "sampled_permille"]),
    (Family::Escalate, &["none", "steps", "resume_after"]),
    (Family::Respond, &["per_hour", "per_hour_of_action"]),
    (Family::Enrich, &["deadline"]),
];

/// A configuration in which nothing is known to be wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The folder with policies, message templates and other content.
    pub content: PathBuf,
    /// Where this server listens and is found.
    pub server: Server,
    /// The company.
    pub organisation: Organisation,
    /// Where cases are kept.
    pub store: Store,
    /// How answers are proven.
    pub verify: Verify,
    /// Who is told when a person cannot be asked.
    pub escalate: Escalate,
    /// How much is done without a person.
    pub respond: Respond,
    /// What is looked up about an alert.
    pub enrich: Enrich,
    /// Who may do what.
    pub signin: SignIn,
    /// Keys for programs.
    pub api_keys: ApiKeys,
    /// What is taken from outside at once.
    pub limits: Limits,
    /// The history of events.
    pub event_log: EventLog,
    /// Rules over events.
    pub detection: Detection,
    /// What is told about the server itself.
    pub telemetry: Telemetry,
    /// `[directory.NAME]`
    pub directories: Sections,
    /// `[sources.NAME]`
    pub sources: Sections,
    /// `[chat.NAME]`
    pub chats: Sections,
    /// `[verify.NAME]`
    pub verifiers: Sections,
    /// `[escalate.NAME]`
    pub pagers: Sections,
    /// `[respond.NAME]`
    pub responders: Sections,
    /// `[enrich.NAME]`
    pub enrichers: Sections,
    /// `[writeback.NAME]`
    pub writebacks: Sections,
    /// How devices are looked at.
    pub posture: Posture,
    /// `[devices.NAME]`
    pub devices: Sections,
    /// `[compliance.NAME]`
    pub parties: Sections,
    /// Every place that refers to a secret.
    pub secrets: Vec<SecretUse>,
}

/// Reads a configuration. `file` is its name in problems; nothing is opened.
///
/// # Errors
/// Everything that is wrong in it, in the order of its lines. Whether secrets are there is another
/// question, for [`crate::missing_secrets`].
pub fn load(text: &str, file: &str, registry: &Registry) -> Result<Config, Vec<ConfigProblem>> {
    let sheet = Sheet::new(file, text);
    if text.len() > FILE_BYTES {
        return Err(vec![sheet.problem(None, "", "larger than 1 MiB")]);
    }
    let positions = document::parse(text, &sheet)?;
    let found = check::check(&schema(registry), &positions, &sheet);
    let table = toml::from_str(text)
        .map_err(|error| vec![sheet.problem(None, "", format!("not TOML: {}", error.message()))])?;
    let mut reader =
        Reader { table, positions: &positions, registry, sheet: &sheet, problems: found.problems };
    let config = Config { secrets: found.secrets, ..reader.config() };
    let mut problems = reader.problems;
    problems.extend(validate::problems(&config, &positions, &sheet));
    problems.sort();
    problems.dedup();
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

struct Reader<'a> {
    table: Table,
    positions: &'a toml::de::DeTable<'a>,
    registry: &'a Registry,
    sheet: &'a Sheet<'a>,
    problems: Vec<ConfigProblem>,
}

impl Reader<'_> {
    fn config(&mut self) -> Config {
        let content = self.table.get("content").and_then(toml::Value::as_str);
        Config {
            content: content.unwrap_or("content").into(),
            server: self.part("server"),
            organisation: self.part("organisation"),
            store: self.part("store"),
            verify: self.family_settings(Family::Verify),
            escalate: self.family_settings(Family::Escalate),
            respond: self.family_settings(Family::Respond),
            enrich: self.family_settings(Family::Enrich),
            signin: self.part("signin"),
            api_keys: self.part("api_keys"),
            limits: self.part("limits"),
            event_log: self.part("event_log"),
            detection: self.part("detection"),
            telemetry: self.part("telemetry"),
            directories: self.sections(Family::Directory),
            sources: self.sections(Family::Sources),
            chats: self.sections(Family::Chat),
            verifiers: self.sections(Family::Verify),
            pagers: self.sections(Family::Escalate),
            responders: self.sections(Family::Respond),
            enrichers: self.sections(Family::Enrich),
            writebacks: self.sections(Family::Writeback),
            posture: self.part("posture"),
            devices: self.sections(Family::Devices),
            parties: self.sections(Family::Compliance),
            secrets: Vec::new(),
        }
    }

    /// A table of settings; the default stands in for each that is known to be wrong.
    fn part<T: DeserializeOwned + Default>(&mut self, key: &str) -> T {
        let table = self.table.get(key).and_then(toml::Value::as_table).cloned();
        self.settings(key, table.unwrap_or_default())
    }

    fn settings<T: DeserializeOwned + Default>(&mut self, key: &str, mut table: Table) -> T {
        table.retain(|name, _| !self.is_faulty(&format!("{key}.{name}")));
        match toml::Value::Table(table).try_into() {
            Ok(settings) => settings,
            Err(error) => {
                let error: toml::de::Error = error;
                let byte = self.position(&[key]);
                self.problems.push(self.sheet.problem(byte, key, error.message()));
                T::default()
            }
        }
    }

    fn family_settings<T: DeserializeOwned + Default>(&mut self, family: Family) -> T {
        let mut table = self.entries(family);
        table.retain(|key, _| is_own(family, key));
        self.settings(family.key(), table)
    }

    fn entries(&self, family: Family) -> Table {
        self.table.get(family.key()).and_then(toml::Value::as_table).cloned().unwrap_or_default()
    }

    fn sections(&mut self, family: Family) -> Sections {
        let mut sections = Sections::new();
        for (name, value) in self.entries(family) {
            let key = format!("{}.{name}", family.key());
            let toml::Value::Table(settings) = value else { continue };
            if self.is_faulty(&key) {
                continue;
            }
            let section = self.section(family, &name, settings);
            sections.insert(name, section);
        }
        sections
    }

    fn section(&mut self, family: Family, name: &str, mut settings: Table) -> Section {
        let kind = settings.remove("kind").and_then(|kind| kind.as_str().map(str::to_owned));
        let byte = self.position(&[family.key(), name]);
        let section = Section {
            name: name.to_owned(),
            kind: kind.unwrap_or_default(),
            line: byte.map(|byte| self.sheet.line(byte)),
            settings,
        };
        for problem in self.registry.check(family, &section) {
            let path = [family.key(), name, &problem.path].join(".");
            let key = path.trim_end_matches('.');
            let inner: Vec<&str> = problem.path.split('.').filter(|key| !key.is_empty()).collect();
            let byte = self.position(&[&[family.key(), name], &inner[..]].concat()).or(byte);
            self.problems.push(self.sheet.problem(byte, key, problem.text));
        }
        section
    }

    /// Whether something at or below this key is already known to be wrong.
    fn is_faulty(&self, key: &str) -> bool {
        self.problems.iter().any(|problem| {
            let rest = problem.key.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    fn position(&self, keys: &[&str]) -> Option<usize> {
        position(self.positions, keys)
    }
}

fn is_own(family: Family, key: &str) -> bool {
    OWN_KEYS.iter().any(|(of, keys)| *of == family && keys.contains(&key))
}

/// Where the value of a key begins in the file.
pub(crate) fn position(table: &toml::de::DeTable<'_>, keys: &[&str]) -> Option<usize> {
    let (last, parents) = keys.split_last()?;
    let mut table = table;
    for key in parents {
        table = table.get(*key)?.get_ref().as_table()?;
    }
    Some(table.get_key_value(*last)?.1.span().start)
}

/// A part of the configuration, for showing.
pub(crate) fn shown_part<T: Serialize>(part: &T) -> toml::Value {
    toml::Value::try_from(part).expect("settings are plain TOML")
}
