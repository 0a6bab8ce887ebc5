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
