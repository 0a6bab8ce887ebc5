use model::{
    Timestamp,
    device::{Field, Platform},
};

use super::*;
use crate::{
    currency::judge::Standing,
    detail::{Detail, Note},
    device::{Device, devices},
    fixture::{Build, record},
    merge::MergeRules,
};

mod feeds;

/// The day of the snapshot, and a day long after it.
const FRESH: &str = "2026-08-22";
const LATE: &str = "2027-03-01";

fn at(day: &str) -> Timestamp {
    format!("{day}T12:00:00Z").parse().expect("an instant")
}

/// A device seen on a day, with these facts.
fn seen(platform: Platform, day: &str, facts: &[(Field, &str)]) -> Device {
    let mut record = record("a", "1").on(platform);
    record.last_sync = Some(at(day));
    for (field, text) in facts {
        record = record.fact(*field, text);
    }
    devices(&[record], &[], &MergeRules::default()).remove(0)
}

fn judged(device: &Device, rules: &CurrencyRules, now: &str) -> Judgement {
    judge(&System::of(device, at(now)), device.platform, Currency::built_in(), rules, at(now))
}

/// A system of this version, seen and judged on a day.
fn check(platform: Platform, os: &str, version: &str, day: &str) -> Judgement {
    let facts = [(Field::Os, os), (Field::OsVersion, version)];
    judged(&seen(platform, day, &facts), &CurrencyRules::default(), day)
}

fn floor(product: &str, required: &str, recommended: &str) -> CurrencyRules {
    let floor = Floor {
        product: product.to_owned(),
        line: None,
        required: Version::read(required),
        recommended: Version::read(recommended),
    };
    CurrencyRules { floors: vec![floor], ..CurrencyRules::default() }
}

/// A snapshot that knows nothing, so that only floors count.
fn by_floor(platform: Platform, os: &str, version: &str, rules: &CurrencyRules) -> Judgement {
    let device = seen(platform, FRESH, &[(Field::Os, os), (Field::OsVersion, version)]);
    let system = System::of(&device, at(FRESH));
    judge(&system, platform, &Currency::default(), rules, at(FRESH))
}

#[test]
fn p14_floors_tell_current_behind_outdated_and_no_verdict() {
    let mac = floor("macos", "10.11", "10.11.6");
    for (version, standing) in [
        ("10.11.6", Standing::Current),
        ("10.11.5", Standing::Behind),
        ("10.10.5", Standing::Outdated),
        ("", Standing::Unknown),
    ] {
        let judgement = by_floor(Platform::Macos, "Mac OS X", version, &mac);
        assert_eq!(judgement.standing, standing, "{version}");
    }
    for (platform, product, os, version) in
        [(Platform::Android, "android", "Android", "5.0"), (Platform::Ios, "ios", "iOS", "9.3.0")]
    {
        let rules = floor(product, "10", "11");
        assert_eq!(by_floor(platform, os, version, &rules).standing, Standing::Outdated);
    }
}

#[test]
fn a_floor_of_one_line_says_nothing_of_another() {
    let line = |line: &str, required: &str| Floor {
        product: "windows".to_owned(),
        line: Version::read(line),
        required: Version::read(required),
        recommended: None,
    };
    let floors = vec![line("10.0.26100", "10.0.26100.4061"), line("10.0.22631", "10.0.22631.5000")];
    let rules = CurrencyRules { floors, ..CurrencyRules::default() };
    for (version, standing) in [
        ("10.0.26100.4061", Standing::Current),
        ("10.0.26100.4060", Standing::Outdated),
        ("10.0.22631.5000", Standing::Current),
        ("10.0.22631.4999", Standing::Outdated),
    ] {
        let judgement = by_floor(Platform::Windows, "Windows", version, &rules);
        assert_eq!(judgement.standing, standing, "{version}");
    }
}

#[test]
fn p17_current_names_of_systems_all_get_a_verdict() {
    for (platform, os, version, standing) in [
        (Platform::Macos, "macOS", "26.6.2", Standing::Current),
        (Platform::Windows, "Microsoft Windows 11 Pro", "10.0.26100.4061", Standing::Current),
        (Platform::Windows, "Windows 10", "10.0.19045.5011", Standing::Outdated),
        (Platform::Windows, "Windows 10", "", Standing::Outdated),
        (Platform::Linux, "Debian GNU/Linux 12 (bookworm)", "12", Standing::Outdated),
        (Platform::Linux, "Debian GNU/Linux 13 (trixie)", "", Standing::Current),
        (Platform::Unknown, "Ubuntu 24.04.3 LTS", "24.04", Standing::Current),
    ] {
        assert_eq!(check(platform, os, version, FRESH).standing, standing, "{os} {version}");
    }
    let chromeos = |until: &str, now: &str| {
        let facts =
            [(Field::Os, "ChromeOS"), (Field::OsVersion, "139.0.1"), (Field::UpdatesUntil, until)];
        judged(&seen(Platform::Chromeos, now, &facts), &CurrencyRules::default(), now).standing
    };
    assert_eq!(chromeos("2027-06-01", FRESH), Standing::Current);
    assert_eq!(chromeos("2026-06-01", FRESH), Standing::Outdated);
    let rules = floor("chromeos", "130", "139");
    let by_policy = by_floor(Platform::Chromeos, "ChromeOS", "138.0", &rules);
    assert_eq!(by_policy.standing, Standing::Behind);
}

#[test]
fn the_end_of_a_line_counts_from_the_day_of_the_observation() {
    let bookworm = |day| check(Platform::Linux, "Debian GNU/Linux", "12.11", day).standing;
    assert_eq!(bookworm("2026-07-11"), Standing::Current);
    assert_eq!(bookworm("2026-07-12"), Standing::Outdated);
    // Seen before its end, judged after it.
    let facts = [(Field::Os, "Debian GNU/Linux"), (Field::OsVersion, "12.11")];
    let device = seen(Platform::Linux, "2026-07-01", &facts);
    let judgement = judged(&device, &CurrencyRules::default(), FRESH);
    assert_eq!(judgement.standing, Standing::Current);
}

#[test]
fn extended_support_counts_where_a_policy_says_so_and_is_told_where_not() {
    let facts = [(Field::Os, "Debian GNU/Linux"), (Field::OsVersion, "12.11")];
    let device = seen(Platform::Linux, FRESH, &facts);
    let told = Note::ExtendedUntil.with(["2028-06-30"]);
    let plain = judged(&device, &CurrencyRules::default(), FRESH);
    assert_eq!(plain.standing, Standing::Outdated);
    assert!(plain.details.contains(&told));
    let rules = CurrencyRules { extended: vec!["debian".to_owned()], ..CurrencyRules::default() };
    let trusted = judged(&device, &rules, FRESH);
    assert_eq!((trusted.standing, trusted.details), (Standing::Current, vec![told]));
}

#[test]
fn a_kernels_version_says_nothing_of_a_distribution() {
    let debian = |os, version| check(Platform::Linux, os, version, FRESH).standing;
    assert_eq!(debian("Debian GNU/Linux 13 (trixie)", "6.12.0-37-amd64"), Standing::Current);
    assert_eq!(debian("Debian GNU/Linux 13 (trixie)", "6.1.0"), Standing::Current);
    assert_eq!(debian("Debian GNU/Linux", "6.1.0-37-amd64"), Standing::Unknown);
    assert_eq!(debian("Linux", "6.1.0"), Standing::Unknown);
}

fn recommended(os: &str, version: &str) -> Detail {
    Note::Recommended.with([os, version])
}

#[test]
fn a_mac_is_required_what_was_out_long_enough_and_recommended_the_newest_it_runs() {
    let mac = |model: &str, version: &str, day: &str| {
        let facts =
            [(Field::Os, "macOS"), (Field::OsVersion, version), (Field::ModelIdentifier, model)];
        judged(&seen(Platform::Macos, day, &facts), &CurrencyRules::default(), day)
    };
    let newest = || vec![recommended("macOS", "26.6.2")];
    // 26.6.2 is five days old, 26.6.1 mends what attackers used and is older than three.
    for (version, day, standing) in [
        ("26.6.2", FRESH, Standing::Current),
        ("26.6.1", FRESH, Standing::Behind),
        ("26.6", FRESH, Standing::Outdated),
        ("26.6", "2026-08-08", Standing::Behind),
        ("26.6", "2026-08-09", Standing::Outdated),
        ("26.6", "2026-08-05", Standing::Current),
        // A supported line, of which a newer one runs on this model.
        ("15.7.9", FRESH, Standing::Behind),
        ("15.7.8", FRESH, Standing::Outdated),
    ] {
        let judgement = mac("Mac14,10", version, day);
        assert_eq!(judgement.standing, standing, "{version} on {day}");
    }
    assert_eq!(mac("Mac14,10", "26.6.1", FRESH).details, newest());
    let ended = mac("Mac14,10", "13.7.8", FRESH);
    assert_eq!(ended.standing, Standing::Outdated);
    let told = vec![Note::NoLongerSupported.with(["macOS 13.7.8"]), newest().remove(0)];
    assert_eq!(ended.details, told);
}

#[test]
fn what_a_model_can_run_decides_what_is_recommended() {
    let currency = Currency::built_in().product("macos").expect("known");
    let oldest = |lines: &[&str]| {
        let is_it = |it: &(&String, &Vec<String>)| {
            it.1.first().is_some_and(|it| lines.contains(&it.as_str()))
        };
        currency.models.iter().find(is_it).map(|(model, _)| model.clone()).expect("some")
    };
    let mac = |model: &str, version: &str| {
        let facts =
            [(Field::Os, "macOS"), (Field::OsVersion, version), (Field::ModelIdentifier, model)];
        judged(&seen(Platform::Macos, FRESH, &facts), &CurrencyRules::default(), FRESH)
    };
    // Its newest line is supported: nothing newer is asked for.
    let sequoia = oldest(&["15"]);
    assert_eq!(mac(&sequoia, "15.7.9").standing, Standing::Current);
    assert_eq!(mac(&sequoia, "14.8.9").details, [recommended("macOS", "15.7.9")]);
    // Its newest line is not: nothing can be done with this hardware.
    let ended = oldest(&["13", "12"]);
    let judgement = mac(&ended, "12.7.6");
    assert_eq!(judgement.standing, Standing::Outdated);
    assert!(judgement.details.contains(&Note::HardwareEnd.plain()));
    // A model that nobody knows is asked for the newest of its own line only.
    assert_eq!(mac("Mac99,1", "15.7.9").standing, Standing::Current);
    assert_eq!(mac("", "15.7.7").details[1], recommended("macOS", "15.7.9"));
}

#[test]
fn an_empty_list_of_models_means_that_nobody_knows() {
    let phone = |version| check(Platform::Ios, "iOS", version, FRESH);
    // 18 is supported, and no phone is told to run 26 that perhaps cannot.
    assert_eq!(phone("18.7.10").standing, Standing::Current);
    assert_eq!(phone("18.7.9").details, [recommended("iOS", "18.7.10")]);
    assert_eq!(phone("26.6.1").standing, Standing::Current);
    assert_eq!(phone("17.7.9").details, [Note::NoLongerSupported.with(["iOS 17.7.9"])]);
}

#[test]
fn the_edition_of_windows_decides_its_end_and_an_unknown_one_has_the_latest() {
    let windows = |os: &str, edition: &str, build: &str, day: &str| {
        let facts = [(Field::Os, os), (Field::OsEdition, edition), (Field::OsVersion, build)];
        judged(&seen(Platform::Windows, day, &facts), &CurrencyRules::default(), day)
    };
    let ends = [
        ("Windows 11 Pro", "", "10.0.22631.4317", Standing::Outdated),
        ("Windows 11 Enterprise", "", "10.0.22631.4317", Standing::Current),
        ("Windows 11", "Education", "10.0.22631.4317", Standing::Current),
        ("Windows 11", "Core", "10.0.22631.4317", Standing::Outdated),
        ("Windows 11", "", "10.0.22631.4317", Standing::Current),
        ("Windows 10", "EnterpriseS", "10.0.19044.1", Standing::Current),
        ("Windows 10", "Enterprise", "10.0.19044.1", Standing::Outdated),
        ("Windows 10", "IoTEnterpriseS", "10.0.19044.1", Standing::Current),
        ("Windows 10 Pro", "", "10.0.19045.5011", Standing::Outdated),
        ("Windows", "", "10.0.29999", Standing::Current),
        ("Windows", "", "10.0.12345", Standing::Unknown),
    ];
    for (os, edition, build, standing) in ends {
        let judgement = windows(os, edition, build, FRESH);
        assert_eq!(judgement.standing, standing, "{os} {edition} {build}");
    }
    let unknown = windows("Windows 11", "", "10.0.22631.4317", FRESH);
    assert_eq!(unknown.details, [Note::EditionUnknown.plain()]);
    assert_eq!(windows("Windows 11", "", "10.0.22631", "2026-11-11").standing, Standing::Outdated);
}

#[test]
fn windows_without_a_build_is_judged_only_where_every_release_has_ended() {
    let windows = |os: &str, version: &str, build: &str| {
        let facts = [(Field::Os, os), (Field::OsVersion, version), (Field::OsBuild, build)];
        judged(&seen(Platform::Windows, FRESH, &facts), &CurrencyRules::default(), FRESH)
    };
    let seven = windows("Microsoft Windows 7", "", "");
    assert_eq!(seven.standing, Standing::Outdated);
    assert_eq!(seven.details, [Note::NoLongerSupported.with(["Microsoft Windows 7"])]);
    assert_eq!(windows("Windows 7", "6.1.7601", "").standing, Standing::Outdated);
    assert_eq!(windows("Windows Vista", "", "").standing, Standing::Outdated);
    let eleven = windows("Windows 11 Pro", "", "");
    assert_eq!((eleven.standing, eleven.details), (Standing::Unknown, vec![Note::NoBuild.plain()]));
    // A release's own name, or the build alone, is as good.
    assert_eq!(windows("Windows 11 Pro", "23H2", "").standing, Standing::Outdated);
    assert_eq!(windows("Windows 11 Pro", "25H2", "").standing, Standing::Current);
    assert_eq!(windows("Windows 11 Pro", "25H2", "26200.6584").standing, Standing::Current);
    assert_eq!(windows("Windows 11 Pro", "11", "22631.4317").standing, Standing::Outdated);
    assert_eq!(windows("Windows Server 2022", "10.0.20348", "").standing, Standing::Unknown);
    assert_eq!(windows("Windows", "", "").standing, Standing::Unknown);
}

#[test]
fn androids_patches_are_judged_before_its_version() {
    let android = |version: &str, patch: &str| {
        let facts =
            [(Field::Os, "Android"), (Field::OsVersion, version), (Field::SecurityPatch, patch)];
        judged(&seen(Platform::Android, FRESH, &facts), &CurrencyRules::default(), FRESH).standing
    };
    assert_eq!(android("16", "2026-08-05"), Standing::Current);
    assert_eq!(android("16", "2026-06-05"), Standing::Behind);
    assert_eq!(android("16", "2026-05-05"), Standing::Outdated);
    // The maker patches a version that Google no longer does.
    assert_eq!(android("13", "2026-08-05"), Standing::Current);
    assert_eq!(android("13", ""), Standing::Outdated);
    assert_eq!(android("12.0.0", ""), Standing::Outdated);
    assert_eq!(android("16", ""), Standing::Current);
    assert_eq!(android("", "not a day"), Standing::Unknown);
}

#[test]
fn p22_a_stale_table_makes_nothing_fail_for_being_behind() {
    let mac = |version: &str, now: &str| {
        let facts = [
            (Field::Os, "macOS"),
            (Field::OsVersion, version),
            (Field::ModelIdentifier, "Mac14,10"),
        ];
        judged(&seen(Platform::Macos, now, &facts), &CurrencyRules::default(), now)
    };
    for version in ["26.6.2", "26.6.1", "26.0", "15.7.8", "14.0", "27.1"] {
        let judgement = mac(version, LATE);
        assert_eq!(judgement.standing, Standing::Unknown, "{version}: nor is it called current");
        let told = [Note::FeedStale.plain(), Note::FeedAge.with(["191"])];
        assert_eq!(judgement.details, told, "{version}");
    }
    // What had ended has ended, with the age of the table beside it.
    let ended = mac("13.7.8", LATE);
    assert_eq!(ended.standing, Standing::Outdated);
    assert!(ended.details.contains(&Note::FeedAge.with(["191"])));
    // An end that was announced comes true, and one that is ahead still is.
    let windows = |os, build| check(Platform::Windows, os, build, LATE).standing;
    assert_eq!(windows("Windows 11 Enterprise", "10.0.22631.1"), Standing::Outdated);
    assert_eq!(windows("Windows 11 Enterprise", "10.0.26200.1"), Standing::Current);
    // What is set by hand needs no table.
    let rules = floor("macos", "26", "26.6.2");
    let facts = [(Field::Os, "macOS"), (Field::OsVersion, "26.6.1")];
    let by_hand = judged(&seen(Platform::Macos, LATE, &facts), &rules, LATE);
    assert_eq!(by_hand.standing, Standing::Behind);
    // Up to the limit it counts.
    assert_eq!(mac("26.6.1", "2026-10-06").standing, Standing::Outdated);
    assert_eq!(mac("26.6.1", "2026-10-07").standing, Standing::Unknown);
}

#[test]
fn a_system_that_nobody_names_or_knows_is_unknown() {
    let nothing = check(Platform::Unknown, "", "1.0", FRESH);
    assert_eq!(nothing.details, [Note::NoSystem.plain()]);
    let strange = check(Platform::Other, "Plan 9", "4", FRESH);
    assert_eq!(strange.details, [Note::NotInTables.plain()]);
    assert_eq!(check(Platform::Macos, "", "", FRESH).details, [Note::NoVersion.plain()]);
    assert_eq!(check(Platform::Macos, "macOS", "junk", FRESH).details, [Note::NoVersion.plain()]);
}
