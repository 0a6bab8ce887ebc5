//! Tallies: added to, read in sums, forgotten when they are old.

use super::sample::{at, case, set_case};
use crate::store::{
    Commit, Day, Store, StoreError, TALLY_KEY_BYTES_MAX, TALLY_LIFE, Tallied, Tally, TallyQuery,
};

fn tally(key: &str, day: i32, name: &str, n: i64) -> Tally {
    Tally { key: key.to_owned(), day: Day(day), name: name.to_owned(), n }
}

async fn add(store: &dyn Store, tallies: impl Into<Vec<Tally>>) {
    let commit = Commit { tallies: tallies.into(), ..Commit::default() };
    store.commit(commit).await.expect("adding has no condition");
}

async fn read(store: &dyn Store, prefix: &str, days: [i32; 2], limit: u32) -> Vec<Tallied> {
    let [from, to] = days.map(Day);
    let query = TallyQuery { prefix: prefix.to_owned(), from, to, limit };
    store.tallies(&query).await.expect("readable")
}

fn sums(rows: &[Tallied]) -> Vec<(&str, &str, i64)> {
    rows.iter().map(|row| (row.key.as_str(), row.name.as_str(), row.n)).collect()
}

pub(super) async fn tallies_add_up_by_key_day_and_name(store: &dyn Store) {
    add(store, [tally("rule", 1, "asked", 2), tally("rule", 1, "asked", 3)]).await;
    add(store, [tally("rule", 1, "asked", 1), tally("rule", 1, "denied", 1)]).await;
    add(store, [tally("rule", 2, "asked", 10), tally("other", 1, "asked", 100)]).await;
    let rows = read(store, "rule", [1, 1], 9).await;
    assert_eq!(sums(&rows), [("rule", "asked", 6), ("rule", "denied", 1)]);
    let rows = read(store, "rule", [1, 2], 9).await;
    assert_eq!(sums(&rows), [("rule", "asked", 16), ("rule", "denied", 1)], "summed over days");
    assert_eq!(read(store, "rule", [3, 9], 9).await, [], "other days");
}

pub(super) async fn a_tally_may_be_taken_off_again(store: &dyn Store) {
    add(store, [tally("rule", 1, "real", 1)]).await;
    add(store, [tally("rule", 2, "real", -1), tally("rule", 2, "harmless", 1)]).await;
    let rows = read(store, "rule", [1, 2], 9).await;
    assert_eq!(sums(&rows), [("rule", "harmless", 1), ("rule", "real", 0)]);
    let rows = read(store, "rule", [2, 2], 9).await;
    assert_eq!(sums(&rows), [("rule", "harmless", 1), ("rule", "real", -1)]);
}

pub(super) async fn tallies_are_read_by_the_first_bytes_of_their_key(store: &dyn Store) {
    let keys = ["rule|A", "rule|a", "rule|a|1", "rule|a|2", "rule|a\u{10ffff}", "rule|b", "rulf"];
    add(store, keys.map(|key| tally(key, 1, "asked", 1))).await;
    let keys = async |prefix: &str, limit| {
        let rows = read(store, prefix, [1, 1], limit).await;
        rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    let of_a = ["rule|a", "rule|a|1", "rule|a|2", "rule|a\u{10ffff}"];
    assert_eq!(keys("rule|a", 99).await, of_a, "in the order of bytes");
    assert_eq!(keys("rule|a|", 99).await, ["rule|a|1", "rule|a|2"]);
    assert_eq!(keys("rule|a", 2).await, ["rule|a", "rule|a|1"], "never more than asked for");
    assert_eq!(keys("", 99).await.len(), 7);
    assert_eq!(keys("rule_a", 99).await, [""; 0], "no letter stands for another one");
    assert_eq!(keys("rule%", 99).await, [""; 0]);
}

pub(super) async fn a_refused_commit_counts_nothing(store: &dyn Store) {
    set_case(store, case(1)).await.expect("a new case");
    let tallies = vec![tally("rule", 1, "asked", 1)];
    let refused = Commit { case: Some(case(1)), tallies, ..Commit::default() };
    assert_eq!(store.commit(refused).await, Err(StoreError::Conflict));
    assert_eq!(read(store, "rule", [1, 1], 9).await, []);
}

pub(super) async fn hostile_keys_are_kept_short(store: &dyn Store) {
    let long = "é".repeat(TALLY_KEY_BYTES_MAX);
    add(store, [tally(&long, 1, "it's; --", i64::MAX), tally(&long, 1, "it's; --", i64::MAX)])
        .await;
    let rows = read(store, "é", [1, 1], 9).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].key.len(), rows[0].n), (TALLY_KEY_BYTES_MAX, i64::MAX));
    assert_eq!(rows[0].name, "it's; --");
}

pub(super) async fn a_sweep_forgets_old_tallies(store: &dyn Store) {
    let now = TALLY_LIFE.after(at(0));
    let Day(first) = Day::first_kept(now);
    let old = [first - 2, first - 1].map(|day| tally("rule", day, "asked", 1));
    add(store, old).await;
    add(store, [tally("rule", first, "asked", 1)]).await;
    assert_eq!(store.sweep(now, 1).await, Ok(1), "never more than asked for");
    assert_eq!(store.sweep(now, 10).await, Ok(1));
    assert_eq!(store.sweep(now, 10).await, Ok(0));
    assert_eq!(sums(&read(store, "", [0, i32::MAX], 9).await), [("rule", "asked", 1)]);
}
