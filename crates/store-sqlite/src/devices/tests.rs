//! What is SQLite's own: durability, files, tampering, size. The port's promises are tested by its
//! conformance suite.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use futures::executor::block_on;
use model::{
    PersonId, Timestamp,
    device::{
        Confidence, Evidence, Field, IdKind, Mac, Observation, OwnerHint, Part, Platform, Practice,
        RecordKey, SourceRecord, Volume, VolumeState,
    },
};
use ports::{
    devices::store::{
        DayRow, DeviceCommit, DeviceQuery, DeviceStore, DeviceWrite, Dossier, FindKey, HistoryRow,
        Inventory, Owner, StoredRecord,
    },
    store::{Day, StoreError},
};
use posture::{
    Checks, Circumstances, Currency, MergeRules, Track,
    identity::match_keys,
    stored::{encode_entries, encode_record, encode_track},
    track::Step,
};

use super::{SqliteDeviceStore, lists};
use crate::{OpenError, Options};

/// What a device may take beside its software, in bytes.
const BUDGET_BYTES: u64 = 2_000;

#[test]
fn the_sqlite_store_of_devices_keeps_every_promise_of_the_port() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = std::cell::Cell::new(0);
    block_on(ports::conformance::devices(async || {
        made.set(made.get() + 1);
        let store: Arc<dyn DeviceStore> =
            Arc::new(open(&folder.path().join(format!("{made:?}.db"))));
        store
    }));
}

fn open(path: &Path) -> SqliteDeviceStore {
    SqliteDeviceStore::open(path, Options::default()).expect("it opens")
}

/// A record as full as they come.
fn full_record(source: &str, n: u32) -> SourceRecord {
    let text = |text: &str| text.to_owned();
    let key = RecordKey::new(source, format!("8a6f3c1e-5b0e-4d0b-9f0f-{source:.4}{n:08x}"));
    let mut record = SourceRecord::new(key, Timestamp::UNIX_EPOCH);
    record.last_sync = Some(Timestamp::UNIX_EPOCH);
    record.platform = Platform::Macos;
    record.facts = BTreeMap::from([
        (Field::Name, format!("Mia{n}'s MacBook Pro")),
        (Field::Model, text("MacBook Pro (14-inch, 2023)")),
        (Field::ModelIdentifier, text("Mac14,10")),
        (Field::Manufacturer, text("Apple Inc.")),
        (Field::Os, text("macOS")),
        (Field::OsVersion, text("26.6.1")),
        (Field::OsBuild, text("25G80")),
    ]);
    record.identifiers.scalars = BTreeMap::from([
        (IdKind::Udid, format!("4C4C4544-0042-3510-8054-{n:012X}")),
        (IdKind::Serial, format!("C02X{n:07}Q")),
    ]);
    let mac = |last: u32| vec![0, 0xDE, 0xCA, octet(n >> 8), octet(n), octet(last)];
    record.identifiers.macs = [1, 2].map(|last| Mac::try_from(mac(last)).expect("six")).to_vec();
    let email = format!("p{}.example@example.com", n / 2);
    record.owners.push(OwnerHint::new(Some(&email), None, Confidence::Assigned));
    let updates = ["check", "download", "install_security"];
    let parts = updates.map(|name| Part { name: name.to_owned(), is_on: Some(true) });
    let seen = |value| Observation::stated(Some(value));
    record.practices = BTreeMap::from([
        (Practice::Encryption, Observation::new(Evidence::Volumes(vec![volume()]))),
        (Practice::AutoUpdate, Observation::new(Evidence::Parts(parts.to_vec()))),
        (Practice::Firewall, seen(true)),
        (Practice::ScreenLock, seen(true)),
        (Practice::RemoteLogin, seen(!n.is_multiple_of(7))),
        (Practice::SecureBoot, Observation::stated(None)),
    ]);
    record
}

fn octet(number: u32) -> u8 {
    u8::try_from(number & 0xFF).expect("eight bits")
}

fn volume() -> Volume {
    Volume {
        name: "Macintosh HD".to_owned(),
        is_removable: false,
        is_recovery: false,
        capacity_mb: Some(494_384),
        state: VolumeState::Encrypted,
        percent: Some(100),
        is_protected: Some(true),
    }
}

/// A device known from four sources, as full as they come, judged and remembered by the core.
fn full(n: u32) -> DeviceWrite {
    first_seen(n).0
}

/// The same, with what its first evaluation adds to the history.
fn first_seen(n: u32) -> (DeviceWrite, HistoryRow) {
    let records = ["jamf", "fleet", "google", "kandji"].map(|source| full_record(source, n));
    let device = posture::devices(&records, &[], &MergeRules::default()).pop().expect("one");
    let checks = Checks::shipped();
    let now = Circumstances::at(Timestamp::UNIX_EPOCH);
    let evaluation = posture::evaluate(&device, &checks, Currency::built_in(), &now);
    let Step { track, entries, .. } = Track::default().advance(&evaluation, &checks, &[]);
    let (at, body) = (Timestamp::UNIX_EPOCH, encode_entries(&entries));
    let history = HistoryRow { seq: 0, device: device.id, at, body };
    let keys = records.iter().flat_map(|record| match_keys(record, &MergeRules::default()));
    let keys = keys.map(|key| FindKey::of(key.kind_name(), &key.to_string())).collect();
    let stored = |record: &SourceRecord| {
        StoredRecord::of(record, encode_record(record).0, Inventory::Absent)
    };
    let results = evaluation.results.iter();
    let dossier = Dossier {
        id: device.id,
        aliases: device.aliases,
        owner: Some(PersonId::from_digest(u128::from(n / 2))),
        email: device.owner.and_then(|owner| owner.email),
        grade: evaluation.grade().name().to_owned(),
        checks: results.map(|it| (it.practice.to_string(), it.state.name().to_owned())).collect(),
        is_flagged: !device.flags.is_empty(),
        last_seen: device.last_seen,
        next_at: track.next_deadline(Timestamp::UNIX_EPOCH),
        track: encode_track(&track),
        records: records.iter().map(stored).collect(),
    };
    (DeviceWrite { dossier, keys }, history)
}

fn write(store: &SqliteDeviceStore, devices: Vec<DeviceWrite>) {
    let based_on = Some(block_on(store.revision()).expect("readable"));
    let commit = DeviceCommit { based_on, devices, ..DeviceCommit::default() };
    block_on(store.commit(commit)).expect("written");
}

#[test]
fn a_device_from_four_sources_takes_less_than_two_kilobytes() {
    const COUNT: u32 = 500;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("posture.db");
    let store = open(&path);
    for batch in 0..COUNT / 100 {
        let (devices, history) = (batch * 100..(batch + 1) * 100).map(first_seen).unzip();
        let based_on = Some(block_on(store.revision()).expect("readable"));
        let commit = DeviceCommit { based_on, devices, history, ..DeviceCommit::default() };
        block_on(store.commit(commit)).expect("written");
    }
    drop(store);
    let size = std::fs::metadata(&path).expect("the file").len();
    let each = size / u64::from(COUNT);
    assert!(each <= BUDGET_BYTES, "{each} bytes a device");
}

#[test]
fn a_second_process_is_refused_and_a_look_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("posture.db");
    assert!(matches!(SqliteDeviceStore::open_read_only(&path), Err(OpenError::Missing)));
    let store = open(&path);
    write(&store, vec![full(1)]);
    assert!(matches!(SqliteDeviceStore::open(&path, Options::default()), Err(OpenError::InUse)));
    let look = SqliteDeviceStore::open_read_only(&path).expect("a look");
    assert_eq!(block_on(look.census()).expect("readable").devices, 1);
    let refused = block_on(look.commit(DeviceCommit::default()));
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    drop((store, look));
    assert_eq!(block_on(open(&path).census()).expect("readable").devices, 1, "it was durable");
}

#[test]
fn a_store_of_before_days_were_counted_is_opened_with_all_that_it_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("posture.db");
    let store = open(&path);
    write(&store, vec![full(1)]);
    drop(store);
    let raw = rusqlite::Connection::open(&path).expect("a file");
    raw.execute_batch("DROP TABLE days; PRAGMA user_version = 1").expect("as it was before");
    drop(raw);
    let look = SqliteDeviceStore::open_read_only(&path);
    assert!(matches!(look, Err(OpenError::Older)), "a look changes nothing");
    let store = open(&path);
    let days = vec![DayRow { day: Day(20_000), body: vec![1] }];
    let counted = DeviceCommit { days: days.clone(), ..DeviceCommit::default() };
    block_on(store.commit(counted)).expect("counted");
    assert_eq!(block_on(store.days(Day(0))), Ok(days));
    assert_eq!(block_on(store.census()).expect("readable").devices, 1);
}

#[test]
fn a_store_of_cases_is_not_one_of_devices() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cases.db");
    drop(crate::SqliteStore::open(&path, Options::default()).expect("it opens"));
    let opened = SqliteDeviceStore::open(&path, Options::default());
    assert!(matches!(opened, Err(OpenError::Foreign)), "{opened:?}");
}

#[test]
fn what_was_tampered_with_is_named_and_costs_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("posture.db");
    let store = open(&path);
    write(&store, vec![full(1), full(2)]);
    drop(store);
    let raw = rusqlite::Connection::open(&path).expect("a file");
    let sql = "UPDATE frames SET frame = x'00' WHERE device = 1";
    assert_eq!(raw.execute(sql, []).expect("changed"), 1);
    drop(raw);
    let store = open(&path);
    let (damaged, whole) = (full(1).dossier.id, full(2).dossier);
    assert!(matches!(block_on(store.device(damaged)), Err(StoreError::Damaged(_))));
    assert_eq!(block_on(store.device(whole.id)), Ok(Some(whole)));
}

#[test]
fn a_check_whose_name_imitates_two_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("posture.db"));
    let mut hostile = full(1);
    let name = "x\u{1e}ok\u{1f}encryption\u{1e}warn\u{1f}y";
    hostile.dossier.checks = BTreeMap::from([(name.to_owned(), "ok".to_owned())]);
    write(&store, vec![hostile]);
    let with = |practice: &str, state: &str| {
        let check = Some((practice.to_owned(), state.to_owned()));
        let query = DeviceQuery { check, limit: 9, ..DeviceQuery::default() };
        block_on(store.list(&query)).expect("readable").len()
    };
    assert_eq!((with("encryption", "warn"), with("encryption", "ok"), with(name, "ok")), (0, 0, 1));
}

#[test]
fn a_persons_page_is_found_by_indexes_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("posture.db");
    let store = open(&path);
    write(&store, (0..200).map(full).collect());
    let owner = Owner { emails: vec!["p7.example@example.com".into()], ..Owner::default() };
    assert_eq!(block_on(store.person(&owner)).expect("readable").devices.len(), 2);
    drop(store);
    let raw = rusqlite::Connection::open(&path).expect("a file");
    let (sql, values) = lists::of_person(&owner);
    let mut statement = raw.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a plan");
    let steps = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(3));
    let steps: Vec<String> = steps.expect("a plan").collect::<Result<_, _>>().expect("texts");
    let plan = steps.join("; ");
    assert!(!plan.contains("SCAN devices") && !plan.contains("SCAN frames"), "{plan}");
}
