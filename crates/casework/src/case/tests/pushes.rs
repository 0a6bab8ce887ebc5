//! What is heard of a push whose challenge is void by then.

use model::{Reason, StateName as S};

use super::*;

/// How a thief, or chance, voids a challenge whose push is on the phone.
#[derive(Debug, Clone, Copy)]
enum Voided {
    SignedOut,
    Replaced,
    NewFacts,
    Taken,
}

impl World {
    fn challenge_from(&mut self, id: CaseId, method: Method, session: &str) -> ChallengeId {
        let challenge = ChallengeId::from_parts(self.now, self.seed());
        let (factors, session) = (vec![ways(method)], session.to_owned());
        let input = Input::Challenge { challenge, method, factors, session };
        self.give(id, input);
        challenge
    }

    fn end_proof(&mut self, id: CaseId, challenge: ChallengeId, result: ProofResult) {
        self.give(id, Input::Proof { challenge, result });
    }

    /// A push that is on the phone, of a claim.
    fn pushed(&mut self, session: &str) -> (CaseId, ChallengeId) {
        let id = self.open(&[("host", "web-1")]);
        self.deliver_all(id);
        self.say(id, Answer::Me);
        let challenge = self.challenge_from(id, Method::Duo, session);
        self.give(id, Input::ChallengeBegun { challenge });
        (id, challenge)
    }

    fn void(&mut self, id: CaseId, challenge: ChallengeId, how: Voided) {
        match how {
            Voided::SignedOut => self.give(id, Input::SessionEnded { challenge }),
            Voided::Replaced => {
                self.challenge_from(id, Method::Totp, "thief");
            }
            Voided::NewFacts => {
                let alert = Box::new(self.alert(&[("host", "web-2")]));
                let treatment = Box::new(asking(Assurance::Possession));
                self.give(id, Input::Join { alert, treatment, is_update: false });
            }
            Voided::Taken => {
                self.say(id, Answer::NotSure);
                let by = self.analyst();
                self.give(id, Input::Take { by });
            }
        }
        assert!(self.cases[&id].has_void_push(challenge), "{how:?}");
        assert_ne!(self.cases[&id].challenge().map(|open| open.id), Some(challenge), "{how:?}");
    }

    fn is_locked(&self) -> bool {
        self.desk.locked_until().is_some_and(|until| until > self.now)
    }
}

/// What a refusal comes to where the challenge is open.
fn while_open(result: ProofResult) -> ((S, Option<Reason>), bool, bool) {
    let mut world = World::new();
    let (id, challenge) = world.pushed("thief");
    world.end_proof(id, challenge, result);
    (world.state(id), world.cases[&id].has_said(Answer::NotMe), world.is_locked())
}

#[test]
fn a_refusal_of_a_push_is_heard_whatever_has_voided_its_challenge() {
    for result in [ProofResult::Refused, ProofResult::Fraud] {
        for how in [Voided::SignedOut, Voided::Replaced, Voided::NewFacts, Voided::Taken] {
            let mut world = World::new();
            let (id, challenge) = world.pushed("thief");
            world.void(id, challenge, how);
            let (pages, before) = (world.pages(id), world.records[&id].len());
            world.end_proof(id, challenge, result.clone());
            let now =
                (world.state(id), world.cases[&id].has_said(Answer::NotMe), world.is_locked());
            assert_eq!(now, while_open(result.clone()), "{result:?} {how:?}");
            assert_eq!(world.pages(id), pages + 1, "{result:?} {how:?}");
            let notes = &world.records[&id][before].notes;
            let refused = notes.iter().find(|note| note.kind == "refused");
            assert!(refused.is_some_and(|note| note.text.contains("void")), "{notes:?}");
            // It was heard: it comes to nothing more.
            assert!(!world.cases[&id].has_void_push(challenge));
            world.end_proof(id, challenge, result.clone());
            assert_eq!(world.pages(id), pages + 1);
        }
    }
}

#[test]
fn a_refusal_after_the_time_of_a_void_push_counts_for_nothing() {
    for result in [ProofResult::Refused, ProofResult::Fraud] {
        let mut world = World::new();
        let (id, challenge) = world.pushed("thief");
        world.void(id, challenge, Voided::SignedOut);
        world.pass(Span::hours(1));
        let (state, pages) = (world.state(id), world.pages(id));
        world.end_proof(id, challenge, result);
        assert_eq!((world.state(id), world.pages(id)), (state, pages));
        assert!(!world.is_locked());
    }
}

#[test]
fn nothing_but_a_refusal_of_a_push_whose_challenge_is_void_counts() {
    for result in [
        ProofResult::Proven(ways(Method::Duo)),
        ProofResult::Wrong,
        ProofResult::TimedOut,
        ProofResult::NotEvidence("bypass".to_owned()),
        ProofResult::Outage("503".to_owned()),
    ] {
        let mut world = World::new();
        let (id, challenge) = world.pushed("thief");
        world.void(id, challenge, Voided::SignedOut);
        let before = world.cases[&id].clone();
        world.end_proof(id, challenge, result.clone());
        let after = Case { void_pushes: before.void_pushes.clone(), ..world.cases[&id].clone() };
        assert_eq!(after, Case { changed_at: after.changed_at, ..before }, "{result:?}");
        assert!(!world.is_locked(), "{result:?}");
        let forgotten = |effect: &Effect| *effect == Effect::Void { challenge };
        assert_eq!(world.count(id, forgotten), 1, "{result:?}: it is over");
    }
}

#[test]
fn what_is_typed_here_is_over_with_its_challenge() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::Me);
    let challenge = world.challenge(id, Method::Totp).expect("may try");
    world.give(id, Input::SessionEnded { challenge });
    assert!(!world.cases[&id].has_void_push(challenge));
    world.end_proof(id, challenge, ProofResult::Refused);
    check(&world, id, S::Claimed, None);
}

#[test]
fn a_push_that_was_on_its_way_when_its_challenge_was_voided_is_asked_about() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::Me);
    let challenge = world.challenge(id, Method::Duo).expect("may try");
    world.give(id, Input::SessionEnded { challenge });
    world.give(id, Input::ChallengeBegun { challenge });
    let asked =
        |effect: &Effect| matches!(effect, Effect::Poll { challenge: of, .. } if *of == challenge);
    assert_eq!(world.count(id, asked), 1);
}

#[test]
fn a_refusal_reopens_what_another_session_proved_and_not_what_the_same_one_did() {
    for (session, expected) in [
        ("mia", (S::Escalated, Some(Reason::Conflict))),
        ("thief", (S::Closed, Some(Reason::Verified))),
    ] {
        let mut world = World::new();
        let (id, challenge) = world.pushed("thief");
        world.give(id, Input::SessionEnded { challenge });
        let proof = world.challenge_from(id, Method::Passkey, session);
        world.end_proof(id, proof, ProofResult::Proven(ways(Method::Passkey)));
        check(&world, id, S::Closed, Reason::Verified);
        world.pass(Span::minutes(1));
        world.end_proof(id, challenge, ProofResult::Refused);
        assert_eq!(world.state(id), expected, "{session}");
    }
}
