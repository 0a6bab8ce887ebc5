//! An access token for a service account (RFC 7523): a claim signed with the account's key, given
//! in for a token that lives an hour.

use std::sync::{Mutex, PoisonError};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use model::{Span, Timestamp};
use ports::Failure;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::{events::section::Outside, http::TargetUrl};

/// What may be read.
const SCOPE: &str = "https://www.googleapis.com/auth/admin.reports.audit.readonly";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long a claim is good; the most that is taken.
const CLAIM_LIFE: Span = Span::hours(1);
/// How long before its end a token is no longer used.
const RESERVE: Span = Span::minutes(1);
/// A token lives at least and at most so long, whatever is said.
const LIFE_SECONDS: (u64, u64) = (120, 3_600);

/// A service account that acts for an administrator.
pub(super) struct ServiceAccount {
    key: RsaKeyPair,
    key_id: String,
    email: String,
    subject: String,
    token_url: TargetUrl,
    /// Exactly as the file has it: it is signed.
    audience: String,
    token: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    value: SecretString,
    until: Timestamp,
}

/// What we read of Google's file.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: String,
    token_uri: String,
}

/// What we read of the answer.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

impl ServiceAccount {
    /// Reads the file's text.
    pub(super) fn read(file: &SecretString, subject: &str) -> Result<Self, &'static str> {
        let no_file = "is not the JSON key of a service account, as Google gives it";
        let file: KeyFile = serde_json::from_str(file.expose_secret()).map_err(|_| no_file)?;
        let key = der(&file.private_key).ok_or(no_file)?;
        let key = RsaKeyPair::from_pkcs8(&key)
            .map_err(|_| "has a private key that is no RSA key of at least 2048 bits in PKCS#8")?;
        let token_url = file.token_uri.parse().map_err(|_| "has a token_uri that is not https")?;
        Ok(Self {
            key,
            key_id: file.private_key_id,
            email: file.client_email,
            subject: subject.to_owned(),
            token_url,
            audience: file.token_uri,
            token: Mutex::new(None),
        })
    }

    /// A token that is good for a while; a new one where there is none.
    pub(super) async fn token(
        &self,
        who: &str,
        outside: &Outside,
    ) -> Result<SecretString, Failure> {
        let now = outside.clock.now();
        let kept = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(token) = kept.filter(|token| RESERVE.after(now) < token.until) {
            return Ok(token.value);
        }
        let token = self.fetched(who, outside, now).await?;
        let value = token.value.clone();
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(value)
    }

    /// Forgets the token: it was refused.
    pub(super) fn forget(&self) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn fetched(
        &self,
        who: &str,
        outside: &Outside,
        now: Timestamp,
    ) -> Result<Token, Failure> {
        let claim = self.claim(now).ok_or_else(|| {
            Failure::misconfigured(format!("{who}: the service account's key does not sign"))
        })?;
        let form = [("grant_type", GRANT), ("assertion", claim.expose_secret())];
        let request = outside.http.post(self.token_url.url()).form(&form);
        let reply = outside.http.send(who, request).await?;
        // The claim is refused by 400, and asking again helps as little as with 401.
        if matches!(reply.status.as_u16(), 400 | 401 | 403) {
            return Err(Failure::denied(format!(
                "{who}: the service account is refused; check its key, `subject` and its delegation"
            )));
        }
        let granted: Granted = reply.success(who)?.json(who)?;
        let life = granted.expires_in.clamp(LIFE_SECONDS.0, LIFE_SECONDS.1);
        Ok(Token { value: granted.access_token.into(), until: Span::seconds(life).after(now) })
    }

    /// The signed claim.
    fn claim(&self, now: Timestamp) -> Option<SecretString> {
        let head = serde_json::json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id });
        let body = serde_json::json!({
            "iss": self.email,
            "sub": self.subject,
            "scope": SCOPE,
            "aud": self.audience,
            "iat": now.as_second(),
            "exp": CLAIM_LIFE.after(now).as_second(),
        });
        let coded = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", coded(head), coded(body));
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

/// The bytes between the lines of a PEM file.
fn der(pem: &str) -> Option<Vec<u8>> {
    let inner = pem.split_once("-----BEGIN PRIVATE KEY-----")?.1;
    let inner = inner.split_once("-----END PRIVATE KEY-----")?.0;
    let text: String = inner.split_whitespace().collect();
    STANDARD.decode(text).ok()
}
