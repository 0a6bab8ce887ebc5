//! Where detection keeps what it has learned: one value an entity, and a checkpoint that says up
//! to which batch of the log all of it is true.
//!
//! The log is the truth: after a loss of the newest values an older checkpoint with older values
//! is right again, as what came since is read anew. So this store need not wait for the disk, but
//! it must never mix the values of one save with the checkpoint of another. [`memory::MemoryStates`]
//! is the fake.

pub mod memory;

use async_trait::async_trait;

use crate::{event_log::Position, store::StoreError};

/// The name of an entity: a digest, the same on every start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey(pub u128);

/// A store of detection's states.
#[async_trait]
pub trait States: Send + Sync + 'static {
    /// The newest checkpoint.
    async fn checkpoint(&self) -> Result<Option<Checkpoint>, StoreError>;
    /// The values of these entities, in the same order; absent where there is none.
    async fn load(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;
    /// Writes values, and a checkpoint where there is one: all or nothing.
    async fn save(&self, save: StateSave) -> Result<(), StoreError>;
    /// How many entities there are, and the bytes of their values.
    async fn size(&self) -> Result<(u64, u64), StoreError>;
    /// Forgets everything: detection begins anew from the log.
    async fn clear(&self) -> Result<(), StoreError>;
}

/// What is written at once.
#[derive(Debug, Clone, Default)]
pub struct StateSave {
    /// Entities with their new values; `None` forgets one. Where one is named twice, the last
    /// value holds.
    pub values: Vec<(StateKey, Option<Vec<u8>>)>,
    /// The new checkpoint.
    pub checkpoint: Option<Checkpoint>,
}

/// How far detection has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The first batch that is not in the states yet.
    pub position: Position,
    /// Which rules made the states.
    pub rules: String,
    /// What belongs to no single entity, by name: windows of correlations, counters.
    pub parts: Vec<(String, Vec<u8>)>,
}
