//! JUnit's XML, as build servers read it: a suite a file, a case a code, a failure where it is an
//! error.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::lint::{Finding, Level};

/// `files` are all that were checked: those without a finding are passed cases.
#[must_use]
pub fn junit(findings: &[Finding], files: &[&str]) -> String {
    let mut by_file: BTreeMap<&str, Vec<&Finding>> =
        files.iter().map(|file| (*file, Vec::new())).collect();
    for finding in findings {
        by_file.entry(&finding.file).or_default().push(finding);
    }
    let is_error = |finding: &&Finding| finding.level == Level::Error;
    let failures = findings.iter().filter(is_error).count();
    let cases: usize = by_file.values().map(|found| found.len().max(1)).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites tests=\"{cases}\" failures=\"{failures}\">");
    for (file, found) in by_file {
        suite(file, &found, &mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(file: &str, found: &[&Finding], out: &mut String) {
    let failures = found.iter().filter(|finding| finding.level == Level::Error).count();
    let (name, count) = (escaped(file), found.len().max(1));
    let _ =
        writeln!(out, "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{failures}\">");
    if found.is_empty() {
        let _ = writeln!(out, "    <testcase name=\"lint\" classname=\"{name}\"/>");
    }
    for finding in found {
        case(finding, &name, out);
    }
    out.push_str("  </testsuite>\n");
}

fn case(finding: &Finding, file: &str, out: &mut String) {
    let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
    let text = escaped(&format!("{}: {}{hint}", finding.path, finding.text));
    let code = finding.code.name();
    let _ = write!(
        out,
        "    <testcase name=\"{code} {}\" classname=\"{file}\"",
        escaped(&finding.path)
    );
    match finding.level {
        Level::Error => {
            let _ = writeln!(out, "><failure type=\"{code}\" message=\"{text}\"/></testcase>");
        }
        Level::Warning | Level::Note => {
            let _ = writeln!(out, "><system-out>{text}</system-out></testcase>");
        }
    }
}

/// Texts of files are hostile; XML has no place for control characters.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            letter if letter.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&letter) => {
                out.push('?')
            }
            letter => out.push(letter),
        }
    }
    out
}
