//! Each rule about actions can be broken, and is seen to be.

use casework::{
    Case,
    ledger::{Asker, Entry, Stage, Trigger, guard::Limits},
};
use model::{CaseId, Confidence, Outcome, PersonId, Span, Timestamp, Undo};

use super::{Automatic, at_rest, below_the_breaker, goes_rightly, needs_enough, nothing_loops};
use crate::sim::{vendors::Left, world::World};

/// Enough to find any action in.
const SEEDS: u64 = 80;
const LIMITS: Limits = Limits { per_hour: 3, per_hour_of_action: 2 };

fn minute(minutes: u64) -> Timestamp {
    let start = Timestamp::from_second(1_795_000_000).expect("in range");
    Span::minutes(minutes).after(start)
}

fn automatic(at: u64, action: &str, case: u128, is_at_opening: bool) -> Automatic {
    Automatic {
        at: minute(at),
        action: action.to_owned(),
        case: CaseId::from_digest(case),
        person: Some(PersonId::from_digest(1)),
        cause: "hijack".to_owned(),
        is_at_opening,
    }
}

/// An action of a world that lived, which fits.
fn some(fits: impl Fn(&Case, &Entry) -> bool) -> (Case, Entry) {
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        world.live().expect("every rule holds");
        let of_case = |case: &Case| {
            let entry = case.ledger.iter().find(|entry| fits(case, entry))?;
            Some((case.clone(), entry.clone()))
        };
        if let Some(found) = world.rules.cases().find_map(of_case) {
            return found;
        }
    }
    panic!("there is no such action in {SEEDS} worlds");
}

#[test]
fn too_many_automatic_actions_in_an_hour_are_found() {
    let acts = |times: &[(u64, &str)]| {
        let one = |(seq, (at, action)): (usize, &(u64, &str))| {
            (seq as u64 + 1, automatic(*at, action, seq as u128, false))
        };
        times.iter().enumerate().map(one).collect()
    };
    let few = acts(&[(0, "a"), (10, "b"), (59, "a"), (60, "b")]);
    assert_eq!(below_the_breaker(&few, &[], LIMITS), Ok(()));
    let many = acts(&[(0, "a"), (10, "b"), (50, "c"), (59, "d")]);
    assert!(below_the_breaker(&many, &[], LIMITS).is_err());
    let alike = acts(&[(0, "a"), (10, "a"), (59, "a")]);
    assert!(below_the_breaker(&alike, &[], LIMITS).is_err());
    // Somebody has looked and let them go on.
    assert_eq!(below_the_breaker(&many, &[3], LIMITS), Ok(()));
}

#[test]
fn the_same_for_the_same_cause_again_and_again_is_found() {
    let acts = |all: Vec<Automatic>| (1..).zip(all).collect();
    let end = "idp.end_sessions";
    let asked = vec![automatic(0, end, 1, true), automatic(100, end, 2, false)];
    assert_eq!(nothing_loops(&acts(asked.clone())), Ok(()));
    let unasked = vec![automatic(0, end, 1, true), automatic(100, end, 2, true)];
    assert!(nothing_loops(&acts(unasked)).is_err());
    let mut thrice = asked;
    thrice.push(automatic(1_000, end, 3, false));
    assert!(nothing_loops(&acts(thrice)).is_err());
}

#[test]
fn what_stands_and_is_with_nobody_is_found() {
    let is_undoable = |entry: &Entry| entry.order.spec.undo == Undo::Reversible;
    let (case, entry) =
        some(|_, entry| is_undoable(entry) && matches!(entry.stage, Stage::Reverted { .. }));
    let left = Left { by: entry.id(), is_meddled: false };
    assert_eq!(at_rest(&case, &entry, None), Ok(()));
    assert!(at_rest(&case, &entry, Some(&left)).is_err(), "it is so, and counts as taken back");
    let failed = |may_stand| {
        let why = "nobody knows".to_owned();
        Entry { stage: Stage::Failed { at: minute(0), why, may_stand }, ..entry.clone() }
    };
    assert!(at_rest(&case, &failed(false), Some(&left)).is_err());
    let unpaged = Case { incident: None, ..case.clone() };
    assert!(at_rest(&unpaged, &failed(true), Some(&left)).is_err());
    let waiting = Entry { stage: Stage::Applying { until: minute(0) }, ..entry };
    assert!(at_rest(&case, &waiting, None).is_err());
}

#[test]
fn an_action_that_goes_back_or_on_from_its_end_is_found() {
    let (_, entry) = some(|_, entry| matches!(entry.stage, Stage::Reverted { .. }));
    let again = Entry { stage: Stage::Applying { until: minute(0) }, ..entry.clone() };
    assert!(goes_rightly(Some(&entry), &again).is_err());
    assert_eq!(goes_rightly(Some(&again), &entry), Ok(()));
    assert!(goes_rightly(None, &again).is_err());
}

#[test]
fn a_lasting_act_on_an_unproven_denial_is_found() {
    let (mut case, entry) = some(|_, entry| {
        let is_by_itself = !matches!(entry.order.by, Asker::Actor(_))
            && !matches!(entry.order.trigger, Trigger::Hand | Trigger::Outcome(Outcome::Verified));
        is_by_itself && entry.needs > 0 && entry.order.spec.undo == Undo::Reversible
    });
    case.treatment.confidence = Confidence::Medium;
    assert_eq!(needs_enough(&case, &entry), Ok(()));
    let unapproved = Entry { needs: 0, ..entry };
    assert!(needs_enough(&case, &unapproved).is_err());
    case.treatment.confidence = Confidence::High;
    assert_eq!(needs_enough(&case, &unapproved), Ok(()), "where the rule is sure");
}
