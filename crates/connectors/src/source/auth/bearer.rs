//! `Authorization: Bearer TOKEN`.

use http::HeaderMap;
use model::Timestamp;
use ports::source::{AuthFailure, ReplayKey, Secrets, SourceAuth};

use super::{Digests, SecretsError, only};

/// A source that sends a token. Only the tokens' digests are kept.
#[derive(Clone)]
pub struct Bearer {
    digests: Digests,
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
        Ok(Self { digests: Digests::of(tokens)? })
    }
}

impl SourceAuth for Bearer {
    fn check(
        &self,
        headers: &HeaderMap,
        _body: &[u8],
        _now: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        let given = token(only(headers, "authorization")?)?;
        if self.digests.has(given) { Ok(None) } else { Err(AuthFailure::Wrong) }
    }
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
