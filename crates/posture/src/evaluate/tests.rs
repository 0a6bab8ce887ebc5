use std::sync::Arc;

use model::{
    PersonId,
    device::{
        Absence, Attribute, Evidence, Field, Gap, Installed, Lock, Observation, Part, Software,
        SourceRecord, Volume, VolumeState,
    },
};

use super::*;
use crate::{
    device::devices,
    fixture::{Build, D, hour, record},
    merge::MergeRules,
    policy::tests::load,
    texts::Texts,
};

mod agents;
mod grades;
mod properties;
mod seen;
mod systems;

/// Judges the one device of these records by what ships and these checks, at hour 10.
fn evaluate_with(records: &[SourceRecord], files: &[(&str, &str)]) -> Evaluation {
    judge_at(records, files, &Circumstances::at(hour(10)))
}

fn judge_at(
    records: &[SourceRecord],
    files: &[(&str, &str)],
    circumstances: &Circumstances<'_>,
) -> Evaluation {
    let all = devices(records, &[], &MergeRules::default());
    assert_eq!(all.len(), 1, "{all:?}");
    evaluate(&all[0], &load(files), Currency::built_in(), circumstances)
}

fn result(records: &[SourceRecord], files: &[(&str, &str)], practice: &Practice) -> CheckResult {
    let evaluation = evaluate_with(records, files);
    evaluation.result(practice).cloned().unwrap_or_else(|| panic!("{practice} is judged"))
}

/// The state of a shipped check on one record.
fn state(record: SourceRecord, practice: &Practice) -> State {
    result(&[record], &[], practice).state
}

/// The details of a result in English, one a line.
fn told(result: &CheckResult) -> String {
    let texts = Texts::shipped();
    let lines: Vec<String> = result.details.iter().map(|it| texts.say(it, "en")).collect();
    lines.join("\n")
}

#[test]
fn m25_a_page_and_a_batch_give_the_same_answer() {
    let records = [
        record("a", "1").serial("s-1").synced(1).on(Platform::Macos).says(Practice::Firewall, None),
        record("b", "1").serial("s-1").synced(2).says(Practice::Firewall, Some(false)),
        record("b", "2").macs([D]).on(Platform::Android).says(Practice::Jailed, Some(true)),
    ];
    let rules = MergeRules::default();
    let checks = Checks::shipped();
    let judge = |device: &Device| {
        evaluate(device, &checks, Currency::built_in(), &Circumstances::at(hour(10)))
    };
    let batch: Vec<Evaluation> = devices(&records, &[], &rules).iter().map(judge).collect();
    // A page looks at one device, from the records that can matter to it.
    for record in &records {
        let mut closure = crate::merge::Closure::start(vec![record.clone()], &[], &[], &rules);
        while !closure.wanted().expect("few").is_empty() {
            closure.add(records.to_vec());
        }
        let (found, clusters) = closure.merge();
        for cluster in clusters {
            let page = judge(&Device::derive(cluster, &found, &rules));
            assert!(batch.contains(&page), "{page:?}");
        }
    }
}

#[test]
fn m9_the_newest_known_observation_counts() {
    let foo = Practice::Firewall;
    let bar = Practice::Encryption;
    let a = record("a", "1").serial("s-1").on(Platform::Linux).synced(1);
    let b = record("b", "1").serial("s-1").synced(5);
    // foo: unknown at 1, bad at 5; bar: bad at 5, good at 1.
    let a = a.says(foo.clone(), None).says(bar.clone(), Some(true));
    let b = b.says(foo.clone(), Some(false)).says(bar.clone(), Some(false));
    let evaluation = evaluate_with(&[a, b], &[]);
    for practice in [foo, bar] {
        let result = evaluation.result(&practice).expect("judged");
        assert_eq!((result.state, result.source.as_deref()), (State::Warn, Some("b")));
        assert_eq!(result.observed_at, Some(hour(5)));
    }
}

#[test]
fn m11_in_best_status_mode_the_best_counts() {
    let mode = Circumstances { choice: Choice::Best, ..Circumstances::at(hour(10)) };
    let says = |source: &str, hours: u64, value| {
        let record = record(source, "1").serial("s-1").on(Platform::Linux).synced(hours);
        record.says(Practice::Firewall, value)
    };
    let state = |records: &[SourceRecord], circumstances: &Circumstances<'_>| {
        let evaluation = judge_at(records, &[], circumstances);
        evaluation.result(&Practice::Firewall).expect("judged").state
    };
    let newest = Circumstances::at(hour(10));
    let records = [says("a", 1, Some(true)), says("b", 5, Some(false)), says("c", 6, None)];
    assert_eq!(state(&records, &mode), State::Ok);
    assert_eq!(state(&records, &newest), State::Warn);
    assert_eq!(state(&records[1..], &mode), State::Warn, "warn is better than unknown");
    let absent = record("a", "1").serial("s-1").synced(9);
    assert_eq!(state(&[absent, records[1].clone()], &mode), State::Warn, "absent is unknown");
    // Not applicable is better than unknown, a nudge better than that.
    let nudging = ("f.yml", "id: f\nowner: o\ncheck: firewall\nseverity: nudge");
    let no = Observation::new(Evidence::Absent(Absence::Unsupported));
    let no = record("d", "1").serial("s-1").synced(9).sees(Practice::Firewall, no);
    let with = |records: &[SourceRecord]| {
        let evaluation = judge_at(records, &[nudging], &mode);
        evaluation.result(&Practice::Firewall).expect("judged").state
    };
    assert_eq!(with(&[no.clone(), records[2].clone()]), State::NotApplicable);
    assert_eq!(with(&[no, records[1].clone()]), State::Nudge);
}

#[test]
fn what_cannot_tell_never_takes_the_place_of_what_another_source_saw() {
    let says = |source: &str, days: u64, value| {
        let record = record(source, "1").serial("s-1").on(Platform::Linux).synced(days * 24);
        record.says(Practice::Firewall, value)
    };
    let at = |days: u64, records: &[SourceRecord]| {
        let evaluation = judge_at(records, &[], &Circumstances::at(hour(days * 24)));
        evaluation.result(&Practice::Firewall).expect("judged").state
    };
    let records = [says("a", 1, Some(true)), says("b", 5, None)];
    assert_eq!(at(10, &records), State::Ok);
    // The known one grows old before the other does.
    assert_eq!(at(16, &records), State::Unknown);
    // A source may take back what it said itself.
    assert_eq!(at(10, &[says("b", 5, None)]), State::Unknown);
}

#[test]
fn p26_an_exemption_lies_over_the_verdict_and_ends_by_the_clock_alone() {
    let record = record("a", "1")
        .serial("s-1")
        .on(Platform::Linux)
        .synced(9)
        .says(Practice::Encryption, Some(false));
    let records = [record];
    let device = &devices(&records, &[], &MergeRules::default())[0];
    let (mia, kif) = (PersonId::from_digest(1), PersonId::from_digest(2));
    let asked = Exemption::request(
        device.aliases.first().copied().unwrap_or(device.id),
        Practice::Encryption,
        mia,
        "a test machine".into(),
        hour(9),
    );
    let mut exemption = asked.expect("a reason");
    let at = |exemption: &Exemption, now| {
        let exemptions = [exemption.clone()];
        let circumstances = Circumstances { exemptions: &exemptions, ..Circumstances::at(now) };
        let evaluation = evaluate(device, &Checks::shipped(), Currency::built_in(), &circumstances);
        (evaluation.result(&Practice::Encryption).expect("judged").clone(), evaluation.grade())
    };
    assert_eq!(at(&exemption, hour(10)).0.state, State::Warn, "only asked for");
    exemption.approve(kif, Some(mia), hour(20), hour(10)).expect("somebody else's");
    let (result, _) = at(&exemption, hour(11));
    assert_eq!((result.state, result.underlying), (State::Exempt, State::Warn));
    assert_eq!(result.exempt_until, Some(hour(20)));
    let (result, grade) = at(&exemption, hour(20));
    assert_eq!((result.state, grade), (State::Warn, Grade::Critical), "without new data");
    assert_eq!(result.exempt_until, None);
}

#[test]
fn p30_an_answer_alone_changes_nothing_and_asks_for_a_look() {
    use crate::track::{Answer, Request};
    let records = [
        record("a", "1")
            .serial("s-1")
            .on(Platform::Linux)
            .synced(1)
            .says(Practice::Firewall, Some(false)),
        record("b", "1").serial("s-1").synced(2),
    ];
    let device = &devices(&records, &[], &MergeRules::default())[0];
    let before = evaluate_with(&records, &[]);
    let result = before.result(&Practice::Firewall).expect("judged");
    let request = Answer::Fixed.request(device, Some(result));
    let sources = vec!["a".to_owned()];
    assert_eq!(request, Request::Recheck { device: device.id, sources });
    let encryption = before.result(&Practice::Encryption).expect("judged");
    let all = vec!["b".to_owned(), "a".to_owned()];
    let request = Answer::Fixed.request(device, Some(encryption));
    assert_eq!(request, Request::Recheck { device: device.id, sources: all });
    let review = Request::Review { device: device.id };
    assert_eq!(Answer::NotMine.request(device, None), review);
    assert_eq!(evaluate_with(&records, &[]), before);
}
