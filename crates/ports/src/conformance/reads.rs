//! Several reads at once.

use model::StateName;

use super::sample::{at, case, case_id, desk, person, record, set_case, set_records};
use crate::store::{CaseRow, Commit, Found, RecordOp, Space, Store, Wanted};

pub(super) async fn a_look_up_finds_what_single_reads_find(store: &dyn Store) {
    for n in 1..4 {
        set_case(store, case(n)).await.expect("a new case");
        let commit = Commit { desk: Some(desk(n)), ..Commit::default() };
        store.commit(commit).await.expect("a new desk");
    }
    let closed = CaseRow { version: 2, state: StateName::Closed, ..case(3) };
    set_case(store, closed.clone()).await.expect("the next version");
    let rows = [record("a", b"1", Some(10)), record("b", b"2", Some(20))];
    set_records(store, rows.clone().map(RecordOp::Put)).await.expect("no condition");

    let of_space = |key: &str| (Space::Challenge, key.to_owned());
    let wanted = Wanted {
        cases: vec![case_id(3), case_id(9), case_id(1), case_id(1)],
        open_cases: vec!["group-3".to_owned(), "group-2".to_owned(), "group-9".to_owned()],
        desks: vec![person(9), person(2)],
        records: vec![of_space("b"), of_space("a"), (Space::Session, "b".to_owned())],
    };
    let found = Found {
        cases: vec![Some(closed), None, Some(case(1)), Some(case(1))],
        open_cases: vec![None, Some(case_id(2)), None],
        desks: vec![None, Some(desk(2))],
        records: vec![Some(rows[1].clone()), None, None],
    };
    assert_eq!(store.look_up(wanted, at(10)).await, Ok(found), "what has expired is not there");
}

pub(super) async fn a_look_up_of_nothing_finds_nothing(store: &dyn Store) {
    assert_eq!(store.look_up(Wanted::default(), at(0)).await, Ok(Found::default()));
}
