//! A request as it would be for somebody with a passkey, for an address that is nobody's: a form
//! that asks for an e-mail address must not tell who has one here.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};

/// How long the credential ids of common authenticators are, in bytes, and how these are reached.
/// A phone's or a password manager's, a computer's own, a security key's.
const KINDS: [(usize, &[&str]); 4] = [
    (16, &["internal", "hybrid"]),
    (20, &["internal", "hybrid"]),
    (32, &["internal"]),
    (48, &["nfc", "usb"]),
];
/// One in so many has a second passkey.
const SECOND_IN: u8 = 4;

/// Puts made-up credentials into a request that has none. The same seed makes the same ones.
pub(super) fn fill(mut options: Value, seed: &[u8; 32]) -> Value {
    let count = if seed[0].is_multiple_of(SECOND_IN) { 2 } else { 1 };
    let credentials: Vec<Value> = (0..count).map(|index| credential(seed, index)).collect();
    options["publicKey"]["allowCredentials"] = credentials.into();
    options
}

fn credential(seed: &[u8; 32], index: u8) -> Value {
    let block = |part: u8| Sha256::new().chain_update(seed).chain_update([index, part]).finalize();
    let bytes = [block(0), block(1)].concat();
    let (length, transports) = KINDS[usize::from(block(2)[0]) % KINDS.len()];
    json!({
        "type": "public-key",
        "id": BASE64URL.encode(&bytes[..length]),
        "transports": transports,
    })
}
