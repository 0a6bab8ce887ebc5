//! What the manual walks through.

use std::fs;

use crate::harness::{Scratch, status, told};

const PAGE: &str = include_str!("../../../../docs/rules.md");
/// The rule of the page as it ships, for what the page tells in words only.
const SHIPPED: &str = include_str!("../../../../content/rules/okta/okta-api-token-created.yml");
const RULE: &str = "try/rules/okta/okta-api-token-created.yml";
const FIXTURES: &str = "try/rules/okta/fixtures/okta-api-token-created";

/// The one example of the page that begins so.
fn example(beginning: &str) -> &'static str {
    let blocks = PAGE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut found = blocks.filter(|block| block.starts_with(beginning));
    let first = found.next().expect("an example");
    assert_eq!(found.next(), None, "two examples begin with {beginning}");
    first
}

/// A part of the rule as it ships.
fn shipped(from: &str, to: &str) -> &'static str {
    let (_, rest) = SHIPPED.split_once(from).expect("a beginning");
    rest.split_once(to).expect("an end").0
}

/// The commands that the page shows, each with what it prints.
fn shown(command: &str) -> (Vec<&'static str>, &'static str) {
    let blocks = PAGE.split("```console\n$ countersign ").skip(1);
    let mut blocks = blocks.filter_map(|rest| rest.split("```").next()?.split_once('\n'));
    let (line, printed) = blocks.find(|(line, _)| line.starts_with(command)).expect("a command");
    (line.split(' ').collect(), printed)
}

#[test]
fn the_rule_that_the_manual_walks_through_is_sound_and_its_tests_pass() {
    let scratch = Scratch::new();
    let follow = |command: &str| {
        let (args, printed) = shown(command);
        let output = scratch.run(&args);
        assert_eq!((status(&output), told(&output).as_str()), (0, printed), "{args:?}");
    };
    follow("rules new");
    let rewrite = |from: &str, to: &str, changes: &[(&str, &str)]| {
        let path = |name: &str| format!("{FIXTURES}-{name}.ndjson");
        let mut text = fs::read_to_string(scratch.path(&path(from))).expect("written");
        for (old, new) in changes {
            assert!(text.contains(old), "{old}: {text}");
            text = text.replace(old, new);
        }
        scratch.write(&path(to), &text);
    };
    rewrite("fires", "fires", &[("user.mfa.factor.activate", "system.api_token.create")]);
    rewrite("quiet", "quiet", &[("user.session.start", "system.api_token.revoke")]);
    rewrite("fires", "tor", &[("000000000001", "000000000009"), ("203.0.113.20", "198.51.100.70")]);
    scratch.write("try/test-networks.yml", example("- { network:"));
    let head = shipped("", "logsource:");
    let ads = shipped("  owner: identity\n", "  ask:");
    let parts = ["logsource:", "  ask:", "  severity:", "  tests:"].map(example);
    let [detection, ask, severity, tests] = parts;
    for state in ["draft", "live"] {
        let block = format!("countersign:\n  state: {state}\n  owner: identity\n");
        let rule = [head, detection, &block, ads, ask, severity, tests].concat();
        scratch.write(RULE, &rule);
        follow("rules test");
        follow("rules lint");
    }
}
