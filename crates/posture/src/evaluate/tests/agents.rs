//! Agents: installed, running, old, or absent.

use super::*;

const FOOBAR: (&str, &str) = (
    "foobar.yml",
    "id: foobar\nowner: it\nagent:\n  name: Foobar.app\n  services: [com.foo.bar]\n  \
     floors: { macos: \"1.0\", linux: \"1:2.0-1\" }\n",
);

fn agent() -> Practice {
    Practice::Agent("Foobar.app".to_owned())
}

fn installed(version: Option<&str>) -> Software {
    let (name, version) = ("Foobar.app".to_owned(), version.map(str::to_owned));
    let installed = vec![Installed { name, version, ..Installed::default() }];
    Software { installed, ..Software::default() }
}

fn running() -> Software {
    Software { services: vec!["com.foo.bar".to_owned()], ..Software::default() }
}

fn on(platform: Platform, software: Software) -> SourceRecord {
    record("a", "1").synced(9).on(platform).with(software)
}

fn judged(record: SourceRecord) -> CheckResult {
    result(&[record], &[FOOBAR], &agent())
}

#[test]
fn p2_an_installed_agent_is_ok_and_tells_its_version() {
    let result = judged(on(Platform::Unknown, installed(Some("0.0.1"))));
    assert_eq!((result.state, result.version.as_deref()), (State::Ok, Some("0.0.1")));
    assert_eq!(told(&result), "Your Version: 0.0.1");
}

#[test]
fn p3_a_running_service_is_as_good() {
    assert_eq!(judged(on(Platform::Unknown, running())).state, State::Ok);
}

#[test]
fn p4_an_agent_below_its_floor_warns_and_tells_both_versions() {
    let mac = |version| judged(on(Platform::read("Mac OS X"), installed(Some(version))));
    let old = mac("0.0.1");
    assert_eq!(old.state, State::Warn);
    assert_eq!(told(&old), "Suggested Version: 1.0\nYour Version: 0.0.1");
    assert_eq!(mac("1.0").state, State::Ok);
    assert_eq!(mac("1.0.1").state, State::Ok);
    // A floor with an epoch and a revision is compared as packages are.
    let linux = |version| judged(on(Platform::Linux, installed(Some(version)))).state;
    assert_eq!(linux("1:2.0-1"), State::Ok);
    assert_eq!(linux("1:2.0~rc1-1"), State::Warn);
    assert_eq!(linux("9.0-1"), State::Warn);
}

#[test]
fn p6_an_agent_that_a_whole_inventory_does_not_have_is_absent() {
    let absent = judged(on(Platform::Macos, Software::default()));
    assert_eq!(absent.state, State::Nudge);
    assert_eq!(told(&absent), "Foobar.app was not found on this device.");
    let other = Installed { name: "foobar.app".to_owned(), ..Installed::default() };
    let other = Software { installed: vec![other], ..Software::default() };
    assert_eq!(judged(on(Platform::Macos, other)).state, State::Nudge, "names are exact");
    let partial = Software { is_partial: true, ..Software::default() };
    assert_eq!(judged(on(Platform::Macos, partial)).state, State::Unknown);
    let none = judged(record("a", "1").synced(9).on(Platform::Macos));
    assert_eq!(none.state, State::Unknown);
    assert_eq!(told(&none), "No tool lists the software of this device.");
}

#[test]
fn p12_a_running_agent_without_a_floor_for_this_system_is_ok() {
    assert_eq!(judged(on(Platform::Windows, running())).state, State::Ok);
    assert_eq!(judged(on(Platform::Windows, installed(None))).state, State::Ok);
    // Where a version is asked for, one that nobody reported cannot be said to be new enough.
    assert_eq!(judged(on(Platform::Macos, running())).state, State::Unknown);
    assert_eq!(judged(on(Platform::Macos, installed(Some("unreadable")))).state, State::Unknown);
}

#[test]
fn the_best_of_all_records_counts() {
    let both = [
        on(Platform::Macos, installed(Some("0.9"))).serial("s-1"),
        record("b", "1").serial("s-1").synced(1).with(installed(Some("1.2"))),
    ];
    let judged = |records: &[SourceRecord]| result(records, &[FOOBAR], &agent());
    let found = judged(&both);
    assert_eq!((found.state, found.source.as_deref()), (State::Ok, Some("b")));
    // What one source does not see another may.
    let one = [
        on(Platform::Macos, Software::default()).serial("s-1"),
        record("b", "1").serial("s-1").synced(1).with(installed(Some("1.2"))),
    ];
    assert_eq!(judged(&one).state, State::Ok);
}

#[test]
fn a_sources_own_word_for_an_agent_counts_where_no_inventory_does() {
    let says = |value| record("a", "1").synced(9).on(Platform::Windows).says(agent(), value);
    assert_eq!(judged(says(Some(true))).state, State::Ok);
    assert_eq!(judged(says(Some(false))).state, State::Nudge);
    assert_eq!(judged(says(None)).state, State::Unknown);
}

#[test]
fn an_old_inventory_is_stale() {
    let mut software = installed(Some("1.0"));
    software.last_scan = Some(hour(0));
    let record = record("a", "1").synced(15 * 24).on(Platform::Macos);
    let record = SourceRecord { software: Some(Arc::new(software)), ..record };
    let circumstances = Circumstances::at(hour(15 * 24));
    let evaluation = judge_at(&[record], &[FOOBAR], &circumstances);
    let result = evaluation.result(&agent()).expect("judged");
    assert_eq!((result.state, result.underlying), (State::Stale, State::Ok));
}

#[test]
fn an_agents_words_have_its_name() {
    let absent = judged(on(Platform::Macos, Software::default()));
    let words = Texts::shipped().words(&absent, Platform::Macos, "de");
    assert_eq!(words.title, "Foobar.app fehlt.");
    assert!(words.directions.is_some());
}
