//! API keys: tokens of programs, kept as digests, each with the rights it carries.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The shortest token that is taken as a key, in bytes.
pub const TOKEN_BYTES_MIN: usize = 16;

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Sending alerts; stands alone.
    Ingest,
    /// Seeing cases and people.
    Read,
    /// Acting on cases; includes `read`.
    Analyst,
    /// Seeing the audit chain; includes `analyst`.
    Admin,
}

impl Scope {
    /// The word in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }

    /// Whether who has this may do what needs `wanted`.
    #[must_use]
    pub fn covers(self, wanted: Self) -> bool {
        match (self, wanted) {
            (Self::Ingest, wanted) => wanted == Self::Ingest,
            (_, Self::Ingest) => false,
            (has, wanted) => has >= wanted,
        }
    }
}

/// A key: its digest, never the token.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its name in the configuration, and in the story of what it did.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    digest: [u8; 32],
}

/// Why a token cannot be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an API key needs a token of at least {TOKEN_BYTES_MIN} characters")]
pub struct ShortToken;

impl ApiKey {
    /// A key of this token.
    ///
    /// # Errors
    /// The token is too short to be unguessable.
    pub fn new(
        name: impl Into<String>,
        scopes: Vec<Scope>,
        token: &SecretString,
    ) -> Result<Self, ShortToken> {
        let token = token.expose_secret();
        if token.trim().len() < TOKEN_BYTES_MIN {
            return Err(ShortToken);
        }
        Ok(Self { name: name.into(), scopes, digest: Sha256::digest(token).into() })
    }

    /// Whether it carries a right.
    #[must_use]
    pub fn may(&self, wanted: Scope) -> bool {
        self.scopes.iter().any(|scope| scope.covers(wanted))
    }
}

/// All keys.
#[derive(Debug, Clone, Default)]
pub struct ApiKeys(Vec<ApiKey>);

impl ApiKeys {
    /// These keys.
    #[must_use]
    pub fn new(keys: Vec<ApiKey>) -> Self {
        Self(keys)
    }

    /// The key of a presented token. Looks at every key, in constant time each.
    #[must_use]
    pub fn find(&self, token: &str) -> Option<&ApiKey> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        self.0.iter().fold(None, |found, key| {
            if bool::from(key.digest.ct_eq(&digest)) { Some(key) } else { found }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_includes_the_smaller_ones_and_ingest_stands_alone() {
        use Scope::{Admin, Analyst, Ingest, Read};
        let expected = [
            (Ingest, vec![Ingest]),
            (Read, vec![Read]),
            (Analyst, vec![Read, Analyst]),
            (Admin, vec![Read, Analyst, Admin]),
        ];
        for (has, covered) in expected {
            for wanted in [Ingest, Read, Analyst, Admin] {
                assert_eq!(has.covers(wanted), covered.contains(&wanted), "{has:?} {wanted:?}");
            }
        }
    }

    #[test]
    fn a_key_is_found_by_its_whole_token_only() {
        let token = SecretString::from("0123456789abcdef");
        let keys =
            ApiKeys::new(vec![ApiKey::new("ops", vec![Scope::Read], &token).expect("long enough")]);
        assert_eq!(keys.find("0123456789abcdef").map(|key| key.name.as_str()), Some("ops"));
        for wrong in ["", "0123456789abcde", "0123456789abcdef ", "0123456789ABCDEF"] {
            assert!(keys.find(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_guessable_token_is_no_key() {
        for token in ["", "short", "               x"] {
            assert!(ApiKey::new("ops", vec![], &SecretString::from(token)).is_err(), "{token}");
        }
    }
}
