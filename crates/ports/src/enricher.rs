//! What else is known about what an alert is about.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use async_trait::async_trait;
use model::{Alert, Facts, Person, Span};

use crate::Failure;

/// A named step of enrichment. One instance a `[enrich.NAME]`; conditions read what it finds as
/// `enrich.NAME.field`.
#[async_trait]
pub trait Enricher: Send + Sync + 'static {
    /// The fields that it may give, so that a condition that names another is refused when it is
    /// read. `None` where they depend on the other side.
    fn fields(&self) -> Option<Vec<&str>>;

    /// Whether it answers from memory or our own store, without a network.
    fn is_local(&self) -> bool;

    /// What the answer depends on, for the cache: the same key, the same answer. `None` where the
    /// alert has nothing to look up, such as no address.
    fn key(&self, about: &About<'_>) -> Option<String>;

    /// Looks it up. `None` is an answer too: nothing is known.
    async fn enrich(&self, about: &About<'_>) -> Result<Option<Facts>, Failure>;

    /// How long an answer is good.
    fn life(&self) -> Span;

    /// Checks what can be checked without looking anything up, and says whom it asks.
    async fn check(&self) -> Result<String, Failure>;
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// The person it is about, where known.
    pub person: Option<&'a Person>,
}
