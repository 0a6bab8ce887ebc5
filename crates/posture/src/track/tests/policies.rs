//! What a change of policy does to devices that fail already, and to deadlines.

use proptest::prelude::*;

use super::*;

#[test]
fn p29_a_stricter_policy_gives_the_full_grace_and_the_dry_run_lists_exactly_those() {
    let mild = checks("strategy: notify\n");
    let strict = checks(BLOCKING);
    let now = day(20);
    let judge = |device: &Device, checks: &Checks, at| {
        evaluate(device, checks, Currency::built_in(), &Circumstances::at(at))
    };
    // Failing for twenty days, mended, and unknown.
    let seen = [Some(false), Some(true), None];
    let lives: Vec<(Device, Track)> = seen
        .iter()
        .enumerate()
        .map(|(n, value)| {
            let record = record("a", &n.to_string()).serial(&format!("s-{n}"));
            let record = record.on(Platform::Linux).synced(0).says(Practice::Firewall, *value);
            let device = device(record);
            let first = judge(&device, &mild, day(0));
            let track = Track::default().advance(&first, &mild, &[]).track;
            (device, track)
        })
        .collect();
    let subjects = lives.iter().map(|(device, track)| Subject {
        device,
        track,
        circumstances: Circumstances::at(now),
    });
    let listed = dry_run(subjects, &mild, &strict, Currency::built_in());
    let [forecast] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((forecast.device, &forecast.practice), (lives[0].0.id, &Practice::Firewall));
    assert_eq!((forecast.before.deadline, forecast.after.deadline), (None, Some(day(34))));
    assert_eq!(forecast.after.compliance, Compliance::Compliant);
    // Then it is put in force.
    for (n, (device, track)) in lives.into_iter().enumerate() {
        let step = track.advance(&judge(&device, &strict, now), &strict, &[]);
        let expected = (n == 0).then_some(day(34));
        assert_eq!(step.track.deadline(&Practice::Firewall), expected);
        assert_eq!(step.compliance, None);
    }
}

#[test]
fn p29_a_policy_that_blocks_gives_those_that_fail_already_their_grace() {
    let mut life = Life::under("strategy: notify\n");
    life.see(0, Some(false));
    life.checks = checks("strategy: block\ngrace: 5d\n");
    life.see(10, Some(false));
    assert_eq!(life.track.compliance(), Compliance::Compliant);
    assert_eq!(life.deadline(), Some(day(15)));
    life.see(15, Some(false));
    assert_eq!(life.track.compliance(), Compliance::NotCompliant);
}

#[test]
fn p29_what_fails_only_because_the_policy_became_stricter_has_its_grace_too() {
    let lock = |max: &str| {
        let text = format!(
            "id: f\nowner: o\ncheck: screenlock\nmax_age: 100d\nstrategy: block\ngrace: 5d\n\
             lock: {{ max_delay: {max} }}\n"
        );
        load(&[("f.yml", &text)])
    };
    let delay = model::device::Lock { is_on: Some(true), delay_seconds: Some(600) };
    let seen = Observation::new(Evidence::Lock(delay));
    let record = record("a", "1").serial("s-1").on(Platform::Linux).synced(0);
    let device = device(record.sees(Practice::ScreenLock, seen));
    let mut life = Life::under("");
    life.checks = lock("15m");
    life.judge(&device, day(0));
    life.checks = lock("5m");
    life.judge(&device, day(1));
    let result = life.last.as_ref().and_then(|it| it.result(&Practice::ScreenLock));
    assert_eq!(result.expect("judged").state, State::Warn);
    assert_eq!(life.track.compliance(), Compliance::Compliant);
    assert_eq!(life.track.deadline(&Practice::ScreenLock), Some(day(6)));
}

#[test]
fn a_milder_policy_takes_effect_at_once() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(false));
    life.checks = checks("strategy: warn_then_block\ngrace: 30d\n");
    life.see(10, Some(false));
    assert_eq!(life.deadline(), Some(day(30)));
    life.see(30, Some(false));
    assert_eq!(life.track.compliance(), Compliance::NotCompliant);
    life.checks = checks("strategy: notify\n");
    life.see(31, Some(false));
    assert_eq!((life.deadline(), life.track.compliance()), (None, Compliance::Compliant));
    assert_eq!(life.changes.last().map(|it| it.initiator), Some(Initiator::Policy));
}

#[test]
fn a_shorter_grace_moves_no_deadline_that_was_given() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(false));
    life.checks = checks("strategy: warn_then_block\ngrace: 2d\n");
    life.see(1, Some(false));
    assert_eq!(life.deadline(), Some(day(14)));
}

#[test]
fn a_deadline_moves_earlier_only_by_hand_and_with_a_reason() {
    let mut life = Life::under(BLOCKING);
    let firewall = Practice::Firewall;
    life.see(0, Some(true));
    assert_eq!(life.track.move_deadline(&firewall, day(3), "a break-in", day(0)), None);
    life.see(1, Some(false));
    let entry = life.track.move_deadline(&firewall, day(3), "a break-in", day(1));
    assert_eq!(entry.and_then(|entry| entry.reason).as_deref(), Some("a break-in"));
    life.see(2, Some(false));
    assert_eq!(life.deadline(), Some(day(3)));
    life.see(3, Some(false));
    assert_eq!(life.track.compliance(), Compliance::NotCompliant);
}

#[test]
fn a_check_that_is_gone_holds_nobody() {
    let hidden = |practice: &str| {
        let text = format!(
            "id: f\nowner: o\ncheck: 'fleet:{practice}'\nseverity: warn\nstrategy: block\n"
        );
        load(&[("f.yml", &text)])
    };
    let disk = Practice::Other("fleet:disk".to_owned());
    let record = record("a", "1").serial("s-1").on(Platform::Linux).synced(0);
    let failing = device(record.clone().says(disk, Some(false)));
    let mut life = Life::under("");
    life.checks = hidden("disk");
    life.judge(&failing, day(0));
    assert_eq!(life.track.compliance(), Compliance::NotCompliant);
    life.checks = hidden("other");
    life.judge(&device(record), day(1));
    assert_eq!(life.track.compliance(), Compliance::Compliant);
}

proptest! {
    /// Whatever is seen when, under one policy.
    #[test]
    fn a_deadline_never_moves_earlier(
        seen in prop::collection::vec((1_u64..4, prop::option::of(any::<bool>()), any::<bool>()), 1..20),
    ) {
        let mut life = Life::under(BLOCKING);
        let mut now = 0;
        let mut last: Option<Timestamp> = None;
        let mut mended_at: Option<u64> = None;
        for (days, value, is_source_failing) in seen {
            now += days;
            life.failing = is_source_failing.then(|| "a".to_owned()).into_iter().collect();
            life.see(now, value);
            match value {
                Some(true) => mended_at = mended_at.or(Some(now)),
                Some(false) if mended_at.is_some_and(|at| now > at + 1) => {
                    (last, mended_at) = (None, None);
                }
                Some(false) => mended_at = None,
                None => {}
            }
            if let Some(deadline) = life.deadline() {
                prop_assert!(deadline >= day(14), "never less than the grace");
                prop_assert!(last.is_none_or(|last| deadline >= last), "{:?} {:?}", last, deadline);
                last = Some(deadline);
            }
        }
    }
}
