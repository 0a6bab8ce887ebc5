//! The fake: keeps what was written, and fails as it is told.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;

use super::{Outcome, WriteBack};
use crate::Failure;

/// Outcomes in memory.
#[derive(Debug, Default)]
pub struct FakeWriteBack {
    written: Mutex<Vec<Outcome>>,
    failures: Mutex<VecDeque<Failure>>,
}

impl FakeWriteBack {
    /// The next one fails so; several wait in line.
    pub fn fail_next(&self, failure: Failure) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push_back(failure);
    }

    /// Everything written, oldest first.
    #[must_use]
    pub fn written(&self) -> Vec<Outcome> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl WriteBack for FakeWriteBack {
    async fn write(&self, outcome: &Outcome) -> Result<(), Failure> {
        let failure = self.failures.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        if let Some(failure) = failure {
            return Err(failure);
        }
        self.written.lock().unwrap_or_else(PoisonError::into_inner).push(outcome.clone());
        Ok(())
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("the fake".to_owned())
    }
}
