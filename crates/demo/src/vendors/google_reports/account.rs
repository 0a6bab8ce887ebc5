//! A service account: its key, and what it takes to be given a token.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Span, Timestamp};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::vendors::keys;

const KEY_ID: &str = "made-up-key-id";
const EMAIL: &str = "countersign@made-up.iam.example.com";
const SCOPE: &str = "https://www.googleapis.com/auth/admin.reports.audit.readonly";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Tokens that were given, and until when they are good.
#[derive(Debug, Default)]
pub(super) struct Account {
    given: Mutex<(u64, BTreeMap<String, Timestamp>)>,
}

impl Account {
    /// The file as Google gives it.
    pub(super) fn file(&self, token_url: &str) -> String {
        json!({
            "type": "service_account", "project_id": "made-up", "private_key_id": KEY_ID,
            "private_key": keys::SERVICE_ACCOUNT.private_pem,
            "client_email": EMAIL, "client_id": "1", "token_uri": token_url,
        })
        .to_string()
    }

    pub(super) fn revoke(&self) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }

    /// A token for a good claim, or what is wrong with it.
    pub(super) fn grant(
        &self,
        form: &[u8],
        audience: &str,
        subject: &str,
        now: Timestamp,
    ) -> Result<String, &'static str> {
        let form = str::from_utf8(form).map_err(|_| "not text")?;
        let grant = format!("grant_type={}&assertion=", GRANT.replace(':', "%3A"));
        let assertion = form.strip_prefix(&grant).ok_or("not this grant")?;
        let claim = claim(assertion)?;
        let is = |key: &str, wanted: &str| claim[key] == wanted;
        if !is("iss", EMAIL) || !is("sub", subject) || !is("scope", SCOPE) || !is("aud", audience) {
            return Err("another account, subject, scope or audience");
        }
        let (made, ends) = (claim["iat"].as_i64(), claim["exp"].as_i64());
        let (Some(made), Some(ends)) = (made, ends) else { return Err("no times") };
        if now.as_second().abs_diff(made) > 300 || !(1..=3_600).contains(&(ends - made)) {
            return Err("made at another time, or good for too long");
        }
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.0 += 1;
        let token = format!("ya29.made-up-{}", given.0);
        given.1.insert(token.clone(), Span::seconds(3_599).after(now));
        Ok(token)
    }

    /// Whether the call has a token that is still good.
    pub(super) fn is_good(&self, headers: &HeaderMap, now: Timestamp) -> bool {
        let line = headers.get(header::AUTHORIZATION).and_then(|line| line.to_str().ok());
        let token = line.and_then(|line| line.strip_prefix("Bearer ")).unwrap_or_default();
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.1.get(token).is_some_and(|until| now < *until)
    }
}

/// The claim, once its signature is checked.
fn claim(assertion: &str) -> Result<Value, &'static str> {
    let (signed, signature) = assertion.rsplit_once('.').ok_or("no signature")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "no signature")?;
    let (head, body) = signed.split_once('.').ok_or("no claim")?;
    let read = |part: &str| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    if read(head) != Some(json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID })) {
        return Err("another head");
    }
    let key =
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &keys::SERVICE_ACCOUNT.public_der);
    key.verify(signed.as_bytes(), &signature).map_err(|_| "another signature")?;
    read(body).ok_or("no claim")
}
