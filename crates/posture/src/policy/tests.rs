use model::{
    Span,
    device::{Platform, Practice},
};

use super::*;
use crate::check::{Strategy, Weight};

fn files(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// Loads files that have no problems.
pub(crate) fn load(texts: &[(&str, &str)]) -> Checks {
    let (checks, problems) = Checks::load(&files(texts));
    assert_eq!(problems, []);
    checks
}

#[test]
fn the_shipped_checks_pass_their_own_tests() {
    let (_, problems) = Checks::load(&files(SHIPPED));
    assert_eq!(problems, []);
    let results = Checks::run_tests(&files(SHIPPED));
    assert!(results.len() > 2 * SHIPPED.len());
    for result in results {
        assert!(result.is_passed(), "{result:?}");
    }
}

#[test]
fn every_practice_of_ours_has_a_check_that_ships_under_its_name() {
    let checks = Checks::shipped();
    for practice in Practice::BUILT_IN {
        let check = checks.check(&practice, &[]).expect("shipped");
        assert_eq!(check.id, practice.to_string());
        assert!(check.people.is_empty() && check.is_displayed);
    }
    let foreign = Practice::Other("fleet:x".to_owned());
    assert_eq!(checks.check(&foreign, &[]).map(|it| it.id.as_str()), Some("foreign"));
    assert!(checks.check(&Practice::Agent("x".to_owned()), &[]).is_none());
}

#[test]
fn one_set_of_checks_serves_all_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Checks>();
}

const FULL: &str = r#"
id: contractors-encrypt
owner: security
check: encryption
platforms: [macos, windows]
people: [contractors]
severity: nudge
strategy: warn_then_block
delay: 2h
repeat: 3d
grace: 10d
max_age: 5d
display: false
count_unknown: true
alert: false
tests:
  - { name: open, people: [contractors], device: { platform: macos, seen: { encryption: false } }, expect: nudge }
"#;

#[test]
fn a_check_is_read_as_it_is_written() {
    let checks = load(&[("c.yml", FULL)]);
    let check = checks.check(&Practice::Encryption, &["contractors".to_owned()]).expect("theirs");
    assert_eq!(check.id, "contractors-encrypt");
    assert_eq!(check.platforms, [Platform::Macos, Platform::Windows]);
    assert_eq!((check.weight, check.strategy), (Weight::Nudge, Strategy::WarnThenBlock));
    assert_eq!((check.delay, check.repeat), (Span::hours(2), Span::days(3)));
    assert_eq!((check.grace, check.max_age), (Span::days(10), Some(Span::days(5))));
    assert!(!check.is_displayed && check.is_unknown_counted && !check.is_alerting);
    assert_eq!(check.hash, hash(FULL));
    // Others have what ships.
    let other = checks.check(&Practice::Encryption, &["staff".to_owned()]).expect("shipped");
    assert_eq!(other.id, "encryption");
    assert!(Checks::run_tests(&files(&[("c.yml", FULL)])).iter().all(TestResult::is_passed));
}

#[test]
fn the_first_check_for_somebodys_groups_counts_and_one_for_all_comes_after() {
    let named = |id: &str, people: &str| {
        format!("id: {id}\nowner: o\ncheck: firewall\npeople: [{people}]\n")
    };
    let (all, staff, admins) =
        (named("all", ""), named("staff", "staff"), named("admins", "admins"));
    let checks = load(&[("a.yml", &all), ("b.yml", &staff), ("c.yml", &admins)]);
    for (groups, id) in [
        (&["staff"][..], "staff"),
        (&["admins"], "admins"),
        (&["admins", "staff"], "staff"),
        (&["others"], "all"),
        (&[], "all"),
    ] {
        let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
        let check = checks.check(&Practice::Firewall, &groups).expect("one");
        assert_eq!(check.id, id, "{groups:?}");
    }
}

#[test]
fn every_problem_is_told_with_its_key_and_what_to_do() {
    let about = |lines: &str| format!("id: x\nowner: o\n{lines}\n");
    let firewall = |lines: &str| about(&format!("check: firewall\n{lines}"));
    let system = |lines: &str| about(&format!("check: uptodate\ncurrency: {lines}"));
    let test = |lines: &str| firewall(&format!("tests: [{lines}]"));
    let cases = [
        ("check: firewall".to_owned(), "id", "is missing", None),
        ("id: x\ncheck: firewall".to_owned(), "owner", "is missing", None),
        (about(""), "check", "say one of", None),
        (about("check: firewall\nwhen: seen.firewall"), "check", "say one of", None),
        (about("check: firewal"), "check", "must be a practice", Some("firewall")),
        (about("check: 'agent:x'"), "check", "say `agent:", None),
        (firewall("severty: warn"), "severty", "unknown key", Some("severity")),
        (firewall("severity: wran"), "severity", "must be", Some("warn")),
        (firewall("strategy: blok"), "strategy", "must be", Some("block")),
        (firewall("platforms: [mac]"), "platforms[0]", "must be a platform", Some("macos")),
        (firewall("platforms: [unknown]"), "platforms[0]", "must be a platform", None),
        (firewall("grace: 2w"), "grace", "must be a number and", None),
        (firewall("grace: 400d"), "grace", "longer than 365d", None),
        (firewall("display: maybe"), "display", "must be true or false", None),
        (firewall("lock: { max_delay: 5m }"), "lock", "belongs to `check: screenlock`", None),
        (firewall("currency: {}"), "currency", "belongs to `check: uptodate`", None),
        (about("when: 'sen.firewall'"), "when", "unknown name `sen`", Some("seen")),
        (about("when: 'seen.firewal'"), "when", "unknown field", Some("firewall")),
        (about("when: 'true'"), "when", "reads nothing", None),
        (about("when: [1]"), "when", "must be a text", None),
        (about("when: 'software.installed.exists(n, true)'"), "when", "only looked up in", None),
        (about("agent: {}"), "agent.name", "is missing", None),
        (
            about("agent: { name: x, floors: { mac: '1' } }"),
            "agent.floors.mac",
            "unknown key",
            Some("macos"),
        ),
        (
            about("agent: { name: x, floors: { macos: new } }"),
            "agent.floors.macos",
            "must begin with",
            None,
        ),
        (system("{ max_behnd: 1d }"), "currency.max_behnd", "unknown key", Some("max_behind")),
        (system("{ floors: [{ product: ios }] }"), "currency.floors[0]", "needs `required`", None),
        (
            system("{ floors: [{ required: '1' }] }"),
            "currency.floors[0].product",
            "is missing",
            None,
        ),
        (
            system("{ floors: [{ product: macos, required: 10.10 }] }"),
            "currency.floors[0].required",
            "in quotes",
            None,
        ),
        (
            system("{ floors: [{ product: ios, required: '2', recommended: '1' }] }"),
            "currency.floors[0]",
            "below",
            None,
        ),
        (
            system("{ patch_level: { nudge: 9d, warn: 8d } }"),
            "currency.patch_level",
            "comes after",
            None,
        ),
        (test("{ name: n, expect: ok }"), "tests[0].device", "is missing", None),
        (test("{ name: n, device: {}, expect: okay }"), "tests[0].expect", "must be", Some("ok")),
        (
            test("{ name: n, device: { seen: { firewal: true } }, expect: ok }"),
            "tests[0].device.seen",
            "must name practices",
            Some("firewall"),
        ),
        (
            test("{ name: n, device: { seen: [1] }, expect: ok }"),
            "tests[0].device.seen",
            "must be practices",
            None,
        ),
        (
            test("{ name: n, device: { attributes: { a: [] } }, expect: ok }"),
            "tests[0].device.attributes",
            "must be names",
            None,
        ),
        (
            test("{ name: n, device: { software: [a] }, expect: ok }"),
            "tests[0].device.software",
            "must be names",
            None,
        ),
    ];
    for (text, path, told, nearest) in cases {
        let (_, problems) = Checks::load(&files(&[("x.yml", &text)]));
        let found = problems.iter().find(|it| it.path == path && it.text.contains(told));
        let found = found.unwrap_or_else(|| panic!("{text}: {problems:#?}"));
        assert_eq!(found.nearest.as_deref(), nearest, "{text}");
    }
}

#[test]
fn all_problems_are_told_at_once_and_good_files_still_work() {
    let good = ("a.yml", "id: good\nowner: o\ncheck: firewall\n");
    let bad = ("b.yml", "id: Bad\nseverity: x\ncheck: y\n");
    let double = ("c.yml", "id: good\nowner: o\ncheck: encryption\n");
    let huge = format!("# {}\n", "x".repeat(FILE_BYTES_MAX));
    let (checks, problems) =
        Checks::load(&files(&[good, bad, double, ("d.yml", &huge), ("e.yml", "a: [")]));
    let told: Vec<(&str, &str)> =
        problems.iter().map(|it| (it.file.as_str(), it.path.as_str())).collect();
    let expected = [
        ("b.yml", "id"),
        ("b.yml", "owner"),
        ("b.yml", "check"),
        ("b.yml", "severity"),
        ("c.yml", "id"),
        ("d.yml", ""),
        ("e.yml", ""),
    ];
    assert_eq!(told, expected);
    assert_eq!(checks.check(&Practice::Firewall, &[]).map(|it| it.id.as_str()), Some("good"));
}

#[test]
fn a_test_in_a_file_fails_when_the_check_says_otherwise() {
    let text = "id: x\nowner: o\ncheck: firewall\ntests:\n  \
                - { name: t, device: { platform: linux, seen: { firewall: false } }, expect: ok }\n  \
                - { name: u, device: { platform: linux, age: 20d, seen: { firewall: true } }, expect: stale }\n";
    let [failed, passed] = &Checks::run_tests(&files(&[("x.yml", text)]))[..] else { panic!() };
    assert_eq!(failed.failures, ["it is warn, expected ok"]);
    assert!(passed.is_passed());
    let shadowed = [("a.yml", "id: a\nowner: o\ncheck: firewall\n"), ("x.yml", text)];
    let results = Checks::run_tests(&files(&shadowed));
    assert_eq!(results[0].failures[0], "the check a counts instead");
}
