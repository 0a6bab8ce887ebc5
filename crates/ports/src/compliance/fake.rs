//! The fake: keeps what it was told, and fails as it is told to.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;

use super::{ComplianceSignal, Delivery, RelyingParty};
use crate::Failure;

/// A relying party in memory, which is told.
#[derive(Debug, Default)]
pub struct FakeRelyingParty {
    told: Mutex<Vec<ComplianceSignal>>,
    failures: Mutex<VecDeque<Failure>>,
}

impl FakeRelyingParty {
    /// One that takes everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next signal fails so; several wait in line.
    pub fn fail_next(&self, failure: Failure) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push_back(failure);
    }

    /// Every signal taken, oldest first.
    #[must_use]
    pub fn told(&self) -> Vec<ComplianceSignal> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl RelyingParty for FakeRelyingParty {
    fn delivery(&self) -> Delivery {
        Delivery::Push
    }

    async fn tell(&self, signal: &ComplianceSignal) -> Result<(), Failure> {
        let failure = self.failures.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        if let Some(failure) = failure {
            return Err(failure);
        }
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(signal.clone());
        Ok(())
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("the fake".to_owned())
    }
}
