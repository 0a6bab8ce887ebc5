//! Devices as they are found.

use std::collections::BTreeMap;

use model::{Personal, Timestamp};

use super::sample::{at, device, id, listed, number, owner, person, put, record, write};
use crate::devices::{
    SourceHealth,
    store::{
        DEVICES_OF_ONE_MAX, DeviceCommit, DeviceQuery, DeviceStore, DeviceWrite, Dossier, FindKey,
        Inventory, Owned, Owner, StoredRecord,
    },
};

pub(super) async fn a_device_is_found_by_what_its_records_have(store: &dyn DeviceStore) {
    let serial = |text: &str| FindKey::of("serial", text);
    let devices = (1..=4).map(|n| DeviceWrite {
        dossier: device(n),
        keys: if n == 4 { Vec::new() } else { vec![serial("same"), serial(&n.to_string())] },
    });
    let commit = DeviceCommit { devices: devices.collect(), ..DeviceCommit::default() };
    super::sample::commit(store, commit).await.expect("written");
    let found = async |keys: &[FindKey], per_key| {
        let found = store.having(keys, per_key).await.expect("readable");
        found.iter().map(|dossier| number(dossier.id)).collect::<Vec<_>>()
    };
    assert_eq!(found(&[serial("same")], 9).await, [1, 2, 3]);
    assert_eq!(found(&[serial("same")], 2).await.len(), 2);
    assert_eq!(found(&[serial("3"), serial("1"), serial("none")], 9).await, [1, 3]);
    assert_eq!(found(&[FindKey::record(&record("jamf", 4).key)], 9).await, [4]);
    assert_eq!(found(&[], 9).await, []);
    let many: Vec<FindKey> = (0..3_000).map(|n| serial(&n.to_string())).collect();
    assert_eq!(found(&many, 9).await, [1, 2, 3]);
    put(store, [device(1)]).await;
    assert_eq!(found(&[serial("same")], 9).await, [2, 3], "it no longer has it");
}

pub(super) async fn a_device_is_found_by_ids_that_it_had(store: &dyn DeviceStore) {
    let merged = Dossier { aliases: vec![id(2), id(3)], ..device(1) };
    put(store, [merged.clone(), device(3)]).await;
    assert_eq!(store.device(id(2)).await, Ok(Some(merged)));
    assert_eq!(store.device(id(3)).await, Ok(Some(device(3))), "its own id counts first");
    put(store, [device(1)]).await;
    assert_eq!(store.device(id(2)).await, Ok(None));
}

pub(super) async fn each_filter_narrows_a_list(store: &dyn DeviceStore) {
    let grades = ["critical", "attention", "ok"];
    let fleet = (1..=9_u128).map(|n| Dossier {
        grade: grades[usize::try_from(n % 3).expect("small")].to_owned(),
        owner: (n > 3).then(|| person(n % 2)),
        email: (n > 2).then(|| format!("p{n}@example.com").into()),
        checks: BTreeMap::from([(
            "firewall".to_owned(),
            if n < 5 { "warn" } else { "warning" }.to_owned(),
        )]),
        is_flagged: n == 4,
        last_seen: (n != 9).then(|| at(u64::try_from(n).expect("small"))),
        ..device(n)
    });
    put(store, fleet).await;
    let all = DeviceQuery { limit: 100, ..DeviceQuery::default() };
    let grades = |grades: &[&str]| grades.iter().map(|it| (*it).to_owned()).collect();
    let check = |practice: &str, state: &str| Some((practice.to_owned(), state.to_owned()));
    let by = |person_of: Option<u128>, email: &str| {
        let person = person_of.map(person);
        Some(Owned::By(Owner { person, emails: vec![Personal::from(email)] }))
    };
    let nobody = Some(Owned::ByNobody);
    let cases: Vec<(DeviceQuery, &[u128])> = vec![
        (all.clone(), &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (DeviceQuery { grades: grades(&["critical"]), ..all.clone() }, &[3, 6, 9]),
        (DeviceQuery { grades: grades(&["critical", "ok"]), ..all.clone() }, &[2, 3, 5, 6, 8, 9]),
        (DeviceQuery { grades: grades(&["none"]), ..all.clone() }, &[]),
        (DeviceQuery { check: check("firewall", "warn"), ..all.clone() }, &[1, 2, 3, 4]),
        (DeviceQuery { check: check("firewall", "ok"), ..all.clone() }, &[]),
        (DeviceQuery { check: check("encryption", "warn"), ..all.clone() }, &[]),
        (DeviceQuery { owned: nobody.clone(), ..all.clone() }, &[1, 2, 3]),
        (DeviceQuery { owned: by(Some(1), "p4@example.com"), ..all.clone() }, &[4, 5, 7, 9]),
        (DeviceQuery { owned: by(None, "p3@example.com"), ..all.clone() }, &[3]),
        (DeviceQuery { only_flagged: true, ..all.clone() }, &[4]),
        (DeviceQuery { seen_since: Some(at(7)), ..all.clone() }, &[7, 8]),
        (DeviceQuery { seen_before: Some(at(3)), ..all.clone() }, &[1, 2, 9]),
        (
            DeviceQuery {
                check: check("firewall", "warn"),
                grades: grades(&["attention"]),
                owned: nobody,
                ..all
            },
            &[1],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(listed(store, query.clone()).await, expected, "{query:?}");
    }
}

pub(super) async fn a_list_continues_after_its_cursor(store: &dyn DeviceStore) {
    put(store, [4, 2, 5, 1, 3].map(device)).await;
    let page = |after: Option<u128>, limit| {
        let after = after.map(id);
        listed(store, DeviceQuery { after, limit, ..DeviceQuery::default() })
    };
    assert_eq!(page(None, 2).await, [1, 2]);
    assert_eq!(page(Some(2), 2).await, [3, 4]);
    assert_eq!(page(Some(4), 2).await, [5]);
    assert_eq!(page(Some(5), 2).await, []);
    assert_eq!(page(None, 0).await, []);
    assert_eq!(page(None, u32::MAX).await, [1, 2, 3, 4, 5]);
}

pub(super) async fn a_persons_page_is_one_call(store: &dyn DeviceStore) {
    let software = Inventory::Is(vec![9; 10_000]);
    let own = Dossier {
        aliases: vec![id(70)],
        records: vec![StoredRecord { software, ..record("jamf", 1) }, record("fleet", 1)],
        ..device(1)
    };
    let by_address = Dossier { owner: None, email: Some("p1@example.com".into()), ..device(2) };
    let by_person = Dossier { owner: Some(person(1)), email: None, ..device(3) };
    let taken_over = Dossier { owner: Some(person(9)), ..device(4) };
    put(store, [own.clone(), by_address.clone(), by_person.clone(), taken_over, device(5)]).await;
    let exemptions = [("a", 70), ("b", 2), ("c", 5)].map(|(key, n)| super::beside::exempt(key, n));
    let health = SourceHealth::new("jamf");
    let commit = DeviceCommit {
        exemptions: exemptions.to_vec(),
        health: vec![health.clone()],
        ..DeviceCommit::default()
    };
    super::sample::commit(store, commit).await.expect("written");
    let page = store.person(&owner(1)).await.expect("readable");
    assert_eq!(page.devices, [own, by_address, by_person]);
    assert_eq!(page.exemptions, exemptions[..2]);
    assert_eq!((page.sources, page.has_more), (vec![health], false));
    let nobody = store.person(&Owner::default()).await.expect("readable");
    assert_eq!(nobody.devices, [], "a device of nobody is not everybody's");
}

pub(super) async fn a_page_shows_a_limited_number(store: &dyn DeviceStore) {
    let shared = |n| Dossier { owner: Some(person(1)), ..device(n) };
    put(store, (0..=DEVICES_OF_ONE_MAX as u128).map(shared)).await;
    let page = store.person(&owner(1)).await.expect("readable");
    assert_eq!((page.devices.len(), page.has_more), (DEVICES_OF_ONE_MAX, true));
}

pub(super) async fn the_census_counts_the_fleet(store: &dyn DeviceStore) {
    assert_eq!(store.census().await, Ok(crate::devices::store::Census::default()));
    let gone = StoredRecord { is_gone: true, ..record("fleet", 2) };
    let fleet = [
        device(1),
        Dossier {
            grade: "critical".to_owned(),
            checks: BTreeMap::from([("firewall".to_owned(), "warn".to_owned())]),
            records: vec![record("jamf", 2), gone],
            ..device(2)
        },
        Dossier { owner: None, is_flagged: true, ..device(3) },
    ];
    put(store, fleet).await;
    let census = store.census().await.expect("readable");
    assert_eq!((census.devices, census.unowned, census.flagged), (3, 1, 1));
    let named = |counts: &[(&str, u64)]| -> BTreeMap<String, u64> {
        counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    assert_eq!(census.grades, named(&[("critical", 1), ("ok", 2)]));
    let check = |practice: &str, state: &str| {
        census.checks.get(&(practice.to_owned(), state.to_owned())).copied()
    };
    assert_eq!(check("firewall", "ok"), Some(2));
    assert_eq!(check("firewall", "warn"), Some(1));
    assert_eq!(census.checks.len(), 3);
    let records = BTreeMap::from([("fleet".to_owned(), (1, 1)), ("jamf".to_owned(), (3, 0))]);
    assert_eq!(census.records, records);
}

pub(super) async fn what_a_source_no_longer_lists_is_found(store: &dyn DeviceStore) {
    let fetched = |n: u128, seconds, is_gone| {
        let seen = StoredRecord { fetched_at: at(seconds), is_gone, ..record("jamf", n) };
        Dossier { records: vec![record("fleet", n), seen], ..device(n) }
    };
    put(store, [fetched(1, 20, false), fetched(2, 19, false), fetched(3, 1, true)]).await;
    put(store, [fetched(4, 2, false)]).await;
    let unseen = async |source: &str, seconds, limit| {
        let found = store.unseen(source, at(seconds), limit).await.expect("readable");
        found.into_iter().map(number).collect::<Vec<_>>()
    };
    assert_eq!(unseen("jamf", 20, 9).await, [2, 4]);
    assert_eq!(unseen("jamf", 20, 1).await.len(), 1);
    assert_eq!(unseen("jamf", 21, 9).await, [1, 2, 4]);
    assert_eq!(unseen("fleet", 10, 9).await, []);
    assert_eq!(unseen("none", 99, 9).await, []);
    let instant = Timestamp::from_microsecond(5_000_123).expect("an instant");
    let read = StoredRecord { fetched_at: instant, ..record("intune", 5) };
    put(store, [Dossier { records: vec![read], ..device(5) }]).await;
    let found = store.unseen("intune", instant, 9).await.expect("readable");
    assert_eq!(found, [], "what was read at an instant was not read before it");
}

pub(super) async fn due_devices_come_earliest_first(store: &dyn DeviceStore) {
    assert_eq!(store.next_due().await, Ok(None));
    let due = |n: u128, seconds: Option<u64>| Dossier { next_at: seconds.map(at), ..device(n) };
    put(store, [due(1, Some(30)), due(2, None), due(3, Some(10)), due(4, Some(20))]).await;
    assert_eq!(store.next_due().await, Ok(Some(at(10))));
    let by = async |seconds, limit| {
        let due = store.due(at(seconds), limit).await.expect("readable");
        due.into_iter().map(number).collect::<Vec<_>>()
    };
    assert_eq!(by(9, 9).await, []);
    assert_eq!(by(20, 9).await, [3, 4]);
    assert_eq!(by(99, 2).await, [3, 4]);
    super::sample::commit(
        store,
        DeviceCommit { devices: vec![write(due(3, None))], ..DeviceCommit::default() },
    )
    .await
    .expect("evaluated");
    assert_eq!(by(99, 9).await, [4, 1]);
}
