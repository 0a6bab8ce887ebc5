//! Public feeds that are looked at again now and then.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// A feed at one address.
#[async_trait]
pub trait Feed: Send + Sync + 'static {
    /// Fetches it, unless it is what it was when these validators came with it.
    async fn fetch(&self, known: &Validators) -> Result<Fetched, Failure>;
}

/// What a feed's server told it by (RFC 9110, section 8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// Its entity tag.
    pub etag: Option<String>,
    /// When it was last changed, in the server's own words.
    pub last_modified: Option<String>,
}

/// A look at a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It is what it was.
    Unchanged,
    /// It is as follows.
    Fresh {
        /// All of it.
        body: String,
        /// What to tell it by the next time.
        validators: Validators,
    },
}

/// The fake: a feed that answers as it was told, in turn; the last answer stays.
#[derive(Debug, Default)]
pub struct FakeFeed {
    answers: Mutex<VecDeque<Result<Fetched, Failure>>>,
    asked: Mutex<Vec<Validators>>,
}

impl FakeFeed {
    /// A feed of these answers.
    #[must_use]
    pub fn of(answers: impl IntoIterator<Item = Result<Fetched, Failure>>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() }
    }

    /// What it was asked with, each time.
    #[must_use]
    pub fn asked(&self) -> Vec<Validators> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Feed for FakeFeed {
    async fn fetch(&self, known: &Validators) -> Result<Fetched, Failure> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(known.clone());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let last = answers.len() <= 1;
        let answer = if last { answers.front().cloned() } else { answers.pop_front() };
        answer.unwrap_or_else(|| Err(Failure::retry("the fake has no answer")))
    }
}
