//! Records that could not be read: kept for an analyst to look at, and to be read again once the
//! source is configured better.

use bytes::Bytes;
use ports::store::{Commit, Record, RecordOp, Space};

use super::{Detection, Inner, TakeError};
use crate::{
    dead_letters::DeadLetter,
    engine::{Engine, EngineError},
};

/// How many of one request are kept; further ones are counted and told to the sender.
const KEPT_MAX: usize = 100;
/// The longest record that is kept whole, in bytes; of longer ones only the problem is.
const RECORD_BYTES_MAX: usize = 64 * 1024;

/// A record that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadRecord {
    /// Its id here.
    pub id: String,
    /// The source it came from.
    pub source: String,
    /// Its place in the request.
    pub index: u64,
    /// What is wrong with it.
    pub problem: String,
    /// When it came.
    pub at: String,
    /// As it was sent, where it was kept. Hostile.
    pub record: Option<Vec<u8>>,
}

/// What became of a record that was read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It was taken, and is no longer in the list.
    Taken,
    /// It is still refused; why.
    Refused(String),
}

/// Why a record was not read again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such record.
    #[error("there is no such record")]
    Missing,
    /// It was too long to be kept, or is no event.
    #[error("the record itself was not kept")]
    NotKept,
    /// It cannot be taken now.
    #[error(transparent)]
    Take(#[from] TakeError),
    /// The store does not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Inner {
    /// Keeps records that were refused.
    pub(super) async fn keep_dead(
        &self,
        source: &str,
        bad: &[(usize, Bytes, String)],
    ) -> Result<(), EngineError> {
        let now = self.engine.now();
        let letter = |(index, bytes, problem): &(usize, Bytes, String)| {
            let record = Some(&bytes[..]).filter(|bytes| bytes.len() <= RECORD_BYTES_MAX);
            DeadLetter::new(source, (*index, problem), record, now)
        };
        let letters = bad.iter().take(KEPT_MAX).map(letter).collect();
        self.engine.keep_dead_letters(source, letters).await
    }
}

impl Engine {
    /// Refused records after one, oldest first.
    pub async fn dead_records(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<DeadRecord>, EngineError> {
        let records = self.dead_letters(after, limit).await?;
        Ok(records.into_iter().filter_map(DeadRecord::of).collect())
    }
}

impl DeadRecord {
    fn of(record: Record) -> Option<Self> {
        let letter = DeadLetter::of(&record)?;
        let bytes = letter.record();
        Some(Self {
            id: record.key,
            source: letter.source,
            index: letter.index,
            problem: letter.problem,
            at: letter.at,
            record: bytes,
        })
    }
}

impl Detection {
    /// Reads a refused record again.
    pub async fn replay(&self, id: &str) -> Result<Replayed, ReplayError> {
        let (engine, store) = (&self.0.engine, &self.0.engine.parts.store);
        let record = store.record(Space::DeadLetter, id, engine.now()).await;
        let record = record.map_err(EngineError::from)?.ok_or(ReplayError::Missing)?;
        let dead = DeadRecord::of(record).ok_or(ReplayError::NotKept)?;
        let bytes = dead.record.ok_or(ReplayError::NotKept)?;
        let source = self.source(&dead.source)?;
        let received_at = ports::store::kept(engine.now());
        let bytes = Bytes::from(bytes);
        if let Err(problem) = self.0.read(&source, bytes.clone(), received_at) {
            return Ok(Replayed::Refused(problem));
        }
        self.take_records(&dead.source, vec![bytes]).await?;
        let delete = RecordOp::Delete { space: Space::DeadLetter, key: id.to_owned() };
        let commit = Commit { records: vec![delete], ..Commit::default() };
        store.commit(commit).await.map_err(EngineError::from)?;
        Ok(Replayed::Taken)
    }
}
