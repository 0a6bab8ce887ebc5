//! What is held about a person, and what is left once it was erased.

use casework::{case, input::Actor};
use model::{Answer, CaseId, DeliveryId, Disposition, Facts, Method, Severity, Span, StateName};
use ports::{
    audit,
    chat::Receipt,
    source::AlertDraft,
    store::{Commit, Record, RecordOp, Space, Store as _},
};

use super::world::{ADA, ANA, CHAT, GONE, MIA, World};
use crate::deliveries::{Delivery, Kind};

/// What no store holds once it was erased.
const TEXTS: [&str; 5] =
    ["203.0.113.7", "a dentist in Lisbon", "Sign-in at night", "looked at her desk", "C-with-her"];

/// A case about somebody, with texts of the source, of the person and of an analyst, and where its
/// message is.
async fn case_about(world: &World, email: &str, ip: &str) -> CaseId {
    let draft = AlertDraft {
        external_id: Some(ip.to_owned()),
        rule: "sign-in".to_owned(),
        title: "Sign-in at night".to_owned(),
        description: String::new(),
        severity: Severity::Medium,
        time: None,
        person: Some(email.into()),
        url: None,
        facts: Facts::from([("ip".to_owned(), ip.into())]),
        problems: Vec::new(),
    };
    let accepted = world.engine.accept("siem", vec![Ok(draft)]).await.expect("taken");
    let case = accepted.alerts[0].case;
    let person = world.person(email).id;
    if email != GONE {
        let comment = Some("I was at a dentist in Lisbon".into());
        let said = world.engine.answer(person, case, Answer::NotSure, 1, comment).await;
        said.expect("taken");
    }
    let delivery = Delivery {
        case,
        chat: CHAT.to_owned(),
        account: Some("U-her".to_owned()),
        ask: None,
        kind: Kind::Question,
        receipts: vec![Receipt { channel: "C-with-her".to_owned(), message: ip.to_owned() }],
        may_have_copies: false,
    };
    let id = DeliveryId::from_digest(case.bits());
    let records = delivery.records(id, Some(person), world.engine.now());
    world.store.commit(Commit { records, ..Commit::default() }).await.expect("stored");
    case
}

async fn closed(world: &World, email: &str) -> CaseId {
    let case = case_about(world, email, "203.0.113.7").await;
    let by = Actor::Person(world.person(ANA).id);
    let note = "looked at her desk".into();
    world.engine.dispose(by, case, None, Disposition::Benign, note).await.expect("may");
    case
}

#[tokio::test]
async fn texts_go_and_the_chain_and_what_is_needed_stay() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let mia = world.person(MIA).id;
    let done = closed(&world, MIA).await;
    let others = closed(&world, ADA).await;
    let open = case_about(&world, MIA, "198.51.100.1").await;
    let before = audit::verify(&world.store).await.expect("readable").expect("whole");
    let would = world.engine.erasable(mia).await.expect("readable");
    assert_eq!((would.cases.as_slice(), would.kept.as_slice()), (&[done][..], &[open][..]));
    assert_eq!(world.engine.erase(mia).await, Ok(would));

    let after = audit::verify(&world.store).await.expect("readable").expect("whole");
    assert!(after.0 > before.0, "and says that it was erased");
    let case = world.engine.case(done).await.expect("readable");
    assert_eq!((case.state_name(), case.title()), (StateName::Closed, case::ERASED));
    let row = world.engine.listed(done).await.expect("readable").expect("there");
    assert_eq!((row.title.as_str(), row.person), (case::ERASED, Some(mia)));
    let story = world.engine.story(done, 0, 100).await.expect("readable");
    assert!(story.iter().all(|line| line.text.is_empty()), "{story:?}");
    assert_eq!(story.last().map(|line| line.kind.as_str()), Some("case.erased"));
    assert_eq!(world.engine.steps(done, 0, 100).await.expect("readable"), []);

    // Of the other person's case and of the open one nothing is gone.
    for id in [others, open] {
        let steps = world.engine.steps(id, 0, 100).await.expect("readable");
        let replayed = case::replay(steps).expect("replays").expect("a case");
        assert_eq!(replayed, world.engine.case(id).await.expect("readable"));
        assert_eq!(replayed.comments.len(), 1);
    }
    assert_eq!(world.factor_ids(MIA).await, [factor], "she still works here");
    let places = world.store.records(Space::Delivery, Some(mia), "", world.engine.now(), 10).await;
    assert_eq!(places.expect("readable").len(), 2, "of the open case");
    assert!(world.audit_kinds().await.contains(&"person.erased".to_owned()));
    let again = world.engine.erase(mia).await.expect("erased");
    assert_eq!((again.cases.len(), again.kept.as_slice()), (0, &[open][..]));
}

#[tokio::test]
async fn of_somebody_who_has_left_nothing_is_held_but_ids() {
    let world = World::new();
    let factor = world.old_factor(GONE, Method::Totp).await;
    let gone = world.person(GONE).id;
    world.engine.remember_browser(gone, None).await.expect("remembered");
    closed(&world, GONE).await;
    let held = format!("{:?}", world.store);
    assert!(held.contains(&factor.to_string()));
    let erasure = world.engine.erase(gone).await.expect("erased");
    assert!(!erasure.is_of_the_directory);
    for space in [Space::Factor, Space::Session, Space::Browser, Space::Binding, Space::Delivery] {
        let left = world.store.records(space, Some(gone), "", world.engine.now(), 10).await;
        assert_eq!(left, Ok(Vec::new()), "{space:?}");
    }
    for case in world.engine.case_ids_of(gone).await.expect("readable") {
        let held = world.engine.case_held(case).await.expect("readable").to_string();
        for text in TEXTS.into_iter().chain([GONE]) {
            assert!(!held.contains(text), "{text}: {held}");
        }
    }
}

#[tokio::test]
async fn an_open_case_is_kept_however_old() {
    let world = World::new();
    let mia = world.person(MIA).id;
    let open = case_about(&world, MIA, "198.51.100.1").await;
    world.clock.advance(Span::days(400));
    let found = world.engine.erasable(mia).await.expect("readable");
    assert_eq!((found.cases.len(), found.kept.as_slice()), (0, &[open][..]));
}

#[tokio::test]
async fn everything_about_a_person_is_told_but_no_secret() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let browser = world.signed_in(MIA).await;
    assert!(browser.prove(Method::Totp, factor, 1).await);
    browser.enrol(Method::Passkey).await.expect("enrolled");
    let case = closed(&world, MIA).await;
    let mia = world.person(MIA).id;
    let held = world.engine.held_about(mia).await.expect("readable");
    assert_eq!(held["id"], mia.to_string());
    assert_eq!(held["directory"]["email"], MIA);
    let count = |space: &str| held["records"][space].as_array().map(Vec::len);
    assert_eq!(
        (count("factor"), count("factor_change"), count("session")),
        (Some(2), Some(1), Some(1))
    );
    let kinds: Vec<_> =
        held["acts"].as_array().expect("a list").iter().map(|act| act["kind"].as_str()).collect();
    for kind in ["signin.link", "person.proven", "factor.enrolled", "case.answer"] {
        assert!(kinds.contains(&Some(kind)), "{kind}: {kinds:?}");
    }
    let text = held.to_string();
    let session = browser.now().await.session;
    assert!(!text.contains("material") && !text.contains(&session.hash), "{text}");
    assert_eq!(world.engine.case_ids_of(mia).await.expect("readable"), [case]);
    let told = world.engine.case_held(case).await.expect("readable").to_string();
    for text in &TEXTS[..4] {
        assert!(told.contains(text), "{text}");
    }
    assert!(!text.contains("unreadable") && !told.contains("unreadable"));
}

#[tokio::test]
async fn what_is_held_and_cannot_be_read_is_told_as_such() {
    let world = World::new();
    let mia = world.person(MIA).id;
    let damaged = Record {
        space: Space::FactorChange,
        key: "damaged".to_owned(),
        owner: Some(mia),
        value: b"{".to_vec(),
        expires_at: None,
    };
    let records = vec![RecordOp::Put(damaged)];
    world.store.commit(Commit { records, ..Commit::default() }).await.expect("stored");
    let held = world.engine.held_about(mia).await.expect("readable");
    let told = &held["records"]["factor_change"][0];
    assert_eq!((&told["key"], &told["unreadable"]), (&"damaged".into(), &true.into()));
}
