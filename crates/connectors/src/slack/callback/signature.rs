//! Whether a call was signed by Slack, with our secret, just now.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use model::Timestamp;
use ports::chat::HttpCall;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// How far a timestamp may be off, in seconds.
pub(crate) const TOLERANCE_SECONDS: u64 = 300;
/// The longest timestamp that is looked at, in digits: more than any time has.
const TIMESTAMP_MAX: usize = 18;

const TIMESTAMP: &str = "x-slack-request-timestamp";
const SIGNATURE: &str = "x-slack-signature";

/// Says why a call is not authentic. Without a secret none is.
pub(super) fn check(
    secrets: &[SecretString],
    call: &HttpCall,
    now: Timestamp,
) -> Result<(), &'static str> {
    let timestamp = only(&call.headers, TIMESTAMP).ok_or("not exactly one timestamp")?;
    let is_number = (1..=TIMESTAMP_MAX).contains(&timestamp.len())
        && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let signed_at: i64 =
        timestamp.parse().ok().filter(|_| is_number).ok_or("the timestamp is not a number")?;
    if now.as_second().abs_diff(signed_at) > TOLERANCE_SECONDS {
        return Err("the timestamp is more than 300 seconds off");
    }
    let signature = only(&call.headers, SIGNATURE).ok_or("not exactly one signature")?;
    let signature = signature.strip_prefix("v0=").ok_or("the signature is not of version 0")?;
    let signature =
        HEXLOWER.decode(signature.as_bytes()).map_err(|_| "the signature is not hexadecimal")?;
    let mut is_ours = false;
    for secret in secrets {
        is_ours |= is_signed(secret, timestamp, &call.body, &signature);
    }
    if is_ours { Ok(()) } else { Err("the signature is not ours") }
}

/// The header's value, where there is exactly one of it.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Compares in constant time.
fn is_signed(secret: &SecretString, timestamp: &str, body: &[u8], signature: &[u8]) -> bool {
    let secret = secret.expose_secret();
    if secret.is_empty() {
        return false;
    }
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    for part in [b"v0:".as_slice(), timestamp.as_bytes(), b":", body] {
        mac.update(part);
    }
    mac.verify_slice(signature).is_ok()
}
