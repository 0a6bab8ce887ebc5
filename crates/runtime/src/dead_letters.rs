//! Records that were refused: kept for a while where analysts see them, and the newest of each
//! source only, so that a source that sends rubbish fills no disk.

use std::collections::{BTreeMap, VecDeque};

use data_encoding::BASE64;
use model::{DeadLetterId, Span, Timestamp};
use ports::store::{Commit, Record, RecordOp, Space};
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, EngineError};

/// How long refused records are kept.
pub const DEAD_LETTER_LIFE: Span = Span::days(30);
/// How many of one source are kept: the newest that were refused.
pub const DEAD_LETTERS_MAX: usize = 1_000;
/// The longest problem that is kept with one, in characters.
const PROBLEM_CHARS_MAX: usize = 500;
/// How many are read at once; each may be large.
const PAGE: u32 = 100;
/// How many older ones are deleted at once: more than come in at once.
const DROPPED_MAX: usize = 2_000;

/// A refused record as it lies in the store.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeadLetter {
    pub(crate) source: String,
    /// Its place in the request.
    pub(crate) index: u64,
    pub(crate) problem: String,
    pub(crate) at: String,
    /// As it was sent, in Base64: it may be anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<String>,
}

impl DeadLetter {
    /// Of a record as it was sent, where that is to be kept.
    pub(crate) fn new(
        source: &str,
        (index, problem): (usize, &str),
        record: Option<&[u8]>,
        now: Timestamp,
    ) -> Self {
        Self {
            source: source.to_owned(),
            index: index as u64,
            problem: problem.chars().take(PROBLEM_CHARS_MAX).collect(),
            at: now.to_string(),
            record: record.map(|bytes| BASE64.encode(bytes)),
        }
    }

    /// As it was kept; `None` where nobody can read it.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        serde_json::from_slice(&record.value).ok()
    }

    /// The record as it was sent, where it was kept.
    pub(crate) fn record(&self) -> Option<Vec<u8>> {
        BASE64.decode(self.record.as_ref()?.as_bytes()).ok()
    }
}

/// The keys of what is kept by source, oldest first; some may be gone since. Read when the first
/// record is refused.
#[derive(Debug, Default)]
pub(crate) struct DeadLetters(tokio::sync::Mutex<Option<BySource>>);

type BySource = BTreeMap<String, VecDeque<String>>;

impl Engine {
    /// Keeps records of a source that were refused; the oldest give way.
    pub(crate) async fn keep_dead_letters(
        &self,
        source: &str,
        letters: Vec<DeadLetter>,
    ) -> Result<(), EngineError> {
        if letters.is_empty() {
            return Ok(());
        }
        let mut known = self.inner.dead_letters.0.lock().await;
        let mut by_source = match known.take() {
            Some(by_source) => by_source,
            None => self.known_dead_letters().await?,
        };
        let keys = by_source.entry(source.to_owned()).or_default();
        let now = self.now();
        let mut records = Vec::new();
        for letter in letters {
            let key = DeadLetterId::from_parts(now, self.parts.entropy.bits()).to_string();
            keys.push_back(key.clone());
            records.push(RecordOp::Put(Record {
                space: Space::DeadLetter,
                key,
                owner: None,
                value: serde_json::to_vec(&letter).expect("texts can be written"),
                expires_at: Some(DEAD_LETTER_LIFE.after(now)),
            }));
        }
        let surplus = keys.len().saturating_sub(DEAD_LETTERS_MAX).min(DROPPED_MAX);
        let dropped = keys.drain(..surplus);
        records.extend(dropped.map(|key| RecordOp::Delete { space: Space::DeadLetter, key }));
        // After a failure nobody knows what is there: it is read again.
        self.parts.store.commit(Commit { records, ..Commit::default() }).await?;
        *known = Some(by_source);
        Ok(())
    }

    async fn known_dead_letters(&self) -> Result<BySource, EngineError> {
        let mut by_source = BySource::new();
        let mut after = String::new();
        loop {
            let page = self.dead_letters(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(by_source) };
            after.clone_from(&last.key);
            for record in page {
                if let Some(letter) = DeadLetter::of(&record) {
                    by_source.entry(letter.source).or_default().push_back(record.key);
                }
            }
        }
    }
}
