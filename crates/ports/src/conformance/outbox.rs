//! Effects on their way out: claims, leases, fences.

use super::sample::{at, finish, outbox, outbox_id, outbox_key, put_back, send};
use crate::store::{Claimed, OutboxRow, Store, StoreError};

async fn claim(store: &dyn Store, now: u64, until: u64, limit: u32) -> Vec<Claimed<OutboxRow>> {
    store.claim_outbox("chat", at(now), at(until), limit).await.expect("claimable")
}

/// The rows of a claim, by the number they were made with.
fn numbers(claimed: &[Claimed<OutboxRow>]) -> Vec<u128> {
    let number = |id| (1..100).find(|n| outbox_id(*n) == id).expect("one of ours");
    claimed.iter().map(|each| number(each.work.id)).collect()
}

pub(super) async fn due_rows_are_claimed_once_in_order(store: &dyn Store) {
    let rows = [(7, 30), (5, 10), (4, 20), (3, 20), (2, 20), (9, 31)];
    let rows = rows.map(|(n, due)| outbox(n, "chat", due)).to_vec();
    send(store, rows).await.expect("new rows");
    send(store, vec![outbox(1, "chat.other", 10)]).await.expect("another lane's row");

    assert_eq!(numbers(&claim(store, 9, 100, 10).await), []);
    let first = claim(store, 30, 100, 3).await;
    assert_eq!(numbers(&first), [5, 4, 3], "earliest first, then as they were committed");
    assert!(first.iter().all(|each| each.fence >= 1));
    assert_eq!(numbers(&claim(store, 30, 100, 10).await), [2, 7]);
    assert_eq!(numbers(&claim(store, 30, 100, 10).await), []);
    assert_eq!(numbers(&claim(store, 99, 200, 10).await), [9]);
}

pub(super) async fn a_lapsed_lease_voids_the_claim_before_it(store: &dyn Store) {
    send(store, vec![outbox(1, "chat", 10)]).await.expect("a new row");
    let first = claim(store, 10, 20, 1).await;
    assert_eq!(numbers(&claim(store, 19, 40, 1).await), [], "the lease still runs");
    let second = claim(store, 20, 40, 1).await;
    assert!(second[0].fence > first[0].fence);
    assert_eq!(finish(store, outbox_key(1, first[0].fence)).await, Err(StoreError::Gone));
    let late = put_back(store, outbox_key(1, first[0].fence), 50, 1).await;
    assert_eq!(late, Err(StoreError::Gone));
    finish(store, outbox_key(1, second[0].fence)).await.expect("the latest claim holds");
    assert_eq!(finish(store, outbox_key(1, second[0].fence)).await, Err(StoreError::Gone));
    assert_eq!(numbers(&claim(store, 1_000, 2_000, 1).await), []);
}

pub(super) async fn a_row_born_leased_waits_for_its_lease(store: &dyn Store) {
    let born = |n| OutboxRow { born_leased_until: Some(at(30)), ..outbox(n, "chat", 10) };
    send(store, vec![born(1), born(2)]).await.expect("new rows");
    assert_eq!(store.next_outbox_at("chat").await, Ok(Some(at(30))));
    assert_eq!(numbers(&claim(store, 29, 60, 9).await), []);
    finish(store, outbox_key(1, 1)).await.expect("born with fence 1");

    let claimed = claim(store, 30, 60, 9).await;
    assert_eq!(numbers(&claimed), [2]);
    assert!(claimed[0].fence > 1);
    assert_eq!(claimed[0].work, outbox(2, "chat", 10), "a claimed row was born like any other");
    assert_eq!(finish(store, outbox_key(2, 1)).await, Err(StoreError::Gone));
}

pub(super) async fn a_row_put_back_waits_and_its_claim_is_void(store: &dyn Store) {
    send(store, vec![outbox(1, "chat", 10)]).await.expect("a new row");
    let first = claim(store, 10, 100, 1).await[0].fence;
    put_back(store, outbox_key(1, first), 50, 3).await.expect("the claim holds");
    assert_eq!(finish(store, outbox_key(1, first)).await, Err(StoreError::Gone));
    assert_eq!(store.next_outbox_at("chat").await, Ok(Some(at(50))));
    assert_eq!(numbers(&claim(store, 49, 100, 1).await), []);
    let again = claim(store, 50, 100, 1).await;
    assert_eq!(again[0].work, OutboxRow { attempts: 3, ..outbox(1, "chat", 50) });
    assert!(again[0].fence > first);
}

pub(super) async fn the_next_row_is_known_by_destination(store: &dyn Store) {
    assert_eq!(store.next_outbox_at("chat").await, Ok(None));
    assert_eq!(store.outbox_depth().await, Ok(Vec::new()));
    let rows = vec![outbox(1, "chat", 20), outbox(2, "chat", 10), outbox(3, "pager", 5)];
    send(store, rows).await.expect("new rows");
    assert_eq!(store.next_outbox_at("chat").await, Ok(Some(at(10))));
    let claimed = claim(store, 10, 40, 9).await;
    assert_eq!(store.next_outbox_at("chat").await, Ok(Some(at(20))));
    claim(store, 20, 60, 9).await;
    assert_eq!(store.next_outbox_at("chat").await, Ok(Some(at(40))), "a lease ends");
    finish(store, outbox_key(2, claimed[0].fence)).await.expect("the claim holds");

    let mut depth = store.outbox_depth().await.expect("readable");
    depth.sort();
    assert_eq!(depth, [("chat".to_owned(), 1), ("pager".to_owned(), 1)]);
}

pub(super) async fn expired_rows_are_claimed_all_the_same(store: &dyn Store) {
    let row = OutboxRow { expires_at: at(20), ..outbox(1, "chat", 10) };
    send(store, vec![row]).await.expect("a new row");
    assert_eq!(numbers(&claim(store, 500, 600, 1).await), [1]);
}

pub(super) async fn an_id_is_taken_once(store: &dyn Store) {
    let twice = vec![outbox(1, "chat", 10), outbox(1, "chat", 10)];
    assert_eq!(send(store, twice).await, Err(StoreError::Conflict));
    assert_eq!(store.outbox_depth().await, Ok(Vec::new()));
    send(store, vec![outbox(1, "chat", 10)]).await.expect("a new row");
    assert_eq!(send(store, vec![outbox(1, "pager", 10)]).await, Err(StoreError::Conflict));
}
