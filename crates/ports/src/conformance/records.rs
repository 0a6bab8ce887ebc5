//! Records: conditions, expiry, listings.

use super::sample::{at, person, record, set_records, take, value};
use crate::store::{Record, RecordOp, Space, Store, StoreError};

fn insert(key: &str, value: &[u8], expires: Option<u64>, now: u64) -> [RecordOp; 1] {
    [RecordOp::Insert { record: record(key, value, expires), now: at(now) }]
}

fn swap(expected: Option<&[u8]>, to: &[u8], now: u64) -> [RecordOp; 1] {
    let record = record("key", to, Some(100));
    [RecordOp::Swap { expected: expected.map(<[u8]>::to_vec), record, now: at(now) }]
}

pub(super) async fn an_insert_meets_nothing_unexpired(store: &dyn Store) {
    set_records(store, insert("key", b"1", Some(10), 0)).await.expect("nothing is there");
    let again = set_records(store, insert("key", b"2", Some(10), 9)).await;
    assert_eq!(again, Err(StoreError::Conflict));
    assert_eq!(value(store, "key", 9).await, Some(b"1".to_vec()));
    assert_eq!(value(store, "key", 10).await, None, "from its expiry on it is not there");
    set_records(store, insert("key", b"3", None, 10)).await.expect("the first has expired");
    assert_eq!(value(store, "key", 1_000_000).await, Some(b"3".to_vec()));
    let never = set_records(store, insert("key", b"4", None, 1_000_000)).await;
    assert_eq!(never, Err(StoreError::Conflict));
}

pub(super) async fn a_swap_replaces_exactly_what_was_read(store: &dyn Store) {
    let conflict = Err(StoreError::Conflict);
    assert_eq!(set_records(store, swap(Some(b"1"), b"2", 0)).await, conflict);
    set_records(store, swap(None, b"1", 0)).await.expect("nothing is there");
    assert_eq!(set_records(store, swap(None, b"2", 0)).await, conflict);
    assert_eq!(set_records(store, swap(Some(b"0"), b"2", 0)).await, conflict);
    set_records(store, swap(Some(b"1"), b"2", 0)).await.expect("that is what is there");
    assert_eq!(value(store, "key", 0).await, Some(b"2".to_vec()));

    assert_eq!(set_records(store, swap(Some(b"2"), b"3", 100)).await, conflict, "it expired");
    set_records(store, swap(None, b"4", 100)).await.expect("what expired is nothing");
}

pub(super) async fn a_record_is_taken_once(store: &dyn Store) {
    assert_eq!(set_records(store, [take("key", 0)]).await, Err(StoreError::Gone));
    let put = |expires| [RecordOp::Put(record("key", b"1", expires))];
    set_records(store, put(None)).await.expect("no condition");
    set_records(store, [take("key", 0)]).await.expect("it is there");
    assert_eq!(value(store, "key", 0).await, None);
    assert_eq!(set_records(store, [take("key", 0)]).await, Err(StoreError::Gone));

    set_records(store, put(Some(10))).await.expect("no condition");
    let late = set_records(store, [take("key", 10)]).await;
    assert_eq!(late, Err(StoreError::Gone), "what has expired cannot be consumed");
    set_records(store, [take("key", 9)]).await.expect("before its expiry it can");
}

pub(super) async fn put_and_delete_do_not_ask(store: &dyn Store) {
    let delete = || RecordOp::Delete { space: Space::Challenge, key: "key".to_owned() };
    set_records(store, [delete()]).await.expect("deleting nothing is fine");
    let full = record("key", &[7; 100_000], Some(10));
    set_records(store, [RecordOp::Put(record("key", b"1", None))]).await.expect("new");
    set_records(store, [RecordOp::Put(full.clone())]).await.expect("over what was there");
    assert_eq!(store.record(Space::Challenge, "key", at(0)).await, Ok(Some(full)));
    let orphan = Record { owner: None, expires_at: None, ..record("key", b"", None) };
    set_records(store, [RecordOp::Put(orphan.clone())]).await.expect("over what was there");
    assert_eq!(store.record(Space::Challenge, "key", at(0)).await, Ok(Some(orphan)));
    set_records(store, [delete()]).await.expect("no condition");
    assert_eq!(value(store, "key", 0).await, None);
}

pub(super) async fn conditions_see_earlier_operations(store: &dyn Store) {
    let put = |value: &[u8]| RecordOp::Put(record("key", value, None));
    set_records(store, [put(b"1"), take("key", 0)]).await.expect("put, then taken");
    assert_eq!(value(store, "key", 0).await, None);
    let again = [put(b"1"), take("key", 0), take("key", 0)];
    assert_eq!(set_records(store, again).await, Err(StoreError::Gone));
    set_records(store, [put(b"1")]).await.expect("no condition");
    let [insert] = insert("key", b"2", None, 0);
    set_records(store, [take("key", 0), insert]).await.expect("taken, then nothing was there");
    assert_eq!(value(store, "key", 0).await, Some(b"2".to_vec()));
}

pub(super) async fn a_sweep_takes_expired_records_only(store: &dyn Store) {
    let rows = [("a", Some(10)), ("b", Some(11)), ("c", Some(20)), ("d", None)];
    let rows = rows.map(|(key, expires)| RecordOp::Put(record(key, b"1", expires)));
    set_records(store, rows).await.expect("no condition");
    assert_eq!(store.sweep(at(9), 10).await, Ok(0));
    assert_eq!(store.sweep(at(11), 1).await, Ok(1), "never more than asked for");
    assert_eq!(store.sweep(at(11), 10).await, Ok(1));
    assert_eq!(store.sweep(at(11), 10).await, Ok(0));
    assert_eq!(value(store, "c", 11).await, Some(b"1".to_vec()));
    assert_eq!(store.sweep(at(1_000_000), 10).await, Ok(1));
    assert_eq!(value(store, "d", 1_000_000).await, Some(b"1".to_vec()));
}

pub(super) async fn records_are_listed_in_byte_order_by_owner(store: &dyn Store) {
    for space in [Space::Delivery].into_iter().chain(Space::LISTED_BY_OWNER) {
        are_listed_in_byte_order_by_owner(store, space).await;
    }
}

async fn are_listed_in_byte_order_by_owner(store: &dyn Store, space: Space) {
    // An order by locale would be another one.
    let keys = ["B", "Z-1", "Z1", "_", "a", "b", "z", "Ä", "ß"];
    for (n, key) in keys.into_iter().enumerate().rev() {
        let owner = (n % 3 != 0).then(|| person(u128::from(n % 3 == 2)));
        let row = Record { space, owner, ..record(key, b"1", (n == 4).then_some(10)) };
        set_records(store, [RecordOp::Put(row)]).await.expect("no condition");
    }
    let list = async |owner, after: &str, now, limit| {
        let rows = store.records(space, owner, after, at(now), limit).await;
        rows.expect("readable").into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    assert_eq!(list(None, "", 0, 100).await, keys);
    assert_eq!(list(None, "", 0, 3).await, ["B", "Z-1", "Z1"]);
    assert_eq!(list(None, "Z1", 0, 2).await, ["_", "a"]);
    assert_eq!(list(None, "Z1", 10, 2).await, ["_", "b"], "what has expired is not there");
    assert_eq!(list(None, "a value between", 0, 1).await, ["b"]);
    assert_eq!(list(Some(person(1)), "", 0, 100).await, ["Z1", "b", "ß"]);
    assert_eq!(list(Some(person(1)), "Z1", 0, 1).await, ["b"]);
    assert_eq!(list(Some(person(9)), "", 0, 100).await, [""; 0]);
}

pub(super) async fn spaces_do_not_mix(store: &dyn Store) {
    let spaces = [Space::AlertKey, Space::Challenge, Space::Session, Space::SignInLink];
    let rows = spaces.map(|space| {
        RecordOp::Put(Record { space, ..record("key", space.name().as_bytes(), None) })
    });
    set_records(store, rows).await.expect("no condition");
    set_records(store, [take("key", 0)]).await.expect("it is there");
    for space in spaces.into_iter().filter(|space| *space != Space::Challenge) {
        let row = store.record(space, "key", at(0)).await.expect("readable").expect("there");
        assert_eq!((row.space, row.value.as_slice()), (space, space.name().as_bytes()));
        let listed = store.records(space, None, "", at(0), 9).await;
        assert_eq!(listed, Ok(vec![row]));
    }
    assert_eq!(value(store, "key", 0).await, None);
}
