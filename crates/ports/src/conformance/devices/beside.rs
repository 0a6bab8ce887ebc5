//! What is kept beside the devices.

use super::sample::{at, commit, id};
use crate::{
    Failure,
    devices::{
        Excess, Pace, SourceHealth,
        store::{DayRow, DecisionRow, DeviceCommit, DeviceStore, ExemptionRow, HistoryRow},
    },
    store::Day,
};

pub(super) fn row(device: u128, seconds: u64) -> HistoryRow {
    HistoryRow { seq: 0, device: id(device), at: at(seconds), body: vec![3, 0, 253] }
}

pub(super) fn exempt(key: &str, device: u128) -> ExemptionRow {
    ExemptionRow { key: key.to_owned(), device: id(device), is_open: true, body: vec![4] }
}

async fn add(store: &dyn DeviceStore, history: Vec<HistoryRow>) {
    let commit = DeviceCommit { history, ..DeviceCommit::default() };
    store.commit(commit).await.expect("history has no condition");
}

fn times(rows: &[HistoryRow]) -> Vec<u64> {
    let seconds = |row: &HistoryRow| (0..100).find(|n| at(*n) == row.at).expect("one of ours");
    rows.iter().map(seconds).collect()
}

pub(super) async fn history_is_added_and_read_both_ways(store: &dyn DeviceStore) {
    add(store, vec![row(1, 1), row(2, 2)]).await;
    add(store, vec![row(1, 3), row(3, 4), row(1, 5)]).await;
    let newest = store.history(&[id(1), id(2)], None, 2).await.expect("readable");
    assert_eq!(times(&newest), [5, 3]);
    let older = store.history(&[id(1), id(2)], Some(newest[1].seq), 9).await.expect("readable");
    assert_eq!(times(&older), [2, 1]);
    assert_eq!(older[0].body, [3, 0, 253]);
    let since = store.histories(at(2), 0, 3).await.expect("readable");
    assert_eq!(times(&since), [2, 3, 4]);
    let later = store.histories(at(2), since[2].seq, 9).await.expect("readable");
    assert_eq!(times(&later), [5]);
    assert_eq!(store.history(&[], None, 9).await, Ok(Vec::new()));
}

pub(super) async fn history_is_forgotten_by_device(store: &dyn DeviceStore) {
    add(store, vec![row(1, 1), row(2, 2)]).await;
    let forget = DeviceCommit { forgotten: vec![id(1)], ..DeviceCommit::default() };
    store.commit(forget).await.expect("forgotten");
    let all = store.histories(at(0), 0, 9).await.expect("readable");
    assert_eq!(times(&all), [2]);
}

pub(super) async fn decisions_last_until_they_are_withdrawn(store: &dyn DeviceStore) {
    let row = |key: &str, body: u8| DecisionRow { key: key.to_owned(), body: vec![body, 0] };
    let decisions = vec![row("a", 1), row("b", 2)];
    let keep = DeviceCommit { decisions, ..DeviceCommit::default() };
    let before = store.revision().await.expect("readable");
    assert_eq!(commit(store, keep).await, Ok(before + 1), "they change what is merged");
    let change = DeviceCommit {
        decisions: vec![row("b", 3)],
        withdrawn: vec!["a".to_owned(), "none".to_owned()],
        ..DeviceCommit::default()
    };
    commit(store, change).await.expect("changed");
    assert_eq!(store.decisions().await, Ok(vec![row("b", 3)]));
}

pub(super) async fn exemptions_are_replaced_by_their_key(store: &dyn DeviceStore) {
    let exemptions = vec![exempt("a", 1), exempt("b", 2)];
    commit(store, DeviceCommit { exemptions, ..DeviceCommit::default() }).await.expect("written");
    let denied = ExemptionRow { is_open: false, body: vec![5], ..exempt("a", 1) };
    let exemptions = vec![denied.clone()];
    commit(store, DeviceCommit { exemptions, ..DeviceCommit::default() }).await.expect("written");
    let all = vec![denied.clone(), exempt("b", 2)];
    assert_eq!(store.exemptions(None, false).await, Ok(all));
    assert_eq!(store.exemptions(None, true).await, Ok(vec![exempt("b", 2)]));
    assert_eq!(store.exemptions(Some(&[id(1)]), false).await, Ok(vec![denied]));
    assert_eq!(store.exemptions(Some(&[id(1)]), true).await, Ok(Vec::new()));
    assert_eq!(store.exemptions(Some(&[]), false).await, Ok(Vec::new()));
    let erased_exemptions = vec!["a".to_owned(), "none".to_owned()];
    let erase = DeviceCommit { erased_exemptions, ..DeviceCommit::default() };
    commit(store, erase).await.expect("erased");
    assert_eq!(store.exemptions(None, false).await, Ok(vec![exempt("b", 2)]));
}

pub(super) async fn sources_stand_as_they_last_did(store: &dyn DeviceStore) {
    let mut jamf = SourceHealth::new("jamf");
    let health = vec![SourceHealth::new("intune"), jamf.clone()];
    let told = DeviceCommit { health, ..DeviceCommit::default() };
    let before = store.revision().await.expect("readable");
    assert_eq!(store.commit(told).await, Ok(before), "nobody counts on it");
    let pace = Pace { every: model::Span::minutes(15), pause: std::time::Duration::ZERO };
    jamf.failed(&Failure::denied("jamf: \u{202e}no"), pace, 7, at(9));
    jamf.dropped.insert(Excess::Environment, 12);
    let change = DeviceCommit {
        health: vec![jamf.clone()],
        dropped_sources: vec!["intune".to_owned()],
        ..DeviceCommit::default()
    };
    store.commit(change).await.expect("told");
    assert_eq!(store.sources().await, Ok(vec![jamf]));
}

fn counted(day: i32, body: u8) -> DayRow {
    DayRow { day: Day(day), body: vec![body, 0, 252] }
}

pub(super) async fn a_day_is_kept_as_it_was_last_counted(store: &dyn DeviceStore) {
    assert_eq!(store.days(Day(i32::MIN)).await, Ok(Vec::new()));
    let before = store.revision().await.expect("readable");
    for days in [vec![counted(20_002, 1)], vec![counted(20_000, 2), counted(20_002, 3)]] {
        let told = DeviceCommit { days, ..DeviceCommit::default() };
        assert_eq!(store.commit(told).await, Ok(before), "nobody counts on it");
    }
    let both = vec![counted(20_000, 2), counted(20_002, 3)];
    assert_eq!(store.days(Day(20_000)).await, Ok(both), "the day between is a gap");
    assert_eq!(store.days(Day(20_001)).await, Ok(vec![counted(20_002, 3)]));
    assert_eq!(store.days(Day(20_003)).await, Ok(Vec::new()));
}

pub(super) async fn days_that_are_long_past_are_forgotten(store: &dyn DeviceStore) {
    let days = [-1, 0, 1, 2].map(|day| counted(day, 7)).to_vec();
    store.commit(DeviceCommit { days, ..DeviceCommit::default() }).await.expect("counted");
    let days = vec![counted(3, 8)];
    let next = DeviceCommit { days, first_day: Some(Day(1)), ..DeviceCommit::default() };
    store.commit(next).await.expect("counted");
    let left = vec![counted(1, 7), counted(2, 7), counted(3, 8)];
    assert_eq!(store.days(Day(i32::MIN)).await, Ok(left));
}
