//! From an alert to a question, and to its end.

use casework::input::Actor;
use model::{Answer, Disposition, Reason, Span, StateName};
use ports::{pager::PageKind, store::CaseQuery};

use super::world::{ANA, GONE, MIA, World, alert, run};
use crate::{
    engine::EngineError,
    intake::{BY_HAND_PER_HOUR, ManualQuestion},
};

#[test]
fn a_known_person_is_greeted_and_asked_where_they_talk() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        assert_eq!(world.state(case).await, (StateName::Asking, None));
        assert_eq!(receipt.channel, "with-U-mia");
        assert_eq!(question.title, "Was this you?");
        assert!(question.text.starts_with("Hello Mia. Example noticed"), "{}", question.text);
        assert!(question.text.contains("today at ") && question.text.contains(", Berlin"));
        assert!(question.facts.contains(&("ip".to_owned(), "203.0.113.7".to_owned())));
        assert!(question.footer.contains(&question.code), "{}", question.footer);
        assert!(question.footer.contains("countersign.example.com/check"));
        let answers: Vec<Answer> = question.buttons.iter().map(|button| button.answer).collect();
        assert_eq!(answers, [Answer::Me, Answer::NotMe, Answer::NotSure]);
        // The page shows the very same words.
        let view = world.engine.question_view(&world.case(case).await);
        assert_eq!((view.title, view.text), (question.title, question.text));
        assert_eq!(view.facts, question.facts);
        world.check(case).await;
    });
}

#[test]
fn nobody_who_is_unknown_or_has_left_is_asked_and_the_analysts_are_told() {
    run(async {
        let world = World::new();
        for name in ["nobody@example.com", GONE] {
            let case = world.accept(alert(name, "usual", "203.0.113.7")).await;
            world.settle().await;
            let state = (StateName::Escalated, Some(Reason::UnknownPerson));
            assert_eq!(world.state(case).await, state, "{name}");
            assert!(world.pager.is_open(&format!("cs-{case}")), "{name}");
        }
        assert_eq!(world.chat.questions().len(), 0);
    });
}

#[test]
fn a_question_that_is_answered_leads_to_the_next_one() {
    run(async {
        let world = World::new();
        let (first, question, receipt) = world.asked().await;
        let second = world.accept(alert(MIA, "commented", "203.0.113.7")).await;
        world.settle().await;
        assert_eq!(world.state(second).await.0, StateName::Triage, "one at a time");
        assert_eq!(world.press(&question, &receipt, Answer::NotMe).await, 200);
        world.settle().await;
        assert_eq!(world.state(first).await, (StateName::Escalated, Some(Reason::Denied)));
        assert_eq!(world.state(second).await.0, StateName::Asking);
        let (next, _) = world.chat.questions().pop().expect("asked");
        assert!(next.text.starts_with("One more thing, Mia."), "{}", next.text);
    });
}

#[test]
fn silence_reminds_and_then_escalates() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.pass(Span::minutes(80)).await;
        let reminders: Vec<String> =
            world.chat.notices().into_iter().map(|(notice, _)| notice.text).collect();
        assert_eq!(reminders.len(), 2, "{reminders:?}");
        assert!(!reminders[0].contains("last") && reminders[1].contains("last reminder"));
        world.pass(Span::minutes(60)).await;
        assert_eq!(world.state(case).await, (StateName::Escalated, Some(Reason::Silent)));
        assert!(world.pager.is_open(&format!("cs-{case}")));
        world.check(case).await;
    });
}

#[test]
fn a_forward_jump_of_the_clock_fires_each_timer_once() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.clock.advance(Span::days(3));
        world.settle().await;
        assert_eq!(world.state(case).await, (StateName::Escalated, Some(Reason::Silent)));
        let triggers = world.pager.pages();
        assert_eq!(triggers.len(), 1, "{triggers:?}");
        assert_eq!(world.store.next_timer_at().await, Ok(None), "nothing is left to fire");
    });
}

#[test]
fn the_report_holds_user_title_description_comment_and_link() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        world.press(&question, &receipt, Answer::NotMe).await;
        world.settle().await;
        let (report, thread) = world.other_chat.reports().pop().expect("reported");
        assert_eq!((report.comment.as_deref(), thread), (None, None));
        for (label, value) in [
            ("User", MIA),
            ("Title", "Sign-in from a new country"),
            ("Description", "Okta reported it."),
            ("Why you see this", "The person says it was not them."),
            ("Link", "https[:]//siem.example.com/a/1"),
            ("Comment", "No comment provided."),
        ] {
            assert!(report.facts.contains(&(label.to_owned(), value.to_owned())), "{label}");
        }
        assert!(report.url.ends_with(&format!("/console/cases/{case}")));
    });
}

#[test]
fn a_disposition_ends_the_incident_that_was_paged() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        world.press(&question, &receipt, Answer::NotMe).await;
        world.settle().await;
        let by = || Actor::Key("soc".to_owned());
        let own = Actor::Person(world.id(MIA));
        let judged = world.engine.dispose(own, case, None, Disposition::Benign, "me".into()).await;
        assert!(matches!(judged, Err(EngineError::Refused(_))), "nobody judges themself");
        world
            .engine
            .dispose(by(), case, None, Disposition::Malicious, "known".into())
            .await
            .expect("an analyst may");
        world.settle().await;
        let pages = world.pager.pages();
        assert_eq!(
            pages.iter().map(|page| page.kind).collect::<Vec<_>>(),
            [PageKind::Trigger, PageKind::Resolve]
        );
        assert!(pages.iter().all(|page| page.dedup == format!("cs-{case}")));
        let again =
            world.engine.dispose(by(), case, None, Disposition::Benign, "again".into()).await;
        assert!(matches!(again, Err(EngineError::Refused(_))), "nothing is judged twice");
        world.check(case).await;
    });
}

#[test]
fn a_page_that_waited_while_its_case_ended_opens_nothing() {
    run(async {
        let world = World::new();
        world.pager.fail_next(ports::Failure::retry("down"));
        let (case, question, receipt) = world.asked().await;
        world.press(&question, &receipt, Answer::NotMe).await;
        world.settle().await;
        let by = Actor::Key("soc".to_owned());
        let ended =
            world.engine.dispose(by, case, None, Disposition::Duplicate, "known".into()).await;
        ended.expect("an analyst may");
        world.pass(Span::minutes(10)).await;
        assert!(world.pager.pages().iter().all(|page| page.kind == PageKind::Resolve));
    });
}

#[test]
fn a_notification_closes_when_it_has_arrived_and_can_be_denied() {
    run(async {
        let world = World::new();
        let case = world.accept(alert(MIA, "told", "203.0.113.7")).await;
        world.settle().await;
        assert_eq!(world.state(case).await, (StateName::Closed, Some(Reason::Notified)));
        let (notice, receipt) = world.chat.notices().pop().expect("told");
        assert_eq!(notice.buttons[0].label, "This wasn't me");
        let token = &notice.buttons[0].token;
        let call = ports::chat::fake::FakeChat::press("U-mia", &receipt, token, "1");
        assert_eq!(world.engine.chat_call("talk", call).await.status, 200);
        assert_eq!(world.state(case).await, (StateName::Escalated, Some(Reason::Conflict)));
    });
}

#[test]
fn a_question_by_hand_goes_the_same_way_and_names_its_analyst() {
    run(async {
        let world = World::new();
        let by = Actor::Key("soc".to_owned());
        let question = |person: &str, title: &str| ManualQuestion {
            person: person.to_owned(),
            title: title.to_owned(),
            message: Some("Please have a look.".to_owned()),
            severity: model::Severity::Medium,
            facts: model::Facts::new(),
        };
        let asked = world.engine.ask_by_hand(by.clone(), question(ANA, "A new key")).await;
        let case = asked.expect("asked");
        world.settle().await;
        let stored = world.case(case).await;
        assert_eq!((stored.state_name(), stored.asked_by), (StateName::Asking, Some(by.clone())));
        assert_eq!(world.chat.questions()[0].1.channel, "with-U-ana");
        for (person, title) in [("nobody", "A new key"), (ANA, " ")] {
            let refused = world.engine.ask_by_hand(by.clone(), question(person, title)).await;
            assert!(matches!(refused, Err(EngineError::Invalid(_))), "{person} {title}");
        }
    });
}

#[test]
fn an_analyst_asks_few_questions_by_hand_in_an_hour_and_a_key_as_many_as_it_needs() {
    run(async {
        let world = World::new();
        let ask = async |by: Actor, title: &str| {
            let question = ManualQuestion {
                person: MIA.to_owned(),
                title: title.to_owned(),
                message: None,
                severity: model::Severity::Low,
                facts: model::Facts::new(),
            };
            world.engine.ask_by_hand(by, question).await.map(|_| ())
        };
        let (analyst, other) = (Actor::Person(world.id(ANA)), Actor::Person(world.id(GONE)));
        for _ in 0..BY_HAND_PER_HOUR {
            assert!(matches!(ask(analyst.clone(), " ").await, Err(EngineError::Invalid(_))));
            ask(analyst.clone(), "A new key").await.expect("what was not asked counts for nothing");
        }
        assert_eq!(ask(analyst.clone(), "A new key").await, Err(EngineError::Limited));
        assert_eq!(ask(other, "A new key").await, Ok(()));
        for _ in 0..=BY_HAND_PER_HOUR {
            assert_eq!(ask(Actor::Key("soar".to_owned()), "A new key").await, Ok(()));
        }
        world.clock.advance(Span::hours(1));
        assert_eq!(ask(analyst, "A new key").await, Ok(()));
    });
}

#[test]
fn observing_asks_nobody_and_records_what_would_have_been_asked() {
    run(async {
        let world = World::new().with_settings(|settings| settings.is_observed = true);
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        world.settle().await;
        assert_eq!(world.state(case).await, (StateName::Watching, None));
        assert_eq!(world.chat.sent().len() + world.pager.pages().len(), 0);
        world.pass(Span::days(8)).await;
        assert_eq!(world.state(case).await, (StateName::Closed, Some(Reason::Shadow)));
    });
}

#[test]
fn reading_changes_nothing() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.claim(case).await;
        let challenge = world.challenge(case).await;
        world.settle().await;
        let head = world.store.audit_head().await;
        let (mia, engine) = (world.id(MIA), &world.engine);
        for _ in 0..10 {
            let own = engine.own_case(mia, case).await.expect("hers");
            let _ = engine.question_view(&own);
            engine.ways(mia, &own).await.expect("readable");
            let ceremony = engine.ceremony(mia, case, super::world::SESSION).await;
            assert_eq!(ceremony.expect("readable").map(|it| it.challenge), Some(challenge));
            engine.cases_of(mia, 10).await.expect("readable");
            engine.story(case, 0, 100).await.expect("readable");
            engine.cases(&CaseQuery { limit: 10, ..CaseQuery::default() }).await.expect("readable");
            engine.look_up_code("K7Q-4M2").await.expect("readable");
        }
        let others = engine.own_case(world.id(ANA), case).await;
        assert_eq!(others, Err(EngineError::NotFound), "another person's case is not there");
        assert_eq!(world.store.audit_head().await, head);
        assert_eq!(world.state(case).await.0, StateName::Verifying);
    });
}
