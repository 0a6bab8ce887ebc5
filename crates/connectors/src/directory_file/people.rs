//! The whole file, and what its people dispute.

use std::{collections::HashMap, path::PathBuf};

use jiff::tz::TimeZone;
use model::{Personal, Problem};
use ports::directory::ListDirectory;
use secrecy::SecretString;
use toml::de::DeTable;

use super::{
    fields::{Faults, Fields},
    lines::{Lines, pieces},
    person::{self, Entry, Surroundings},
};
use crate::secret::{SecretError, SecretRef};

/// The most people of one file.
pub const PEOPLE: usize = 500_000;

/// A directory, and what is disputed in it.
#[derive(Debug)]
pub struct Loaded {
    /// Who works here.
    pub directory: ListDirectory,
    /// What to mend; the directory works without it.
    pub problems: Vec<Problem>,
}

/// Why there is no directory.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The file cannot be read.
    #[error("the file {} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: std::io::Error,
    },
    /// The file is larger than anything that could be a directory.
    #[error("the file is larger than 64 MiB, or holds more than {PEOPLE} people")]
    TooLarge,
    /// Something in it is written wrongly.
    #[error("{} in the file of people", faults(.0))]
    Invalid(Vec<Problem>),
}

/// "1 fault" or "3 faults".
fn faults(problems: &[Problem]) -> String {
    let count = problems.len();
    format!("{count} {}", if count == 1 { "fault" } else { "faults" })
}

/// Reads people. `directory` is the name of the section, `zone` the organisation's, `fetch`
/// fetches a secret.
///
/// # Errors
/// Something is written wrongly: all of it, with lines, and without anybody's data.
pub fn read(
    directory: &str,
    text: &str,
    zone: &TimeZone,
    fetch: impl Fn(&SecretRef) -> Result<SecretString, SecretError>,
) -> Result<Loaded, PeopleError> {
    let lines = Lines::of(text);
    let mut faults = Faults::new(&lines);
    let around = Surroundings { directory, zone, fetch: &fetch };
    let entries = entries(text, &around, &mut faults).unwrap_or_else(|| {
        // A cut fell into a text of several lines, or the file is not TOML at all.
        faults = Faults::new(&lines);
        let mut entries = Vec::new();
        piece(text, 0, &around, &mut entries, &mut faults);
        entries
    });
    if entries.len() > PEOPLE {
        return Err(PeopleError::TooLarge);
    }
    Disputes::new(&lines).settle(entries, faults)
}

/// Reads piece by piece; `None` when a piece does not parse alone.
fn entries(text: &str, around: &Surroundings<'_>, faults: &mut Faults<'_>) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    for range in pieces(text) {
        let offset = range.start;
        if !piece(&text[range], offset, around, &mut entries, faults) {
            return None;
        }
    }
    Some(entries)
}

/// Reads one piece. Whether it is TOML.
fn piece(
    text: &str,
    offset: usize,
    around: &Surroundings<'_>,
    entries: &mut Vec<Entry>,
    faults: &mut Faults<'_>,
) -> bool {
    let parsed = match DeTable::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let byte = offset + error.span().map_or(0, |span| span.start);
            faults.add("", byte, &format!("not TOML: {}", error.message()));
            return false;
        }
    };
    for (key, value) in parsed.get_ref() {
        let people = value.get_ref().as_array().filter(|_| key.get_ref() == "person");
        let Some(people) = people else {
            let what = "write only `[[person]]` tables";
            faults.add("", offset + key.span().start, what);
            continue;
        };
        for value in people {
            let path = format!("person[{}]", entries.len());
            let known = person::KEYS;
            let fields = Fields::new(value, offset, path, known, faults);
            entries.extend(fields.and_then(|fields| person::read(fields, around)));
        }
    }
    true
}

/// Compares people with each other.
struct Disputes<'l> {
    lines: &'l Lines,
    problems: Vec<Problem>,
    /// Each name in use, with whose it was first: their place in the list, and their line.
    names: HashMap<String, (usize, usize)>,
}

impl<'l> Disputes<'l> {
    fn new(lines: &'l Lines) -> Self {
        Self { lines, problems: Vec::new(), names: HashMap::new() }
    }

    fn settle(
        mut self,
        mut entries: Vec<Entry>,
        mut faults: Faults<'_>,
    ) -> Result<Loaded, PeopleError> {
        self.refuse_double_ids(&entries, &mut faults);
        let found = faults.into_problems();
        if !found.is_empty() {
            return Err(PeopleError::Invalid(found));
        }
        self.note_shared_names(&entries);
        self.resolve_managers(&mut entries);
        let mut factors = Vec::new();
        let people: Vec<_> = entries
            .into_iter()
            .map(|entry| {
                factors.extend(entry.factor);
                entry.person
            })
            .collect();
        let directory = ListDirectory::new(people);
        let directory = factors.into_iter().fold(directory, |directory, factor| {
            directory.with_factors(factor.person, vec![factor])
        });
        Ok(Loaded { directory, problems: self.problems })
    }

    /// Two people of one id would be one person to everything else: this is no dispute.
    fn refuse_double_ids(&self, entries: &[Entry], faults: &mut Faults<'_>) {
        let mut seen = HashMap::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            if let Some(first) = seen.insert(entry.person.id, entry.start) {
                let first = self.lines.at(first);
                let what = format!("the same id as the person of line {first}");
                faults.add(&format!("person[{at}].id"), entry.start, &what);
            }
        }
    }

    fn note_shared_names(&mut self, entries: &[Entry]) {
        for (at, entry) in entries.iter().enumerate() {
            let line = self.lines.at(entry.start);
            let person = &entry.person;
            // One map for ids, e-mails and aliases: a tool may use any of them.
            self.claim(at, "id", person.subject.reveal().to_lowercase(), line);
            self.claim(at, "email", person.email.reveal().to_lowercase(), line);
            for alias in &person.aliases {
                self.claim(at, "aliases", alias.reveal().to_lowercase(), line);
            }
            for (chat, account) in &person.chat {
                self.claim(at, "chat", format!("{chat}\0{account}"), line);
            }
        }
    }

    fn claim(&mut self, at: usize, field: &str, name: String, line: usize) {
        let (owner, first) = *self.names.entry(name).or_insert((at, line));
        if owner != at {
            let text = format!(
                "line {line}: also a name of the person of line {first}, so that it finds nobody"
            );
            self.problems.push(Problem::at(format!("person[{at}].{field}"), text));
        }
    }

    /// Managers may be written as ids or e-mails, and become ids.
    fn resolve_managers(&mut self, entries: &mut [Entry]) {
        let subjects: HashMap<String, Personal> = entries
            .iter()
            .flat_map(|entry| {
                let subject = &entry.person.subject;
                [subject, &entry.person.email]
                    .map(|name| (name.reveal().to_lowercase(), subject.clone()))
            })
            .collect();
        for (at, entry) in entries.iter_mut().enumerate() {
            let find = |name: &str| subjects.get(&name.to_lowercase()).cloned();
            if let Some(manager) = entry.person.manager.take() {
                entry.person.manager = find(manager.reveal());
                self.note_stranger(at, "manager", entry.start, entry.person.manager.is_none());
            }
        }
    }

    fn note_stranger(&mut self, at: usize, field: &str, start: usize, is_stranger: bool) {
        if is_stranger {
            let text = format!("line {}: nobody in this file, ignored", self.lines.at(start));
            self.problems.push(Problem::at(format!("person[{at}].{field}"), text));
        }
    }
}
