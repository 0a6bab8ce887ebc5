//! How a sender proves itself: a bearer token, a header of its own, or an HMAC over what it sends.
//!
//! Fail closed: a header that is there twice, an unreadable number, a signature of another length
//! are refusals, never guesses, and an authenticator without a secret cannot be made. Secrets are
//! compared in constant time, each of a list, without stopping at the first that fits.

mod bearer;
mod closed;
mod github;
mod header;
mod standard;
mod timestamped;

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use ports::source::{AuthFailure, Secrets};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

pub use bearer::Bearer;
pub use closed::Closed;
pub use github::GitHub;
pub use header::Header;
pub use standard::Standard;
pub use timestamped::Timestamped;

/// How far a signed request's time may be from ours, either way.
pub const WINDOW_SECONDS: i64 = crate::standard_webhooks::TOLERANCE_SECONDS as i64;
/// The longest header that is looked at, in bytes.
pub const HEADER_BYTES: usize = 4 * 1_024;
/// The longest id of a message that is remembered against replays, in bytes.
pub const MESSAGE_ID_BYTES: usize = 256;

/// Why an authenticator cannot be made of these secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// The list is empty.
    #[error("there is no secret")]
    None,
    /// A secret is empty or blank.
    #[error("a secret is empty")]
    Empty,
    /// A secret is not what the scheme wants.
    #[error("a secret is not `whsec_` and base64, as Standard Webhooks want it")]
    Malformed,
}

/// Digests of one length, so that not even a secret's length shows in the time that comparing
/// takes. The secrets themselves are not kept.
#[derive(Clone)]
struct Digests(Vec<[u8; 32]>);

impl Digests {
    fn of(secrets: Secrets) -> Result<Self, SecretsError> {
        let secrets = usable(secrets)?;
        Ok(Self(secrets.iter().map(|secret| digest(secret.expose_secret())).collect()))
    }

    /// Whether this is one of them. Each is compared, in constant time.
    fn has(&self, given: &str) -> bool {
        let given = digest(given);
        self.0.iter().fold(Choice::from(0), |found, known| found | known.ct_eq(&given)).into()
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The secrets, once it is sure that there is one and that none is empty.
fn usable(secrets: Secrets) -> Result<Secrets, SecretsError> {
    if secrets.is_empty() {
        return Err(SecretsError::None);
    }
    if secrets.iter().any(|secret| secret.expose_secret().trim().is_empty()) {
        return Err(SecretsError::Empty);
    }
    Ok(secrets)
}

/// The one header of that name, as text.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<&'h str, AuthFailure> {
    let mut all = headers.get_all(name).iter();
    let first = all.next().ok_or(AuthFailure::Missing)?;
    if all.next().is_some() || first.len() > HEADER_BYTES {
        return Err(AuthFailure::Malformed);
    }
    let text = first.to_str().map_err(|_| AuthFailure::Malformed)?;
    if text.is_empty() { Err(AuthFailure::Malformed) } else { Ok(text) }
}

/// The bytes of `sha256=<64 hexadecimal digits>`.
fn sha256_signature(header: &str) -> Result<[u8; 32], AuthFailure> {
    let digits = header.strip_prefix("sha256=").ok_or(AuthFailure::Malformed)?;
    let mut bytes = [0; 32];
    let decoder = data_encoding::HEXLOWER_PERMISSIVE;
    if digits.len() != 2 * bytes.len() {
        return Err(AuthFailure::Malformed);
    }
    decoder.decode_mut(digits.as_bytes(), &mut bytes).map_err(|_| AuthFailure::Malformed)?;
    Ok(bytes)
}

/// Whether one of the secrets made this HMAC-SHA256 of the parts. Every secret is tried.
fn is_signed(secrets: &Secrets, parts: &[&[u8]], signature: &[u8; 32]) -> bool {
    secrets.iter().fold(false, |found, secret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(part);
        }
        // The comparison inside is in constant time.
        found | mac.verify_slice(signature).is_ok()
    })
}

#[cfg(test)]
mod tests;
