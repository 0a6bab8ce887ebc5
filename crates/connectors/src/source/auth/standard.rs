//! Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature`.

use http::HeaderMap;
use model::Timestamp;
use ports::source::{AuthFailure, ReplayKey, Secrets, SourceAuth};
use secrecy::{ExposeSecret, zeroize::Zeroizing};

use super::{MESSAGE_ID_BYTES, SecretsError, only, timestamped::remembered_until, usable};
use crate::standard_webhooks::{
    ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, decode_secret, verify,
};

/// A source that signs as Standard Webhooks do.
#[derive(Clone)]
pub struct Standard {
    keys: Vec<Zeroizing<Vec<u8>>>,
}

impl std::fmt::Debug for Standard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Standard[secret]")
    }
}

impl Standard {
    /// Takes signatures by any of these secrets, `whsec_…` or plain.
    ///
    /// # Errors
    /// There is no secret, one is empty, or one is not base64 after `whsec_`.
    pub fn new(secrets: Secrets) -> Result<Self, SecretsError> {
        let secrets = usable(secrets)?;
        let keys = secrets.iter().map(|secret| decode_secret(secret.expose_secret()));
        let keys = keys.map(|key| key.map(Zeroizing::new)).collect::<Result<_, _>>();
        Ok(Self { keys: keys.map_err(|_| SecretsError::Malformed)? })
    }
}

impl SourceAuth for Standard {
    fn check(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        let signatures = only(headers, SIGNATURE_HEADER)?;
        let sent_at = only(headers, TIMESTAMP_HEADER)?;
        let id = only(headers, ID_HEADER)?;
        // A full stop separates the parts of what is signed, so that an id must not hold one.
        if id.len() > MESSAGE_ID_BYTES || id.contains('.') {
            return Err(AuthFailure::Malformed);
        }
        let until = remembered_until(sent_at, now)?;
        let keys: Vec<&[u8]> = self.keys.iter().map(|key| key.as_slice()).collect();
        if !verify(&keys, id, sent_at, signatures, body) {
            return Err(AuthFailure::Wrong);
        }
        Ok(Some(ReplayKey { key: id.to_owned(), until }))
    }
}
