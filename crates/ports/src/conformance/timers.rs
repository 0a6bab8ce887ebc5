//! Timers: claims, leases, fences.

use super::sample::{at, case_id, finish, put_back, set_timers, timer, timer_key};
use crate::store::{Claimed, Commit, Store, StoreError, TimerOp, TimerRow};

async fn claim(store: &dyn Store, now: u64, until: u64, limit: u32) -> Vec<Claimed<TimerRow>> {
    store.claim_timers(at(now), at(until), limit).await.expect("claimable")
}

fn rows(claimed: Vec<Claimed<TimerRow>>) -> Vec<TimerRow> {
    claimed.into_iter().map(|each| each.work).collect()
}

pub(super) async fn due_timers_are_claimed_once_in_order(store: &dyn Store) {
    let late = timer(3, "deadline", 31);
    let (third, second) = (timer(2, "reminder", 20), timer(2, "deadline", 20));
    let (first, fourth) = (timer(1, "deadline", 10), timer(1, "reminder", 30));
    let all = [&late, &fourth, &third, &second, &first];
    set_timers(store, all.into_iter().cloned()).await;

    assert_eq!(rows(claim(store, 9, 100, 9).await), []);
    assert_eq!(rows(claim(store, 30, 100, 3).await), [first, second, third]);
    assert_eq!(rows(claim(store, 30, 100, 9).await), [fourth]);
    assert_eq!(rows(claim(store, 30, 100, 9).await), []);
    assert_eq!(rows(claim(store, 31, 100, 9).await), [late]);
}

pub(super) async fn setting_a_timer_voids_a_claim(store: &dyn Store) {
    set_timers(store, [timer(1, "deadline", 10)]).await;
    let first = claim(store, 10, 100, 1).await[0].fence;
    set_timers(store, [timer(1, "deadline", 50)]).await;
    assert_eq!(store.next_timer_at().await, Ok(Some(at(50))), "it moved, and is on no lease");
    let late = finish(store, timer_key(1, "deadline", first)).await;
    assert_eq!(late, Err(StoreError::Gone));
    let second = claim(store, 50, 100, 1).await[0].fence;
    assert!(second > first);
    finish(store, timer_key(1, "deadline", second)).await.expect("the latest claim holds");
    assert_eq!(store.next_timer_at().await, Ok(None));
}

pub(super) async fn a_timer_of_the_same_name_never_repeats_a_fence(store: &dyn Store) {
    set_timers(store, [timer(1, "deadline", 10)]).await;
    let paused = claim(store, 10, 20, 1).await[0].fence;
    let second = claim(store, 20, 40, 1).await[0].fence;
    assert!(second > paused, "a lapsed lease is claimed again");
    finish(store, timer_key(1, "deadline", second)).await.expect("the latest claim holds");

    set_timers(store, [timer(1, "deadline", 50)]).await;
    let third = claim(store, 50, 60, 1).await[0].fence;
    for old in [paused, second] {
        let late = finish(store, timer_key(1, "deadline", old)).await;
        assert_eq!(late, Err(StoreError::Gone), "a claim of the name's former life");
    }
    finish(store, timer_key(1, "deadline", third)).await.expect("the latest claim holds");
}

pub(super) async fn a_cancelled_timer_is_gone(store: &dyn Store) {
    set_timers(store, [timer(1, "deadline", 10), timer(1, "reminder", 10)]).await;
    let claimed = claim(store, 10, 100, 1).await;
    let cancel = |name: &str| TimerOp::Cancel { case: case_id(1), name: name.to_owned() };
    let timers = vec![cancel("deadline"), cancel("reminder"), cancel("never set")];
    store.commit(Commit { timers, ..Commit::default() }).await.expect("no condition");
    assert_eq!(store.next_timer_at().await, Ok(None));
    let late = finish(store, timer_key(1, "deadline", claimed[0].fence)).await;
    assert_eq!(late, Err(StoreError::Gone));
}

pub(super) async fn a_timer_put_back_waits_and_its_claim_is_void(store: &dyn Store) {
    set_timers(store, [timer(1, "deadline", 10)]).await;
    let first = claim(store, 10, 100, 1).await[0].fence;
    put_back(store, timer_key(1, "deadline", first), 30, 0).await.expect("the claim holds");
    let late = finish(store, timer_key(1, "deadline", first)).await;
    assert_eq!(late, Err(StoreError::Gone));
    assert_eq!(rows(claim(store, 29, 100, 1).await), []);
    assert_eq!(rows(claim(store, 30, 100, 1).await), [timer(1, "deadline", 30)]);
}

pub(super) async fn the_next_timer_is_known(store: &dyn Store) {
    assert_eq!(store.next_timer_at().await, Ok(None));
    set_timers(store, [timer(1, "deadline", 30), timer(2, "deadline", 10)]).await;
    assert_eq!(store.next_timer_at().await, Ok(Some(at(10))));
    claim(store, 10, 20, 9).await;
    assert_eq!(store.next_timer_at().await, Ok(Some(at(20))), "a lease ends");
    claim(store, 20, 90, 9).await;
    assert_eq!(store.next_timer_at().await, Ok(Some(at(30))));
}
