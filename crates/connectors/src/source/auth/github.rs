//! GitHub's `X-Hub-Signature-256: sha256=<hex HMAC-SHA256(secret, raw body)>`.
//!
//! The signature holds no time, so that a replay is caught by `X-GitHub-Delivery` for a day, and
//! beyond it by the alert's own id.

use http::HeaderMap;
use model::{Span, Timestamp};
use ports::source::{AuthFailure, ReplayKey, Secrets, SourceAuth};

use super::{MESSAGE_ID_BYTES, SecretsError, is_signed, only, sha256_signature, usable};

/// How long a delivery's id is remembered.
pub(super) const DELIVERY_MEMORY: Span = Span::hours(24);

/// A source that signs as GitHub does.
#[derive(Debug, Clone)]
pub struct GitHub {
    secrets: Secrets,
}

impl GitHub {
    /// Takes signatures by any of these secrets.
    ///
    /// # Errors
    /// There is no secret, or one is empty.
    pub fn new(secrets: Secrets) -> Result<Self, SecretsError> {
        Ok(Self { secrets: usable(secrets)? })
    }
}

impl SourceAuth for GitHub {
    fn check(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        let signature = sha256_signature(only(headers, "x-hub-signature-256")?)?;
        let delivery = only(headers, "x-github-delivery")?;
        if delivery.len() > MESSAGE_ID_BYTES {
            return Err(AuthFailure::Malformed);
        }
        if !is_signed(&self.secrets, &[body], &signature) {
            return Err(AuthFailure::Wrong);
        }
        let until = DELIVERY_MEMORY.after(now);
        Ok(Some(ReplayKey { key: delivery.to_owned(), until }))
    }
}
