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
use url::{Url, form_urlencoded};

use super::{
    WHO,
    keys::KeySet,
    metadata::{Metadata, Showing},
    settings::OidcSettings,
};
use crate::http::{HttpClient, Reply};

/// How long metadata and keys are kept.
const KEPT: Span = Span::hours(1);
/// How often keys are fetched again because a token names one that is not among them.
const LOOK_AGAIN: Span = Span::minutes(1);
/// For how long a provider that did not answer is not asked for the same again: whoever waited
/// meanwhile hears it at once.
const FAILED: Span = Span::seconds(5);

/// The calls to a provider.
pub(super) struct Client {
    http: HttpClient,
    guarded: HttpClient,
    metadata: Mutex<Kept<Metadata>>,
    keys: Mutex<Kept<KeySet>>,
}

/// What was fetched last, and how fetching failed last.
struct Kept<T> {
    it: Option<(Arc<T>, Timestamp)>,
    failed: Option<(Failure, Timestamp)>,
}

impl<T> Kept<T> {
    fn new() -> Mutex<Self> {
        Mutex::new(Self { it: None, failed: None })
    }

    /// What is there, or how it failed just now; nothing where it is to be fetched. A clock that was
    /// set back makes everything old.
    fn known(&self, now: Timestamp, life: impl Fn(&T) -> Span) -> Option<Result<Arc<T>, Failure>> {
        let is_young = |at: Timestamp, life: Span| at <= now && now < life.after(at);
        if let Some((it, at)) = &self.it
            && is_young(*at, life(it))
        {
            return Some(Ok(Arc::clone(it)));
        }
        let failed = self.failed.as_ref().filter(|(_, at)| is_young(*at, FAILED));
        failed.map(|(failure, _)| Err(failure.clone()))
    }

    fn keep(&mut self, found: Result<T, Failure>, now: Timestamp) -> Result<Arc<T>, Failure> {
        match found {
            Ok(it) => {
                let it = Arc::new(it);
                self.it = Some((Arc::clone(&it), now));
                self.failed = None;
                Ok(it)
            }
            Err(failure) => {
                self.failed = Some((failure.clone(), now));
                Err(failure)
            }
        }
    }
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
    /// `guarded` asks addresses at other hosts than the provider's own.
    pub(super) fn new(http: HttpClient, guarded: HttpClient) -> Self {
        Self { http, guarded, metadata: Kept::new(), keys: Kept::new() }
    }

    /// What the provider tells of itself.
    pub(super) async fn metadata(
        &self,
        settings: &OidcSettings,
        now: Timestamp,
    ) -> Result<Arc<Metadata>, Failure> {
        let mut kept = self.metadata.lock().await;
        if let Some(known) = kept.known(now, |_| KEPT) {
            return known;
        }
        let found = self.fetch(settings, settings.metadata.clone()).await;
        kept.keep(found.and_then(|reply| Metadata::read(&reply.body, settings)), now)
    }

    /// The provider's keys. Where `suffice` does not hold for those that are kept, they are fetched
    /// again, though not at once after they were.
    pub(super) async fn keys(
        &self,
        (settings, metadata): (&OidcSettings, &Metadata),
        suffice: impl Fn(&KeySet) -> bool,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, Failure> {
        let mut kept = self.keys.lock().await;
        if let Some(known) = kept.known(now, |keys| if suffice(keys) { KEPT } else { LOOK_AGAIN }) {
            return known;
        }
        let found = self.fetch(settings, metadata.keys.clone()).await;
        kept.keep(found.and_then(|reply| keys_of(&reply)), now)
    }

    /// Asks for something that changes nothing. Whatever is not there, or not for us, is a fault of
    /// the settings: nobody has shown us anything yet.
    async fn fetch(&self, settings: &OidcSettings, url: Url) -> Result<Reply, Failure> {
        let http = self.to(settings, &url);
        let reply = http.send(WHO, http.get(url)).await.map_err(Failure::certain)?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        Err(settled(&reply, "does not tell of itself; is `issuer` right?"))
    }

    /// Exchanges a code, once: whatever comes of it, the code is used up.
    pub(super) async fn exchange(
        &self,
        (settings, metadata): (&OidcSettings, &Metadata),
        code: &str,
        verifier: &SecretString,
    ) -> Result<Tokens, Failure> {
        let http = self.to(settings, &metadata.token);
        let request = http.post(metadata.token.clone());
        let request = match metadata.showing {
            Showing::Basic => basic(request, settings),
            Showing::Post => request,
        };
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(form((settings, metadata), code, verifier));
        let reply = http.send(WHO, request).await?;
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
            _ => settled(&reply, "does not take our id and secret, or our way to ask"),
        })
    }

    /// The client for an address: the guarded one where the provider names another host than its own.
    fn to(&self, settings: &OidcSettings, url: &Url) -> &HttpClient {
        let is_own = settings.metadata.host_str() == url.host_str();
        if is_own { &self.http } else { &self.guarded }
    }
}

/// The failure of a refusal: it passes, or the two sides do not agree and `what` says in what.
fn settled(reply: &Reply, what: &str) -> Failure {
    let usual = reply.failure(WHO);
    match usual.is_retryable() {
        true => usual,
        false => {
            let status = reply.status.as_u16();
            Failure::misconfigured(format!("{WHO}: the provider {what} ({status})"))
        }
    }
}

fn keys_of(reply: &Reply) -> Result<KeySet, Failure> {
    let written: WrittenKeys = serde_json::from_slice(&reply.body)
        .map_err(|_| Failure::retry(format!("{WHO}: what is at `jwks_uri` are no keys")))?;
    let keys = KeySet::of_written(&written.keys);
    if keys.is_empty() {
        let what = "the provider has no key that we can check signatures with";
        return Err(Failure::misconfigured(format!("{WHO}: {what}")));
    }
    Ok(keys)
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
