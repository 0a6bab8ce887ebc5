//! What sources saw, and what checks make of it.

use super::*;

fn linux() -> SourceRecord {
    record("a", "1").synced(9).on(Platform::Linux)
}

#[test]
fn p1_what_is_seen_good_is_ok_and_has_its_words() {
    let result = result(&[linux().says(Practice::Firewall, Some(true))], &[], &Practice::Firewall);
    assert_eq!((result.state, result.value), (State::Ok, Some(true)));
    assert!(result.is_displayed);
    let words = Texts::shipped().words(&result, Platform::Linux, "en");
    assert_eq!(words.title, "The firewall is on.");
    assert!(words.description.contains("strangers"));
}

#[test]
fn p11_directions_are_those_of_the_devices_platform_only() {
    let texts = Texts::shipped();
    let result = result(&[linux().says(Practice::Firewall, Some(false))], &[], &Practice::Firewall);
    let directions = |platform| texts.words(&result, platform, "en").directions;
    assert!(directions(Platform::Linux).is_some_and(|it| it.contains("ufw")));
    assert!(directions(Platform::Macos).is_some_and(|it| !it.contains("ufw")));
    assert_eq!(directions(Platform::Other), None);
    let german = texts.words(&result, Platform::Windows, "de-AT");
    assert_eq!(german.title, "Die Firewall ist aus.");
    assert_eq!(texts.words(&result, Platform::Windows, "fr").title, "The firewall is off.");
}

#[test]
fn p15_platform_then_observation_then_severity_decide() {
    use Platform::{Android, Chromeos, Ios, Ipados, Linux, Macos, Other, Unknown, Windows};
    let on = |platform| record("a", "1").synced(9).on(platform);
    let check = |practice: Practice, na: &[Platform], ok: &[Platform], bad: State| {
        for platform in [Android, Chromeos, Ios, Ipados, Linux, Macos, Other, Unknown, Windows] {
            let state = |value: Option<Option<bool>>| {
                let record = on(platform);
                let record =
                    value.into_iter().fold(record, |it, value| it.says(practice.clone(), value));
                state(record, &practice)
            };
            let expected = match () {
                () if na.contains(&platform) => [State::NotApplicable; 4],
                () if ok.contains(&platform) => [State::Ok; 4],
                () => [State::Unknown, State::Unknown, State::Ok, bad],
            };
            let said = [None, Some(None), Some(Some(true)), Some(Some(false))];
            assert_eq!(said.map(state), expected, "{practice} on {platform:?}");
        }
    };
    let mobile = [Android, Ios, Ipados, Chromeos];
    let but_desktops = [Android, Ios, Ipados, Chromeos, Other];
    let but_android = [Chromeos, Ios, Ipados, Linux, Macos, Other, Windows];
    check(Practice::Encryption, &[], &[Ios, Ipados, Chromeos], State::Warn);
    check(Practice::Firewall, &mobile, &[], State::Warn);
    check(Practice::AutoUpdate, &mobile, &[], State::Nudge);
    check(Practice::Jailed, &[Macos, Windows, Linux], &[], State::Warn);
    check(Practice::Passcode, &[Macos, Windows, Linux, Chromeos], &[], State::Warn);
    check(Practice::UnknownSources, &but_android, &[], State::Nudge);
    check(Practice::AdbStatus, &but_android, &[], State::Nudge);
    check(Practice::ScreenLock, &but_desktops, &[], State::Warn);
    check(Practice::RemoteLogin, &but_desktops, &[], State::Nudge);
    check(Practice::SecureBoot, &but_desktops, &[], State::Nudge);
}

#[test]
fn androids_software_sources_are_not_judged_where_each_application_has_a_permission() {
    let android = |version: &str| {
        let record = record("a", "1").synced(9).on(Platform::Android);
        let record = record.fact(Field::OsVersion, version);
        state(record.says(Practice::UnknownSources, Some(false)), &Practice::UnknownSources)
    };
    assert_eq!(android("7.1.2"), State::Nudge);
    assert_eq!(android("8.0.0"), State::NotApplicable);
    assert_eq!(android("16"), State::NotApplicable);
}

fn volume(name: &str, state: VolumeState) -> Volume {
    Volume {
        name: name.to_owned(),
        is_removable: false,
        is_recovery: false,
        capacity_mb: Some(240_000),
        state,
        percent: None,
        is_protected: Some(true),
    }
}

fn disks(volumes: Vec<Volume>) -> CheckResult {
    let seen = Observation::new(Evidence::Volumes(volumes));
    result(&[linux().sees(Practice::Encryption, seen)], &[], &Practice::Encryption)
}

#[test]
fn p13_a_list_of_disks_in_which_none_counts_says_nothing() {
    let removable = Volume { is_removable: true, ..volume("stick", VolumeState::Open) };
    let empty = Volume { capacity_mb: Some(0), ..volume("drive", VolumeState::Open) };
    let recovery = Volume { is_recovery: true, ..volume("Recovery HD", VolumeState::Open) };
    for volumes in [vec![], vec![removable.clone()], vec![empty.clone()], vec![recovery.clone()]] {
        let result = disks(volumes);
        assert_eq!(result.state, State::Unknown);
        assert_eq!(told(&result), "No disk was reported.");
    }
    let good = volume("Macintosh HD", VolumeState::Encrypted);
    assert_eq!(disks(vec![good, removable, empty, recovery]).state, State::Ok);
}

#[test]
fn every_disk_that_counts_must_be_encrypted_and_protected() {
    let good = || volume("root", VolumeState::Encrypted);
    for (other, expected, line) in [
        (volume("home", VolumeState::Encrypted), State::Ok, "home: Encrypted (100%)"),
        (volume("home", VolumeState::Open), State::Warn, "home: Not Encrypted (0%)"),
        (
            Volume { is_protected: Some(false), ..volume("home", VolumeState::Encrypted) },
            State::Warn,
            "home: Protection Suspended (100%)",
        ),
        (
            Volume { is_protected: None, ..volume("home", VolumeState::Encrypted) },
            State::Unknown,
            "home: Unknown (100%)",
        ),
        (
            Volume { percent: Some(47), ..volume("home", VolumeState::Converting) },
            State::Unknown,
            "home: In Progress (47%)",
        ),
        (volume("home", VolumeState::Unknown), State::Unknown, "home: Unknown (?%)"),
    ] {
        let result = disks(vec![good(), other]);
        assert_eq!(result.state, expected, "{line}");
        assert_eq!(told(&result), format!("root: Encrypted (100%)\n{line}"));
    }
    // One that is open decides, whatever is not known of others; each has its own name.
    let open = disks(vec![
        volume("a", VolumeState::Unknown),
        volume("b", VolumeState::Open),
        volume("c", VolumeState::Open),
    ]);
    assert_eq!(
        (open.state, open.issues.as_slice()),
        (State::Warn, ["b", "c"].map(str::to_owned).as_slice())
    );
}

#[test]
fn all_parts_must_be_on_and_what_is_not_reported_is_not_off() {
    let parts = |parts: &[(&str, Option<bool>)]| {
        let part =
            |(name, is_on): &(&str, Option<bool>)| Part { name: (*name).to_owned(), is_on: *is_on };
        Observation::new(Evidence::Parts(parts.iter().map(part).collect()))
    };
    let firewall = |said: &[(&str, Option<bool>)]| {
        state(linux().sees(Practice::Firewall, parts(said)), &Practice::Firewall)
    };
    assert_eq!(firewall(&[("domain", Some(true)), ("public", Some(true))]), State::Ok);
    assert_eq!(firewall(&[("domain", Some(true)), ("public", Some(false))]), State::Warn);
    assert_eq!(firewall(&[("domain", Some(true)), ("public", None)]), State::Unknown);
    assert_eq!(firewall(&[("domain", None), ("public", Some(false))]), State::Warn);
    assert_eq!(firewall(&[]), State::Unknown);
    let updates = |said: &[(&str, Option<bool>)]| {
        let record = linux().on(Platform::Macos).sees(Practice::AutoUpdate, parts(said));
        state(record, &Practice::AutoUpdate)
    };
    let (check, download) = (("check", Some(true)), ("download", Some(true)));
    let install = ("install_security", Some(true));
    assert_eq!(updates(&[check, download, install]), State::Ok);
    assert_eq!(updates(&[check, download]), State::Unknown, "the third was not seen to be on");
    assert_eq!(updates(&[check, ("download", Some(false))]), State::Nudge);
    assert_eq!(updates(&[]), State::Unknown);
}

#[test]
fn a_screen_must_lock_within_the_limit() {
    let lock = |is_on, delay_seconds| {
        let seen = Observation::new(Evidence::Lock(Lock { is_on, delay_seconds }));
        result(&[linux().sees(Practice::ScreenLock, seen)], &[], &Practice::ScreenLock)
    };
    for (is_on, delay, expected) in [
        (Some(true), Some(900), State::Ok),
        (Some(true), Some(901), State::Warn),
        (Some(false), Some(10), State::Warn),
        (Some(false), None, State::Warn),
        (Some(true), None, State::Unknown),
        (None, Some(10), State::Unknown),
    ] {
        assert_eq!(lock(is_on, delay).state, expected, "{is_on:?} {delay:?}");
    }
    let late = lock(Some(true), Some(1_800));
    assert_eq!(told(&late), "The screen locks after 30m; at most 15m is allowed.");
    let headless = Observation::new(Evidence::Absent(Absence::NoDesktop));
    let headless = linux().sees(Practice::ScreenLock, headless);
    assert_eq!(state(headless, &Practice::ScreenLock), State::NotApplicable);
}

#[test]
fn why_nobody_knows_is_told() {
    for (gap, line) in [
        (Gap::NotReported, "Nobody reported it yet."),
        (Gap::Permission, "Our tool was not allowed to look."),
        (Gap::Unreadable, "What was reported could not be read."),
    ] {
        let seen = Observation::new(Evidence::Unknown(gap));
        let result = result(&[linux().sees(Practice::Firewall, seen)], &[], &Practice::Firewall);
        assert_eq!((result.state, told(&result).as_str()), (State::Unknown, line));
    }
    let nothing = result(&[linux()], &[], &Practice::Firewall);
    assert_eq!(told(&nothing), "Nobody reported it yet.");
}

#[test]
fn p21_what_was_seen_too_long_ago_is_stale_until_it_is_seen_again() {
    let seen = |days: u64, value| {
        record("a", "1").synced(days * 24).on(Platform::Linux).says(Practice::Firewall, Some(value))
    };
    let at = |record: SourceRecord, days: u64| {
        let evaluation = judge_at(&[record], &[], &Circumstances::at(hour(days * 24)));
        evaluation.result(&Practice::Firewall).expect("judged").clone()
    };
    assert_eq!(at(seen(0, true), 14).state, State::Ok);
    for value in [true, false] {
        let stale = at(seen(0, value), 15);
        let underlying = if value { State::Ok } else { State::Warn };
        assert_eq!((stale.state, stale.underlying), (State::Stale, underlying));
        assert_eq!(stale.observed_at, Some(hour(0)));
    }
    assert_eq!(at(seen(15, true), 15).state, State::Ok);
    // Where a source says no time, the time at which it was asked is the latest it can be.
    let mut untimed = seen(0, true);
    untimed.last_sync = None;
    untimed.fetched_at = hour(0);
    assert_eq!(at(untimed.clone(), 15).state, State::Stale);
    untimed.fetched_at = hour(15 * 24);
    assert_eq!(at(untimed, 15).state, State::Ok);
}

#[test]
fn a_sources_own_practices_are_shown_and_may_have_a_check_of_their_own() {
    let disk: Practice = "fleet:disk space".parse().expect("a name");
    let record = linux().says(disk.clone(), Some(false));
    let shown = result(std::slice::from_ref(&record), &[], &disk);
    assert_eq!((shown.state, shown.check.as_str()), (State::Nudge, "foreign"));
    let own = ("disk.yml", "id: disk\nowner: o\ncheck: 'fleet:disk space'\nseverity: warn\n");
    let judged = result(&[record], &[own], &disk);
    assert_eq!((judged.state, judged.check.as_str()), (State::Warn, "disk"));
    assert_eq!(result(&[linux()], &[own], &disk).state, State::Unknown);
    let none = evaluate_with(&[linux()], &[]);
    assert_eq!(none.result(&disk), None);
}

#[test]
fn a_failing_source_is_marked_on_what_it_said() {
    let failing = BTreeSet::from(["a".to_owned()]);
    let circumstances = Circumstances { failing_sources: &failing, ..Circumstances::at(hour(10)) };
    let records = [linux().says(Practice::Firewall, Some(false))];
    let evaluation = judge_at(&records, &[], &circumstances);
    let result = evaluation.result(&Practice::Firewall).expect("judged");
    assert!(result.is_source_failing && result.state == State::Warn);
}

const ASSET: (&str, &str) =
    ("asset.yml", "id: asset\nowner: o\nwhen: 'attribute.asset_tag.startsWith(\"A-\")'\n");

fn own() -> Practice {
    Practice::Other("own:asset".to_owned())
}

#[test]
fn a_written_check_holds_fails_or_is_unknown() {
    let tagged = |tag: Option<Attribute>| {
        let mut record = linux();
        record.attributes.extend(tag.map(|tag| ("asset_tag".to_owned(), tag)));
        result(&[record], &[ASSET], &own())
    };
    let text = |text: &str| Some(Attribute::Text(text.to_owned()));
    assert_eq!(tagged(text("A-17")).state, State::Ok);
    assert_eq!(tagged(text("B-17")).state, State::Nudge);
    assert_eq!(tagged(None).state, State::Unknown);
    let strange = tagged(Some(Attribute::Int(7)));
    assert_eq!(strange.state, State::Unknown);
    assert!(told(&strange).starts_with("It could not be decided: "));
}

#[test]
fn a_written_check_reads_everything_that_was_reported() {
    let software = Software {
        installed: vec![Installed {
            name: "Foobar.app".to_owned(),
            version: Some("1.0".to_owned()),
            ..Installed::default()
        }],
        services: vec!["com.foo.bar".to_owned()],
        ..Software::default()
    };
    let record = linux()
        .fact(Field::OwnerType, "company")
        .fact(Field::Model, "Latitude 7420")
        .says(Practice::Firewall, Some(true))
        .sees(
            Practice::Encryption,
            Observation::new(Evidence::Volumes(vec![volume("root", VolumeState::Open)])),
        )
        .with(software);
    for (when, expected) in [
        (r#"device.owner_type == "company" && device.platform == "linux""#, State::Ok),
        ("seen.firewall && !seen.encryption", State::Ok),
        (r#"software.installed["Foobar.app"] == "1.0""#, State::Ok),
        (r#""com.foo.bar" in software.services && !("evil" in software.installed)"#, State::Ok),
        ("!device.virtual", State::Ok),
        ("seen.passcode", State::Unknown),
        (r#"software.installed["Other.app"] == "1.0""#, State::Unknown),
        (r#""Other.app" in software.installed"#, State::Nudge),
    ] {
        let file = format!("id: asset\nowner: o\nwhen: '{when}'\n");
        let result = result(std::slice::from_ref(&record), &[("asset.yml", &file)], &own());
        assert_eq!(result.state, expected, "{when}");
    }
}

#[test]
fn a_written_check_that_holds_only_for_want_of_data_is_unknown() {
    let partial = Software { is_partial: true, ..Software::default() };
    for record in [linux(), linux().with(partial)] {
        for when in [
            r#"!("evil" in software.installed)"#,
            "!has(attribute.jailbreak)",
            "!has(seen.jailed)",
            "!device.virtual",
        ] {
            let file = format!("id: asset\nowner: o\nwhen: '{when}'\n");
            let result = result(std::slice::from_ref(&record), &[("asset.yml", &file)], &own());
            assert_eq!(result.state, State::Unknown, "{when}");
        }
    }
}
