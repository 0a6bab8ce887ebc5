//! Exceptions: made by analysts, kept in the store, in force at once.

use casework::{
    input::Actor,
    policy::exception::{EXCEPTIONS_MAX, Exception, Exceptions},
};
use model::Timestamp;
use ports::store::{Commit, Record, RecordOp, Space, StoreError};

use crate::{
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// How many are read at once.
const PAGE: u32 = 500;

impl Engine {
    /// Reads the exceptions that are in force. Told after every change, and when the server starts.
    pub async fn load_exceptions(&self) -> Result<(), EngineError> {
        let all = self.stored_exceptions().await?;
        let (exceptions, broken) = Exceptions::of(all);
        for (exception, why) in broken {
            tracing::error!(exception = exception.id, %why, "an exception hides nothing");
        }
        self.parts.exceptions.store(std::sync::Arc::new(exceptions));
        Ok(())
    }

    /// All exceptions in force, oldest first.
    pub async fn exceptions(&self) -> Result<Vec<Exception>, EngineError> {
        let mut all = self.stored_exceptions().await?;
        all.sort_by_key(|exception| exception.created_at);
        Ok(all)
    }

    /// Takes an exception; it is in force when this returns.
    pub async fn add_exception(&self, exception: Exception) -> Result<(), EngineError> {
        let now = self.now();
        exception.check(now).map_err(|error| EngineError::Invalid(error.to_string()))?;
        if self.stored_exceptions().await?.len() >= EXCEPTIONS_MAX {
            return Err(EngineError::Invalid(format!("at most {EXCEPTIONS_MAX} exceptions")));
        }
        let record = Record {
            space: Space::Exception,
            key: exception.id.clone(),
            owner: None,
            value: write(&exception),
            expires_at: Some(exception.expires_at),
        };
        let text = format!("made the exception {}", exception.id);
        let journal = vec![self.entry("exception.made", exception.owner.to_string(), text)];
        let records = vec![RecordOp::Insert { record, now }];
        let commit = Commit { records, journal, ..Commit::default() };
        match self.parts.store.commit(commit).await {
            Ok(()) => self.load_exceptions().await,
            Err(StoreError::Conflict) => {
                Err(EngineError::Invalid("there is an exception of this id".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Ends an exception.
    pub async fn end_exception(&self, id: &str, by: &Actor) -> Result<(), EngineError> {
        let taken = RecordOp::Take { space: Space::Exception, key: id.to_owned(), now: self.now() };
        let journal = vec![self.entry(
            "exception.ended",
            by.to_string(),
            format!("ended the exception {id}"),
        )];
        let commit = Commit { records: vec![taken], journal, ..Commit::default() };
        self.parts.store.commit(commit).await?;
        self.load_exceptions().await
    }

    async fn stored_exceptions(&self) -> Result<Vec<Exception>, EngineError> {
        let now: Timestamp = self.now();
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.parts.store.records(Space::Exception, None, &after, now, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            if let Some(last) = page.last() {
                after.clone_from(&last.key);
            }
            for record in &page {
                all.push(read(&record.value)?);
            }
            if is_last {
                return Ok(all);
            }
        }
    }
}
