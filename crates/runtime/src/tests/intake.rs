//! Alerts in: once each, and none lost.

use model::{FactValue, Reason, Severity, Span, StateName};
use ports::{source::Rejected, store::memory::MemoryStore};

use super::world::{ANA, MIA, World, alert, run};
use crate::{engine::EngineError, intake::DEAD_LETTERS_MAX};

#[test]
fn the_same_id_again_is_a_duplicate_and_gets_the_same_ids_back() {
    run(async {
        let world = World::new();
        let draft = || alert(MIA, "usual", "203.0.113.7");
        let first = world.engine.accept("siem", vec![Ok(draft())]).await.expect("taken");
        let again = world.engine.accept("siem", vec![Ok(draft())]).await.expect("taken");
        assert!(!first.alerts[0].is_duplicate && again.alerts[0].is_duplicate);
        let ids = |it: &crate::intake::Accepted| (it.alerts[0].id, it.alerts[0].case);
        assert_eq!(ids(&first), ids(&again));
        let other = world.engine.accept("other", vec![Ok(draft())]).await.expect("taken");
        assert!(!other.alerts[0].is_duplicate, "ids are a source's own");
        world.clock.advance(Span::days(31));
        let later = world.engine.accept("siem", vec![Ok(draft())]).await.expect("taken");
        assert!(!later.alerts[0].is_duplicate, "an id is unique for thirty days");
    });
}

#[test]
fn without_an_id_the_content_counts_for_a_day() {
    run(async {
        let world = World::new();
        let draft = || {
            let mut draft = alert(MIA, "usual", "203.0.113.7");
            draft.external_id = None;
            draft
        };
        let first = world.accept(draft()).await;
        let again = world.engine.accept("siem", vec![Ok(draft())]).await.expect("taken");
        assert!(again.alerts[0].is_duplicate && again.alerts[0].case == first);
        world.clock.advance(Span::hours(25));
        let later = world.engine.accept("siem", vec![Ok(draft())]).await.expect("taken");
        assert!(!later.alerts[0].is_duplicate);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_alert_many_times_at_once_is_one_alert_of_one_case() {
    let world = World::new();
    let requests = (0..8).map(|_| {
        let drafts = (0..64).map(|_| Ok(alert(MIA, "usual", "203.0.113.7"))).collect();
        let engine = world.engine.clone();
        tokio::spawn(async move { engine.accept("siem", drafts).await.expect("taken").alerts })
    });
    let accepted = futures::future::join_all(requests).await;
    let alerts: Vec<_> = accepted.into_iter().flat_map(|done| done.expect("ends")).collect();
    let fresh = alerts.iter().filter(|alert| !alert.is_duplicate).count();
    assert_eq!((alerts.len(), fresh), (8 * 64, 1));
    let case = alerts[0].case;
    assert!(alerts.iter().all(|alert| alert.case == case));
    world.settle().await;
    assert_eq!(world.case(case).await.alert_count, 1);
    assert_eq!(world.chat.questions().len(), 1);
}

#[test]
fn many_people_are_asked_from_one_request_in_order() {
    run(async {
        let world = World::new();
        let people = [MIA, ANA, MIA, "nobody@example.com"];
        let drafts = people.into_iter().enumerate().map(|(index, person)| {
            let ip = format!("203.0.113.{}", index / 2);
            Ok(alert(person, "usual", &ip))
        });
        let accepted = world.engine.accept("siem", drafts.collect()).await.expect("taken");
        let mut subjects = Vec::new();
        for alert in &accepted.alerts {
            let case = world.case(alert.case).await;
            subjects.push(case.head().person.clone().expect("named"));
        }
        let named: Vec<&str> = subjects.iter().map(|person| person.reveal()).collect();
        assert_eq!(named, people, "results are in the order of the request");
        world.settle().await;
        assert_eq!(world.chat.questions().len(), 2, "one question a person at a time");
    });
}

#[test]
fn a_join_hides_nothing() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        let mut same = alert(MIA, "usual", "203.0.113.7");
        same.external_id = Some("another id".to_owned());
        assert_eq!(world.accept(same.clone()).await, case, "the same facts join");
        let mut other = alert(MIA, "usual", "203.0.113.8");
        assert_ne!(world.accept(other.clone()).await, case, "other facts are another case");
        world.press(&question, &receipt, model::Answer::NotMe).await;
        world.settle().await;
        let pages = world.pager.pages().len();
        same.external_id = Some("a third id".to_owned());
        same.severity = Severity::Critical;
        assert_eq!(world.accept(same.clone()).await, case, "an escalated case is joined");
        world.settle().await;
        assert_eq!(world.pager.pages().len(), pages + 1, "and paged again when it is graver");
        // Nothing came for longer than the window: what comes now is a case of its own.
        world.clock.advance(Span::hours(2));
        same.external_id = Some("a fourth id".to_owned());
        let next = world.accept(same.clone()).await;
        assert_ne!(next, case);
        other.external_id = None;
        world.check(case).await;
        world.check(next).await;
    });
}

#[test]
fn a_closed_case_takes_no_joins() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        world.press(&question, &receipt, model::Answer::NotMe).await;
        let by = casework::input::Actor::Key("soc".to_owned());
        let ended =
            world.engine.dispose(by, case, None, model::Disposition::Benign, "known".into()).await;
        ended.expect("an analyst may");
        let mut update = alert(MIA, "usual", "203.0.113.7");
        update.title = "Something else".to_owned();
        assert_ne!(world.accept(update).await, case, "an update of a closed case is a new one");
        let mut same = alert(MIA, "usual", "203.0.113.7");
        same.external_id = Some("another id".to_owned());
        assert_ne!(world.accept(same).await, case);
        assert_eq!(world.case(case).await.alert_count, 1);
    });
}

#[test]
fn a_closed_case_whose_key_another_holds_can_still_be_denied() {
    run(async {
        let world = World::new();
        let draft = |id: &str| {
            let mut draft = alert(MIA, "told", "203.0.113.7");
            draft.external_id = Some(id.to_owned());
            draft
        };
        let told = world.accept(draft("1")).await;
        world.settle().await;
        world.chat.fail_next(ports::Failure::retry("down"));
        let holder = world.accept(draft("2")).await;
        assert_ne!(told, holder);
        let revision = world.case(told).await.revision;
        let mia = world.id(MIA);
        let denied = world.engine.answer(mia, told, model::Answer::NotMe, revision, None).await;
        assert_eq!(denied.map(|case| case.reason()), Ok(Some(Reason::Conflict)));
        world.check(told).await;
        world.check(holder).await;
    });
}

#[test]
fn a_flood_of_low_alerts_does_not_delay_a_critical_question() {
    run(async {
        let world = World::new();
        let low = (0..100).map(|index| {
            let mut draft = alert(MIA, "usual", &format!("198.51.100.{index}"));
            draft.severity = Severity::Low;
            Ok(draft)
        });
        world.engine.accept("siem", low.collect()).await.expect("taken");
        world.settle().await;
        assert_eq!(world.chat.questions().len(), 1);
        let mut grave = alert(MIA, "grave", "203.0.113.7");
        grave.severity = Severity::Critical;
        let case = world.accept(grave).await;
        world.settle().await;
        assert_eq!(world.state(case).await.0, StateName::Asking, "asked at once");
        world.pass(Span::minutes(31)).await;
        let silent = (StateName::Escalated, Some(Reason::Silent));
        assert_eq!(world.state(case).await, silent, "within its thirty minutes");
    });
}

#[test]
fn what_is_refused_is_kept_where_analysts_see_it() {
    run(async {
        let world = World::new();
        let bad = Rejected { problem: "rule: missing".to_owned() };
        let drafts = vec![Err(bad), Ok(alert(MIA, "usual", "203.0.113.7"))];
        let accepted = world.engine.accept("siem", drafts).await.expect("taken");
        assert_eq!(accepted.rejected, [(0, "rule: missing".to_owned())]);
        assert_eq!(accepted.alerts.len(), 1);
        let kept = world.engine.dead_letters("", 10).await.expect("readable");
        assert_eq!(kept.len(), 1);
        assert!(String::from_utf8_lossy(&kept[0].value).contains("rule: missing"));
    });
}

#[test]
fn of_what_a_source_had_refused_the_newest_are_kept() {
    run(async {
        let mut world = World::new();
        let refuse = async |world: &World, source: &str, numbers: std::ops::Range<usize>| {
            let bad = |number| Err(Rejected { problem: format!("number {number}") });
            let drafts = numbers.map(bad).collect();
            world.engine.accept(source, drafts).await.expect("taken");
            world.clock.advance(Span::seconds(1));
        };
        let kept = async |world: &World| {
            let (mut kept, mut after) = (Vec::new(), String::new());
            loop {
                let page = world.engine.dead_records(&after, 500).await.expect("readable");
                let Some(last) = page.last() else { return kept };
                after.clone_from(&last.id);
                kept.extend(page.into_iter().map(|dead| (dead.source, dead.problem)));
            }
        };
        refuse(&world, "other", 0..1).await;
        refuse(&world, "siem", 0..5).await;
        refuse(&world, "siem", 5..DEAD_LETTERS_MAX).await;
        assert_eq!(kept(&world).await.len(), DEAD_LETTERS_MAX + 1);
        refuse(&world, "siem", 0..5).await;
        assert_eq!(kept(&world).await.len(), DEAD_LETTERS_MAX + 1);
        world.restart();
        refuse(&world, "siem", 0..5).await;
        let kept = kept(&world).await;
        assert_eq!(kept.len(), DEAD_LETTERS_MAX + 1);
        assert_eq!(kept[0], ("other".to_owned(), "number 0".to_owned()), "another source's");
        let newest = |it: &&(String, String)| it.0 == "siem" && it.1 == "number 3";
        assert_eq!(kept.iter().filter(newest).count(), 2, "the first of them is gone");
    });
}

#[test]
fn hostile_text_is_shown_inert() {
    run(async {
        let world = World::new();
        let mut draft = alert(MIA, "hostile", "203.0.113.7");
        draft.title = format!("\u{202e}<script> https://evil.example {}", "x".repeat(100_000));
        let value = FactValue::Text("a\u{0}b\r\nX-Evil: 1".repeat(1_000));
        draft.facts.insert("{{ 7 * 7 }}".to_owned(), value);
        world.accept(draft).await;
        world.settle().await;
        let (question, _) = world.chat.questions().pop().expect("asked");
        let all = format!("{question:?}");
        assert!(!all.contains('\u{202e}') && !all.contains("\\u{0}") && !all.contains("\\r"));
        assert!(!all.contains("https://evil") && all.contains("https[:]//evil"));
        assert!(question.text.chars().count() < 500);
        assert!(question.facts.iter().any(|(label, _)| label == "{{ 7 * 7 }}"), "never run");
    });
}

#[test]
fn a_full_disk_refuses_new_alerts_and_lets_open_cases_proceed() {
    run(async {
        let store = MemoryStore::new();
        let world = World::over(std::sync::Arc::new(store.clone()))
            .with_settings(|settings| settings.disk_reserve_bytes = 1_000);
        let (case, question, receipt) = world.asked().await;
        store.leave_bytes(1_000);
        world.clock.advance(Span::seconds(2));
        let refused =
            world.engine.accept("siem", vec![Ok(alert(ANA, "usual", "203.0.113.7"))]).await;
        assert!(matches!(refused, Err(EngineError::Unavailable(_))));
        assert!(world.engine.readiness().await.is_err());
        world.press(&question, &receipt, model::Answer::NotMe).await;
        world.settle().await;
        assert_eq!(world.state(case).await.1, Some(Reason::Denied));
        store.leave_bytes(1_000_000);
        world.clock.advance(Span::seconds(2));
        world.accept(alert(ANA, "usual", "203.0.113.7")).await;
    });
}

#[test]
fn what_became_of_earlier_cases_decides_the_next_one() {
    run(async {
        let policy = r#"
id: p
owner: security
match: 'true'
severity:
  - { when: 'enrich.history.address_real > 0', set: high, why: this address was used before }
  - { default: low }
escalate: true
"#;
        let world = World::new().with_policy(policy);
        let first = world.accept(alert(MIA, "any", "203.0.113.7")).await;
        assert_eq!(world.case(first).await.severity, Severity::Low);
        let by = casework::input::Actor::Key("soc".to_owned());
        let (malicious, note) = (model::Disposition::Malicious, "an attack".into());
        world.engine.dispose(by, first, None, malicious, note).await.expect("judged");
        // What was looked up is remembered for a moment.
        world.clock.advance(Span::minutes(1));
        let again = world.accept(alert(ANA, "any", "203.0.113.7")).await;
        let again = world.case(again).await;
        assert_eq!(again.severity, Severity::High);
        let known = again.known.get("history", "address_real");
        assert_eq!(known, Some(&model::FactValue::Int(1)), "and it is kept with the case");
        let other = world.accept(alert(ANA, "any", "203.0.113.70")).await;
        assert_eq!(world.case(other).await.severity, Severity::Low);
        world.check(again.id).await;
    });
}
