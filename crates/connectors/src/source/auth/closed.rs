//! Nobody may send.

use http::HeaderMap;
use model::Timestamp;
use ports::source::{AuthFailure, ReplayKey, SourceAuth};

/// A source that is only pulled: whatever is sent in its name is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct Closed;

impl SourceAuth for Closed {
    fn check(
        &self,
        _headers: &HeaderMap,
        _body: &[u8],
        _now: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        Err(AuthFailure::Missing)
    }
}
