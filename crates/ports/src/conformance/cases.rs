//! Cases and desks.

use model::{Reason, Severity, StateName};

use super::sample::{at, case, case_id, desk, person, set_case};
use crate::store::{CaseQuery, CaseRow, Commit, DeskRow, Store, StoreError};

fn closed(case: CaseRow) -> CaseRow {
    let state = StateName::Closed;
    CaseRow { version: case.version + 1, state, reason: Some(Reason::Verified), ..case }
}

async fn ids(store: &dyn Store, query: CaseQuery) -> Vec<u128> {
    let rows = store.cases(&query).await.expect("readable");
    let number = |row: &CaseRow| (1..100).find(|n| case_id(*n) == row.id).expect("one of ours");
    rows.iter().map(number).collect()
}

pub(super) async fn versions_rise_by_one(store: &dyn Store) {
    assert_eq!(store.case(case_id(1)).await, Ok(None));
    set_case(store, case(1)).await.expect("a new case");
    let second = CaseRow {
        version: 2,
        person: None,
        deadline_at: None,
        reason: Some(Reason::Denied),
        state: StateName::Escalated,
        severity: Severity::Critical,
        snapshot: Vec::new(),
        alerts: 2,
        ..case(1)
    };
    set_case(store, second.clone()).await.expect("the next version");
    assert_eq!(set_case(store, second.clone()).await, Err(StoreError::Conflict));
    assert_eq!(set_case(store, case(1)).await, Err(StoreError::Conflict));
    assert_eq!(store.case(case_id(1)).await, Ok(Some(second)));
}

pub(super) async fn a_group_key_is_unique_among_open_cases(store: &dyn Store) {
    let same = |n| CaseRow { group_key: "same".to_owned(), ..case(n) };
    assert_eq!(store.open_case("same").await, Ok(None));
    set_case(store, same(1)).await.expect("the first of its group");
    assert_eq!(store.open_case("same").await, Ok(Some(case_id(1))));
    assert_eq!(set_case(store, same(2)).await, Err(StoreError::Conflict));

    set_case(store, closed(same(1))).await.expect("closing");
    assert_eq!(store.open_case("same").await, Ok(None));
    set_case(store, same(2)).await.expect("the first is closed");
    set_case(store, CaseRow { version: 2, ..same(2) }).await.expect("its own key");
    assert_eq!(store.open_case("same").await, Ok(Some(case_id(2))));

    let reopened = CaseRow { version: 3, ..same(1) };
    assert_eq!(set_case(store, reopened.clone()).await, Err(StoreError::Conflict));
    let renamed = CaseRow { group_key: "same, reopened".to_owned(), ..reopened };
    set_case(store, renamed).await.expect("with a key of its own");
    set_case(store, CaseRow { group_key: "moved".to_owned(), version: 3, ..same(2) })
        .await
        .expect("a key may change");
    assert_eq!(store.open_case("same").await, Ok(None));
    assert_eq!(store.open_case("moved").await, Ok(Some(case_id(2))));
}

pub(super) async fn a_listing_is_newest_first_and_continues_below_its_cursor(store: &dyn Store) {
    for n in [3, 1, 5, 2, 4] {
        set_case(store, case(n)).await.expect("a new case");
    }
    let page = |cursor: Option<u128>, limit| CaseQuery {
        cursor: cursor.map(case_id),
        limit,
        ..CaseQuery::default()
    };
    assert_eq!(ids(store, page(None, 2)).await, [5, 4]);
    assert_eq!(ids(store, page(Some(4), 2)).await, [3, 2]);
    assert_eq!(ids(store, page(Some(2), 2)).await, [1]);
    assert_eq!(ids(store, page(Some(1), 2)).await, []);
    assert_eq!(ids(store, page(None, 0)).await, []);
    assert_eq!(ids(store, page(None, u32::MAX)).await, [5, 4, 3, 2, 1]);
}

/// Nine cases in which every filter finds some and not all.
async fn nine_cases(store: &dyn Store) {
    let states = [StateName::Asking, StateName::Escalated, StateName::Triage];
    for n in 1..=9_u128 {
        let third = usize::try_from(n % 3).expect("small");
        let row = CaseRow {
            state: states[third],
            person: (n != 9).then(|| person(n % 4)),
            rule: format!("rule-{}", n % 2),
            severity: if n > 6 { Severity::High } else { Severity::Low },
            opened_at: at(u64::try_from(n * 10).expect("small")),
            ..case(n)
        };
        set_case(store, row).await.expect("a new case");
    }
}

pub(super) async fn each_filter_narrows_a_listing(store: &dyn Store) {
    nine_cases(store).await;
    let all = CaseQuery { limit: 100, ..CaseQuery::default() };
    let (escalated, triage) = (StateName::Escalated, StateName::Triage);
    let people = vec![person(1), person(2)];
    let (one, both) = (vec![escalated], vec![triage, escalated]);
    let rules = vec!["rule-1".to_owned()];
    let severities = vec![Severity::High, Severity::Critical];
    let checks: Vec<(CaseQuery, &[u128])> = vec![
        (CaseQuery { states: one.clone(), ..all.clone() }, &[7, 4, 1]),
        (CaseQuery { states: both.clone(), ..all.clone() }, &[8, 7, 5, 4, 2, 1]),
        (CaseQuery { states: both.clone(), limit: 3, ..all.clone() }, &[8, 7, 5]),
        (CaseQuery { states: both, cursor: Some(case_id(5)), ..all.clone() }, &[4, 2, 1]),
        (CaseQuery { states: vec![StateName::Closed], ..all.clone() }, &[]),
        (CaseQuery { people: people.clone(), ..all.clone() }, &[6, 5, 2, 1]),
        (CaseQuery { people: people.clone(), limit: 3, ..all.clone() }, &[6, 5, 2]),
        (CaseQuery { people: people.clone(), states: one, ..all.clone() }, &[1]),
        (CaseQuery { people: vec![person(99)], ..all.clone() }, &[]),
        (CaseQuery { rules: rules.clone(), ..all.clone() }, &[9, 7, 5, 3, 1]),
        (CaseQuery { rules, people, ..all.clone() }, &[5, 1]),
        (CaseQuery { severities, ..all.clone() }, &[9, 8, 7]),
        (CaseQuery { after: Some(at(80)), ..all.clone() }, &[9, 8]),
        (CaseQuery { before: Some(at(20)), ..all.clone() }, &[1]),
        (CaseQuery { after: Some(at(20)), before: Some(at(40)), ..all }, &[3, 2]),
    ];
    for (query, expected) in checks {
        assert_eq!(ids(store, query.clone()).await, expected, "{query:?}");
    }
}

pub(super) async fn a_listing_leaves_snapshots_out(store: &dyn Store) {
    set_case(store, case(1)).await.expect("a new case");
    let listed = store.cases(&CaseQuery { limit: 9, ..CaseQuery::default() }).await;
    assert_eq!(listed, Ok(vec![CaseRow { snapshot: Vec::new(), ..case(1) }]));
}

pub(super) async fn cases_are_counted_by_state(store: &dyn Store) {
    assert_eq!(store.count_cases().await, Ok(Vec::new()));
    nine_cases(store).await;
    let three = CaseRow { state: StateName::Asking, ..case(3) };
    set_case(store, closed(three)).await.expect("closing");
    let mut counts = store.count_cases().await.expect("readable");
    counts.sort();
    let expected = [
        (StateName::Triage, 3),
        (StateName::Asking, 2),
        (StateName::Escalated, 3),
        (StateName::Closed, 1),
    ];
    assert_eq!(counts, expected);
}

pub(super) async fn a_desk_is_kept_by_person_and_version(store: &dyn Store) {
    let write =
        async |desk: DeskRow| store.commit(Commit { desk: Some(desk), ..Commit::default() }).await;
    assert_eq!(store.desk(person(1)).await, Ok(None));
    write(desk(1)).await.expect("a new desk");
    write(desk(2)).await.expect("another's");
    assert_eq!(write(desk(1)).await, Err(StoreError::Conflict));
    let second = DeskRow { version: 2, snapshot: vec![9; 3_000], ..desk(1) };
    write(second.clone()).await.expect("the next version");
    assert_eq!(store.desk(person(1)).await, Ok(Some(second)));
    assert_eq!(store.desk(person(2)).await, Ok(Some(desk(2))));
}
