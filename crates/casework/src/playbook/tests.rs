use model::{Radius, TargetKind, Undo};

use super::*;
use crate::{catalog::Catalog, ledger::Spec};

fn catalog() -> Catalog {
    let spec = |undo| Spec {
        target: TargetKind::Account,
        undo,
        radius: Radius::Person,
        verify_within: Span::minutes(2),
        what: "does it".to_owned(),
    };
    let actions = [
        ("okta.suspend", spec(Undo::Reversible)),
        ("okta.clear_sessions", spec(Undo::SelfHealing)),
    ];
    Catalog {
        actions: actions.map(|(name, spec)| (name.to_owned(), spec)).into(),
        enrichers: [("reputation".to_owned(), None)].into(),
        messages: Some(["account-held".to_owned(), "generic".to_owned()].into()),
        ..Catalog::default()
    }
}

const CONTAIN: &str = "\
id: contain
owner: security
purpose: Ends what a thief of a session could still use
start: { rules: [session-moved], severity: high, outcome: denied }
steps:
  - run: okta.clear_sessions
  - { run: okta.suspend, limit: 30m }
  - notify: account-held
  - settle: 5m
  - enrich: [reputation]
  - if: 'case.denied'
    then: [ { page: true }, { approve: { needs: 1, within: 1h } } ]
    else: [ { answer: 1h }, { revert: okta.suspend } ]
  - wait: 10m
tests:
  - name: a denial
    case: { denied: true, severity: high }
    expect: [run okta.clear_sessions, run okta.suspend, notify account-held, settle 5m,
             enrich reputation, page, approve 1, wait 10m]
  - name: no denial
    case: { severity: high }
    expect: [run okta.clear_sessions, run okta.suspend, notify account-held, settle 5m,
             enrich reputation, answer 1h, revert okta.suspend, wait 10m]
";

#[test]
fn a_playbook_becomes_steps_whose_jumps_lead_forward_and_passes_its_tests() {
    let (playbook, trials) = read("contain.yml", CONTAIN, &catalog()).expect("no problems");
    for (at, op) in playbook.ops.iter().enumerate() {
        if let Op::Unless { to, .. } | Op::Jump { to } = op {
            assert!(*to > at && *to <= playbook.ops.len(), "{op:?}");
        }
    }
    let results = run_tests(&trials);
    assert_eq!(results.len(), 2);
    assert!(results.iter().all(|result| result.failures.is_empty()), "{results:?}");
    let start = playbook.start.as_ref().expect("starts");
    assert_eq!((start.severity, start.outcome), (Some(Severity::High), Some(Outcome::Denied)));
}

#[test]
fn a_test_that_expects_something_else_fails() {
    let wrong = CONTAIN.replace("page, approve 1", "approve 1, page");
    let (_, trials) = read("contain.yml", &wrong, &catalog()).expect("no problems");
    assert!(!run_tests(&trials)[0].failures.is_empty());
}

#[test]
fn every_problem_of_a_playbook_is_told_with_its_place() {
    for (from, to, path, text) in [
        ("okta.clear_sessions\n", "okta.clear\n", "steps[0].run", "neither an action"),
        ("notify:", "notfy:", "steps[2]", "must begin with one of"),
        ("account-held\n", "acount-held\n", "steps[2].notify", "no message called"),
        (
            "notify: account-held\n",
            "ask: { message: genric, deadline: 1h }\n",
            "steps[2].ask.message",
            "no message called",
        ),
        ("case.denied", "case.denid", "steps[5].if", "unknown field"),
        ("case.denied", "enrich.reputatoin.score > 1.0", "steps[5].if", "no step of enrichment"),
        ("[reputation]", "[reputatoin]", "steps[4].enrich", "no step of enrichment"),
        ("within: 1h", "within: 1y", "steps[5].then[1].approve.within", "must be a number"),
        ("rules: [session-moved], severity: high,", "", "start", "would start for every alert"),
        ("limit: 30m", "limt: 30m", "steps[1].limt", "unknown key"),
        ("page: true", "page: false", "steps[5].then[0].page", "must be true"),
    ] {
        let wrong = CONTAIN.replacen(from, to, 1);
        let problems = read("contain.yml", &wrong, &catalog()).expect_err("is taken");
        let told = problems.iter().any(|it| it.path == path && it.text.contains(text));
        assert!(told, "{to}: {problems:?}");
        let is_near = problems.iter().any(|it| it.to_string().contains("did you mean"));
        assert!(is_near || !text.contains("called"), "{problems:?}");
    }
    let untested = CONTAIN.split("tests:").next().expect("a part");
    assert!(read("contain.yml", untested, &catalog()).is_err());
}

#[test]
fn nesting_and_length_have_limits() {
    let deep = (0..9).fold("- page: true".to_owned(), |inner, _| {
        format!("- if: 'case.denied'\n  then:\n    {}", inner.replace('\n', "\n    "))
    });
    let long = "  - page: true\n".repeat(MAX_STEPS + 1);
    for steps in [format!("  {}", deep.replace('\n', "\n  ")), long] {
        let text = format!(
            "id: p\nowner: o\npurpose: p\nsteps:\n{steps}\ntests:\n  - {{ name: n, expect: [page] }}\n"
        );
        assert!(read("p.yml", &text, &catalog()).is_err());
    }
}
