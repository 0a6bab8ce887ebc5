//! The journal and the audit chain.

use model::Timestamp;

use super::sample::{at, case, case_id, entry, outbox, person, record, set_records, timer};
use crate::{
    audit::{self, ERASED_SALT, Verifier},
    store::{CaseRow, Commit, JournalEntry, OutboxRow, RecordOp, Space, Store, TimerOp, kept},
};

async fn write(store: &dyn Store, journal: Vec<JournalEntry>) {
    store.commit(Commit { journal, ..Commit::default() }).await.expect("no condition");
}

pub(super) async fn the_journal_is_in_order_and_vouched_for(store: &dyn Store) {
    assert_eq!(store.audit_head().await, Ok((0, [0; 32])));
    assert_eq!(audit::verify(store).await, Ok(Ok((0, [0; 32]))));
    let (one, two) = (Some(case_id(1)), Some(case_id(2)));
    write(store, vec![entry(one, 1), entry(None, 2), entry(two, 3)]).await;
    write(store, vec![JournalEntry { seq: 77, ..entry(one, 4) }, entry(one, 5)]).await;

    let numbered = |seq, entry: JournalEntry| JournalEntry { seq, ..entry };
    let whole =
        vec![numbered(1, entry(one, 1)), numbered(4, entry(one, 4)), numbered(5, entry(one, 5))];
    assert_eq!(store.journal(one, 0, 100).await.as_ref(), Ok(&whole));
    let entries = store.entries(0, 100).await.expect("readable");
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(entries[2], numbered(3, entry(two, 3)));
    assert_eq!(store.entries(3, 1).await, Ok(vec![whole[1].clone()]));
    assert_eq!(store.journal(one, 1, 1).await, Ok(vec![whole[1].clone()]));
    assert_eq!(store.journal(one, 5, 100).await, Ok(Vec::new()));
    assert_eq!(store.journal(None, 0, 100).await, Ok(vec![numbered(2, entry(None, 2))]));
    assert_eq!(store.journal(Some(case_id(9)), 0, 100).await, Ok(Vec::new()));

    let rows = store.audit(0, 100).await.expect("readable");
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let mut verifier = Verifier::default();
    rows.iter().for_each(|row| verifier.row(row).expect("whole"));
    assert_eq!(store.audit_head().await, Ok(verifier.head()));
    assert_eq!(audit::verify(store).await, Ok(Ok(verifier.head())));
    for row in &rows {
        let entries = store.journal(row.case, row.seq - 1, 1).await.expect("readable");
        assert!(row.vouches_for(&entries[0]), "{row:?}");
        assert_eq!((row.at, &row.kind, &row.by), (entries[0].at, &entries[0].kind, &entries[0].by));
    }
}

pub(super) async fn erasing_leaves_the_chain_whole(store: &dyn Store) {
    let one = Some(case_id(1));
    write(store, (1..=4).map(|n| entry(one, n)).collect()).await;
    let (chain, head) = (store.audit(0, 9).await, store.audit_head().await);
    let erase = Commit { erase: vec![2, 3, 99, 0], ..Commit::default() };
    store.commit(erase).await.expect("no condition");

    let entries = store.journal(one, 0, 9).await.expect("readable");
    let erased =
        |seq, n| JournalEntry { seq, salt: ERASED_SALT, data: Vec::new(), ..entry(one, n) };
    assert_eq!(entries[0], JournalEntry { seq: 1, ..entry(one, 1) });
    assert_eq!(entries[1..3], [erased(2, 2), erased(3, 3)]);
    assert_eq!(entries[3], JournalEntry { seq: 4, ..entry(one, 4) });
    assert_eq!(store.audit(0, 9).await, chain);
    assert_eq!(store.audit_head().await, head);
    assert!(audit::verify(store).await.is_ok_and(|verdict| verdict.is_ok()));
}

pub(super) async fn instants_are_kept_to_the_microsecond(store: &dyn Store) {
    let fine = |at: Timestamp| at + jiff::SignedDuration::from_nanos(123_456_789);
    let precise = fine(at(1));
    assert_ne!(kept(precise), precise);
    let row =
        CaseRow { opened_at: precise, deadline_at: Some(precise), changed_at: precise, ..case(1) };
    let commit = Commit {
        case: Some(row.clone()),
        journal: vec![JournalEntry { at: precise, ..entry(None, 1) }],
        timers: vec![TimerOp::Set(crate::store::TimerRow { due: precise, ..timer(1, "t", 0) })],
        outbox: vec![OutboxRow { due: precise, expires_at: precise, ..outbox(1, "chat", 0) }],
        ..Commit::default()
    };
    store.commit(commit.clone()).await.expect("no condition");
    let rounded = commit.kept();
    assert_eq!(store.case(row.id).await, Ok(rounded.case));
    let entries = store.journal(None, 0, 1).await.expect("readable");
    assert_eq!(entries[0].at, kept(precise));
    assert!(audit::verify(store).await.is_ok_and(|verdict| verdict.is_ok()));
    assert_eq!(store.next_timer_at().await, Ok(Some(kept(precise))));
    let claimed = store.claim_outbox("chat", precise, fine(at(9)), 1).await.expect("claimable");
    assert_eq!(claimed[0].work, rounded.outbox[0]);
    assert_eq!(store.next_outbox_at("chat").await, Ok(Some(kept(fine(at(9))))));
    let timers = store.claim_timers(precise, at(9), 1).await.expect("claimable");
    assert_eq!(timers[0].work.due, kept(precise));
}

pub(super) async fn hostile_text_and_bytes_come_back_as_they_went_in(store: &dyn Store) {
    let texts = ["", "'; DROP TABLE cases; --", "a\u{202e}b", "\u{feff}né\u{301}\n\t", "%_\\%"];
    for (n, text) in texts.into_iter().enumerate() {
        let n = n as u128 + 1;
        let row = CaseRow {
            title: text.to_owned(),
            rule: text.to_owned(),
            source: text.to_owned(),
            group_key: format!("{n}{text}"),
            snapshot: (0..=255).cycle().take(10_000).collect(),
            ..case(n)
        };
        let put = RecordOp::Put(crate::store::Record { ..record(text, text.as_bytes(), None) });
        let commit = Commit { case: Some(row.clone()), records: vec![put], ..Commit::default() };
        store.commit(commit).await.expect("no condition");
        assert_eq!(store.case(row.id).await, Ok(Some(row.clone())));
        assert_eq!(store.open_case(&row.group_key).await, Ok(Some(row.id)));
        let found = store.record(Space::Challenge, text, at(0)).await.expect("readable");
        assert_eq!(found.map(|found| found.key).as_deref(), Some(text));
        set_records(store, [super::sample::take(text, 0)]).await.expect("it is there");
    }
    assert_eq!(store.desk(person(1)).await, Ok(None));
}

pub(super) async fn the_chain_is_read_in_pages(store: &dyn Store) {
    // More rows than one page of a verification.
    for _ in 0..11 {
        write(store, (0..=u8::MAX).take(100).map(|n| entry(None, n)).collect()).await;
    }
    let page = store.audit(1_000, 50).await.expect("readable");
    assert_eq!((page.len(), page[0].seq), (50, 1_001));
    let head = store.audit_head().await.expect("readable");
    assert_eq!(head.0, 1_100);
    assert_eq!(audit::verify(store).await, Ok(Ok(head)));
}
