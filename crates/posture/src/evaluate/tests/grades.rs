//! The overall grade, the order of devices, and what to mend first.

use super::*;
use crate::track::Track;

fn practice(practice: &Practice, state: State) -> CheckResult {
    CheckResult {
        practice: practice.clone(),
        check: practice.to_string(),
        state,
        underlying: state,
        value: None,
        details: Vec::new(),
        version: None,
        source: None,
        observed_at: None,
        exempt_until: None,
        issues: Vec::new(),
        is_displayed: true,
        is_source_failing: false,
    }
}

fn evaluation(states: &[State]) -> Evaluation {
    let all = Practice::BUILT_IN;
    let results = all.iter().zip(states).map(|(it, state)| practice(it, *state)).collect();
    Evaluation {
        device: DeviceId::from_digest(1),
        at: hour(10),
        platform: Platform::Linux,
        results,
    }
}

#[test]
fn the_worst_makes_the_grade_and_nothing_known_is_never_ok() {
    use State::{Exempt, NotApplicable, Nudge, Ok, Stale, Unknown, Warn};
    for (states, grade) in [
        (&[Ok, Warn, Nudge, Unknown][..], Grade::Critical),
        (&[Ok, Nudge, Unknown], Grade::Attention),
        (&[Ok, Unknown], Grade::Incomplete),
        (&[Ok, Stale], Grade::Incomplete),
        (&[Ok, NotApplicable, Exempt], Grade::Ok),
        (&[], Grade::Incomplete),
        (&[NotApplicable, NotApplicable], Grade::Incomplete),
    ] {
        let evaluation = evaluation(states);
        assert_eq!(evaluation.grade(), grade, "{states:?}");
        let is_worst = |it: &&CheckResult| it.state == states.iter().copied().fold(Ok, worse);
        let reasons = grade.reasons(&evaluation);
        assert!(grade == Grade::Ok || reasons.iter().all(is_worst) || grade == Grade::Incomplete);
    }
    let mut hidden = evaluation(&[Ok, Warn]);
    hidden.results[1].is_displayed = false;
    assert_eq!((hidden.grade(), hidden.shown_grade()), (Grade::Critical, Grade::Ok));
}

fn worse(one: State, other: State) -> State {
    let rank = |state: State| match state {
        State::Warn => 2,
        State::Nudge => 1,
        _ => 0,
    };
    if rank(other) > rank(one) { other } else { one }
}

#[test]
fn an_empty_device_is_incomplete() {
    let evaluation = evaluate_with(&[record("a", "1")], &[]);
    assert_eq!(evaluation.grade(), Grade::Incomplete);
    assert!(evaluation.results.iter().all(|it| it.state == State::Unknown), "{evaluation:?}");
}

#[test]
fn u3_devices_come_gravest_first_then_newest() {
    let device = |id: &str, hours: u64| {
        let records = [record("a", id).serial(id).synced(hours)];
        devices(&records, &[], &MergeRules::default()).remove(0)
    };
    let mut all = vec![
        (device("1111a", 1), evaluation(&[State::Ok])),
        (device("2222b", 2), evaluation(&[State::Nudge])),
        (device("3333c", 3), evaluation(&[State::Unknown])),
        (device("4444d", 4), evaluation(&[State::Warn])),
        (device("5555e", 5), evaluation(&[State::Nudge])),
    ];
    in_order(&mut all);
    let ids: Vec<&str> = all.iter().map(|(it, _)| it.records[0].key.id.as_str()).collect();
    assert_eq!(ids, ["4444d", "5555e", "2222b", "3333c", "1111a"]);
}

#[test]
fn the_most_useful_thing_to_mend_comes_first() {
    let results = [
        (Practice::AutoUpdate, State::Nudge),
        (Practice::Firewall, State::Warn),
        (Practice::Encryption, State::Warn),
        (Practice::Passcode, State::Stale),
        (Practice::ScreenLock, State::Unknown),
        (Practice::Jailed, State::Exempt),
        (Practice::RemoteLogin, State::Ok),
    ];
    let results = results.iter().map(|(it, state)| practice(it, *state)).collect();
    let evaluation = Evaluation { results, ..evaluation(&[]) };
    let steps = |track: &Track| -> Vec<Practice> {
        next_steps(&evaluation, track).iter().map(|it| it.practice.clone()).collect()
    };
    let expected =
        [Practice::Encryption, Practice::Firewall, Practice::AutoUpdate, Practice::Passcode];
    assert_eq!(steps(&Track::default()), expected);
    // A deadline makes the difference among what is required.
    let strict = "id: f\nowner: o\ncheck: firewall\nstrategy: warn_then_block\n";
    let checks = load(&[("f.yml", strict)]);
    let track = Track::default().advance(&evaluation, &checks, &[]).track;
    assert_eq!(steps(&track)[..2], [Practice::Firewall, Practice::Encryption]);
}
