//! The opaque values of buttons (R11). A token says which message and which answer it is, and
//! carries no authority: whether the one who pressed may answer is decided from our own records.
//!
//! Tokens are derived when a message is rendered, with a key that lies outside the database and
//! the name of this server, so that neither a stolen database nor another server makes one.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::{Answer, CaseId, DeliveryId};
use sha2::Sha256;

/// Bytes of the seal that are kept: 128 bits.
const SEAL_BYTES: usize = 16;
const BODY_BYTES: usize = 16 + 16 + 1 + 4;
/// The longest text that can be a token.
const TEXT_MAX: usize = (BODY_BYTES + SEAL_BYTES) * 4 / 3 + 4;

/// What a button says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// The message it stands on.
    pub(crate) delivery: DeliveryId,
    /// The case the message is about.
    pub(crate) case: CaseId,
    /// What pressing it says.
    pub(crate) answer: Answer,
    /// Of which facts.
    pub(crate) revision: u32,
}

/// Makes and reads tokens.
pub(crate) struct Tokens<'a> {
    key: &'a [u8; 32],
    server: &'a str,
}

impl<'a> Tokens<'a> {
    /// Tokens of this server.
    pub(crate) fn new(key: &'a [u8; 32], server: &'a str) -> Self {
        Self { key, server }
    }

    /// The text of a token.
    pub(crate) fn write(&self, token: &Token) -> String {
        let mut bytes = body(token).to_vec();
        let seal = self.mac(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&seal[..SEAL_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The token of a text, if this server made it. Takes as long for a wrong seal as for a right
    /// one.
    pub(crate) fn read(&self, text: &str) -> Option<Token> {
        if text.len() > TEXT_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, seal) = bytes.split_at_checked(BODY_BYTES)?;
        if seal.len() != SEAL_BYTES {
            return None;
        }
        self.mac(body).verify_truncated_left(seal).ok()?;
        parse(body)
    }

    fn mac(&self, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key).expect("HMAC takes any key");
        mac.update(b"answer\0");
        mac.update(&(self.server.len() as u64).to_be_bytes());
        mac.update(self.server.as_bytes());
        mac.update(body);
        mac
    }
}

fn body(token: &Token) -> [u8; BODY_BYTES] {
    let mut bytes = [0; BODY_BYTES];
    bytes[..16].copy_from_slice(&token.delivery.bits().to_be_bytes());
    bytes[16..32].copy_from_slice(&token.case.bits().to_be_bytes());
    bytes[32] = match token.answer {
        Answer::Me => 1,
        Answer::NotMe => 2,
        Answer::NotSure => 3,
    };
    bytes[33..].copy_from_slice(&token.revision.to_be_bytes());
    bytes
}

fn parse(bytes: &[u8]) -> Option<Token> {
    let bits = |from: usize| {
        let bytes: [u8; 16] = bytes.get(from..from + 16)?.try_into().ok()?;
        Some(u128::from_be_bytes(bytes))
    };
    let answer = match bytes.get(32)? {
        1 => Answer::Me,
        2 => Answer::NotMe,
        3 => Answer::NotSure,
        _ => return None,
    };
    Some(Token {
        delivery: DeliveryId::from_digest(bits(0)?),
        case: CaseId::from_digest(bits(16)?),
        answer,
        revision: u32::from_be_bytes(bytes.get(33..)?.try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(answer: Answer) -> Token {
        Token {
            delivery: DeliveryId::from_digest(1 << 100 | 7),
            case: CaseId::from_digest(1 << 90 | 9),
            answer,
            revision: 3,
        }
    }

    #[test]
    fn a_token_reads_back_only_unchanged_and_on_its_own_server() {
        let ours = Tokens::new(&[1; 32], "https://a.example");
        for answer in Answer::ALL {
            let text = ours.write(&token(*answer));
            assert_eq!(ours.read(&text), Some(token(*answer)));
            assert_eq!(Tokens::new(&[2; 32], "https://a.example").read(&text), None);
            assert_eq!(Tokens::new(&[1; 32], "https://b.example").read(&text), None);
            for at in 0..text.len() {
                let mut changed = text.clone().into_bytes();
                changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).expect("ascii");
                assert_eq!(ours.read(&changed), None, "changed at {at}");
            }
        }
        for junk in ["", "A", "é", &"A".repeat(71), &"A".repeat(10_000)] {
            assert_eq!(ours.read(junk), None);
        }
    }
}
