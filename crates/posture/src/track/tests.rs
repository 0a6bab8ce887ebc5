use std::collections::BTreeSet;

use model::{
    PersonId,
    device::{Evidence, Observation, Platform, SourceRecord},
};

use super::*;
use crate::{
    currency::Currency,
    device::{Device, devices},
    evaluate::{Circumstances, evaluate},
    exemption::Exemption,
    fixture::{Build, record},
    forecast::{Subject, dry_run},
    merge::MergeRules,
    policy::tests::load,
};

mod findings;
mod policies;

/// Days after the beginning of the tests' time; the age of observations is not what is tested.
fn day(days: u64) -> Timestamp {
    crate::fixture::hour(days * 24)
}

/// A device with a firewall that is on, off, or of which nobody knows, seen on a day.
fn firewall(days: u64, value: Option<bool>) -> Device {
    device(
        record("a", "1")
            .serial("s-1")
            .on(Platform::Linux)
            .synced(days * 24)
            .says(Practice::Firewall, value),
    )
}

fn device(record: SourceRecord) -> Device {
    devices(&[record], &[], &MergeRules::default()).remove(0)
}

/// A check of the firewall alone: others only make noise.
fn checks(lines: &str) -> Checks {
    let text = format!("id: f\nowner: o\ncheck: firewall\nmax_age: 100d\n{lines}");
    load(&[("f.yml", &text)])
}

const BLOCKING: &str = "strategy: warn_then_block\ngrace: 14d\ndelay: 2d\nrepeat: 7d\n";

/// One device through time.
struct Life {
    track: Track,
    checks: Checks,
    findings: Vec<Finding>,
    entries: Vec<Entry>,
    changes: Vec<ComplianceChange>,
    exemptions: Vec<Exemption>,
    failing: BTreeSet<String>,
    last: Option<Evaluation>,
}

impl Life {
    fn under(lines: &str) -> Self {
        Self {
            track: Track::default(),
            checks: checks(lines),
            findings: Vec::new(),
            entries: Vec::new(),
            changes: Vec::new(),
            exemptions: Vec::new(),
            failing: BTreeSet::new(),
            last: None,
        }
    }

    fn see(&mut self, days: u64, value: Option<bool>) {
        self.judge(&firewall(days, value), day(days));
    }

    fn judge(&mut self, device: &Device, now: Timestamp) {
        let circumstances = Circumstances {
            exemptions: &self.exemptions,
            failing_sources: &self.failing,
            ..Circumstances::at(now)
        };
        let evaluation = evaluate(device, &self.checks, Currency::built_in(), &circumstances);
        let step = std::mem::take(&mut self.track).advance(&evaluation, &self.checks, &[]);
        self.track = step.track;
        let is_ours = |practice: Option<&Practice>| practice == Some(&Practice::Firewall);
        self.findings.extend(step.findings.into_iter().filter(|it| is_ours(it.practice.as_ref())));
        self.entries.extend(step.entries.into_iter().filter(|it| is_ours(Some(&it.practice))));
        self.changes.extend(step.compliance);
        self.last = Some(evaluation);
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.track.deadline(&Practice::Firewall)
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let last = self.last.as_ref().expect("judged");
        let due = self.track.due(last, &self.checks, &[], now);
        due.iter().any(|it| it.practice == Practice::Firewall)
    }

    fn told(&self) -> Vec<(Change, State)> {
        self.findings.iter().map(|finding| (finding.change, finding.to)).collect()
    }
}

#[test]
fn p27_the_deadline_is_first_seen_and_grace() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(true));
    assert_eq!(life.deadline(), None);
    life.see(1, Some(false));
    life.see(5, Some(false));
    assert_eq!(life.deadline(), Some(day(15)));
    assert_eq!(life.track.next_deadline(day(5)), Some(day(15)));
    life.see(14, Some(false));
    assert_eq!(life.track.compliance(), Compliance::Compliant);
    assert_eq!(life.changes, []);
    life.see(15, Some(false));
    life.see(16, Some(false));
    let [change] = &life.changes[..] else { panic!("told once: {:?}", life.changes) };
    assert_eq!(
        (change.previous, change.current),
        (Compliance::Compliant, Compliance::NotCompliant)
    );
    assert_eq!((change.at, change.initiator), (day(15), Initiator::Policy));
    life.see(17, Some(true));
    assert_eq!((life.changes.len(), life.changes[1].initiator), (2, Initiator::User));
    assert_eq!(life.track.compliance(), Compliance::Compliant);
}

#[test]
fn p27_what_heals_within_the_delay_is_never_told() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(false));
    for days in [0, 1] {
        assert!(!life.is_due(day(days)));
    }
    life.see(1, Some(true));
    assert!(!life.is_due(day(3)));
    assert_eq!(life.track.first_seen(&Practice::Firewall), None);
    assert_eq!(life.deadline(), None);
}

#[test]
fn p27_failing_again_within_a_day_keeps_the_old_first_seen() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(false));
    let old = life.deadline();
    for days in [3, 5, 7] {
        life.see(days, Some(true));
        life.see(days + 1, Some(false));
        assert_eq!(life.deadline(), old);
        assert_eq!(life.track.first_seen(&Practice::Firewall), Some(day(0)));
    }
    life.see(14, Some(false));
    assert_eq!(life.track.compliance(), Compliance::NotCompliant, "no endless reset");
    // Mended for longer, it is another failure.
    life.see(15, Some(true));
    life.see(17, Some(false));
    assert_eq!(life.deadline(), Some(day(31)));
}

#[test]
fn the_person_is_told_after_the_delay_and_again_but_not_in_between() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(false));
    assert!(life.is_due(day(2)));
    life.track.told(&Practice::Firewall, day(2));
    assert!(!life.is_due(day(8)));
    assert!(life.is_due(day(9)));
    // What is only reported, or not shown, is nobody's nag.
    for lines in ["strategy: report\n", "strategy: notify\ndelay: 1h\ndisplay: false\n"] {
        let mut quiet = Life::under(lines);
        quiet.see(0, Some(false));
        assert!(!quiet.is_due(day(30)), "{lines}");
    }
}

#[test]
fn p30_a_snooze_hides_the_nag_for_a_bounded_time_and_count_and_not_the_state() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(false));
    let firewall = Practice::Firewall;
    let snooze = |life: &mut Life, until, now| life.track.snooze(&firewall, until, now);
    assert_eq!(snooze(&mut life, day(20), day(2)), Err(SnoozeError::TooLong));
    assert_eq!(snooze(&mut life, day(2), day(2)), Err(SnoozeError::TooLong));
    for (now, until) in [(2, 9), (9, 12), (12, 13)] {
        assert!(life.is_due(day(now)));
        assert_eq!(snooze(&mut life, day(until), day(now)), Ok(()));
        assert!(!life.is_due(day(until - 1)));
        assert_eq!(
            life.last.as_ref().expect("judged").result(&firewall).expect("it").state,
            State::Warn
        );
    }
    assert_eq!(snooze(&mut life, day(14), day(13)), Err(SnoozeError::TooOften));
    assert_eq!(life.deadline(), Some(day(14)), "the time goes on");
    life.see(13, Some(true));
    assert_eq!(snooze(&mut life, day(14), day(13)), Err(SnoozeError::NothingToRest));
}

#[test]
fn the_deadline_stands_still_while_nobody_can_tell() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(false));
    life.see(4, None);
    assert_eq!(life.deadline(), None, "it stands still");
    life.see(30, None);
    assert_eq!(life.changes, [], "what nobody knows makes no device not compliant");
    life.see(34, Some(false));
    assert_eq!(life.deadline(), Some(day(44)));
    // A source that fails keeps its last data, and nobody is held to it.
    life.failing.insert("a".to_owned());
    for days in [36, 40, 50] {
        life.see(days, Some(false));
        assert_eq!(life.track.compliance(), Compliance::Compliant);
        assert!(!life.is_due(day(days)));
    }
    life.failing.clear();
    life.see(51, Some(false));
    assert_eq!(life.deadline(), Some(day(44 + 15)));
}

#[test]
fn what_was_past_its_deadline_stays_so_while_nobody_can_tell() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(false));
    life.see(15, Some(false));
    life.see(16, None);
    assert_eq!(life.track.compliance(), Compliance::NotCompliant);
    life.see(20, Some(true));
    assert_eq!(life.track.compliance(), Compliance::Compliant);
}

#[test]
fn an_exemption_makes_a_device_compliant_and_its_end_goes_on_where_it_stood() {
    let mut life = Life::under(BLOCKING);
    life.see(0, Some(false));
    let device = firewall(0, Some(false));
    let (mia, kif) = (PersonId::from_digest(1), PersonId::from_digest(2));
    let asked = Exemption::request(device.id, Practice::Firewall, mia, "a lab".into(), day(10));
    let mut exemption = asked.expect("a reason");
    exemption.approve(kif, Some(mia), day(30), day(10)).expect("somebody else's");
    life.exemptions.push(exemption);
    life.see(10, Some(false));
    life.see(29, Some(false));
    assert_eq!(life.track.compliance(), Compliance::Compliant);
    life.see(30, Some(false));
    assert_eq!(life.deadline(), Some(day(34)), "four days were left");
    // Excused after the deadline.
    life.exemptions.clear();
    life.see(34, Some(false));
    assert_eq!(life.track.compliance(), Compliance::NotCompliant);
    let asked = Exemption::request(device.id, Practice::Firewall, mia, "a lab".into(), day(35));
    let mut exemption = asked.expect("a reason");
    exemption.approve(kif, Some(mia), day(40), day(35)).expect("somebody else's");
    life.exemptions.push(exemption);
    life.see(35, Some(false));
    let last = life.changes.last().expect("told");
    assert_eq!((last.current, last.initiator), (Compliance::Compliant, Initiator::Admin));
    life.see(40, Some(false));
    assert_eq!(life.track.compliance(), Compliance::NotCompliant);
}

#[test]
fn where_a_policy_says_so_not_knowing_counts_after_the_grace() {
    let mut life = Life::under(&format!("{BLOCKING}count_unknown: true\n"));
    life.see(0, None);
    life.see(13, None);
    assert_eq!(life.track.compliance(), Compliance::Compliant);
    life.see(14, None);
    assert_eq!(life.track.compliance(), Compliance::NotCompliant);
}

#[test]
fn a_nudge_never_makes_a_device_not_compliant() {
    let mut life = Life::under(&format!("severity: nudge\n{BLOCKING}"));
    life.see(0, Some(false));
    life.see(60, Some(false));
    assert_eq!((life.deadline(), life.track.compliance()), (None, Compliance::Compliant));
}

#[test]
fn a_blocking_check_blocks_at_once() {
    let mut life = Life::under("strategy: block\n");
    life.see(0, Some(true));
    life.see(1, Some(false));
    assert_eq!(life.track.compliance(), Compliance::NotCompliant);
}
