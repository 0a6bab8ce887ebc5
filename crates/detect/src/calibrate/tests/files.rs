//! The reviewed file.

use proptest::prelude::*;

use super::{super::*, entry};

#[test]
fn a_file_is_read_as_it_was_written() {
    let mut calibrated = Calibrated::default();
    assert_eq!(Calibrated::read("calibrated.yml", &calibrated.write()), Ok(calibrated.clone()));
    calibrated.set("2f6f1c1e-5b0e", entry());
    calibrated.set("it's: [odd]", Entry { threshold: 0.1 + 0.2, ..entry() });
    let text = calibrated.write();
    assert_eq!(Calibrated::read("calibrated.yml", &text), Ok(calibrated));
    assert!(text.starts_with("# Written by `countersign rules calibrate`."));
    assert!(text.contains("    meaning: '0000000000008b1f'\n"), "{text}");
}

proptest! {
    #[test]
    fn any_entry_survives_the_file(
        id in "\\PC{1,30}",
        threshold in 0.0_f64..1e9,
        meaning: u64,
        people in 1_u32..,
    ) {
        let mut calibrated = Calibrated::default();
        calibrated.set(&id, Entry { threshold, meaning, people, ..entry() });
        prop_assert_eq!(Calibrated::read("c.yml", &calibrated.write()), Ok(calibrated));
    }

    #[test]
    fn any_text_is_a_file_or_problems(text in "\\PC{0,200}") {
        let _ = Calibrated::read("c.yml", &text);
    }
}

#[test]
fn every_problem_of_a_file_is_told_with_its_path() {
    let yaml = "
rules:
  one: { threshold: -1, expected_per_person: .inf, expected_per_day_per_1000: x, meaning: 12,
    from: yesterday, to: 2026-07-31T00:00:00Z, people: 0, treshold: 2 }
  two: 3
";
    let problems = Calibrated::read("calibrated.yml", yaml).expect_err("problems");
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let number = "must be a number from 0 to 1000000000000";
    assert_eq!(
        told,
        [
            "calibrated.yml: rules.one.treshold: unknown key; did you mean `threshold`?".to_owned(),
            format!("calibrated.yml: rules.one.threshold: {number}"),
            format!("calibrated.yml: rules.one.expected_per_person: {number}"),
            format!("calibrated.yml: rules.one.expected_per_day_per_1000: {number}"),
            "calibrated.yml: rules.one.meaning: must be a text".to_owned(),
            "calibrated.yml: rules.one.from: must be a time, such as 2026-07-01T00:00:00Z"
                .to_owned(),
            "calibrated.yml: rules.one.people: must be a number from 1 to 4294967295".to_owned(),
            "calibrated.yml: rules.two: must have keys: threshold, expected_per_person, \
             expected_per_day_per_1000, meaning, from, to, people"
                .to_owned(),
        ]
    );
    for (yaml, told) in [
        ("{}", "c.yml: rules: is missing"),
        ("rules: []", "c.yml: rules: must be rules by id"),
        ("rules: { 7: {} }", "c.yml: rules: an id must have 1 to 128 bytes"),
    ] {
        let problems = Calibrated::read("c.yml", yaml).expect_err(yaml);
        assert_eq!(problems[0].to_string(), told, "{yaml}");
    }
}

#[test]
fn a_threshold_of_another_meaning_is_not_used_and_an_unknown_rule_is_told() {
    let mut calibrated = Calibrated::default();
    calibrated.set("okta-new-network", entry());
    calibrated.set("okta-new-netwrok", entry());
    calibrated.set("changed", Entry { meaning: 7, ..entry() });
    calibrated.set("low", Entry { threshold: 0.5, ..entry() });
    let known = |id| KnownRule { id, meaning: 0x8b1f, floor: 1.0 };
    let all = [known("okta-new-network"), known("changed"), known("low"), known("other")];
    let threshold = |id| calibrated.threshold(&known(id));
    assert_eq!(threshold("okta-new-network"), Some(2.0));
    assert_eq!(threshold("low"), Some(1.0), "held at the hard floor");
    assert_eq!((threshold("changed"), threshold("other")), (None, None));
    let notes: Vec<String> = calibrated.notes(&all).iter().map(report::note_text).collect();
    assert_eq!(
        notes,
        [
            "changed: the baseline has changed since it was calibrated: its own threshold is in \
             force until it is calibrated again",
            "low: below the hard floor, so that 1 is in force",
            "okta-new-netwrok: no baseline has this id; did you mean `okta-new-network`?",
        ]
    );
}
