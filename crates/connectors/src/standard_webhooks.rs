//! Signatures of webhooks after the Standard Webhooks convention, both ways. Pure.
//!
//! What is signed is `id.timestamp.body` with HMAC-SHA256; the key is the decoded part of a
//! `whsec_…` secret. Checking how old a timestamp is, and whether an id was seen before, belongs to
//! the receiver.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::secret::SecretError;

/// The header with the message's id, the same over retries.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the time of this try, in seconds.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with the signatures, separated by spaces.
pub const SIGNATURE_HEADER: &str = "webhook-signature";
/// How far a receiver lets a timestamp be off, in seconds.
pub const TOLERANCE_SECONDS: u64 = 300;
/// How many signatures of one message are looked at.
pub const SIGNATURES_MAX: usize = 16;

/// Before the base64 text of a secret.
const SECRET_PREFIX: &str = "whsec_";
/// Before the base64 text of a signature.
const SIGNATURE_PREFIX: &str = "v1,";

/// The signature of one try: `v1,` and base64.
#[must_use]
pub fn sign(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    let mac = mac(key, id, &timestamp.to_string(), body).finalize();
    format!("{SIGNATURE_PREFIX}{}", STANDARD.encode(mac.into_bytes()))
}

/// Whether any of the signatures in a header was made with any of the keys. The timestamp is the
/// header's own text, since that is what was signed. Takes the same time wherever a signature
/// differs. No key means no.
#[must_use]
pub fn verify<K: AsRef<[u8]>>(
    keys: &[K],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
) -> bool {
    let macs: Vec<_> = keys
        .iter()
        .map(AsRef::as_ref)
        .filter(|key| !key.is_empty())
        .map(|key| mac(key, id, timestamp, body))
        .collect();
    signatures
        .split(' ')
        .filter_map(|each| each.strip_prefix(SIGNATURE_PREFIX))
        .filter_map(|each| STANDARD.decode(each).ok())
        .take(SIGNATURES_MAX)
        .any(|given| macs.iter().any(|mac| mac.clone().verify_slice(&given).is_ok()))
}

/// The key of a secret: the decoded part after `whsec_`, or the bytes of any other text.
pub fn decode_secret(secret: &str) -> Result<Vec<u8>, SecretError> {
    let key = match secret.strip_prefix(SECRET_PREFIX) {
        None => secret.as_bytes().to_vec(),
        Some(encoded) => STANDARD
            .decode(encoded)
            .map_err(|_| SecretError::Malformed("after whsec_ there must be base64"))?,
    };
    if key.is_empty() { Err(SecretError::Malformed("the secret is empty")) } else { Ok(key) }
}

fn mac(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_Y291bnRlcnNpZ24tZXhhbXBsZS13ZWJob29rLWtleSE=";
    const BODY: &[u8] = br#"{"type":"ask.closed","ask_id":"ask_01"}"#;
    const SIGNATURE: &str = "v1,beBqNCmjc/dZYZTo/3oL07Gl65RrAbT8kBIhP4Qk6go=";

    #[test]
    fn the_worked_example_signs_and_verifies() {
        let key = decode_secret(SECRET).expect("a secret");
        assert_eq!(sign(&key, "msg_01", 1_795_000_000, BODY), SIGNATURE);
        assert!(verify(&[&key], "msg_01", "1795000000", SIGNATURE, BODY));
    }

    #[test]
    fn any_change_to_what_was_signed_is_refused() {
        let key = decode_secret(SECRET).expect("a secret");
        let old = b"another".to_vec();
        let two = format!("v1,AAAA v2,zzz {SIGNATURE}");
        assert!(verify(&[&old, &key], "msg_01", "1795000000", &two, BODY), "rotation");
        let wrong = |id, timestamp, signatures: &str, body: &[u8]| {
            assert!(!verify(&[&key], id, timestamp, signatures, body), "{id} {timestamp}");
        };
        wrong("msg_02", "1795000000", SIGNATURE, BODY);
        wrong("msg_01", "1795000001", SIGNATURE, BODY);
        wrong("msg_01", "01795000000", SIGNATURE, BODY);
        wrong("msg_01", "1795000000", SIGNATURE, b"{}");
        wrong("msg_01", "1795000000", "", BODY);
        wrong("msg_01", "1795000000", "v1,", BODY);
        wrong("msg_01", "1795000000", &SIGNATURE.replace("v1,", "v1a,"), BODY);
        wrong("msg_01", "1795000000", &SIGNATURE[..20], BODY);
        assert!(!verify(&[&old], "msg_01", "1795000000", SIGNATURE, BODY), "wrong key");
        assert!(!verify::<&[u8]>(&[], "msg_01", "1795000000", SIGNATURE, BODY), "no key");
        let empty = sign(b"", "msg_01", 1_795_000_000, BODY);
        assert!(!verify(&[b""], "msg_01", "1795000000", &empty, BODY), "empty key");
    }

    #[test]
    fn a_secret_is_base64_after_its_prefix_or_plain_text_and_never_empty() {
        assert_eq!(decode_secret("plain").expect("plain"), b"plain");
        assert_eq!(decode_secret("whsec_aGk=").expect("base64"), b"hi");
        for bad in ["", "whsec_", "whsec_***"] {
            assert!(decode_secret(bad).is_err(), "{bad}");
        }
    }
}
