//! Whether there are tests for what a rule does.

use super::{Code, Sink};
use crate::rule::{Body, Rule};

pub(super) fn check(rule: &Rule, sink: &mut Sink<'_>) {
    let tests = &rule.meta.tests;
    let path = "countersign.tests";
    if !tests.iter().any(|test| test.is_positive()) {
        let hint = "add one with `expect: { alerts: 1 }`";
        sink.add(Code::TestPositiveMissing, path, "none expects an alert", Some(hint));
    }
    if !tests.iter().any(|test| !test.is_positive()) {
        let hint = "add one with `expect: { alerts: 0 }`";
        sink.add(Code::TestNegativeMissing, path, "none expects no alert", Some(hint));
    }
    if !matches!(rule.body, Body::Filter(_)) {
        branches(rule, sink);
    }
}

/// Every branch says why, and is shown by a test.
fn branches(rule: &Rule, sink: &mut Sink<'_>) {
    for (at, branch) in rule.meta.severity.iter().enumerate() {
        let path = format!("countersign.severity[{at}]");
        if branch.when.is_some() && branch.why.is_none() {
            sink.add(Code::BranchWithoutReason, &path, "does not say `why`", None);
        }
        let Some(severity) = branch.set else { continue };
        let is_shown = |test: &crate::rule::Example| test.expected.severity == Some(severity);
        if !rule.meta.tests.iter().any(is_shown) {
            let text = format!("no test expects the severity {severity}");
            sink.add(Code::BranchWithoutTest, path, text, None);
        }
    }
}
