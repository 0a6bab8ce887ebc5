//! The file as TOML with positions.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::problem::ConfigProblem;

/// A value with its place in the file.
pub(crate) type Place<'t> = Spanned<DeValue<'t>>;

/// Turns positions into lines, and faults into problems.
pub(crate) struct Sheet<'t> {
    file: &'t str,
    starts: Vec<usize>,
}

impl<'t> Sheet<'t> {
    pub(crate) fn new(file: &'t str, text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { file, starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// The line that holds this byte, counted from one.
    pub(crate) fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte)
    }

    pub(crate) fn problem(
        &self,
        byte: Option<usize>,
        key: &str,
        text: impl Into<String>,
    ) -> ConfigProblem {
        ConfigProblem {
            file: self.file.to_owned(),
            line: byte.map(|byte| self.line(byte)),
            key: key.to_owned(),
            text: text.into(),
        }
    }
}

/// Parses the file; every fault of syntax is told.
pub(crate) fn parse<'t>(
    text: &'t str,
    sheet: &Sheet<'_>,
) -> Result<DeTable<'t>, Vec<ConfigProblem>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table.into_inner());
    }
    let problems = errors.iter().map(|error| {
        let byte = error.span().map(|span| span.start);
        sheet.problem(byte, "", format!("not TOML: {}", error.message()))
    });
    let mut problems: Vec<_> = problems.collect();
    problems.sort();
    Err(problems)
}

/// `parent.key`, or the key alone at the top.
pub(crate) fn joined(parent: &str, key: &str) -> String {
    if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") }
}
