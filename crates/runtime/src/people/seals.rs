//! Random tokens, their hashes, and values that only this server can make.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ports::Entropy;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// How many random bytes a token has.
const TOKEN_BYTES: usize = 32;
/// How long a token is as text; longer ones are not hashed at all.
const TOKEN_CHARS: usize = 43;

/// A new token of 256 random bits, safe in an address and in a cookie.
pub(super) fn new_token(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; TOKEN_BYTES];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a token: it finds the record and cannot be used. `None` for what is no token.
pub(super) fn hashed(token: &str) -> Option<String> {
    let is_token = token.len() == TOKEN_CHARS && token.is_ascii();
    is_token.then(|| HEXLOWER.encode(&Sha256::digest(token.as_bytes())))
}

/// A token, wrapped for handing out.
pub(super) fn secret(token: String) -> SecretString {
    SecretString::from(token)
}

/// A value that only the holder of the key can make. `purpose` keeps one use's values from
/// serving another; parts are taken with their lengths.
pub(crate) fn keyed(key: &[u8; 32], purpose: &str, parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(keyed_bytes(key, purpose, parts))
}

/// The same, as bytes.
pub(super) fn keyed_bytes(key: &[u8; 32], purpose: &str, parts: &[&str]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in std::iter::once(&purpose).chain(parts) {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

/// Whether two secrets are the same, without telling how far they agree.
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}
