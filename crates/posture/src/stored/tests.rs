use model::device::{
    Attribute, Confidence, Evidence, Field, IdKind, Installed, Observation, Part, Platform,
    Practice, Volume, VolumeState,
};

use super::*;
use crate::{
    currency::Currency,
    device::devices,
    evaluate::{Circumstances, evaluate},
    fixture::{B, Build, D, hour, record},
    merge::MergeRules,
    policy::Checks,
};

/// What a device may take in the store beside its software.
const BUDGET_BYTES: usize = 2_000;
/// What an entry of the history may take that is of a check of ours as a whole.
const ENTRY_BYTES: usize = 6;

/// A record as full as they come.
fn full(source: &str) -> SourceRecord {
    let volume = Volume {
        name: "Macintosh HD".to_owned(),
        is_removable: false,
        is_recovery: false,
        capacity_mb: Some(494_384),
        state: VolumeState::Encrypted,
        percent: Some(100),
        is_protected: Some(true),
    };
    let part = |name: &str| Part { name: name.to_owned(), is_on: Some(true) };
    let updates = ["check", "download", "install_security"].map(part).to_vec();
    let software = Software {
        last_scan: Some(hour(9)),
        installed: vec![Installed { name: "Foobar.app".to_owned(), ..Installed::default() }; 400],
        ..Software::default()
    };
    let mut record = record(source, "8a6f3c1e-5b0e-4d0b-9f0f-6b1a9e5d7c11")
        .synced(9)
        .on(Platform::Macos)
        .id(IdKind::Udid, "4C4C4544-0042-3510-8054-B4C04F564433")
        .serial("C02XL0GTJGH5")
        .macs([D, B])
        .fact(Field::Name, "Mia's MacBook Pro")
        .fact(Field::Model, "MacBook Pro (14-inch, 2023)")
        .fact(Field::ModelIdentifier, "Mac14,10")
        .fact(Field::Manufacturer, "Apple Inc.")
        .fact(Field::Os, "macOS")
        .fact(Field::OsVersion, "26.6.1")
        .fact(Field::OsBuild, "25G80")
        .owned("mia.example@example.com", Confidence::Assigned)
        .sees(Practice::Encryption, Observation::new(Evidence::Volumes(vec![volume])))
        .sees(Practice::AutoUpdate, Observation::new(Evidence::Parts(updates)))
        .says(Practice::Firewall, Some(true))
        .says(Practice::ScreenLock, Some(true))
        .says(Practice::RemoteLogin, Some(true))
        .says(Practice::SecureBoot, None)
        .with(software);
    record.attributes.insert("asset_tag".to_owned(), Attribute::Text("A-1742".to_owned()));
    record
}

#[test]
fn what_is_stored_is_read_again() {
    let record = full("jamf");
    let (bytes, software) = encode_record(&record);
    assert_eq!(decode_record(&bytes, software.as_deref()).expect("readable"), record);
    let bare = SourceRecord { software: None, ..record };
    assert_eq!(decode_record(&bytes, None).expect("readable"), bare);
}

#[test]
fn a_device_from_four_sources_takes_less_than_two_kilobytes() {
    let records = ["jamf", "fleet", "google", "kandji"].map(full);
    let devices = devices(&records, &[], &MergeRules::default());
    assert_eq!(devices.len(), 1);
    let checks = Checks::shipped();
    let judge = |hours| {
        let circumstances = Circumstances::at(hour(hours));
        evaluate(&devices[0], &checks, Currency::built_in(), &circumstances)
    };
    let track = Track::default().advance(&judge(10), &checks, &[]).track;
    let track = track.advance(&judge(30), &checks, &[]).track;
    let remembered = encode_track(&track);
    assert_eq!(decode_track(&remembered).expect("readable"), track);
    let stored: usize = records.iter().map(|record| encode_record(record).0.len()).sum();
    let total = stored + remembered.len();
    assert!(total <= BUDGET_BYTES, "{stored} and {} bytes", remembered.len());
}

#[test]
fn what_changed_is_stored_in_a_handful_of_bytes_and_read_again() {
    let device = devices(&[full("jamf")], &[], &MergeRules::default()).remove(0);
    let checks = Checks::shipped();
    let seen = evaluate(&device, &checks, Currency::built_in(), &Circumstances::at(hour(10)));
    let first = Track::default().advance(&seen, &checks, &[]).entries;
    assert!(first.len() > 8, "every check is judged for the first time");
    let bytes = encode_entries(&first);
    assert!(bytes.len() <= first.len() * ENTRY_BYTES + 2, "{} bytes", bytes.len());
    assert_eq!(decode_entries(&bytes, hour(10)).expect("readable"), first);
    let by_hand = Entry {
        at: hour(11),
        practice: Practice::Agent("Santa".to_owned()),
        issue: Some("Macintosh HD".to_owned()),
        from: Some(State::Warn),
        to: State::Warn,
        reason: Some("a week more".to_owned()),
    };
    let bytes = encode_entries(std::slice::from_ref(&by_hand));
    assert_eq!(decode_entries(&bytes, hour(11)).expect("readable"), [by_hand]);
    assert!(matches!(decode_entries(&bytes[..9], hour(11)), Err(StoredError::Unreadable)));
}

#[test]
fn a_newer_form_and_broken_bytes_are_told_apart() {
    let (mut bytes, _) = encode_record(&full("jamf"));
    assert!(matches!(decode_record(&bytes[..20], None), Err(StoredError::Unreadable)));
    assert!(matches!(decode_record(&[], None), Err(StoredError::Unreadable)));
    bytes[0] = FORM + 1;
    assert!(matches!(decode_record(&bytes, None), Err(StoredError::Newer(2))));
}
