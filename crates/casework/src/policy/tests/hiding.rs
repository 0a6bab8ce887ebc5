//! What filters, maintenance windows and policies themselves leave out, and what is looked up for it.

use super::*;

const FILTER: &str = "\
id: new-laptop
owner: it
reason: handed out by IT
match: 'alert.rule == \"new-device\" && enrich.inventory.handed_out == true'
tests:
  - name: a laptop from IT is hidden
    alert: { rule: new-device }
    known: { inventory: { handed_out: true } }
    expect: { act: filtered }
  - name: one that nobody knows is asked about
    alert: { rule: new-device }
    known: { inventory: unavailable }
    expect: { act: ask }
";

const PATCHING: &str = "\
id: patching
owner: platform
reason: servers restart
match: 'alert.rule == \"new-session\"'
from: 2026-12-05T22:00
zone: Europe/Berlin
lasts: 4h
repeats: FREQ=MONTHLY;BYDAY=1SA
tests:
  - { name: held, alert: { rule: new-session }, at: '2027-01-02T22:00:00Z', expect: { act: held } }
  - { name: not then, alert: { rule: new-session }, at: '2027-01-03T22:00:00Z', expect: { act: ask } }
";

fn one_each() -> Files {
    let one = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
    Files {
        filters: one("new-laptop.yml", FILTER),
        maintenance: one("patching.yml", PATCHING),
        ..Files::default()
    }
}

#[test]
fn filters_and_windows_pass_their_own_tests_and_name_themselves() {
    let (policies, problems) = Policies::load(&one_each(), &catalog());
    assert_eq!(problems, []);
    let results = Policies::run_tests(&one_each(), &catalog());
    assert_eq!(results.len(), 4);
    assert!(results.iter().all(TestResult::is_passed), "{results:?}");
    let (mut told, exceptions) = (alert("okta", Severity::Low), Exceptions::default());
    told.rule = "new-device".to_owned();
    let known = Known(
        [(
            "inventory".to_owned(),
            crate::known::Finding::Unknown { cause: "timed_out".to_owned() },
        )]
        .into(),
    );
    let decision = policies.decide(&look(&told, None, &known, &exceptions));
    assert_eq!(decision.judgement, Judgement::Go);
    let said: Vec<&str> = decision.trace.iter().map(|line| line.step.as_str()).collect();
    assert_eq!(said, ["known", "filter", "policy", "severity"], "{:?}", decision.trace);
}

#[test]
fn the_steps_that_could_matter_are_those_that_something_it_can_meet_reads() {
    let mut files = one_each();
    let text = policy(
        "p",
        "match: 'alert.source == \"okta\" && enrich.geoip.country == \"NO\"'\nescalate: true\nenrich: [history]\n",
    );
    files.policies = vec![("p.yml".to_owned(), text)];
    let (policies, problems) = Policies::load(&files, &catalog());
    assert_eq!(problems, []);
    let steps = |source: &str, rule: &str| {
        let mut alert = alert(source, Severity::Low);
        alert.rule = rule.to_owned();
        let steps = policies.steps(&alert, None, &Exceptions::default());
        steps.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(steps("siem", "other"), Vec::<String>::new());
    assert_eq!(steps("siem", "new-device"), ["inventory"]);
    assert_eq!(steps("okta", "new-device"), ["geoip", "history", "inventory"]);
}

#[test]
fn a_policy_leaves_out_whom_it_names_and_says_why() {
    let text = policy(
        "p",
        "match: 'alert.source == \"siem\"'\nescalate: true\nexclude: [{ groups: [pentest], why: on purpose }]\n",
    );
    let policies = load([("p.yml", &text)]);
    let (known, exceptions, alert) =
        (Known::default(), Exceptions::default(), alert("siem", Severity::High));
    for (group, is_left_out) in [("pentest", true), ("staff", false)] {
        let person = Person { groups: vec![group.to_owned()], ..mia() };
        let decision = policies.decide(&look(&alert, Some(&person), &known, &exceptions));
        assert_eq!(matches!(decision.judgement, Judgement::Filtered { .. }), is_left_out);
    }
}
