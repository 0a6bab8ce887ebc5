//! Rules from the command line: what ships, and what an author does.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Output,
    sync::Arc,
};

use detect::rule::{Body, LoadOptions, Origin, Rule, RuleFile, Rules, State};
use serde_json::Value;

use crate::harness::{Scratch, status, told};

/// So many rules ship at least, baselines and rules that are only counted aside.
const RULES_MIN: usize = 60;
/// So many baselines ship at least.
const BASELINES_MIN: usize = 20;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&stdout(output))
        .unwrap_or_else(|error| panic!("{error}: {}", told(output)))
}

/// Every file of rules below a folder.
fn gather(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, texts);
        } else if path.extension().is_some_and(|end| end == "yml") {
            let text = fs::read_to_string(&path).expect("a rule");
            texts.push((path.display().to_string(), text));
        }
    }
}

fn shipped_rules() -> Rules {
    let mut texts = Vec::new();
    gather(&shipped().join("rules"), &mut texts);
    let files: Vec<RuleFile<'_>> =
        texts.iter().map(|(name, text)| RuleFile { name, text, origin: Origin::Own }).collect();
    let (rules, problems) = Rules::load(&files, &LoadOptions::default());
    assert_eq!(problems, []);
    rules
}

#[test]
fn all_shipped_rules_are_sound_and_their_tests_pass() {
    let content = shipped().display().to_string();
    let scratch = Scratch::new();
    let linted = scratch.run(&["rules", "lint", "--content", &content, "--format", "json"]);
    let found = json(&linted);
    let grave = |finding: &&Value| finding["level"] != "note";
    let grave: Vec<_> = found.as_array().expect("a list").iter().filter(grave).collect();
    assert!(grave.is_empty() && status(&linted) == 0, "{grave:#?}");
    let tested = scratch.run(&["rules", "test", "--content", &content, "--format", "json"]);
    let results = json(&tested);
    let results = results.as_array().expect("a list");
    let failed: Vec<_> = results.iter().filter(|result| result["passed"] != true).collect();
    assert!(failed.is_empty() && status(&tested) == 0, "{failed:#?}");
    assert!(results.len() > 2 * (RULES_MIN + BASELINES_MIN), "{}", results.len());
}

#[test]
fn what_ships_covers_every_source_and_says_how_much_it_may_ask() {
    let rules = shipped_rules();
    let raising: Vec<_> = rules.all().iter().filter(|rule| rules.is_raising(rule)).collect();
    let is_baseline = |rule: &&&Arc<Rule>| matches!(rule.body, Body::Baseline(_));
    let baselines = raising.iter().filter(is_baseline).count();
    let others = raising.len() - baselines;
    assert!(others >= RULES_MIN, "{others}");
    assert!(baselines >= BASELINES_MIN, "{baselines}");
    let products: BTreeSet<_> =
        raising.iter().filter_map(|rule| rule.head.logsource.product.as_deref()).collect();
    for product in ["auth0", "aws", "azure", "gcp", "github", "okta", "slack"] {
        assert!(products.contains(product), "{product}");
    }
    for rule in &raising {
        let id = rule.id();
        assert!(!rule.meta.is_asking || rule.meta.budget.is_some(), "{id}: no budget");
        assert!(rule.meta.state != State::Draft, "{id}: a draft ships");
        let file = rule.file.rsplit('/').next().expect("a name");
        assert_eq!(file, format!("{id}.yml"), "the file is named after the rule");
    }
}

#[test]
fn init_writes_the_rules_that_ship_and_their_tests_pass_there() {
    let scratch = Scratch::new();
    let init = scratch.run(&["init", "--admin", "ada@example.com", "--with-content"]);
    assert_eq!(status(&init), 0, "{}", told(&init));
    let lines = told(&init).lines().filter(|line| line.contains("rules")).count();
    assert_eq!(lines, 1, "the folder is told, and not each file: {}", told(&init));
    for command in ["lint", "test"] {
        let output = scratch.run(&["rules", command]);
        assert_eq!(status(&output), 0, "{command}: {}", told(&output));
    }
    let mut texts = Vec::new();
    gather(&scratch.path("content/rules"), &mut texts);
    assert_eq!(texts.len(), shipped_rules().all().len());
    let checked = scratch.run(&["config", "check"]);
    assert_eq!(status(&checked), 0, "{}", told(&checked));
}

#[test]
fn each_shipped_file_of_events_belongs_to_a_test() {
    let rules = shipped_rules();
    let named: BTreeSet<PathBuf> = rules
        .all()
        .iter()
        .flat_map(|rule| {
            let folder = Path::new(&*rule.file).parent().expect("a folder");
            rule.meta.tests.iter().map(move |test| folder.join(&test.events))
        })
        .collect();
    let folders = fs::read_dir(shipped().join("rules")).expect("a folder");
    let fixtures = folders.map(|entry| entry.expect("an entry").path().join("fixtures"));
    let files = fixtures.flat_map(|folder| fs::read_dir(folder).expect("each source has some"));
    let lost: Vec<_> = files
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| !named.contains(path))
        .collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn a_rule_that_was_just_begun_has_only_gaps_and_its_tests_pass() {
    let scratch = Scratch::new();
    let begin = |id: &str, log: &str| {
        scratch.run(&["rules", "new", id, "--log", log, "--owner", "team", "--content", "c"])
    };
    for (id, log) in [
        ("a", "okta/okta"),
        ("b", "slack/audit"),
        ("c", "gcp/google_workspace.login"),
        ("d", "aws/cloudtrail"),
        ("e", "azure/signinlogs"),
        ("f", "github/audit"),
        ("g", "auth0/tenant_logs"),
    ] {
        let output = begin(id, log);
        assert_eq!(status(&output), 0, "{}", told(&output));
    }
    let baseline = &["rules", "new", "h", "--log", "okta/okta", "--baseline", "--content", "c"];
    assert_eq!(status(&scratch.run(baseline)), 0);
    let linted = scratch.run(&["rules", "lint", "--content", "c"]);
    assert_eq!(status(&linted), 0, "{}", told(&linted));
    assert!(
        told(&linted).contains("8 rules in 8 files: 0 errors, 0 warnings"),
        "{}",
        told(&linted)
    );
    let tested = scratch.run(&["rules", "test", "--content", "c"]);
    assert_eq!((status(&tested), stdout(&tested).trim()), (0, "15 tests, 0 failed"));

    let again = begin("a", "okta/okta");
    assert_eq!(status(&again), 2);
    assert!(told(&again).contains("is there already"), "{}", told(&again));
    let elsewhere = begin("i", "okta/otka");
    assert_eq!(status(&elsewhere), 2);
    assert!(told(&elsewhere).contains("did you mean `okta/okta`?"), "{}", told(&elsewhere));
    assert_eq!(status(&begin("No Id", "okta/okta")), 2);
}

#[test]
fn a_rule_may_begin_with_a_log_that_the_configuration_describes() {
    let scratch = Scratch::new();
    let config = "content = \"c\"\nescalate.none = true\n\
                  server.public_url = \"http://127.0.0.1:8400\"\n[sources.doors]\n\
                  kind = \"json_events\"\nauth = { bearer = { env = \"COUNTERSIGN_TEST_UNSET\" } }\n\
                  product = \"doors\"\nservice = \"access\"\ntime = \"at\"\naction = \"event.type\"\n\
                  actor = { id = \"who\", email = \"who\" }\nip = \"net.ip\"\n";
    let begin = |id: &str, log: &str| scratch.run(&["rules", "new", id, "--log", log]);
    let unknown = begin("door", "doors/access");
    assert_eq!(status(&unknown), 2, "there is no configuration: {}", told(&unknown));
    scratch.write("countersign.toml", config);
    let near = begin("door", "doors/acess");
    assert!(told(&near).contains("did you mean `doors/access`?"), "{}", told(&near));
    let begun = begin("door", "doors/access");
    assert_eq!(status(&begun), 0, "{}", told(&begun));
    let rule = fs::read_to_string(scratch.path("c/rules/doors/door.yml")).expect("written");
    assert!(rule.contains("logsource: { product: doors, service: access }"), "{rule}");
    let linted = scratch.run(&["rules", "lint"]);
    assert!(
        told(&linted).contains("1 rules in 1 files: 0 errors, 0 warnings"),
        "{}",
        told(&linted)
    );
    let tested = scratch.run(&["rules", "test"]);
    assert_eq!((status(&tested), stdout(&tested).trim()), (0, "2 tests, 0 failed"));
}

/// A rule with its tests, in the content folder `c`.
fn with_rule(change: impl Fn(String) -> String) -> Scratch {
    let scratch = Scratch::new();
    let begun = scratch.run(&["rules", "new", "factor", "--log", "okta/okta", "--content", "c"]);
    assert_eq!(status(&begun), 0, "{}", told(&begun));
    let text = fs::read_to_string(scratch.path("c/rules/okta/factor.yml")).expect("written");
    scratch.write("c/rules/okta/factor.yml", &change(text));
    scratch
}

#[test]
fn what_is_wrong_is_told_for_people_and_for_programs() {
    let scratch = with_rule(|text| {
        let text = text.replace("state: draft", "state: shadow");
        text.replace("cs.action:", "eventTipe:").replace("message: generic", "message: generik")
    });
    let lint = |format: &str| {
        let output = scratch.run(&["rules", "lint", "--content", "c", "--format", format]);
        assert_eq!(status(&output), 1, "{}", told(&output));
        stdout(&output)
    };
    let text = lint("text");
    for expected in ["error[CS401]", "did you mean `eventType`?", "CS101", "no message `generik`"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let list: Value = serde_json::from_str(&lint("json")).expect("JSON");
    assert!(list.as_array().expect("a list").iter().any(|it| it["code"] == "CS401"));
    let sarif: Value = serde_json::from_str(&lint("sarif")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "rules/okta/factor.yml");
    assert!(lint("junit").contains("<failure type=\"CS401\""));
}

#[test]
fn a_rule_may_run_only_playbooks_that_lie_in_the_folder() {
    let scratch = with_rule(|text| {
        let text = text.replace("state: draft", "state: shadow");
        text.replace(
            "denied: [page]",
            "denied: [page, { run: contain-sesion }, { run: okta.suspend }]",
        )
    });
    let found = || {
        let output = scratch.run(&["rules", "lint", "--content", "c", "--format", "json"]);
        let found = json(&output);
        let of_response = |it: &&Value| it["code"] == "CS109";
        found.as_array().expect("a list").iter().filter(of_response).cloned().collect::<Vec<_>>()
    };
    let none = found();
    assert_eq!(none.len(), 1, "actions are looked at by `config check`: {none:#?}");
    assert!(none[0].to_string().contains("there is no playbook `contain-sesion`"), "{none:#?}");
    scratch.write("c/playbooks/contain.yml", "id: contain-session\n");
    let near = found();
    assert!(near[0].to_string().contains("did you mean `contain-session`?"), "{near:#?}");
    scratch.write("c/playbooks/contain.yml", "id: contain-sesion\n");
    assert_eq!(found(), [] as [Value; 0]);
}

#[test]
fn a_test_that_fails_says_what_is_otherwise() {
    let scratch = with_rule(|text| text.replace("alerts: 1, asks: 1", "alerts: 2, severity: low"));
    let run = |args: &[&str]| scratch.run(&[&["rules", "test", "--content", "c"], args].concat());
    let output = run(&[]);
    assert_eq!(status(&output), 1);
    let text = stdout(&output);
    assert!(text.contains("alerts: 1, expected 2; severity: medium, expected low"), "{text}");
    assert!(text.contains("2 tests, 1 failed"), "{text}");
    let junit = stdout(&run(&["--format", "junit"]));
    assert!(junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
    assert_eq!(status(&run(&["nothing"])), 2, "there is no such rule");
    assert_eq!(status(&run(&["factor"])), 1);
}

#[test]
fn a_record_that_its_source_cannot_read_fails_its_test() {
    let scratch = with_rule(|text| text);
    scratch.write("c/rules/okta/fixtures/factor-fires.ndjson", "{\"eventType\":\"x\"}\n");
    let output = scratch.run(&["rules", "test", "--content", "c"]);
    assert_eq!(status(&output), 1);
    assert!(told(&output).contains("record 1: "), "{}", told(&output));
}

#[test]
fn the_severity_of_a_test_is_the_one_that_its_branches_decide() {
    let scratch = with_rule(|text| {
        let branches = "severity:\n    - { when: 'alert.facts[\"source.country\"] == \"NO\"', \
                        set: low, why: at home }\n    - { default: critical }\n  ask:";
        let text = text
            .replacen("ask:", branches, 1)
            .replace("deadline: 2h", "deadline: 2h\n    clock: wall");
        text.replace("alerts: 1, asks: 1", "alerts: 1, asks: 1, severity: low")
    });
    let output = scratch.run(&["rules", "test", "--content", "c"]);
    assert_eq!(status(&output), 0, "{}", told(&output));
}

#[test]
fn what_only_the_configuration_has_may_be_named() {
    let scratch = with_rule(|text| {
        let branches = "enrich: [geoip]\n  severity:\n    - { when: 'enrich.geoip.risky == true', \
                        set: medium, why: risky }\n    - { default: low }\n  ask:";
        let text = text.replacen("ask:", branches, 1);
        let text = text.replace(
            "denied: [page]",
            "denied: [page, { run: okta.suspend, limit: 1h }, { run: contain }]",
        );
        text.replace("alerts: 1, asks: 1", "alerts: 1, asks: 1, severity: low")
    });
    let output = scratch.run(&["rules", "test", "--content", "c"]);
    assert_eq!(status(&output), 0, "{}", told(&output));
}

#[test]
fn the_layer_shows_what_is_live_and_tested() {
    let content = shipped().display().to_string();
    let output = Scratch::new().run(&["rules", "coverage", "--content", &content]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    let layer = json(&output);
    assert_eq!(layer["versions"]["layer"], "4.5");
    let techniques = layer["techniques"].as_array().expect("a list");
    let score = |id: &str| {
        let of = techniques.iter().filter(|it| it["techniqueID"] == id);
        of.filter_map(|it| it["score"].as_f64()).fold(0.0, f64::max)
    };
    assert_eq!((score("T1621"), score("T9999")), (100.0, 0.0));
    assert!(techniques.len() > 60, "{}", techniques.len());
}

#[test]
fn without_a_folder_and_a_configuration_nothing_is_guessed() {
    let scratch = Scratch::new();
    for command in ["lint", "test", "coverage"] {
        let output = scratch.run(&["rules", command]);
        assert_eq!(status(&output), 2, "{}", told(&output));
    }
}

#[test]
fn other_peoples_rules_are_looked_at_beside_ours_and_never_fail_the_check() {
    let scratch = with_rule(|text| text);
    let rule =
        "title: T\nlogsource: { product: okta }\ndetection: { s: { eventtyp: x }, condition: s }\n";
    scratch.write("sigma/deep/one.yml", rule);
    let output = scratch.run(&["rules", "lint", "--content", "c", "--sigma", "sigma"]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    let text = stdout(&output);
    assert!(text.contains("sigma/deep/one.yml: warning[CS401]"), "{text}");
    let output = scratch.run(&["rules", "lint", "--content", "c", "--sigma", "nowhere"]);
    assert_eq!(status(&output), 2, "{}", told(&output));
}

#[test]
fn rules_are_held_against_the_sources_of_the_configuration() {
    let scratch = with_rule(|text| text);
    let config = "content = \"c\"\nescalate.none = true\n\
                  server.public_url = \"http://127.0.0.1:8400\"\n[sources.hub]\nkind = \"github\"\n\
                  auth = { bearer = { env = \"COUNTERSIGN_TEST_UNSET\" } }\n";
    scratch.write("countersign.toml", config);
    let output = scratch.run(&["rules", "lint"]);
    assert!(told(&output).contains("CS501"), "no secret is needed: {}", told(&output));
    scratch.write("countersign.toml", &config.replace("github", "okta"));
    let output = scratch.run(&["rules", "lint"]);
    assert!(!told(&output).contains("CS501"), "{}", told(&output));
}
