//! `Authorization: Bearer TOKEN`.

use http::HeaderMap;
use model::Timestamp;
use ports::source::{AuthFailure, ReplayKey, Secrets, SourceAuth};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::{SecretsError, only, usable};

/// A source that sends a token. Only the tokens' digests are kept.
#[derive(Clone)]
pub struct Bearer {
    digests: Vec<[u8; 32]>,
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer[secret]")
    }
}

impl Bearer {
    /// Takes any of these tokens.
    ///
    /// # Errors
    /// There is no token, or one is empty.
    pub fn new(tokens: Secrets) -> Result<Self, SecretsError> {
        let digests = usable(tokens)?.iter().map(|token| digest(token.expose_secret())).collect();
        Ok(Self { digests })
    }
}

impl SourceAuth for Bearer {
    fn check(
        &self,
        headers: &HeaderMap,
        _body: &[u8],
        _now: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        let given = digest(token(only(headers, "authorization")?)?);
        // Digests are of one length, so that not even a token's length shows in the time taken.
        let found =
            self.digests.iter().fold(Choice::from(0), |found, known| found | known.ct_eq(&given));
        if bool::from(found) { Ok(None) } else { Err(AuthFailure::Wrong) }
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// The token of the header: the scheme in any case, one space, and no space within.
fn token(header: &str) -> Result<&str, AuthFailure> {
    let (scheme, token) = header.split_once(' ').ok_or(AuthFailure::Malformed)?;
    let is_one_word = !token.is_empty() && !token.contains([' ', '\t']);
    if scheme.eq_ignore_ascii_case("bearer") && is_one_word {
        Ok(token)
    } else {
        Err(AuthFailure::Malformed)
    }
}
