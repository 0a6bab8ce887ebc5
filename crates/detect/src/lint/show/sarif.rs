//! SARIF 2.1.0, as the OASIS standard of that name has it: for code hosts that show findings beside
//! a change.

use serde_json::{Value, json};

use crate::lint::{Code, Finding};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One run of one tool, with all codes as its rules.
#[must_use]
pub fn sarif(findings: &[Finding], version: &str) -> Value {
    let rules: Vec<Value> = Code::ALL.iter().map(|code| rule(*code)).collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": { "name": "countersign rules lint", "version": version, "rules": rules }
            },
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.name(),
        "name": format!("{code:?}"),
        "shortDescription": { "text": code.meaning() },
        "defaultConfiguration": { "level": code.level().name() },
    })
}

fn result(finding: &Finding) -> Value {
    let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
    let index = Code::ALL.iter().position(|code| *code == finding.code);
    json!({
        "ruleId": finding.code.name(),
        "ruleIndex": index,
        "level": finding.level.name(),
        "message": { "text": format!("{}{hint}", finding.text) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": uri(&finding.file) } },
            "logicalLocations": [{ "fullyQualifiedName": finding.path }],
        }],
    })
}

/// A path as a URI reference: what may not stand in one is written in percents.
fn uri(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.replace('\\', "/")
        .bytes()
        .map(|byte| match is_plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}
