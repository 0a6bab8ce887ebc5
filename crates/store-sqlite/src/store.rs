//! The port, joined to the threads.

use async_trait::async_trait;
use model::{CaseId, PersonId, StateName, Timestamp};
use ports::{
    audit::AuditRow,
    store::{
        CaseQuery, CaseRow, Claimed, Commit, DeskRow, Found, JournalEntry, OutboxRow, Record,
        Space, Store, StoreError, Tallied, TallyQuery, TimerRow, Wanted, kept,
    },
};

use crate::{
    SqliteStore, files, queries,
    writer::{Writer, claim, commit, sweep},
};

impl SqliteStore {
    fn writer(&self) -> Result<&Writer, StoreError> {
        let looking = || StoreError::Unavailable("the store was opened to look only".to_owned());
        self.writer.as_ref().ok_or_else(looking)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let commit = commit.kept();
        self.writer()?.write(move |ledger| commit::carry_out(ledger, &commit)).await
    }

    async fn case(&self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        self.readers.read(move |connection| queries::cases::case(connection, id)).await
    }

    async fn open_case(&self, group_key: &str) -> Result<Option<CaseId>, StoreError> {
        let group_key = group_key.to_owned();
        self.readers.read(move |connection| queries::open_case(connection, &group_key)).await
    }

    async fn cases(&self, query: &CaseQuery) -> Result<Vec<CaseRow>, StoreError> {
        let query = query.clone();
        self.readers.read(move |connection| queries::cases::list(connection, &query)).await
    }

    async fn count_cases(&self) -> Result<Vec<(StateName, u64)>, StoreError> {
        self.readers.read(queries::cases::count).await
    }

    async fn journal(
        &self,
        case: Option<CaseId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let query = move |connection: &_| queries::chain::journal(connection, case, after, limit);
        self.readers.read(query).await
    }

    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError> {
        self.readers.read(move |connection| queries::chain::entries(connection, after, limit)).await
    }

    async fn desk(&self, person: PersonId) -> Result<Option<DeskRow>, StoreError> {
        self.readers.read(move |connection| queries::desk(connection, person)).await
    }

    async fn look_up(&self, wanted: Wanted, now: Timestamp) -> Result<Found, StoreError> {
        let query = move |connection: &_| queries::look_up(connection, &wanted);
        let mut found = self.readers.read(query).await?;
        let is_live = |record: &Record| record.is_live(kept(now));
        for each in &mut found.records {
            *each = each.take().filter(is_live);
        }
        Ok(found)
    }

    async fn claim_outbox(
        &self,
        destination: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<OutboxRow>>, StoreError> {
        let lane = destination.to_owned();
        self.writer()?
            .write(move |ledger| claim::outbox(ledger, &lane, now, lease_until, limit))
            .await
    }

    async fn claim_timers(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<TimerRow>>, StoreError> {
        self.writer()?.write(move |ledger| claim::timers(ledger, now, lease_until, limit)).await
    }

    async fn next_timer_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers.read(queries::next_timer_at).await
    }

    async fn next_outbox_at(&self, destination: &str) -> Result<Option<Timestamp>, StoreError> {
        let lane = destination.to_owned();
        self.readers.read(move |connection| queries::next_outbox_at(connection, &lane)).await
    }

    async fn outbox_depth(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.readers.read(queries::outbox_depth).await
    }

    async fn record(
        &self,
        space: Space,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Record>, StoreError> {
        let key = key.to_owned();
        let query = move |connection: &_| queries::record(connection, space, &key);
        let found = self.readers.read(query).await?;
        Ok(found.filter(|record| record.is_live(kept(now))))
    }

    async fn records(
        &self,
        space: Space,
        owner: Option<PersonId>,
        after: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let after = after.to_owned();
        let query =
            move |connection: &_| queries::records(connection, space, owner, &after, now, limit);
        self.readers.read(query).await
    }

    async fn audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.readers.read(move |connection| queries::chain::audit(connection, after, limit)).await
    }

    async fn audit_head(&self) -> Result<(u64, [u8; 32]), StoreError> {
        self.readers.read(queries::audit_head).await
    }

    async fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        let folder = self.folder.clone();
        // On a reader's thread: a volume may take its time to answer.
        self.readers.read(move |_| Ok(files::free_bytes(&folder).ok())).await
    }

    async fn tallies(&self, query: &TallyQuery) -> Result<Vec<Tallied>, StoreError> {
        let query = query.clone();
        self.readers.read(move |connection| queries::tallies::read(connection, &query)).await
    }

    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writer()?.write(move |ledger| sweep::expired(ledger, now, limit)).await
    }
}
