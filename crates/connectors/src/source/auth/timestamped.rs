//! `X-Timestamp: <unix seconds>` and
//! `X-Signature-256: sha256=<hex HMAC-SHA256(secret, timestamp + "." + raw body)>`.

use http::HeaderMap;
use model::{Span, Timestamp};
use ports::source::{AuthFailure, ReplayKey, Secrets, SourceAuth};

use super::{SecretsError, WINDOW_SECONDS, is_signed, only, sha256_signature, usable};

/// A source that signs its body and the time.
#[derive(Debug, Clone)]
pub struct Timestamped {
    secrets: Secrets,
}

impl Timestamped {
    /// Takes signatures by any of these secrets.
    ///
    /// # Errors
    /// There is no secret, or one is empty.
    pub fn new(secrets: Secrets) -> Result<Self, SecretsError> {
        Ok(Self { secrets: usable(secrets)? })
    }
}

impl SourceAuth for Timestamped {
    fn check(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        let signature = only(headers, "x-signature-256")?;
        let sent_at = only(headers, "x-timestamp")?;
        let until = remembered_until(sent_at, now)?;
        let signature = sha256_signature(signature)?;
        if !is_signed(&self.secrets, &[sent_at.as_bytes(), b".", body], &signature) {
            return Err(AuthFailure::Wrong);
        }
        let signature = data_encoding::HEXLOWER.encode(&signature);
        Ok(Some(ReplayKey { key: format!("{sent_at}.{signature}"), until }))
    }
}

/// Until when a request of that time could come again: after it the time alone refuses it.
pub(super) fn remembered_until(sent_at: &str, now: Timestamp) -> Result<Timestamp, AuthFailure> {
    // Digits only: `parse` alone would also take a plus sign.
    let is_number = sent_at.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = is_number.then(|| sent_at.parse::<i64>().ok()).flatten();
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let at = at.ok_or(AuthFailure::Malformed)?;
    if (at.as_second() - now.as_second()).abs() > WINDOW_SECONDS {
        return Err(AuthFailure::Stale);
    }
    Ok(Span::seconds(WINDOW_SECONDS.unsigned_abs() + 1).after(at))
}
