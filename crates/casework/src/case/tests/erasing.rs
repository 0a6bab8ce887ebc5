//! What is left of a case, and of which.

use model::{Reason, StateName as S};

use super::*;

const SECRETS: [&str; 7] =
    ["web-1", "dentist", "Somebody used sudo", "mia@example.com", "DPX", "Berlin", "https"];

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
    let before = world.cases[&id].clone();
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
