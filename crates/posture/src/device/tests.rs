use model::{
    Span,
    device::{
        Attribute, Confidence, Field, IdKind, Installed, Observation, Platform, Practice,
        SourceRecord,
    },
};

use super::*;
use crate::fixture::{B, Build, D, G, L, hour, record};

mod google;

fn one(records: &[SourceRecord]) -> Device {
    let mut all = devices(records, &[], &MergeRules::default());
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn m8_identifiers_come_together_without_doubles() {
    let records =
        [record("a", "1").macs([B]).serial("s-1"), record("b", "1").macs([D]).serial("S-1")];
    let device = one(&records);
    let serial = (IdKind::Serial, "s-1".to_owned());
    assert_eq!(device.identifiers[&serial], ["a", "b"]);
    assert_eq!(device.identifiers.len(), 1);
    let shown: Vec<String> = device.macs.iter().map(ToString::to_string).collect();
    assert_eq!(shown, [B, D]);
    let doubled = one(&[record("a", "1").macs([B, B, L]), record("b", "1").macs([L, B])]);
    let shown: Vec<String> = doubled.macs.iter().map(ToString::to_string).collect();
    assert_eq!(shown, [B, L], "what can tell it from others comes first");
}

#[test]
fn m9_the_newest_times_and_all_sources_are_kept() {
    let a = record("a", "1").serial("s-1").synced(1).says(Practice::Firewall, Some(true));
    let b = record("b", "1").serial("s-1").synced(2).says(Practice::Passcode, None);
    let device = one(&[a, b]);
    assert_eq!(device.last_seen, Some(hour(2)));
    let sources: Vec<&str> = device.records.iter().map(|it| it.key.source.as_str()).collect();
    assert_eq!(sources, ["b", "a"], "the one that counts most first");
    assert!(device.practices.contains_key(&Practice::Firewall), "only one has it");
    assert!(device.practices.contains_key(&Practice::Passcode));
}

#[test]
fn m12_two_sources_that_know_two_machines_make_two_devices_however_they_are_looked_up() {
    let machine = |source: &str, n: &str, mac: &str| {
        record(source, n)
            .serial(&format!("serial-{n}"))
            .macs([mac])
            .on(Platform::Macos)
            .fact(Field::Name, &format!("desk-{n}"))
            .says(Practice::Firewall, Some(true))
            .owned("mia@example.com", Confidence::Assigned)
    };
    let records =
        ["a", "b"].map(|source| [machine(source, "1", D), machine(source, "2", B)]).concat();
    let rules = MergeRules::default();
    let all = devices(&records, &[], &rules);
    assert_eq!(all.len(), 2);
    for device in &all {
        assert!(device.fact(Field::Name).is_some());
        assert_eq!(device.platform, Platform::Macos);
        assert_eq!(device.practices[&Practice::Firewall].len(), 2);
        assert_eq!(device.records.len(), 2);
    }
    let found = |query: Query| -> Vec<DeviceId> {
        find(&all, &query, &rules).iter().map(|device| device.id).collect()
    };
    assert_eq!(found(Query::Email(" MIA@example.com".to_owned())).len(), 2);
    let by_serial = found(Query::Serial("SERIAL-1".to_owned()));
    let by_mac = found(Query::Mac("00-de-ca-fb-ad-00".parse().expect("an address")));
    assert_eq!(by_serial.len(), 1);
    assert_eq!(by_serial, by_mac);
    for nothing in [Query::Serial("...".to_owned()), Query::Serial("serial-3".to_owned())] {
        assert_eq!(found(nothing), []);
    }
    assert_eq!(found(Query::Mac(G.parse().expect("an address"))), []);
}

#[test]
fn m20_every_merged_field_says_which_source_when_and_what_others_say() {
    let os = |source: &str, hours: u64, version: &str| {
        record(source, "1").serial("s-1").synced(hours).fact(Field::OsVersion, version)
    };
    let records = [os("a", 1, "26.5"), os("b", 3, "26.6"), os("c", 2, "26.5")];
    let device = one(&records);
    let version = &device.facts[&Field::OsVersion];
    assert_eq!((version.value.as_str(), version.source.as_str()), ("26.6", "b"));
    assert_eq!(version.observed_at, Some(hour(3)));
    let others: Vec<_> =
        version.others.iter().map(|it| (it.source.as_str(), it.value.as_str())).collect();
    assert_eq!(others, [("c", "26.5"), ("a", "26.5")]);
    assert_eq!(version.others[0].observed_at, Some(hour(2)));
}

#[test]
fn no_time_is_the_oldest_and_the_order_of_sources_decides_a_tie() {
    let named =
        |source: &str, name: &str| record(source, "1").serial("s-1").fact(Field::Name, name);
    let rules = MergeRules {
        source_order: ["b", "a"].map(str::to_owned).to_vec(),
        ..MergeRules::default()
    };
    let name = |records: &[SourceRecord]| {
        devices(records, &[], &rules)[0].fact(Field::Name).map(str::to_owned)
    };
    let (a, b, c) = (named("a", "of a"), named("b", "of b"), named("c", "of c"));
    assert_eq!(name(&[a.clone().synced(1), b.clone()]).as_deref(), Some("of a"));
    assert_eq!(name(&[a.clone(), b.clone(), c.clone()]).as_deref(), Some("of b"));
    let all = [a.synced(2), b.synced(2), c.synced(2)];
    assert_eq!(name(&all).as_deref(), Some("of b"));
    // An empty text says nothing.
    let [a, b, c] = all;
    assert_eq!(name(&[a, b.fact(Field::Name, " "), c]).as_deref(), Some("of a"));
}

#[test]
fn a_build_is_taken_only_from_who_agrees_on_the_version() {
    let a = record("a", "1").serial("s-1").synced(2).fact(Field::OsVersion, "26.6.1");
    let b = record("b", "1").serial("s-1").synced(1).fact(Field::OsVersion, "26.5");
    let b = b.fact(Field::OsBuild, "25F1").fact(Field::Os, "macOS");
    let device = one(&[a.clone(), b.clone()]);
    assert_eq!(device.fact(Field::OsBuild), None);
    assert_eq!(device.fact(Field::Os), Some("macOS"));
    let agreeing = one(&[a, b.fact(Field::OsVersion, "26.6.1")]);
    assert_eq!(agreeing.fact(Field::OsBuild), Some("25F1"));
}

#[test]
fn m22_what_was_not_seen_for_long_is_folded_away_and_counted() {
    let seen = |id: &str, hours: u64| record("a", id).serial(&format!("s-{id}")).synced(hours);
    let mut gone = seen("3", 40 * 24);
    gone.is_gone = true;
    let records = [seen("1", 40 * 24), seen("2", 0), gone];
    let all = devices(&records, &[], &MergeRules::default());
    let folded = fold(&all, OLDER_AFTER, hour(40 * 24));
    assert_eq!((folded.current.len(), folded.older.len()), (1, 2));
    assert_eq!(folded.current[0].records[0].key.id, "1");
    let folded = fold(&all, Span::days(41), hour(40 * 24));
    assert_eq!((folded.current.len(), folded.older.len()), (2, 1));
}

#[test]
fn m24_an_owner_is_found_through_identifiers_and_the_surest_counts() {
    let bare = record("a", "1").serial("s-1").synced(9);
    let used =
        record("b", "1").serial("s-1").synced(8).owned("ann@example.com", Confidence::Guessed);
    let given =
        record("c", "1").serial("s-1").synced(1).owned(" MIA@Example.com ", Confidence::Assigned);
    let owner = one(&[bare.clone(), given.clone()]).owner.expect("an owner");
    assert_eq!(owner.email, Some("mia@example.com".into()));
    let owner = one(&[used, given, bare]).owner.expect("an owner");
    assert_eq!((owner.email, owner.source.as_str()), (Some("mia@example.com".into()), "c"));
    assert_eq!(owner.others, [("ann@example.com".into(), "b".to_owned())]);
}

#[test]
fn r1_accounts_of_all_sources_are_joined_each_once() {
    let owned = |source: &str, email: &str| {
        record(source, "1").serial("s-1").owned(email, Confidence::Reported)
    };
    let records = [
        owned("a", "mia@example.com"),
        owned("b", "mia@example.org"),
        owned("c", "MIA@example.org"),
    ];
    let owner = one(&records).owner.expect("an owner");
    assert_eq!(owner.email, Some("mia@example.com".into()));
    assert_eq!(owner.others, [("mia@example.org".into(), "b".to_owned())]);
}

#[test]
fn a_device_that_was_enrolled_again_is_told_by_its_newer_record() {
    let enrolled = |id: &str, hours: u64, name: &str| {
        record("a", id)
            .serial("C02XL0GTJGH5")
            .fact(Field::Model, "MacBook Pro")
            .fact(Field::Name, name)
            .synced(hours)
            .says(Practice::Firewall, Some(name == "new"))
    };
    let device = one(&[enrolled("1", 1, "old"), enrolled("2", 5, "new")]);
    assert_eq!(device.fact(Field::Name), Some("new"));
    assert_eq!(device.facts[&Field::Name].others, []);
    assert_eq!(device.practices[&Practice::Firewall].len(), 1);
    let replaced: Vec<bool> = device.records.iter().map(|record| record.is_replaced).collect();
    assert_eq!(replaced, [false, true], "it is still there to be seen");
}

#[test]
fn a_virtual_machine_is_marked_and_keeps_its_serial() {
    let device = one(&[record("a", "1").serial("VMware-56 4d 12 ab")]);
    assert!(device.is_virtual);
    assert!(device.identifiers.contains_key(&(IdKind::Serial, "VMware-56 4d 12 ab".to_owned())));
    assert!(one(&[record("a", "1").fact(Field::Model, "VirtualBox")]).is_virtual);
    assert!(!one(&[record("a", "1").serial("C02XL0GTJGH5")]).is_virtual);
}

#[test]
fn f1_f2_virtual_machines_are_filtered_counted_and_kept_for_staff() {
    let model = |id: &str, model: &str| record("a", id).fact(Field::Model, model);
    let records = vec![
        model("1", "Virtual Machine"),
        model("2", "VMware7,1"),
        model("3", "c5.large amazon"),
        model("4", "HVM domU"),
        record("a", "5").serial("Parallels-AA BB"),
        record("a", "6").serial("VMware-56 4d"),
        model("7", "MacBook Pro"),
        record("a", "8"),
    ];
    let filtered = Filters::default().apply(records);
    let ids = |records: &[SourceRecord]| {
        records.iter().map(|record| record.key.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&filtered.kept), ["7", "8"]);
    assert_eq!(ids(&filtered.removed), ["1", "2", "3", "4", "5", "6"]);
}

#[test]
fn u3_an_unknown_device_is_titled_so_with_what_it_may_be() {
    let own = |record: SourceRecord| record.owned("mia@example.com", Confidence::Assigned);
    let records = [
        own(record("a", "1")
            .serial("s-1")
            .fact(Field::Model, "iPad Mini")
            .fact(Field::Name, "pad")),
        own(record("b", "1").fact(Field::Model, "ipad mini")),
        own(record("b", "2").fact(Field::Model, "Pixel XL").macs([L])),
        record("b", "3").fact(Field::Model, "iPad Mini"),
        own(record("a", "4").serial("s-4").fact(Field::Model, "MacBook Pro")),
    ];
    let all = devices(&records, &[], &MergeRules::default());
    let title = |key: (&str, &str)| {
        let is_it = |device: &&Device| {
            let its = &device.records[0].key;
            (its.source.as_str(), its.id.as_str()) == key
        };
        all.iter().find(is_it).expect("a device").title(&all)
    };
    assert_eq!(title(("a", "1")), Title::Name("pad"));
    assert_eq!(title(("a", "4")), Title::Model("MacBook Pro"));
    let known = all.iter().find(|device| device.fact(Field::Name) == Some("pad")).expect("known");
    let model = Some("ipad mini");
    assert_eq!(title(("b", "1")), Title::Unknown { model, perhaps: vec![known.id] });
    let model = Some("Pixel XL");
    assert_eq!(title(("b", "2")), Title::Unknown { model, perhaps: Vec::new() });
    // Nobody's device may be anybody's: nothing is suggested.
    let model = Some("iPad Mini");
    assert_eq!(title(("b", "3")), Title::Unknown { model, perhaps: Vec::new() });
}

#[test]
fn a_device_in_a_log_tells_nothing_of_a_person() {
    let record = record("a", "1")
        .fact(Field::Name, "Mia's laptop")
        .owned("mia@example.com", Confidence::Assigned)
        .sees(Practice::Firewall, Observation::stated(Some(true)));
    let device = one(&[record]);
    let told = format!("{device:?} {:?} {:?}", device.facts, device.owner);
    assert!(!told.to_lowercase().contains("mia"), "{told}");
}

#[test]
fn inventories_and_own_facts_are_kept_by_source() {
    let software = Software {
        installed: vec![Installed { name: "Foobar.app".to_owned(), ..Installed::default() }],
        ..Software::default()
    };
    let mut a = record("a", "1").serial("s-1").synced(1).with(software);
    a.attributes.insert("tag".to_owned(), Attribute::Int(7));
    let mut b = record("b", "1").serial("s-1").synced(2);
    b.attributes.insert("tag".to_owned(), Attribute::Int(8));
    let device = one(&[a, b]);
    assert_eq!(device.software[0].taken_at, Some(hour(1)));
    assert!(device.attributes["tag"].value == Attribute::Int(8));
    assert_eq!(device.attributes["tag"].others.len(), 1);
}
