//! Reading one table: every fault is noted with its line, and reading goes on.

use model::Problem;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
    value::Datetime,
};

use super::{lines::Lines, person};
use crate::secret::SecretRef;

/// How alike a mistyped key must be to a known one to be named, from 0 to 1.
const ALIKE: f64 = 0.75;
/// The longest text of any field, in bytes.
pub(super) const TEXT_BYTES: usize = 320;
/// The most entries of any list or table.
pub(super) const ENTRIES: usize = 256;

/// What is written wrongly in a file, and where.
#[derive(Debug)]
pub(super) struct Faults<'l> {
    lines: &'l Lines,
    found: Vec<Problem>,
}

impl<'l> Faults<'l> {
    pub(super) fn new(lines: &'l Lines) -> Self {
        Self { lines, found: Vec::new() }
    }

    /// Notes a fault at a byte of the file. `what` never holds anybody's data.
    pub(super) fn add(&mut self, path: &str, byte: usize, what: &str) {
        let line = self.lines.at(byte);
        self.found.push(Problem::at(path, format!("line {line}: {what}")));
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.found
    }
}

/// One table of the file.
pub(super) struct Fields<'a, 'i, 'f, 'l> {
    table: &'a DeTable<'i>,
    /// Its path, such as `person[3]`.
    path: String,
    /// Where it begins in the file.
    pub(super) start: usize,
    /// Where the parsed piece begins in the file.
    offset: usize,
    faults: &'f mut Faults<'l>,
}

impl<'a, 'i, 'f, 'l> Fields<'a, 'i, 'f, 'l> {
    /// A table that may have these keys and no others.
    pub(super) fn new(
        value: &'a Spanned<DeValue<'i>>,
        offset: usize,
        path: String,
        known: &[&str],
        faults: &'f mut Faults<'l>,
    ) -> Option<Self> {
        let start = offset + value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            faults.add(&path, start, "not a table");
            return None;
        };
        for name in table.keys().filter(|name| !known.contains(&name.get_ref().as_ref())) {
            let what =
                refused_key(name.get_ref()).unwrap_or_else(|| unknown_key(name.get_ref(), known));
            faults.add(&path, offset + name.span().start, &what);
        }
        Some(Self { table, path, start, offset, faults })
    }

    fn get(&self, name: &str) -> Option<&'a Spanned<DeValue<'i>>> {
        self.table.get(name)
    }

    /// Notes that a field of this table holds what it must not, and takes nothing from it.
    pub(super) fn refuse<T>(&mut self, name: &str, what: &str) -> Option<T> {
        self.fault(name, what);
        None
    }

    fn fault(&mut self, name: &str, what: &str) {
        let byte = self.get(name).map_or(self.start, |value| self.offset + value.span().start);
        self.faults.add(&format!("{}.{name}", self.path), byte, what);
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, name: &str) -> Option<&'a str> {
        if self.get(name).is_none() {
            return self.refuse(name, "must be given");
        }
        self.text(name)
    }

    /// A text.
    pub(super) fn text(&mut self, name: &str) -> Option<&'a str> {
        match proper(self.get(name)?) {
            Ok(text) => Some(text),
            Err(what) => self.refuse(name, what),
        }
    }

    /// Yes or no; no when absent.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        let Some(value) = self.get(name) else { return default };
        let flag = value.get_ref().as_bool();
        flag.or_else(|| self.refuse(name, "not true or false")).unwrap_or(default)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Vec<&'a str> {
        let mut texts = Vec::new();
        for value in self.list(name) {
            match proper(value) {
                Ok(text) => texts.push(text),
                Err(what) => self.fault(name, what),
            }
        }
        texts
    }

    fn list(&mut self, name: &str) -> &'a [Spanned<DeValue<'i>>] {
        let Some(value) = self.get(name) else { return &[] };
        match value.get_ref().as_array() {
            Some(list) if list.len() <= ENTRIES => list,
            Some(_) => self.refuse(name, "more than 256 entries").unwrap_or_default(),
            None => self.refuse(name, "not a list").unwrap_or_default(),
        }
    }

    /// A table of names to texts.
    pub(super) fn pairs(&mut self, name: &str) -> Vec<(&'a str, &'a str)> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table().filter(|table| table.len() <= ENTRIES) else {
            return self.refuse(name, "not a table of at most 256 entries").unwrap_or_default();
        };
        let mut pairs = Vec::new();
        for (key, value) in table {
            match proper(value) {
                Ok(text) => pairs.push((key.get_ref().as_ref(), text)),
                Err(what) => self.fault(name, what),
            }
        }
        pairs
    }

    /// A date, with or without time and zone.
    pub(super) fn moment(&mut self, name: &str) -> Option<&'a Datetime> {
        let value = self.get(name)?;
        let moment = value.get_ref().as_datetime();
        moment.or_else(|| self.refuse(name, "not a date such as 2026-01-31, without quotes"))
    }

    /// Where a secret is.
    pub(super) fn secret(&mut self, name: &str) -> Option<SecretRef> {
        let Some(value) = self.get(name) else { return self.refuse(name, "must be given") };
        let secret =
            serde::Deserialize::deserialize(toml::de::ValueDeserializer::from(value.clone()));
        let form = r#"not a reference: write { env = "NAME" } or { file = "PATH" }"#;
        secret.ok().or_else(|| self.refuse(name, form))
    }

    /// A table within.
    pub(super) fn table(&mut self, name: &str, known: &[&str]) -> Option<Fields<'a, 'i, '_, 'l>> {
        let value = self.get(name)?;
        let path = format!("{}.{name}", self.path);
        Fields::new(value, self.offset, path, known, self.faults)
    }

    /// Reads each table of a list.
    pub(super) fn each<T>(
        &mut self,
        name: &str,
        known: &[&str],
        read: impl Fn(Fields<'a, 'i, '_, 'l>) -> Option<T>,
    ) -> Vec<T> {
        let list = self.list(name);
        let entries = list.iter().enumerate().filter_map(|(at, value)| {
            let path = format!("{}.{name}[{at}]", self.path);
            read(Fields::new(value, self.offset, path, known, self.faults)?)
        });
        entries.collect()
    }
}

fn proper<'a>(value: &'a Spanned<DeValue<'_>>) -> Result<&'a str, &'static str> {
    let text = value.get_ref().as_str().ok_or("not a text")?;
    if text.trim().is_empty() {
        Err("empty")
    } else if text.len() > TEXT_BYTES {
        Err("longer than 320 bytes")
    } else if text.chars().any(char::is_control) {
        Err("holds a control character")
    } else {
        Ok(text)
    }
}

/// Why a key that is known is not taken.
fn refused_key(name: &str) -> Option<String> {
    let refused = person::REFUSED.iter().find(|(key, _)| *key == name);
    refused.map(|(_, why)| (*why).to_owned())
}

fn unknown_key(name: &str, known: &[&str]) -> String {
    let alike = known.iter().map(|known| (strsim::jaro_winkler(name, known), known));
    let nearest = alike.max_by(|one, other| one.0.total_cmp(&other.0));
    let name: String = name.chars().filter(|each| !each.is_control()).take(40).collect();
    match nearest {
        Some((likeness, nearest)) if likeness >= ALIKE => {
            format!("unknown key `{name}`, did you mean `{nearest}`?")
        }
        _ => format!("unknown key `{name}`, known are {}", known.join(", ")),
    }
}
