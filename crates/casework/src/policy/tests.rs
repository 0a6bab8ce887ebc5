mod hiding;
mod problems;

use content::hash;
use model::{AlertId, FactValue, Outcome, Radius, Severity, Span, TargetKind, Timestamp, Undo};
use proptest::prelude::*;

use super::{condition::tests::mia, *};
use crate::{
    known::Known,
    ledger::Spec,
    treatment::{AskClock, Response, Treatment},
};

fn alert(source: &str, severity: Severity) -> Alert {
    Alert {
        id: AlertId::from_digest(1),
        source: source.to_owned(),
        external_id: None,
        rule: "aws-root-login".to_owned(),
        title: "Root signed in".to_owned(),
        description: String::new(),
        severity,
        time: Timestamp::UNIX_EPOCH,
        person: Some("mia@example.com".into()),
        url: None,
        facts: [("ip".to_owned(), FactValue::from("203.0.113.7"))].into(),
        received_at: Timestamp::UNIX_EPOCH,
        problems: Vec::new(),
    }
}

fn files<const N: usize>(files: [(&str, &str); N]) -> Files {
    let policies = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    Files { policies, ..Files::default() }
}

/// What a company with one responder and a few steps of enrichment may name.
fn catalog() -> Catalog {
    let spec = Spec {
        target: TargetKind::Account,
        undo: Undo::Reversible,
        radius: Radius::Person,
        verify_within: Span::minutes(2),
        what: "Suspends the account".to_owned(),
    };
    let healing = Spec { undo: Undo::SelfHealing, ..spec.clone() };
    let address = Spec { target: TargetKind::Address, radius: Radius::Shared, ..spec.clone() };
    let actions =
        [("okta.suspend", spec), ("okta.clear_sessions", healing), ("edge.block", address)];
    Catalog {
        actions: actions.map(|(name, spec)| (name.to_owned(), spec)).into(),
        playbooks: BTreeMap::new(),
        enrichers: ["geoip", "history", "inventory"].map(|name| (name.to_owned(), None)).into(),
        messages: None,
    }
}

fn look<'a>(
    alert: &'a Alert,
    person: Option<&'a Person>,
    known: &'a Known,
    exceptions: &'a Exceptions,
) -> Look<'a> {
    let now = Timestamp::UNIX_EPOCH;
    Look { alert, person, known, rule: None, exceptions, now }
}

fn decide(policies: &Policies, alert: &Alert, person: Option<&Person>) -> Treatment {
    let (known, exceptions) = (Known::default(), Exceptions::default());
    policies.decide(&look(alert, person, &known, &exceptions)).treatment
}

fn shipped() -> Files {
    files(SHIPPED)
}

/// Loads files that have no problems.
fn load<const N: usize>(texts: [(&str, &str); N]) -> Policies {
    let (policies, problems) = Policies::load(&files(texts), &catalog());
    assert_eq!(problems, []);
    policies
}

const ROOT_LOGIN: &str = r#"
id: siem-root-login
owner: cloud-team
match: 'alert.source == "siem" && alert.rule.startsWith("aws-root")'
severity: [{ default: high }]
ask: { message: generic, assurance: phishing_resistant, deadline: 30m, clock: wall, reminders: [10m] }
on:  { verified: [{ suppress: 21h, max_hits: 20, same: [ip] }], denied: [page], silent: [page] }
"#;

/// A policy around some lines.
fn policy(id: &str, lines: &str) -> String {
    format!("id: {id}\nowner: team\n{lines}")
}

#[test]
fn one_set_of_policies_serves_all_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Policies>();
}

#[test]
fn the_shipped_policies_pass_their_own_tests() {
    let (_, problems) = Policies::load(&shipped(), &catalog());
    assert_eq!(problems, []);
    let results = Policies::run_tests(&shipped(), &catalog());
    assert!(results.len() >= 4);
    for result in results {
        assert!(result.is_passed(), "{result:?}");
    }
}

#[test]
fn without_any_file_urgent_alerts_have_half_an_hour_and_others_two_working_hours() {
    let (policies, _) = Policies::load(&Files::default(), &catalog());
    for severity in Severity::ALL {
        let treatment = decide(&policies, &alert("siem", severity), None);
        let ask = treatment.ask().expect("it asks");
        let (clock, deadline, reminders) = if severity.is_grave() {
            (AskClock::Wall, Span::minutes(30), vec![Span::minutes(10)])
        } else {
            (AskClock::Working, Span::hours(2), vec![Span::minutes(30), Span::hours(1)])
        };
        assert_eq!((ask.clock, ask.deadline, &ask.reminders), (clock, deadline, &reminders));
        assert_eq!((treatment.severity, ask.assurance), (severity, model::Assurance::Possession));
        assert_eq!(treatment.responses(Outcome::Verified), []);
        assert_eq!(treatment.responses(Outcome::Silent), [Response::Page]);
        assert_eq!(treatment.group.by, None);
        assert_eq!(treatment.group.window, Span::hours(1));
    }
}

#[test]
fn a_policy_is_read_as_it_is_written() {
    let policies = load([("root.yml", ROOT_LOGIN)]);
    let treatment = decide(&policies, &alert("siem", Severity::Low), None);
    assert_eq!(treatment.policy, "siem-root-login");
    assert_eq!(treatment.policy_hash, hash(ROOT_LOGIN));
    assert_eq!(treatment.policy_hash.len(), 16);
    assert_eq!(treatment.severity, Severity::High);
    assert_eq!(treatment.ask().expect("it asks").assurance, model::Assurance::PhishingResistant);
    let suppress =
        Response::Suppress { span: Span::hours(21), max_hits: 20, same: vec!["ip".to_owned()] };
    assert_eq!(treatment.responses(Outcome::Verified), [suppress]);
    assert_eq!(
        treatment.why,
        ["policy siem-root-login of cloud-team matches", "severity high, by the policy"]
    );
    assert_eq!(decide(&policies, &alert("other", Severity::Low), None).policy, "default");
    assert!(policies.messages().any(|it| it == ("siem-root-login", "generic")));
}

#[test]
fn the_first_match_in_the_order_of_names_wins_and_fallbacks_come_last() {
    let siem = |id: &str| policy(id, "match: alert.source == 'siem'\nescalate: true\n");
    let anything = policy("anything", "fallback: true\nnotify: { message: generic }\n");
    // Given in another order than their names'; the fallback's name is the first of all.
    let policies = load([("c.yml", &siem("c")), ("b.yml", &siem("b")), ("a.yml", &anything)]);
    assert_eq!(decide(&policies, &alert("siem", Severity::Low), None).policy, "b");
    assert_eq!(decide(&policies, &alert("other", Severity::Low), None).policy, "anything");
}

#[test]
fn the_first_severity_that_holds_counts_and_says_why() {
    let text = policy(
        "graded",
        "match: 'true'
severity:
  - { when: person.privileged, set: critical, why: privileged account }
  - { when: 'alert.facts.ip.startsWith(\"203.\")', set: low, why: our own network }
  - { default: medium }
ask: { message: generic, deadline: 2h }
accept_delay: true
",
    );
    let policies = load([("graded.yml", &text)]);
    let mut alert = alert("siem", Severity::High);
    let treatment = decide(&policies, &alert, None);
    assert_eq!(treatment.severity, Severity::Low);
    // Nobody is known, so whether they are privileged is unknown: passed over, and told.
    assert_eq!(
        treatment.why,
        [
            "policy graded of team matches",
            "a severity of critical is passed over: there is no privileged",
            "severity low: our own network"
        ]
    );
    alert.facts.clear();
    assert_eq!(decide(&policies, &alert, None).severity, Severity::Medium);
}

#[test]
fn a_grave_alert_does_not_wait_for_working_hours_unless_that_is_accepted_by_name() {
    let ask = "match: 'true'\nask: { message: generic, deadline: 2h, clock: working }\n";
    let clock = |lines: &str, severity: Severity| {
        let text = policy("slow", lines);
        let policies = load([("slow.yml", &text)]);
        let treatment = decide(&policies, &alert("siem", severity), None);
        (treatment.ask().expect("it asks").clock, treatment.why)
    };
    for severity in Severity::ALL {
        let (got, why) = clock(ask, severity);
        let expected = if severity.is_grave() { AskClock::Wall } else { AskClock::Working };
        assert_eq!(got, expected, "{severity}");
        assert_eq!(why.iter().any(|line| line.contains("wall clock")), severity.is_grave());
        assert_eq!(clock(&format!("{ask}accept_delay: true\n"), severity).0, AskClock::Working);
    }
}

#[test]
fn what_cannot_be_decided_is_told_but_not_without_end() {
    let texts: Vec<(String, String)> = (0..50)
        .map(|n| {
            let lines = format!("match: alert.facts.f{n} == 1\nescalate: true\n");
            (format!("{n:02}.yml"), policy(&format!("p{n}"), &lines))
        })
        .collect();
    let (policies, problems) =
        Policies::load(&Files { policies: texts, ..Files::default() }, &catalog());
    assert_eq!(problems, []);
    let why = decide(&policies, &alert("siem", Severity::Low), None).why;
    assert_eq!(why[0], "policy p0 is passed over: there is no f0");
    assert_eq!(why.last().map(String::as_str), Some("46 more conditions could not be decided"));
    assert_eq!(why.len(), 4 + 2 + 1);
}

#[test]
fn a_test_in_a_file_fails_when_the_policy_says_otherwise() {
    let text = format!(
        "{ROOT_LOGIN}
tests:
  - name: good
    alert: {{ source: siem, rule: aws-root-login, facts: {{ ip: 203.0.113.7, n: [1, 2.5, null] }} }}
    person: {{ id: mia, privileged: true, groups: [admins] }}
    expect: {{ severity: high, act: ask, message: generic, assurance: phishing_resistant, deadline: 30m, clock: wall }}
  - {{ name: bad, alert: {{ source: siem, rule: aws-root-login }}, expect: {{ severity: low, act: notify }} }}
  - {{ name: elsewhere, alert: {{ source: other }}, expect: {{ act: ask }} }}
"
    );
    let results = Policies::run_tests(&files([("root.yml", &text)]), &catalog());
    let failures: Vec<_> =
        results.iter().map(|result| (result.test.as_str(), result.failures.clone())).collect();
    let said = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        failures,
        [
            ("good", said(&[])),
            ("bad", said(&["severity is high, expected low", "act is ask, expected notify"])),
            ("elsewhere", said(&["policy is default, expected siem-root-login"])),
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_an_alert_holds_there_is_a_treatment(
        texts in proptest::collection::vec("\\PC{0,40}", 5),
        number in any::<f64>(),
        severity in 0..Severity::ALL.len(),
    ) {
        let graded = policy("graded", "match: alert.facts.x > 1 || alert.title.contains('a')\n\
            ask: { message: generic, deadline: 2h }\n");
        let policies = load([("a.yml", graded.as_str()), ("root.yml", ROOT_LOGIN)]);
        let mut alert = alert(&texts[0], Severity::ALL[severity]);
        alert.title.clone_from(&texts[1]);
        alert.rule.clone_from(&texts[2]);
        alert.facts.insert(texts[3].clone(), FactValue::Float(number));
        alert.facts.insert("x".to_owned(), FactValue::Text(texts[4].clone()));
        let treatment = decide(&policies, &alert, None);
        let is_slow = treatment.ask().is_some_and(|ask| ask.clock == AskClock::Working);
        prop_assert!(!(is_slow && treatment.severity.is_grave()));
        prop_assert!(!treatment.why.is_empty());
    }
}

#[test]
fn what_a_policy_does_by_itself_is_pinned_with_what_is_known_of_the_action() {
    let text = policy(
        "p",
        "match: 'alert.source == \"siem\"'\nescalate: true\nconfidence: high\ndo: [{ run: okta.suspend, limit: 30m }]\non: { denied: [page, { run: okta.clear_sessions }] }\n",
    );
    let treatment = decide(&load([("p.yml", &text)]), &alert("siem", Severity::High), None);
    let [Response::Act(template)] = treatment.opening.as_slice() else { panic!("acts") };
    assert_eq!(
        (template.action.as_str(), template.limit),
        ("okta.suspend", Some(Span::minutes(30)))
    );
    assert_eq!(template.spec.undo, Undo::Reversible);
    assert_eq!(treatment.responses(Outcome::Denied).len(), 2);
    for (lines, wrong) in [
        ("do: [{ run: okta.clear_sessions, limit: 1h }]", "nothing takes this action back"),
        ("do: [{ run: edge.block }]", "needs the name of the fact"),
        ("do: [{ run: okta.supend }]", "neither an action"),
        ("enrich: [geoipp]", "no step of enrichment"),
        ("exclude: [{ why: x }]", "neither people nor groups"),
    ] {
        let text = policy("p", &format!("match: 'true'\nescalate: true\n{lines}\n"));
        let (_, problems) = Policies::load(&files([("p.yml", &text)]), &catalog());
        assert!(
            problems.iter().any(|problem| problem.text.contains(wrong)),
            "{lines}: {problems:?}"
        );
    }
}

#[test]
fn a_rules_own_block_says_what_is_to_be_done_about_its_alerts() {
    let rule = "\
title: New network
id: okta-new-network
level: medium
countersign:
  state: live
  ads: { goal: anything }
  severity: [{ when: person.privileged, set: high, why: privileged }]
  group: { by: [source.asn] }
  ask: { message: new-network, deadline: 30m, clock: wall, budget: { per_person: 1, every: 30d } }
";
    let rules = vec![("new-network.yml".to_owned(), rule.to_owned())];
    let (policies, problems) = Policies::load(&Files { rules, ..Files::default() }, &catalog());
    assert_eq!(problems, []);
    let (known, exceptions, alert) =
        (Known::default(), Exceptions::default(), alert("okta", Severity::Medium));
    let person = Person { privileged: true, ..mia() };
    let mut looked = look(&alert, Some(&person), &known, &exceptions);
    assert_eq!(policies.decide(&looked).treatment.policy, "default");
    looked.rule = Some("okta-new-network");
    let treatment = policies.decide(&looked).treatment;
    assert_eq!(
        (treatment.policy.as_str(), treatment.severity),
        ("okta-new-network", Severity::High)
    );
    assert_eq!(treatment.ask().expect("asks").message, "new-network");
}
