use model::{AlertId, Severity};

use super::*;
use crate::policy::{Files, Judgement, Look, Policies};

fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().expect("a time")
}

fn exception() -> Exception {
    Exception {
        id: "exc_1".to_owned(),
        owner: Actor::Key("soar".to_owned()),
        reason: "a nightly job".into(),
        created_at: now(),
        expires_at: Span::days(30).after(now()),
        source: None,
        rule: Some("mass-export".to_owned()),
        person: None,
        facts: [("client".to_owned(), FactValue::from("exporter"))].into(),
        condition: None,
    }
}

fn alert(rule: &str, client: Option<&str>) -> Alert {
    let client = client.map(|client| ("client".to_owned(), FactValue::from(client)));
    Alert {
        id: AlertId::from_digest(1),
        source: "github".to_owned(),
        external_id: None,
        rule: rule.to_owned(),
        title: "Many clones".to_owned(),
        description: String::new(),
        severity: Severity::Medium,
        time: now(),
        person: None,
        url: None,
        facts: client.into_iter().collect(),
        received_at: now(),
        problems: Vec::new(),
    }
}

fn judged(exceptions: &Exceptions, alert: &Alert, at: Timestamp) -> Judgement {
    let (policies, _) = Policies::load(&Files::default(), &crate::catalog::Catalog::default());
    let known = Known::default();
    let look = Look { alert, person: None, known: &known, rule: None, exceptions, now: at };
    policies.decide(&look).judgement
}

#[test]
fn an_exception_hides_exactly_what_it_names_until_it_ends() {
    let (exceptions, broken) = Exceptions::of([exception()]);
    assert!(broken.is_empty());
    let hidden = |rule, client, at| {
        let judgement = judged(&exceptions, &alert(rule, client), at);
        matches!(judgement, Judgement::Filtered { by, .. } if by == "exception:exc_1")
    };
    assert!(hidden("mass-export", Some("exporter"), now()));
    assert!(!hidden("mass-export", Some("other"), now()));
    assert!(!hidden("mass-export", None, now()), "what is absent matches nothing");
    assert!(!hidden("other-rule", Some("exporter"), now()));
    assert!(!hidden("mass-export", Some("exporter"), Span::days(30).after(now())));
}

#[test]
fn a_condition_narrows_an_exception_and_hides_nothing_when_it_cannot_be_decided() {
    let condition =
        Some("alert.facts.client == \"exporter\" && alert.facts.count < 100".to_owned());
    let made = Exception { facts: BTreeMap::new(), condition, ..exception() };
    let (exceptions, _) = Exceptions::of([made]);
    let mut small = alert("mass-export", Some("exporter"));
    assert_eq!(judged(&exceptions, &small, now()), Judgement::Go, "there is no count");
    small.facts.insert("count".to_owned(), FactValue::Int(7));
    assert!(matches!(judged(&exceptions, &small, now()), Judgement::Filtered { .. }));
    small.facts.insert("count".to_owned(), FactValue::Int(700));
    assert_eq!(judged(&exceptions, &small, now()), Judgement::Go);
}

#[test]
fn an_exception_needs_an_end_a_reason_and_something_narrow() {
    let made = exception();
    assert_eq!(made.check(now()), Ok(()));
    let nothing = BTreeMap::new;
    for (bad, error) in [
        (Exception { expires_at: now(), ..made.clone() }, ExceptionError::Expiry),
        (
            Exception { expires_at: Span::days(91).after(now()), ..made.clone() },
            ExceptionError::Expiry,
        ),
        (Exception { reason: " ".into(), ..made.clone() }, ExceptionError::Reason),
        (Exception { facts: nothing(), ..made.clone() }, ExceptionError::TooWide),
        (Exception { rule: None, ..made.clone() }, ExceptionError::TooWide),
    ] {
        assert_eq!(bad.check(now()), Err(error));
    }
    let wrong = Exception { condition: Some("alert.rul == \"x\"".to_owned()), ..made };
    let Err(ExceptionError::Condition(text)) = wrong.check(now()) else { panic!("is taken") };
    assert!(text.contains("did you mean `rule`?"), "{text}");
    assert_eq!(Exceptions::of([wrong]).1.len(), 1, "one that cannot be read hides nothing");
}

/// An exception of nothing but this condition.
fn of_condition(text: &str) -> Exception {
    let condition = Some(text.to_owned());
    Exception { rule: None, facts: BTreeMap::new(), condition, ..exception() }
}

#[test]
fn a_condition_that_says_nothing_is_refused_whatever_is_named_beside_it() {
    for text in ["true", "1 == 1", "!false", "[1, 2].exists(n, n == 1)", "\"a\" != \"b\""] {
        for made in [of_condition(text), Exception { condition: Some(text.into()), ..exception() }]
        {
            assert_eq!(made.check(now()), Err(ExceptionError::Constant), "{text}");
        }
    }
    let told = ExceptionError::Constant.to_string();
    assert!(told.contains("alert.facts.client"), "says what to do: {told}");
}

#[test]
fn a_condition_alone_compares_a_rule_a_source_or_a_fact() {
    for text in [
        "alert.severity == \"low\"",
        "person.privileged",
        "alert.title == \"Many clones\"",
        "enrich.network.kind == \"hosting\"",
    ] {
        assert_eq!(of_condition(text).check(now()), Err(ExceptionError::TooWide), "{text}");
        let of_source = Exception { source: Some("github".to_owned()), ..of_condition(text) };
        assert_eq!(of_source.check(now()), Ok(()), "{text}");
        let of_rule = Exception { rule: Some("mass-export".to_owned()), ..of_condition(text) };
        assert_eq!(of_rule.check(now()), Ok(()), "{text}");
    }
    for text in [
        "alert.rule == \"mass-export\"",
        "alert.source == \"github\" && alert.severity == \"low\"",
        "alert.facts.client == \"exporter\"",
        "alert.rule == \"mass-export\" && !has(alert.facts.client)",
        "alert.rule == \"mass-export\" && person.privileged",
        "alert.facts.count < 100",
    ] {
        assert_eq!(of_condition(text).check(now()), Ok(()), "{text}");
    }
}

#[test]
fn a_condition_that_holds_for_what_it_knows_nothing_about_is_refused() {
    for text in [
        "true || alert.rule == \"mass-export\"",
        "alert.rule == alert.rule",
        "alert.rule != \"other\"",
        "!(alert.source in [\"github\", \"okta\"])",
        "alert.rule.startsWith(\"\")",
        "!has(alert.facts.client)",
        "alert.facts.all(name, name == \"client\")",
        "alert.facts.exists(name, name != \"\")",
        "alert.severity == \"critical\" || alert.rule == \"mass-export\"",
        "!person.known || alert.rule == \"mass-export\"",
        "person.active || alert.rule == \"mass-export\"",
        "person.privileged || alert.rule == \"mass-export\"",
        "!person.active || alert.rule == \"mass-export\"",
    ] {
        assert_eq!(of_condition(text).check(now()), Err(ExceptionError::HoldsAnyway), "{text}");
    }
}

#[test]
fn its_owner_is_warned_before_it_lapses() {
    let made = exception();
    assert!(!made.is_lapsing(now()));
    assert!(made.is_lapsing(Span::days(23).after(now())));
    assert!(!made.is_lapsing(Span::days(31).after(now())));
    assert_eq!(made.warned_at(), Some(Span::days(23).after(now())));
    let short = Exception { expires_at: Span::days(7).after(now()), ..made };
    assert_eq!(short.warned_at(), None, "whoever made it has just said when it ends");
}

#[test]
fn nobody_hides_what_is_about_themself() {
    let ana = crate::policy::condition::tests::mia();
    let mia = Person { id: PersonId::from_digest(99), ..ana.clone() };
    let own = Exception { owner: Actor::Person(ana.id), ..exception() };
    let alert = alert("mass-export", Some("exporter"));
    let hides = |person| own.hides(&alert, person, &Known::default());
    assert_eq!(hides(Some(&ana)), Ok(false));
    assert_eq!(hides(Some(&mia)), Ok(true));
    assert_eq!(hides(None), Ok(true));
}
