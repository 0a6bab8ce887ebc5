use model::{Reason, StateName as S};
use proptest::prelude::*;

use super::*;

/// What may happen next, at random.
#[derive(Debug, Clone, Copy)]
enum Event {
    Open(u8),
    Join(u8, bool),
    Say(Answer),
    Challenge(Method),
    Result(u8),
    Wake(Timer),
    Deliver(bool),
    Lose,
    Pass(u64),
    Dispose,
    Take,
    Happen(u8, u8),
    Second(bool),
    SignOut,
    Late(u8),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0_u8..4).prop_map(Event::Open),
        2 => (0_u8..4, any::<bool>()).prop_map(|(n, graver)| Event::Join(n, graver)),
        4 => prop::sample::select(Answer::ALL).prop_map(Event::Say),
        4 => prop::sample::select(&Method::ALL[..]).prop_map(Event::Challenge),
        5 => (0_u8..8).prop_map(Event::Result),
        3 => prop::sample::select(&Timer::ALL[..]).prop_map(Event::Wake),
        2 => any::<bool>().prop_map(Event::Deliver),
        1 => Just(Event::Lose),
        2 => (0_u64..7_200).prop_map(Event::Pass),
        1 => Just(Event::Dispose),
        1 => Just(Event::Take),
        6 => (any::<u8>(), any::<u8>()).prop_map(|(which, what)| Event::Happen(which, what)),
        1 => any::<bool>().prop_map(Event::Second),
        1 => Just(Event::SignOut),
        1 => (0_u8..8).prop_map(Event::Late),
    ]
}

fn result(kind: u8) -> ProofResult {
    let newborn =
        FactorFacts { age: FactorAge::Since(Span::days(1).after(start())), ..ways(Method::Totp) };
    match kind {
        0 | 1 => ProofResult::Proven(ways(Method::Passkey)),
        2 => ProofResult::Proven(newborn),
        3 => ProofResult::Wrong,
        4 => ProofResult::TimedOut,
        5 => ProofResult::Refused,
        6 => ProofResult::Fraud,
        _ => ProofResult::NotEvidence("bypass".to_owned()),
    }
}

/// Plays one event on the case at hand; refusals are fine, broken rules are not.
fn play(world: &mut World, at_hand: &mut Option<CaseId>, event: Event) {
    if let Event::Open(host) = event {
        let severity = Severity::ALL[usize::from(host) + 1];
        let mut treatment = Treatment { severity, ..asking(Assurance::Possession) };
        treatment.opening = super::actions::some();
        treatment.confidence = Confidence::ALL[usize::from(host) % 3];
        if host == 3
            && let Act::Ask(ask) = &mut treatment.act
        {
            ask.second = Some(crate::treatment::Second::Manager);
        }
        let opening = world.opening(treatment, &[("host", &host.to_string())]);
        *at_hand = Some(world.open_with(opening));
    }
    let Some(id) = *at_hand else { return };
    let outcome = match event {
        Event::Open(_) => Ok(()),
        Event::Join(n, graver) => {
            let severity = if graver { Severity::Critical } else { Severity::Medium };
            let treatment = Treatment { severity, ..asking(Assurance::Possession) };
            let alert = Box::new(world.alert(&[("host", &n.to_string())]));
            let treatment = Box::new(treatment);
            world.try_give(id, Input::Join { alert, treatment, is_update: false })
        }
        Event::Say(answer) => {
            let factors = [Method::Passkey, Method::Totp, Method::Duo].map(ways);
            world.say_with(id, answer, factors.into())
        }
        Event::Challenge(method) => world.challenge(id, method).map(|_| ()),
        Event::Result(kind) => {
            let open = world.cases[&id].challenge().map(|open| open.id);
            let challenge = open.unwrap_or(ChallengeId::from_digest(3));
            world.try_give(id, Input::Proof { challenge, result: result(kind) })
        }
        Event::Wake(timer) => world.try_give(id, Input::Wake { timer }),
        Event::Deliver(true) => {
            world.deliver_all(id);
            Ok(())
        }
        Event::Deliver(false) => {
            let asked = world.cases[&id].ask.clone();
            let last = asked.and_then(|ask| ask.messages.last().map(|sent| sent.delivery));
            let delivery = last.unwrap_or(DeliveryId::from_digest(9));
            world.try_give(id, Input::Undelivered { delivery, cause: "no".to_owned() })
        }
        Event::Lose => {
            let (channel, cause) = ("slack".to_owned(), "deleted".to_owned());
            world.try_give(id, Input::ChannelLost { channel, cause })
        }
        Event::Pass(seconds) => {
            world.pass(Span::seconds(seconds));
            Ok(())
        }
        Event::Dispose => world.dispose(id, world.analyst()),
        Event::Happen(which, what) => {
            let ledger = &world.cases[&id].ledger;
            // A case that a suppression ended at once has decided nothing.
            let Some(place) = usize::from(which).checked_rem(ledger.len()) else { return };
            let action = ledger[place].id();
            let event = Box::new(super::actions::any_event(what));
            world.try_give(id, Input::Action { action, event })
        }
        Event::Second(is_confirmed) => {
            let (revision, by) = (Some(world.cases[&id].revision), "case_x".to_owned());
            world.try_give(id, Input::Seconded { is_confirmed, revision, by })
        }
        Event::SignOut => {
            let open = world.cases[&id].challenge().map(|open| open.id);
            let challenge = open.unwrap_or(ChallengeId::from_digest(3));
            world.try_give(id, Input::SessionEnded { challenge })
        }
        Event::Late(kind) => {
            let void = world.cases[&id].void_pushes.first().map(|void| void.id);
            let challenge = void.unwrap_or(ChallengeId::from_digest(3));
            world.try_give(id, Input::Proof { challenge, result: result(kind) })
        }
        Event::Take => world.try_give(id, Input::Take { by: world.analyst() }),
    };
    let _ = outcome;
}

fn assert_rules(before: &World, after: &World) {
    for (id, case) in &after.cases {
        let (state, reason) = after.state(*id);
        // 1: only a fresh proof of a live challenge, with a factor older than the window, closes.
        if let super::super::State::Closed { reason: Reason::Verified, proof, .. } = &case.state {
            let proof = proof.as_ref().expect("a verified case has its proof");
            assert!(!case.has_said(Answer::NotMe) || case.answers.is_empty());
            assert_eq!(proof.shown_hash, case.shown_hash);
            let earlier = before.cases.get(id);
            assert!(!earlier.is_some_and(|case| case.has_void_push(proof.challenge)), "void");
            assert_eq!(proof.factor.age, ways(Method::Passkey).age, "a newborn factor proved");
        }
        // 2: a denial sticks.
        if let Some(earlier) = before.cases.get(id)
            && earlier.has_said(Answer::NotMe)
            && before.state(*id).0 == S::Escalated
        {
            let is_with_team = state == S::Escalated || matches!(reason, Some(Reason::Benign));
            assert!(is_with_team, "a denial became {state} {reason:?}");
        }
        // 3: whatever is open and not with a person has a deadline.
        let is_with_person = matches!(state, S::Escalated | S::Closed);
        assert_eq!(case.deadline_at.is_none(), is_with_person, "{state}");
        // 5: the journal gives the case.
        let replayed = super::super::replay(after.records[id].iter().cloned()).expect("replays");
        assert_eq!(replayed.as_ref(), Some(case));
        // 7: what was said of other facts proves nothing.
        if let Some(challenge) = case.challenge() {
            assert_eq!(challenge.revision, case.revision);
        }
    }
    for id in after.cases.keys() {
        assert_ledger(after, *id);
    }
    // Every suppression names a verified case that was not denied since.
    for earned in &after.desk.suppressions {
        assert_eq!(after.state(earned.proof), (S::Closed, Some(Reason::Verified)));
        assert!(earned.hits <= earned.max_hits);
    }
    // The queue and the cases agree; nobody waits while nobody is asked.
    use super::super::State;
    let asked = |case: &Case| {
        matches!(case.state, State::Asking | State::Claimed(_) | State::Verifying { .. })
    };
    assert_eq!(after.desk.asked.len(), after.cases.values().filter(|case| asked(case)).count());
    let waits = after.cases.values().filter(|case| case.state == State::Queued).count();
    assert_eq!(after.desk.waiting.len(), waits);
    assert!(waits == 0 || !after.desk.asked.is_empty(), "somebody waits for nothing");
}

/// 4: nothing is done without what it needs, and nothing twice.
fn assert_ledger(world: &World, id: CaseId) {
    use crate::ledger::{Stage, Task};
    let case = &world.cases[&id];
    for entry in &case.ledger {
        let is_of = |effect: &Effect, task: Task| matches!(effect, Effect::Act { action, task: it, .. } if *action == entry.id() && *it == task);
        let applied = world.count(id, |effect| is_of(effect, Task::Apply));
        assert!(applied <= 1, "{} was begun {applied} times", entry.order.action);
        if applied == 1 {
            assert!(entry.plan.is_some() && entry.approvals.len() >= entry.needs as usize);
        }
        let is_open = !matches!(
            entry.stage,
            Stage::Verified { ends_at: None, .. } | Stage::Reverted { .. } | Stage::Failed { .. }
        );
        assert_eq!(entry.due_at().is_some(), is_open, "{:?} waits for nothing", entry.stage);
    }
    assert!(world.guard.count("", world.now) <= 5, "the breaker let too many through");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_sequence_of_events_breaks_the_rules_of_the_machine(
        events in prop::collection::vec(event(), 1..60)
    ) {
        let mut world = World::new();
        let mut at_hand = None;
        for event in events {
            let before = world.clone();
            play(&mut world, &mut at_hand, event);
            assert_rules(&before, &world);
        }
    }
}
