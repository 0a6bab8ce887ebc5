//! The fake: keeps incidents by their key, and fails as it is told.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;

use super::{Page, PageKind, Pager};
use crate::Failure;

/// A pager in memory.
#[derive(Default)]
pub struct FakePager {
    pages: Mutex<Vec<Page>>,
    failures: Mutex<VecDeque<Failure>>,
}

impl FakePager {
    /// A pager that takes everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next page fails so; several wait in line.
    pub fn fail_next(&self, failure: Failure) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push_back(failure);
    }

    /// Every page taken, oldest first.
    #[must_use]
    pub fn pages(&self) -> Vec<Page> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the incident of a key is open.
    #[must_use]
    pub fn is_open(&self, dedup: &str) -> bool {
        let pages = self.pages();
        let last = pages.iter().rev().find(|page| page.dedup == dedup);
        last.is_some_and(|page| page.kind != PageKind::Resolve)
    }
}

#[async_trait]
impl Pager for FakePager {
    async fn page(&self, page: &Page) -> Result<(), Failure> {
        let failure = self.failures.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        if let Some(failure) = failure {
            return Err(failure);
        }
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).push(page.clone());
        Ok(())
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("the fake".to_owned())
    }
}
