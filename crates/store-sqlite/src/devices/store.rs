//! The port, joined to the threads.

use async_trait::async_trait;
use model::{DeviceId, Timestamp};
use ports::{
    devices::{
        SourceHealth,
        store::{
            Census, DayRow, DecisionRow, DeviceCommit, DeviceQuery, DeviceStore, Dossier,
            ExemptionRow, FindKey, HistoryRow, Owner, PersonDevices, SignalRow,
        },
    },
    store::{Day, StoreError},
};
use rusqlite::Connection;

use super::{SqliteDeviceStore, beside, commit, lists};
use crate::error::{Fault, store_error};

impl SqliteDeviceStore {
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let told = |fault| match fault {
            Fault::Refused(error) => error,
            Fault::Sqlite(error) => store_error(&error),
        };
        self.readers.read(move |db| Ok(query(db).map_err(told))).await?
    }
}

#[async_trait]
impl DeviceStore for SqliteDeviceStore {
    async fn commit(&self, commit: DeviceCommit) -> Result<u64, StoreError> {
        let looking = || StoreError::Unavailable("the store was opened to look only".to_owned());
        let writer = self.writer.as_ref().ok_or_else(looking)?;
        writer.write(move |db| commit::carry_out(db, commit)).await
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        self.read(|db| Ok(lists::revision(db)?)).await
    }

    async fn having(&self, keys: &[FindKey], per_key: u32) -> Result<Vec<Dossier>, StoreError> {
        let keys = keys.to_vec();
        self.read(move |db| lists::having(db, &keys, per_key)).await
    }

    async fn device(&self, id: DeviceId) -> Result<Option<Dossier>, StoreError> {
        self.read(move |db| lists::device(db, id)).await
    }

    async fn list(&self, query: &DeviceQuery) -> Result<Vec<Dossier>, StoreError> {
        let query = query.clone();
        self.read(move |db| lists::list(db, &query)).await
    }

    async fn person(&self, owner: &Owner) -> Result<PersonDevices, StoreError> {
        let owner = owner.clone();
        self.read(move |db| lists::person(db, &owner)).await
    }

    async fn census(&self) -> Result<Census, StoreError> {
        self.read(lists::census).await
    }

    async fn unseen(
        &self,
        source: &str,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeviceId>, StoreError> {
        let source = source.to_owned();
        self.read(move |db| lists::unseen(db, &source, before, limit)).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<DeviceId>, StoreError> {
        self.read(move |db| lists::due(db, now, limit)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(lists::next_due).await
    }

    async fn history(
        &self,
        ids: &[DeviceId],
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |db| beside::history(db, &ids, before, limit)).await
    }

    async fn histories(
        &self,
        since: Timestamp,
        after: u64,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, StoreError> {
        self.read(move |db| beside::histories(db, since, after, limit)).await
    }

    async fn days(&self, from: Day) -> Result<Vec<DayRow>, StoreError> {
        self.read(move |db| beside::days(db, from)).await
    }

    async fn decisions(&self) -> Result<Vec<DecisionRow>, StoreError> {
        self.read(beside::decisions).await
    }

    async fn exemptions(
        &self,
        devices: Option<&[DeviceId]>,
        only_open: bool,
    ) -> Result<Vec<ExemptionRow>, StoreError> {
        let devices = devices.map(<[DeviceId]>::to_vec);
        self.read(move |db| beside::exemptions(db, devices.as_deref(), only_open)).await
    }

    async fn sources(&self) -> Result<Vec<SourceHealth>, StoreError> {
        self.read(beside::sources).await
    }

    async fn signals(
        &self,
        receiver: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SignalRow>, StoreError> {
        let receiver = receiver.to_owned();
        self.read(move |db| beside::signals(db, &receiver, now, limit)).await
    }

    async fn waiting(&self, after: u64, limit: u32) -> Result<Vec<SignalRow>, StoreError> {
        self.read(move |db| beside::waiting(db, after, limit)).await
    }

    async fn next_signal_at(&self, receiver: &str) -> Result<Option<Timestamp>, StoreError> {
        let receiver = receiver.to_owned();
        self.read(move |db| beside::next_signal_at(db, &receiver)).await
    }
}
