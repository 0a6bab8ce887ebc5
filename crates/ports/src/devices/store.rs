//! Where records, devices, decisions and exemptions are kept.
//!
//! A device is kept as one [`Dossier`]: the records it is derived from, what is remembered of it,
//! and the few words by which lists choose. Records, tracks, decisions, exemptions, history and
//! the numbers of a day are opaque bytes here: only the core reads them. A dossier is written whole,
//! because whoever changes a record has merged it anew and holds everything it hangs together with.
//!
//! One number keeps writers apart: the *revision*, which rises with every change that another
//! could have counted on. A commit names the one it read, and is refused when there is a newer.
//!
//! How a person's page finds its devices: whoever evaluates resolves a device's owner to a
//! [`PersonId`] where the directory knows one, and keeps the address beside it. The page asks by
//! both ([`Owner`]), so that a device whose owner joins the directory later is found all the same.
//!
//! Timestamps are kept to the millisecond. [`memory::MemoryDeviceStore`] is the fake.

pub mod memory;
mod rows;

use async_trait::async_trait;
use model::{DeviceId, Timestamp};

use crate::store::{Day, StoreError};
pub use rows::{
    Census, DayRow, DecisionRow, DeviceCommit, DeviceQuery, DeviceWrite, Dossier, ExemptionRow,
    FindKey, HistoryRow, Inventory, Owned, Owner, PersonDevices, SignalOp, SignalRow, StoredRecord,
    kept_ms,
};

/// The most devices of one person that a page shows.
pub const DEVICES_OF_ONE_MAX: usize = 200;

/// The store of devices. Every call may wait for the disk; none blocks the caller's thread.
#[async_trait]
pub trait DeviceStore: Send + Sync + 'static {
    /// Carries out one transaction; durable when it returns. Gives the revision after it.
    async fn commit(&self, commit: DeviceCommit) -> Result<u64, StoreError>;
    /// The revision now: to be read before everything that a commit is based on.
    async fn revision(&self) -> Result<u64, StoreError>;

    /// The devices that have any of these keys, in the order of their ids, without their
    /// software: at most `per_key` of each. A device that only seems to have one may be among
    /// them: whoever asks looks.
    async fn having(&self, keys: &[FindKey], per_key: u32) -> Result<Vec<Dossier>, StoreError>;
    /// A device by its id, or by one that it had, with its software.
    async fn device(&self, id: DeviceId) -> Result<Option<Dossier>, StoreError>;
    /// Devices in the order of their ids, without their software.
    async fn list(&self, query: &DeviceQuery) -> Result<Vec<Dossier>, StoreError>;
    /// Everything that a person's page shows, of one instant: their devices with their software,
    /// [`DEVICES_OF_ONE_MAX`] of them, the exemptions of these, and how the sources stand.
    async fn person(&self, owner: &Owner) -> Result<PersonDevices, StoreError>;
    /// The fleet in numbers.
    async fn census(&self) -> Result<Census, StoreError>;

    /// Devices of which a source's record was last fetched before an instant, as precisely as
    /// stores keep it ([`kept_ms`]), and is not gone.
    async fn unseen(
        &self,
        source: &str,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeviceId>, StoreError>;
    /// Devices that are to be evaluated again by an instant, the earliest first.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<DeviceId>, StoreError>;
    /// When the next one is.
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The history of a device under any of its ids, newest first, below `before`.
    async fn history(
        &self,
        ids: &[DeviceId],
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, StoreError>;
    /// The history of all devices since an instant, oldest first, after `after`.
    async fn histories(
        &self,
        since: Timestamp,
        after: u64,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, StoreError>;

    /// How the fleet stood, from this day on, the oldest first. A day that nobody wrote is missing.
    async fn days(&self, from: Day) -> Result<Vec<DayRow>, StoreError>;

    /// Everything that people decided about records.
    async fn decisions(&self) -> Result<Vec<DecisionRow>, StoreError>;
    /// Exemptions of these devices, or of all; only the open ones where that is asked.
    async fn exemptions(
        &self,
        devices: Option<&[DeviceId]>,
        only_open: bool,
    ) -> Result<Vec<ExemptionRow>, StoreError>;
    /// How every source stands, by name.
    async fn sources(&self) -> Result<Vec<crate::devices::SourceHealth>, StoreError>;

    /// What waits for a relying party, in the order in which it came. An earlier one that is not
    /// due keeps the later ones waiting.
    async fn signals(
        &self,
        receiver: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SignalRow>, StoreError>;
    /// What waits for any relying party, also for one that is not configured any more, after the
    /// number `after`, in the order in which it came.
    async fn waiting(&self, after: u64, limit: u32) -> Result<Vec<SignalRow>, StoreError>;
    /// When the first signal for a relying party is due.
    async fn next_signal_at(&self, receiver: &str) -> Result<Option<Timestamp>, StoreError>;
}
