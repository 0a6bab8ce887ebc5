//! The calls: what the provider tells of itself, its keys, and the exchange of a code.

use std::sync::Arc;

use http::header;
use model::{Span, Timestamp};
use ports::Failure;
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use url::form_urlencoded;

use super::{
    WHO,
    keys::KeySet,
    metadata::{Metadata, Showing},
    settings::OidcSettings,
};
use crate::http::HttpClient;

/// How long metadata and keys are kept.
const KEPT: Span = Span::hours(1);
/// How often keys are fetched again because a token names one that is not among them.
const LOOK_AGAIN: Span = Span::minutes(1);

/// The calls to a provider.
pub(super) struct Client {
    http: HttpClient,
    metadata: Mutex<Option<Kept<Metadata>>>,
    keys: Mutex<Option<Kept<KeySet>>>,
}

struct Kept<T> {
    it: Arc<T>,
    at: Timestamp,
}

/// What a code was exchanged for.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    #[serde(default)]
    pub(super) access_token: Option<String>,
}

#[derive(Deserialize)]
struct WrittenKeys {
    keys: Vec<Value>,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: String,
}

impl Client {
    pub(super) fn new(http: HttpClient) -> Self {
        Self { http, metadata: Mutex::default(), keys: Mutex::default() }
    }

    /// What the provider tells of itself.
    pub(super) async fn metadata(
        &self,
        settings: &OidcSettings,
        now: Timestamp,
    ) -> Result<Arc<Metadata>, Failure> {
        let mut kept = self.metadata.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| now < KEPT.after(kept.at)) {
            return Ok(Arc::clone(&kept.it));
        }
        let request = self.http.get(settings.metadata.clone());
        let reply = self.http.send(WHO, request).await.map_err(Failure::certain)?.success(WHO)?;
        let it = Arc::new(Metadata::read(&reply.body, settings)?);
        *kept = Some(Kept { it: Arc::clone(&it), at: now });
        Ok(it)
    }

    /// The provider's keys. Where `suffice` does not hold for those that are kept, they are fetched
    /// again, though not at once after they were.
    pub(super) async fn keys(
        &self,
        metadata: &Metadata,
        suffice: impl Fn(&KeySet) -> bool,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, Failure> {
        let mut kept = self.keys.lock().await;
        if let Some(kept) = kept.as_ref() {
            let life = if suffice(&kept.it) { KEPT } else { LOOK_AGAIN };
            if now < life.after(kept.at) {
                return Ok(Arc::clone(&kept.it));
            }
        }
        let request = self.http.get(metadata.keys.clone());
        let reply = self.http.send(WHO, request).await.map_err(Failure::certain)?.success(WHO)?;
        let written: WrittenKeys = serde_json::from_slice(&reply.body)
            .map_err(|_| Failure::retry(format!("{WHO}: what is at `jwks_uri` are no keys")))?;
        let keys = KeySet::of_written(&written.keys);
        if keys.is_empty() {
            let what = "the provider has no key that we can check signatures with";
            return Err(Failure::misconfigured(format!("{WHO}: {what}")));
        }
        let it = Arc::new(keys);
        *kept = Some(Kept { it: Arc::clone(&it), at: now });
        Ok(it)
    }

    /// Exchanges a code, once: whatever comes of it, the code is used up.
    pub(super) async fn exchange(
        &self,
        (settings, metadata): (&OidcSettings, &Metadata),
        code: &str,
        verifier: &SecretString,
    ) -> Result<Tokens, Failure> {
        let request = self.http.post(metadata.token.clone());
        let request = match metadata.showing {
            Showing::Basic => basic(request, settings),
            Showing::Post => request,
        };
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(form((settings, metadata), code, verifier));
        let reply = self.http.send(WHO, request).await?;
        if reply.status.is_success() {
            // What is not JSON came from something in between.
            let answer: Value = serde_json::from_slice(&reply.body)
                .map_err(|_| Failure::retry(format!("{WHO}: the answer to a code is not JSON")))?;
            return Tokens::deserialize(answer)
                .map_err(|_| Failure::denied(format!("{WHO}: there is no token in the answer")));
        }
        let refused: Refused = serde_json::from_slice(&reply.body).unwrap_or_default();
        Err(match refused.error.as_str() {
            "invalid_grant" => Failure::denied(format!("{WHO}: the code is no longer good")),
            "invalid_client" | "unauthorized_client" => {
                Failure::misconfigured(format!("{WHO}: the provider does not take our secret"))
            }
            _ => reply.failure(WHO),
        })
    }
}

/// What a code is exchanged with.
fn form(
    (settings, metadata): (&OidcSettings, &Metadata),
    code: &str,
    verifier: &SecretString,
) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", &settings.redirect_uri)
        .append_pair("code_verifier", verifier.expose_secret());
    if metadata.showing == Showing::Post {
        form.append_pair("client_id", &settings.client_id)
            .append_pair("client_secret", settings.client_secret.expose_secret());
    }
    form.finish()
}

/// Who we are, in a header: both parts as in a form (RFC 6749, section 2.3.1).
fn basic(request: RequestBuilder, settings: &OidcSettings) -> RequestBuilder {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let secret = encoded(settings.client_secret.expose_secret());
    request.basic_auth(encoded(&settings.client_id), Some(secret))
}
