//! Whether a token says what it must (OpenID Connect Core 1.0, section 3.1.3.7, and more). Pure.

use data_encoding::BASE64URL_NOPAD;
use model::Timestamp;
use ports::identity::{Binding, Identity};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use super::{settings::OidcSettings, token::Algorithm};

/// How far the provider's clock may be from ours, in seconds.
const SKEW_SECONDS: i64 = 60;
/// How long before it was asked for a token may say that it was made: Entra ID says five minutes.
/// The nonce binds it to what was asked all the same, and when they signed in is held strictly.
const MADE_BEFORE_SECONDS: i64 = 10 * 60;
/// The longest subject (OpenID Connect Core 1.0, section 2), in bytes.
const SUBJECT_MAX_BYTES: usize = 255;
/// How many groups of a person are read.
const GROUPS_MAX: usize = 1_000;

/// Why a token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Untrue {
    #[error("it is not a signed token")]
    Unreadable,
    #[error("it is a token of another kind")]
    Kind,
    #[error("it is signed in a way that is not accepted")]
    Algorithm,
    #[error("no key of the provider's signed it")]
    Signature,
    #[error("another provider sent it (`iss`)")]
    Issuer,
    #[error("it is for somebody else (`aud`, `azp`)")]
    Audience,
    #[error("it is not of now (`exp`, `iat`, `nbf`)")]
    Time,
    #[error("it is not the answer to what was asked (`nonce`)")]
    Nonce,
    #[error("it does not go with what came with it (`at_hash`)")]
    Hash,
    #[error("it names nobody, check `signin.oidc.subject_claim`")]
    Subject,
    #[error("it does not show a sign-in of just now (`auth_time`)")]
    Stale,
    #[error("it does not show a sign-in of a kind that is accepted (`acr`)")]
    Weak,
}

/// What a token must agree with.
pub(super) struct Wanted<'w> {
    pub(super) settings: &'w OidcSettings,
    pub(super) binding: &'w Binding,
    pub(super) algorithm: Algorithm,
    /// What came beside it.
    pub(super) access_token: Option<&'w str>,
    pub(super) now: Timestamp,
}

impl Wanted<'_> {
    /// Who signed in, if every claim of a token with a right signature agrees.
    pub(super) fn check(&self, claims: &Map<String, Value>) -> Result<Identity, Untrue> {
        if text(claims, "iss") != Some(self.settings.issuer.as_str()) {
            return Err(Untrue::Issuer);
        }
        self.audience(claims)?;
        self.time(claims)?;
        let nonce = text(claims, "nonce").ok_or(Untrue::Nonce)?;
        if !bool::from(nonce.as_bytes().ct_eq(self.binding.nonce.as_bytes())) {
            return Err(Untrue::Nonce);
        }
        self.hash(claims)?;
        if self.binding.is_fresh {
            self.freshness(claims)?;
        }
        // Without a subject it is no token of this kind, whichever claim names the person here.
        let known_by = text(claims, &self.settings.subject_claim);
        match (text(claims, "sub"), known_by) {
            (Some(sub), Some(subject)) if is_name(sub) && is_name(subject) => {
                Ok(Identity { subject: subject.into(), groups: self.groups(claims) })
            }
            _ => Err(Untrue::Subject),
        }
    }

    /// It is for us, and for nobody else unless it was made out to us.
    fn audience(&self, claims: &Map<String, Value>) -> Result<(), Untrue> {
        let ours = self.settings.client_id.as_str();
        let (is_ours, is_ours_alone) = match claims.get("aud") {
            Some(Value::String(one)) => (one == ours, true),
            Some(Value::Array(many)) => {
                (many.iter().any(|one| one.as_str() == Some(ours)), many.len() == 1)
            }
            _ => (false, false),
        };
        let is_made_out_to_us = match claims.get("azp") {
            Some(party) => party.as_str() == Some(ours),
            None => is_ours_alone,
        };
        if is_ours && is_made_out_to_us { Ok(()) } else { Err(Untrue::Audience) }
    }

    /// It is good now, and was not made long before it was asked for.
    fn time(&self, claims: &Map<String, Value>) -> Result<(), Untrue> {
        let now = self.now.as_second();
        let expires = seconds(claims, "exp").ok_or(Untrue::Time)?;
        let made = seconds(claims, "iat").ok_or(Untrue::Time)?;
        let starts = match claims.get("nbf") {
            Some(_) => seconds(claims, "nbf").ok_or(Untrue::Time)?,
            None => made,
        };
        let is_now = expires > now.saturating_sub(SKEW_SECONDS)
            && starts <= now.saturating_add(SKEW_SECONDS)
            && self.is_since_asked(made, MADE_BEFORE_SECONDS);
        if is_now { Ok(()) } else { Err(Untrue::Time) }
    }

    /// Whether an instant lies between the question, or so much before it, and now.
    fn is_since_asked(&self, second: i64, before: i64) -> bool {
        let asked = self.binding.asked_at.as_second().saturating_sub(before);
        (asked..=self.now.as_second().saturating_add(SKEW_SECONDS)).contains(&second)
    }

    /// The token that came with it is the one that it was made with, where it says so.
    fn hash(&self, claims: &Map<String, Value>) -> Result<(), Untrue> {
        let Some(said) = claims.get("at_hash") else { return Ok(()) };
        let beside = self.access_token.ok_or(Untrue::Hash)?.as_bytes();
        let digest = match self.algorithm {
            Algorithm::EdDsa => Sha512::digest(beside).to_vec(),
            Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => {
                Sha256::digest(beside).to_vec()
            }
        };
        let half = BASE64URL_NOPAD.encode(&digest[..digest.len() / 2]);
        if said.as_str() == Some(half.as_str()) { Ok(()) } else { Err(Untrue::Hash) }
    }

    /// They signed in since they were asked, in a way that we accept. That the provider was told to
    /// ask anew does not matter: whoever sits at the browser can take that out of the address.
    fn freshness(&self, claims: &Map<String, Value>) -> Result<(), Untrue> {
        let is_since_asked = |second| self.is_since_asked(second, SKEW_SECONDS);
        if !seconds(claims, "auth_time").is_some_and(is_since_asked) {
            return Err(Untrue::Stale);
        }
        let is_accepted = |way: &str| self.settings.acr.iter().any(|accepted| accepted == way);
        if text(claims, "acr").is_some_and(is_accepted) { Ok(()) } else { Err(Untrue::Weak) }
    }

    fn groups(&self, claims: &Map<String, Value>) -> Vec<String> {
        let claim = self.settings.roles_claim.as_deref().and_then(|name| claims.get(name));
        match claim {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => {
                let texts = many.iter().take(GROUPS_MAX).filter_map(Value::as_str);
                texts.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claims.get(name)?.as_str()
}

/// A time (RFC 7519: a number of seconds, which may have a fraction). A text is none.
fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let number = claims.get(name)?;
    // A cast of a float to an integer saturates, and there is no other way.
    #[expect(clippy::cast_possible_truncation, reason = "parts of a second do not matter")]
    number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64))
}

fn is_name(text: &str) -> bool {
    (1..=SUBJECT_MAX_BYTES).contains(&text.len())
}
