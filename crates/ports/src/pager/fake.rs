//! The fake: keeps incidents by their key, and fails as it is told.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;

use model::Timestamp;

use super::{Page, PageKind, Pager, Signal, SignalKind};
use crate::{
    Failure,
    chat::{HttpCall, Refusal},
};

/// The header that makes a call authentic, with this value.
const SIGNED: (&str, &str) = ("x-fake-signature", "right");

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

    /// A call that tells what somebody did to an incident.
    #[must_use]
    pub fn call(kind: SignalKind, dedup: &str, at: Timestamp) -> HttpCall {
        let word = match kind {
            SignalKind::Acknowledged => "acknowledged",
            SignalKind::Unacknowledged => "unacknowledged",
            SignalKind::Resolved => "resolved",
            SignalKind::Reopened => "reopened",
        };
        let mut headers = http::HeaderMap::new();
        headers.insert(SIGNED.0, http::HeaderValue::from_static(SIGNED.1));
        let body = format!("{word} {dedup} {at}").into();
        HttpCall { kind: "signals".to_owned(), headers, body }
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

    fn signals(&self, call: &HttpCall, _now: Timestamp) -> Result<Vec<Signal>, Refusal> {
        if call.headers.get(SIGNED.0).is_none_or(|value| value != SIGNED.1) {
            return Err(Refusal::Forged("no signature"));
        }
        let unreadable = || Refusal::Malformed("three words");
        let text = std::str::from_utf8(&call.body).map_err(|_| unreadable())?;
        let [word, dedup, at] = text.split(' ').collect::<Vec<_>>()[..] else {
            return Err(unreadable());
        };
        let kind = match word {
            "acknowledged" => SignalKind::Acknowledged,
            "unacknowledged" => SignalKind::Unacknowledged,
            "resolved" => SignalKind::Resolved,
            "reopened" => SignalKind::Reopened,
            _ => return Err(unreadable()),
        };
        let at = at.parse().map_err(|_| unreadable())?;
        let (event, dedup) = (text.to_owned(), dedup.to_owned());
        Ok(vec![Signal { event, dedup, kind, at, by: Some("Ana".into()) }])
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("the fake".to_owned())
    }
}
