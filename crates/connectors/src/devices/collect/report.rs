//! A report and its signature.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use http::HeaderMap;
use model::{Span, Timestamp};
use ports::source::{AuthFailure, ReplayKey};
use sha2::{Digest as _, Sha256};

use super::DeviceKey;

/// The header with the device's own id.
pub const DEVICE_HEADER: &str = "countersign-device";
/// The header with the time of the report, in seconds.
pub const TIMESTAMP_HEADER: &str = "countersign-timestamp";
/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "countersign-signature";

/// Before what is signed.
pub(super) const DOMAIN: &str = "countersign-collect-report-v1";
/// How far a device's clock may be off.
const TOLERANCE: Span = Span::seconds(300);
/// The longest id of a device, in bytes.
const ID_MAX_BYTES: usize = 64;

/// What a report's headers say.
#[derive(Debug)]
pub struct SignedReport {
    device: String,
    timestamp: i64,
    signature: Vec<u8>,
}

impl SignedReport {
    /// Reads the headers.
    pub fn of(headers: &HeaderMap) -> Result<Self, AuthFailure> {
        let one = |name: &str| {
            let mut values = headers.get_all(name).iter();
            let value = values.next().ok_or(AuthFailure::Missing)?;
            let text = value.to_str().map_err(|_| AuthFailure::Malformed)?;
            values.next().map_or(Ok(text), |_| Err(AuthFailure::Malformed))
        };
        let device = one(DEVICE_HEADER)?;
        let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if device.is_empty() || device.len() > ID_MAX_BYTES || !device.bytes().all(is_id) {
            return Err(AuthFailure::Malformed);
        }
        let timestamp = one(TIMESTAMP_HEADER)?.parse().map_err(|_| AuthFailure::Malformed)?;
        let signature = BASE64URL_NOPAD.decode(one(SIGNATURE_HEADER)?.as_bytes());
        let signature = signature.map_err(|_| AuthFailure::Malformed)?;
        Ok(Self { device: device.to_owned(), timestamp, signature })
    }

    /// Where its key is looked up.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Checks the signature over the raw body by the device's key, and says what must not be
    /// seen twice.
    pub fn verify(
        &self,
        body: &[u8],
        key: Option<&DeviceKey>,
        now: Timestamp,
    ) -> Result<ReplayKey, AuthFailure> {
        let at = Timestamp::from_second(self.timestamp).map_err(|_| AuthFailure::Malformed)?;
        if at < TOLERANCE.before(now) || at > TOLERANCE.after(now) {
            return Err(AuthFailure::Stale);
        }
        let digest = HEXLOWER.encode(&Sha256::digest(body));
        let signed = format!("{DOMAIN}\n{}\n{}\n{digest}", self.device, self.timestamp);
        let key = key.filter(|key| key.device() == self.device).ok_or(AuthFailure::Wrong)?;
        if !key.verifies(signed.as_bytes(), &self.signature) {
            return Err(AuthFailure::Wrong);
        }
        // By what was signed: the same text has more than one good signature.
        let key = format!("collect/{}", HEXLOWER.encode(&Sha256::digest(signed.as_bytes())));
        Ok(ReplayKey { key, until: TOLERANCE.after(at) })
    }
}
