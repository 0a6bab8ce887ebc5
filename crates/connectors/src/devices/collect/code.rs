//! One-time codes, which a person reads on their page and types on their device.

use std::fmt;

use data_encoding::HEXLOWER;
use model::{PersonId, Span, Timestamp};
use ports::store::{Record, RecordOp, Space};
use sha2::{Digest as _, Sha256};

/// Digits and letters that are not taken for each other.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many of them a code has: 60 bits, more than anybody tries in its life.
const LENGTH: usize = 12;
/// How many stand together.
const GROUP: usize = 4;
/// How long a code is good.
const LIFE: Span = Span::minutes(15);

/// A code as it is typed. It is a secret until it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has {LENGTH} letters and digits")]
pub struct CodeError;

impl Code {
    /// A new one from random bytes.
    #[must_use]
    pub fn fresh(random: [u8; LENGTH]) -> Self {
        let sign = |byte: u8| char::from(SIGNS[usize::from(byte % 32)]);
        Self(random.into_iter().map(sign).collect())
    }

    /// Reads what somebody typed: in any case, with any dashes and blanks, and with the letters
    /// that are mistaken for digits.
    pub fn read(typed: &str) -> Result<Self, CodeError> {
        let meant = typed.chars().filter(|it| !matches!(it, '-' | ' ' | '\t' | '\n' | '\r'));
        let meant = meant.map(|it| match it.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        let code: String = meant.take(LENGTH + 1).collect();
        let is_good = code.len() == LENGTH && code.bytes().all(|it| SIGNS.contains(&it));
        if is_good { Ok(Self(code)) } else { Err(CodeError) }
    }

    /// As it is shown: `ABCD-EFGH-JKMN`.
    #[must_use]
    pub fn shown(&self) -> String {
        let groups = self.0.as_bytes().chunks(GROUP).map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join("-")
    }

    /// Without what is only for people: what is signed and looked up.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.0
    }

    /// Where it is kept: by its digest.
    #[must_use]
    pub fn record_key(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.0.as_bytes()))
    }

    /// Gives it to a person.
    #[must_use]
    pub fn give(&self, person: PersonId, now: Timestamp) -> RecordOp {
        let record = Record {
            space: Space::DeviceCode,
            key: self.record_key(),
            owner: Some(person),
            value: Vec::new(),
            expires_at: Some(LIFE.after(now)),
        };
        RecordOp::Insert { record, now }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code[secret]")
    }
}
