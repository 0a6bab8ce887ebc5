//! RFC 6238 itself, as pure functions.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

/// How long a code lasts, in seconds.
pub const STEP_SECONDS: u64 = 30;
/// How many digits a code has.
pub const DIGITS: usize = 6;
/// How many steps a phone's clock may differ, each way.
pub const SKEW_STEPS: u64 = 1;
/// New secrets have 160 bits.
pub const SECRET_BYTES: usize = 20;
/// Secrets below 128 bits are not used.
pub const SECRET_MIN_BYTES: usize = 16;

/// Left as they are in an address (RFC 3986, unreserved).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The step an instant lies in; before 1970 there is only the first.
#[must_use]
pub fn step_at(now: Timestamp) -> u64 {
    u64::try_from(now.as_second()).unwrap_or(0) / STEP_SECONDS
}

/// The code of a step.
#[must_use]
pub fn code(secret: &[u8], step: u64) -> String {
    let number = truncated(secret, step) % 10_u32.pow(DIGITS as u32);
    format!("{number:0width$}", width = DIGITS)
}

/// The greatest step near `now` and after `last_step` whose code this is. Takes as long for a
/// wrong code as for a right one.
#[must_use]
pub fn matching_step(secret: &[u8], typed: &str, now: Timestamp, last_step: u64) -> Option<u64> {
    if secret.len() < SECRET_MIN_BYTES {
        return None;
    }
    let typed = digits(typed)?;
    let middle = step_at(now);
    let mut found = Choice::from(0);
    let mut matched = 0;
    for step in middle.saturating_sub(SKEW_STEPS)..=middle + SKEW_STEPS {
        let is_right = code(secret, step).as_bytes().ct_eq(&typed);
        let counts = is_right & Choice::from(u8::from(step > last_step));
        matched = u64::conditional_select(&matched, &step, counts);
        found |= counts;
    }
    bool::from(found).then_some(matched)
}

/// The secret as people type it.
#[must_use]
pub fn base32(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

/// The address an authenticator app reads, usually as a QR code.
#[must_use]
pub fn otpauth(issuer: &str, account: &str, secret: &[u8]) -> String {
    let issuer = utf8_percent_encode(issuer, UNRESERVED);
    let account = utf8_percent_encode(account, UNRESERVED);
    format!(
        "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}\
         &algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
        base32(secret)
    )
}

/// What was typed, without the spaces that apps show between groups.
fn digits(typed: &str) -> Option<[u8; DIGITS]> {
    let mut bytes = typed.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let mut digits = [0; DIGITS];
    for digit in &mut digits {
        *digit = bytes.next().filter(u8::is_ascii_digit)?;
    }
    bytes.next().is_none().then_some(digits)
}

/// HOTP's dynamic truncation (RFC 4226, section 5.3).
fn truncated(secret: &[u8], step: u64) -> u32 {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[hash.len() - 1] & 0x0f);
    let word = [hash[offset], hash[offset + 1], hash[offset + 2], hash[offset + 3]];
    u32::from_be_bytes(word) & 0x7fff_ffff
}
