//! How tests went, as JUnit's XML: a suite a file, a case a test.

use std::{collections::BTreeMap, fmt::Write as _};

use super::TestResult;
use crate::lint::show::junit::escaped;

/// All results, those that passed included.
#[must_use]
pub fn junit(results: &[TestResult]) -> String {
    let mut by_file: BTreeMap<&str, Vec<&TestResult>> = BTreeMap::new();
    for result in results {
        by_file.entry(&result.file).or_default().push(result);
    }
    let failures = results.iter().filter(|result| !result.is_passed()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites tests=\"{}\" failures=\"{failures}\">", results.len());
    for (file, results) in by_file {
        suite(file, &results, &mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(file: &str, results: &[&TestResult], out: &mut String) {
    let failures = results.iter().filter(|result| !result.is_passed()).count();
    let (name, count) = (escaped(file), results.len());
    let _ =
        writeln!(out, "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{failures}\">");
    for result in results {
        let (test, rule) = (escaped(&result.test), escaped(&result.rule));
        let _ = write!(out, "    <testcase name=\"{test}\" classname=\"{rule}\"");
        if result.is_passed() {
            out.push_str("/>\n");
        } else {
            let text = escaped(&result.failures.join("; "));
            let _ = writeln!(out, "><failure message=\"{text}\"/></testcase>");
        }
    }
    out.push_str("  </testsuite>\n");
}
