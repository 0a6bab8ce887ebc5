//! What is told, what is worth an alert, and how long people take to mend.

use model::device::{Volume, VolumeState};

use super::*;

#[test]
fn findings_tell_what_got_worse_and_better_once_and_never_alert_for_what_nobody_knows() {
    let mut life = Life::under("alert: true\n");
    for (days, value) in [
        (0, None),
        (1, Some(true)),
        (2, Some(false)),
        (3, Some(false)),
        (4, None),
        (5, None),
        (6, Some(false)),
        (7, Some(true)),
        (8, Some(true)),
        (9, None),
    ] {
        life.see(days, value);
    }
    let expected = [
        (Change::Worse, State::Warn),
        (Change::Lost, State::Unknown),
        (Change::Better, State::Ok),
        (Change::Lost, State::Unknown),
    ];
    assert_eq!(life.told(), expected);
    let alerts: Vec<bool> = life.findings.iter().map(|finding| finding.is_alert).collect();
    assert_eq!(alerts, [true, false, false, false]);
}

#[test]
fn only_what_is_worth_one_becomes_an_alert() {
    let says = |practice: Practice, value| {
        let platform =
            if practice == Practice::Jailed { Platform::Android } else { Platform::Linux };
        device(record("a", "1").serial("s-1").on(platform).synced(1).says(practice, Some(value)))
    };
    let checks = Checks::shipped();
    let alerts = |practice: Practice, before: bool, after: bool| -> Vec<Option<Practice>> {
        let judge = |value, hours| {
            let now = crate::fixture::hour(hours);
            let device = says(practice.clone(), value);
            evaluate(&device, &checks, Currency::built_in(), &Circumstances::at(now))
        };
        let (before, after) = (judge(before, 2), judge(after, 3));
        let step =
            Track::default().advance(&before, &checks, &[]).track.advance(&after, &checks, &[]);
        assert_eq!(step.findings, diff(Some(&before), &after, &checks, &[]));
        step.findings.into_iter().filter(|it| it.is_alert).map(|it| it.practice).collect()
    };
    for practice in [Practice::Jailed, Practice::Encryption] {
        assert_eq!(alerts(practice.clone(), true, false), [Some(practice.clone())]);
        assert_eq!(alerts(practice.clone(), false, false), []);
        assert_eq!(alerts(practice, false, true), []);
    }
    assert_eq!(alerts(Practice::Firewall, true, false), []);
    // A device that nobody knew.
    let new = evaluate(
        &says(Practice::Firewall, false),
        &checks,
        Currency::built_in(),
        &Circumstances::at(crate::fixture::hour(2)),
    );
    let first = Track::default().advance(&new, &checks, &[]);
    assert_eq!(first.findings, diff(None, &new, &checks, &[]));
    let alerts: Vec<&Finding> = first.findings.iter().filter(|it| it.is_alert).collect();
    assert!(matches!(&alerts[..], [Finding { change: Change::NewDevice, .. }]), "{alerts:?}");
}

#[test]
fn each_disk_has_a_history_of_its_own() {
    let disks = |days: u64, open: &[&str]| {
        let volume = |name: &&str| Volume {
            name: (*name).to_owned(),
            is_removable: false,
            is_recovery: false,
            capacity_mb: None,
            state: if open.contains(name) { VolumeState::Open } else { VolumeState::Encrypted },
            percent: None,
            is_protected: Some(true),
        };
        let volumes = ["root", "home"].iter().map(volume).collect();
        let record = record("a", "1").serial("s-1").on(Platform::Linux).synced(days * 24);
        device(record.sees(Practice::Encryption, Observation::new(Evidence::Volumes(volumes))))
    };
    let checks = Checks::shipped();
    let mut track = Track::default();
    let mut entries = Vec::new();
    for (days, open) in [(0, &["root", "home"][..]), (1, &["root"]), (3, &[])] {
        let now = day(days);
        let evaluation =
            evaluate(&disks(days, open), &checks, Currency::built_in(), &Circumstances::at(now));
        let step = track.advance(&evaluation, &checks, &[]);
        track = step.track;
        entries.extend(step.entries.into_iter().filter(|it| it.practice == Practice::Encryption));
    }
    let issues: Vec<(u64, &str, State)> = entries
        .iter()
        .filter_map(|it| {
            let days = (it.at.as_second() - day(0).as_second()) / 86_400;
            Some((u64::try_from(days).expect("after"), it.issue.as_deref()?, it.to))
        })
        .collect();
    let expected = [
        (0, "root", State::Warn),
        (0, "home", State::Warn),
        (1, "home", State::Ok),
        (3, "root", State::Ok),
    ];
    assert_eq!(issues, expected);
    // Home after a day, root and the check itself after three.
    let mending = time_to_mend([&entries[..]]).expect("mended");
    let days = |seconds: i64| seconds / 86_400;
    assert_eq!((mending.count, days(mending.median_seconds), days(mending.p90_seconds)), (3, 3, 3));
}

#[test]
fn r1_the_history_is_shown_newest_first() {
    let mut life = Life::under("");
    for (days, value) in [(0, Some(true)), (1, Some(false)), (2, None), (3, Some(true))] {
        life.see(days, value);
    }
    let mut entries = life.entries.clone();
    entries.rotate_left(1);
    newest_first(&mut entries);
    let states: Vec<(Option<State>, State)> =
        entries.iter().map(|entry| (entry.from, entry.to)).collect();
    let expected = [
        (Some(State::Unknown), State::Ok),
        (Some(State::Warn), State::Unknown),
        (Some(State::Ok), State::Warn),
        (None, State::Ok),
    ];
    assert_eq!(states, expected);
}

#[test]
fn times_to_mend_are_summed_up_by_mean_median_and_nine_in_ten() {
    let failed_for = |days: u64| {
        let entry = |at, to| Entry::of_check(&Practice::Firewall, None, to, at);
        vec![entry(day(0), State::Warn), entry(day(0), State::Unknown), entry(day(days), State::Ok)]
    };
    let histories: Vec<Vec<Entry>> = (1..=10).map(failed_for).collect();
    let mending = time_to_mend(histories.iter().map(Vec::as_slice)).expect("mended");
    let days = |seconds: i64| seconds * 10 / 86_400;
    assert_eq!(mending.count, 10);
    assert_eq!(days(mending.mean_seconds), 55);
    assert_eq!(days(mending.median_seconds), 50);
    assert_eq!(days(mending.p90_seconds), 90);
    assert_eq!(time_to_mend([]), None);
    let open = [Entry::of_check(&Practice::Firewall, None, State::Warn, day(0))];
    assert_eq!(time_to_mend([&open[..]]), None, "what is not mended is not counted");
}
