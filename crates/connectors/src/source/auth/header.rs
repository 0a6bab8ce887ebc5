//! A header with a fixed value, for vendors that sign nothing and let one choose both.

use http::{HeaderMap, HeaderName};
use model::Timestamp;
use ports::source::{AuthFailure, ReplayKey, Secrets, SourceAuth};

use super::{Digests, SecretsError, only};

/// A source that sends a header. Only the values' digests are kept.
#[derive(Clone)]
pub struct Header {
    name: HeaderName,
    digests: Digests,
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Header[{}: secret]", self.name)
    }
}

impl Header {
    /// Takes any of these values, whole.
    ///
    /// # Errors
    /// There is no value, or one is empty.
    pub fn new(name: HeaderName, values: Secrets) -> Result<Self, SecretsError> {
        Ok(Self { name, digests: Digests::of(values)? })
    }
}

impl SourceAuth for Header {
    fn check(
        &self,
        headers: &HeaderMap,
        _body: &[u8],
        _now: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        let given = only(headers, self.name.as_str())?;
        if self.digests.has(given) { Ok(None) } else { Err(AuthFailure::Wrong) }
    }
}
