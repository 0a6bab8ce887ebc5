//! Whether systems are up to date, by tables, policies and sources together.

use super::*;

fn system(platform: Platform, os: &str, version: &str) -> SourceRecord {
    record("a", "1").synced(9).on(platform).fact(Field::Os, os).fact(Field::OsVersion, version)
}

/// The shipped check with floors of its own.
fn floors(floors: &str) -> String {
    format!("id: floors\nowner: o\ncheck: uptodate\ncurrency:\n  floors: [{floors}]\n")
}

const IOS: &str = "{ product: ios, required: \"11.1.0\", recommended: \"11.1.1\" }";

/// Seen in 2017, when these versions were current.
fn in_2017(record: SourceRecord, check: &str) -> CheckResult {
    let then = "2017-11-20T00:00:00Z".parse().expect("an instant");
    let record = SourceRecord { fetched_at: then, last_sync: Some(then), ..record };
    let evaluation = judge_at(&[record], &[("floors.yml", check)], &Circumstances::at(then));
    evaluation.result(&Practice::UpToDate).expect("judged").clone()
}

#[test]
fn p7_a_system_without_support_warns() {
    let record = record("a", "1").synced(9).on(Platform::Windows);
    let record = record.fact(Field::Os, "Microsoft Windows 7");
    let result = result(&[record], &[], &Practice::UpToDate);
    assert_eq!(result.state, State::Warn);
    assert_eq!(told(&result), "Microsoft Windows 7 is no longer supported.");
}

#[test]
fn p8_below_what_is_required_warns_and_names_what_is_recommended() {
    let told_of = |result: &CheckResult| told(result).replace('\n', " ");
    let old = in_2017(system(Platform::Ios, "iOS", "7.0.0"), &floors(IOS));
    assert_eq!(old.state, State::Warn);
    let expected = "iOS 7.0.0 is no longer supported. The recommended version of iOS is 11.1.1.";
    assert_eq!(told_of(&old), expected);
    let behind = in_2017(system(Platform::Ios, "iOS", "11.1.0"), &floors(IOS));
    assert_eq!(behind.state, State::Nudge);
    assert_eq!(told_of(&behind), "The recommended version of iOS is 11.1.1.");
}

#[test]
fn p10_the_recommended_version_is_ok() {
    let good = in_2017(system(Platform::Ios, "iOS", "11.1.1"), &floors(IOS));
    assert_eq!((good.state, good.version.as_deref()), (State::Ok, Some("11.1.1")));
}

#[test]
fn p14_floors_of_a_policy_decide() {
    let mac = "{ product: macos, required: \"10.11\", recommended: \"10.11.6\" }";
    for (version, expected) in [
        ("10.11.6", State::Ok),
        ("10.11.5", State::Nudge),
        ("10.10.5", State::Warn),
        ("", State::Unknown),
    ] {
        let record = system(Platform::Macos, "Mac OS X", version);
        assert_eq!(in_2017(record, &floors(mac)).state, expected, "{version}");
    }
}

#[test]
fn p19_a_source_that_judges_for_itself_is_heard_where_nobody_else_knows() {
    let strange = |value: Option<Option<bool>>| {
        let record = system(Platform::Other, "Plan 9", "4");
        let record = value.into_iter().fold(record, |it, value| it.says(Practice::UpToDate, value));
        state(record, &Practice::UpToDate)
    };
    assert_eq!(strange(Some(Some(false))), State::Warn);
    assert_eq!(strange(Some(Some(true))), State::Ok);
    assert_eq!(strange(Some(None)), State::Unknown);
    assert_eq!(strange(None), State::Unknown);
}

#[test]
fn of_the_tables_and_a_sources_word_the_worse_counts() {
    let waiting =
        Observation { details: vec!["openssl".to_owned()], ..Observation::stated(Some(false)) };
    let debian = |version: &str, said: Observation| {
        let record = system(Platform::Linux, "Debian GNU/Linux", version);
        result(&[record.sees(Practice::UpToDate, said)], &[], &Practice::UpToDate)
    };
    let good = || Observation::stated(Some(true));
    assert_eq!(debian("13.1", good()).state, State::Ok);
    let updates = debian("13.1", waiting.clone());
    assert_eq!((updates.state, told(&updates).as_str()), (State::Warn, "openssl"));
    let ended = debian("11.11", good());
    assert_eq!(ended.state, State::Warn, "nothing waits, because nothing comes any more");
    let both = debian("11.11", waiting);
    assert!(told(&both).contains("no longer supported") && told(&both).contains("openssl"));
    // A word that is too old says nothing against a fresh version, nor in its favour.
    let old = record("b", "1").serial("s-1").synced(0).says(Practice::UpToDate, Some(false));
    let new = record("a", "1").serial("s-1").synced(20 * 24).on(Platform::Linux);
    let new = new.fact(Field::Os, "Debian GNU/Linux").fact(Field::OsVersion, "13.1");
    let evaluation = judge_at(&[old, new], &[], &Circumstances::at(hour(20 * 24)));
    assert_eq!(evaluation.result(&Practice::UpToDate).expect("judged").state, State::Ok);
}

#[test]
fn a_version_that_was_seen_too_long_ago_is_stale() {
    let record = system(Platform::Macos, "macOS", "26.6.1");
    let evaluation = judge_at(&[record], &[], &Circumstances::at(hour(16 * 24)));
    let result = evaluation.result(&Practice::UpToDate).expect("judged");
    assert_eq!(result.state, State::Stale);
}
