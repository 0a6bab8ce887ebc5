//! What is left of a case, and of which.

use model::{ActionId, Radius, Reason, StateName as S, TargetKind, Undo};

use super::*;
use crate::ledger::{Asker, Entry, Order, Spec, Stage, Trigger};

const SECRETS: [&str; 10] = [
    "web-1",
    "dentist",
    "Somebody used sudo",
    "mia@example.com",
    "DPX",
    "Berlin",
    "https",
    "the list of Ana",
    "the list of Ben",
    "the list of Eve",
];

/// A case full of texts, proven by a provider's device.
fn proven(world: &mut World) -> CaseId {
    let mut opening = world.opening(asking(Assurance::Possession), &[("host", "web-1")]);
    opening.alert.url = Some("https://siem.example.com/1".to_owned());
    opening.alert.description = "at the dentist".to_owned();
    let id = world.open_with(opening);
    world.say(id, Answer::Me);
    world.give(id, Input::Comment { text: "I was at the dentist".into() });
    let challenge = world.challenge(id, Method::Duo).expect("may try");
    let factor = FactorFacts { device: Some("DPX".to_owned()), ..ways(Method::Duo) };
    world.give(id, Input::Proof { challenge, result: ProofResult::Proven(factor) });
    check(world, id, S::Closed, Reason::Verified);
    id
}

/// An action that went wrong in words of others.
fn failed() -> Entry {
    let spec = Spec {
        target: TargetKind::Account,
        undo: Undo::Reversible,
        radius: Radius::Person,
        verify_within: Span::minutes(2),
        what: "does it".to_owned(),
    };
    let order = Order {
        id: ActionId::from_digest(1),
        action: "okta.suspend".to_owned(),
        spec,
        target: None,
        reason: "p".into(),
        limit: None,
        by: Asker::Policy("p".to_owned()),
        trigger: Trigger::Hand,
    };
    let why = "HTTP 404: not on the list of Ana".to_owned();
    Entry {
        detail: "partly: still on the list of Ben".to_owned(),
        unwanted_by: Some("the list of Eve".to_owned()),
        stage: Stage::Failed { at: start(), why, may_stand: false },
        ..Entry::new(order, 0, start())
    }
}

#[test]
fn only_what_nothing_reopens_is_erased() {
    let mut world = World::new();
    let proven = proven(&mut world);
    let benign = world.open(&[("n", "2")]);
    let analyst = world.analyst();
    world.dispose(benign, analyst).expect("may");
    let open = world.open(&[("n", "1")]);
    for (id, now, later) in [(open, false, false), (proven, false, true), (benign, true, true)] {
        let case = &world.cases[&id];
        let after = Span::days(31).after(world.now);
        assert_eq!(case.is_erasable(world.now), now);
        assert_eq!(case.is_erasable(after), later);
        assert_eq!(case.clone().erased(after).is_some(), later);
    }
}

#[test]
fn an_erased_case_holds_no_text_of_anybody_and_says_how_it_ended() {
    let mut world = World::new();
    let id = proven(&mut world);
    let mut before = world.cases[&id].clone();
    before.ledger.push(failed());
    let text = |case: &Case| serde_json::to_string(case).expect("text");
    for secret in SECRETS {
        assert!(text(&before).contains(secret), "{secret} was there");
    }
    let now = Span::days(31).after(world.now);
    let after = before.clone().erased(now).expect("erasable");
    for secret in SECRETS.into_iter().chain([before.shown_hash.as_str(), &before.group_key]) {
        assert!(!text(&after).contains(secret), "{secret} is gone");
    }
    assert_eq!((after.state_name(), after.reason()), (S::Closed, Some(Reason::Verified)));
    assert_eq!(after.subject.as_ref().map(|subject| subject.person), Some(person()));
    assert_eq!((after.answers.len(), after.alert_count), (1, 1));
    assert_eq!(after.title(), super::super::ERASED);
    assert_eq!(after.clone().erased(now), None, "once");
}
