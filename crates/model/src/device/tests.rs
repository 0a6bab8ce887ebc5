use super::*;

fn mac(text: &str) -> Mac {
    text.parse().expect(text)
}

#[test]
fn k1_bare_hexadecimal_becomes_the_canonical_form() {
    assert_eq!(mac("0A08CCA544F1").to_string(), "0A:08:CC:A5:44:F1");
    assert_eq!(mac("0000decafbad").to_string(), "00:00:DE:CA:FB:AD");
}

#[test]
fn k2_what_is_no_address_is_an_error() {
    for junk in [
        "",
        "00:00",
        "00:00:DE:CA:FB",
        "00:00:DE:CA:FB:AD:00",
        "00:00:DE:CA:FB:XX",
        "00:00-DE:CA-FB:AD",
        "0:0:DE:CA:FB:AD",
        "0000.decafbad",
        "0000decafbad0",
        "00:00:DE:CA:FB:AÉ",
        "...",
        "not an address",
    ] {
        assert_eq!(junk.parse::<Mac>(), Err(MacError), "{junk}");
    }
    assert_eq!(mac("02:00:5e:10:00:00:00:01").octets().len(), 8);
}

#[test]
fn k4_local_group_and_vendorless_addresses_tell_no_device_from_another() {
    for (text, is_usable) in [
        ("02:00:00:00:00:01", false),
        ("01:00:00:00:00:01", false),
        ("00:00:00:00:00:01", false),
        ("FF:FF:FF:FF:FF:FF", false),
        ("DA:A1:19:00:00:01", false),
        ("00:DE:CA:FB:AD:00", true),
        ("00:00:DE:CA:FB:AD", true),
    ] {
        assert_eq!(mac(text).is_usable(), is_usable, "{text}");
    }
}

#[test]
fn k5_m15_every_spelling_has_one_canonical_form() {
    for text in [
        "00-00-DE-CA-FB-AD",
        "0000.deca.fbad",
        "0000decafbad",
        "00:00:de:ca:fb:ad",
        " 0000DECAFBAD\n",
    ] {
        assert_eq!(mac(text).to_string(), "00:00:DE:CA:FB:AD", "{text}");
    }
}

#[test]
fn a_vendors_word_leads_to_one_platform_and_no_word_is_unknown() {
    for (word, platform) in [
        ("Mac", Platform::Macos),
        ("macOS", Platform::Macos),
        ("Mac OS X", Platform::Macos),
        ("OS X", Platform::Macos),
        ("darwin", Platform::Macos),
        ("MAC_OS", Platform::Macos),
        ("Microsoft Windows 11 Pro", Platform::Windows),
        ("WINDOWS", Platform::Windows),
        ("win32", Platform::Windows),
        ("Debian GNU/Linux 12 (bookworm)", Platform::Linux),
        ("Ubuntu 24.04.3 LTS", Platform::Linux),
        ("LINUX", Platform::Linux),
        ("ChromeOS", Platform::Chromeos),
        ("CHROME_OS", Platform::Chromeos),
        ("iOS", Platform::Ios),
        ("IOS_SYNC", Platform::Ios),
        ("iPadOS", Platform::Ipados),
        ("ANDROID", Platform::Android),
        ("FreeBSD", Platform::Other),
        ("", Platform::Unknown),
        ("  ", Platform::Unknown),
        ("Unknown", Platform::Unknown),
    ] {
        assert_eq!(Platform::read(word), platform, "{word}");
    }
    for platform in Platform::ALL {
        assert_eq!(Platform::named(platform.name()), Some(platform));
        let is_known = Platform::read(platform.name()) == platform;
        assert!(is_known || platform == Platform::Other, "{platform:?}");
    }
}

#[test]
fn a_systems_name_and_version_are_told_apart() {
    let version = |text: &str| Some(text.to_owned());
    for (text, name, number) in [
        ("iOS 10.2.1", "iOS", version("10.2.1")),
        ("Android 8.0.0", "Android", version("8.0.0")),
        ("iOS 9.3", "iOS", version("9.3.0")),
        ("macOS Sequoia", "macOS Sequoia", None),
        ("iOS", "iOS", None),
        ("", "", None),
    ] {
        assert_eq!(split_os(text), (name, number), "{text}");
    }
}

#[test]
fn a_practice_is_named_as_it_is_read_and_strange_names_are_refused() {
    for name in ["encryption", "uptodate", "agent:Foobar.app", "agent:a:b", "fleet:disk space"] {
        assert_eq!(name.parse::<Practice>().expect(name).to_string(), name);
    }
    for built_in in Practice::BUILT_IN {
        assert_eq!(built_in.to_string().parse(), Ok(built_in));
    }
    let long = format!("fleet:{}", "x".repeat(200));
    for name in ["", "encrypton", "agent:", "agent: ", ":x", long.as_str()] {
        assert_eq!(name.parse::<Practice>(), Err(PracticeError), "{name}");
    }
}

#[test]
fn an_address_of_an_owner_is_read_without_regard_to_case_and_blanks() {
    let hint = OwnerHint::new(Some(" Mia@Example.COM "), Some("  "), Confidence::Assigned);
    assert_eq!(hint.email, Some("mia@example.com".into()));
    assert_eq!(hint.username, None);
}

fn record() -> SourceRecord {
    SourceRecord::new(RecordKey::new("jamf", "7"), Timestamp::UNIX_EPOCH)
}

#[test]
fn a_record_is_held_to_its_limits_and_says_so() {
    let mut fair = record();
    fair.facts.insert(Field::Name, "desk".to_owned());
    let before = fair.clone();
    assert_eq!(fair.hold_to_limits(), []);
    assert_eq!(fair, before);

    let mut huge = record();
    huge.facts.insert(Field::Name, "é".repeat(10_000));
    huge.identifiers.macs = vec![mac("00:DE:CA:FB:AD:00"); 1_000];
    let part = Part { name: "p".to_owned(), is_on: Some(true) };
    let parts = Observation::new(Evidence::Parts(vec![part; 1_000]));
    huge.practices.insert(Practice::Firewall, parts);
    let software = vec![Installed::default(); 30_000];
    huge.software = Some(Arc::new(Software { installed: software, ..Software::default() }));
    assert_eq!(huge.hold_to_limits().len(), 4);
    assert_eq!(huge.facts[&Field::Name].len(), 512);
    let firewall = &huge.practices[&Practice::Firewall].evidence;
    assert_eq!(*firewall, Evidence::Unknown(Gap::Unreadable), "the bad part may be cut");
    assert!(huge.software.is_some_and(|it| it.is_partial && it.installed.len() == 20_000));
}

#[test]
fn a_record_in_a_log_tells_only_its_key() {
    let mut record = record();
    record.facts.insert(Field::Name, "Mia's laptop".to_owned());
    record.owners.push(OwnerHint::new(Some("mia@example.com"), None, Confidence::Guessed));
    record.attributes.insert("desk".to_owned(), Attribute::Text("Mia".to_owned()));
    assert_eq!(format!("{record:?}"), "SourceRecord(jamf/7)");
    assert_eq!(
        format!("{:?} {:?}", record.attributes["desk"], record.owners[0].email),
        "[attribute] Some([personal])"
    );
}
