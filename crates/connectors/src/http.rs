//! The one way out: HTTP with a limit on everything, and transport trouble turned into decisions.
//!
//! No redirect is followed, no proxy is taken from the environment, no body is read beyond
//! its limit. Nothing of a request (its address, headers or body) enters an error text,
//! since vendors put secrets into all three: a failure names who was called, and what happened.

mod address;
mod egress;
mod path;
mod public;
mod retry_after;

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use ports::Failure;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

pub use address::{AddressError, BaseUrl, TargetUrl};
pub use egress::{Egress, Names, SystemNames};
pub(crate) use path::{next_page, query, segment};
pub(crate) use public::is_public;
pub use retry_after::{RETRY_AFTER_MAX, sent_at, wait_of};

/// How long connecting may take, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call may take from its start to the last byte of the reply.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);
/// How long an unused connection is kept.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// How much of a reply is read unless the caller says otherwise, in bytes.
pub const REPLY_MAX_BYTES: usize = 1024 * 1024;

/// Makes HTTP calls. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct HttpClient {
    inner: reqwest::Client,
    /// Where it may go, where that is not left to the configuration.
    egress: Option<Egress>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum HttpClientError {
    /// The process has to choose its cryptography before it opens connections.
    #[error("no TLS provider is installed in this process")]
    NoTlsProvider,
    /// The TLS roots or the settings cannot be used.
    #[error("the HTTP client cannot be built")]
    Build(#[source] reqwest::Error),
}

impl HttpClient {
    /// A client with the limits of this module.
    pub fn new() -> Result<Self, HttpClientError> {
        Self::within(TOTAL_TIMEOUT)
    }

    /// A client that connects to nothing but what is out in the open or allowed by name, whatever
    /// a name leads to when it connects. For addresses that data has a part in.
    pub fn guarded(egress: Egress, names: Arc<dyn Names>) -> Result<Self, HttpClientError> {
        let resolver = Arc::new(egress::Guarded::new(egress.clone(), names));
        let inner = Self::builder(TOTAL_TIMEOUT)?.dns_resolver(resolver);
        let inner = inner.build().map_err(HttpClientError::Build)?;
        Ok(Self { inner, egress: Some(egress) })
    }

    fn within(total: Duration) -> Result<Self, HttpClientError> {
        let inner = Self::builder(total)?.build().map_err(HttpClientError::Build)?;
        Ok(Self { inner, egress: None })
    }

    fn builder(total: Duration) -> Result<reqwest::ClientBuilder, HttpClientError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(HttpClientError::NoTlsProvider);
        }
        Ok(reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(total)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION"))))
    }

    /// Begins a GET; a connector adds what its vendor wants, then [`HttpClient::send`]s it.
    pub fn get(&self, url: url::Url) -> reqwest::RequestBuilder {
        self.inner.get(url)
    }

    /// Begins a POST.
    pub fn post(&self, url: url::Url) -> reqwest::RequestBuilder {
        self.inner.post(url)
    }

    /// Begins a request of any method.
    pub fn request(&self, method: http::Method, url: url::Url) -> reqwest::RequestBuilder {
        self.inner.request(method, url)
    }

    /// A call with a token, and a body where there is one.
    pub(crate) fn call(
        &self,
        method: http::Method,
        url: url::Url,
        token: &SecretString,
        body: Option<&serde_json::Value>,
    ) -> reqwest::RequestBuilder {
        let request = self.request(method, url).bearer_auth(token.expose_secret());
        match body {
            Some(body) => request
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(body.to_string()),
            // Some servers refuse a POST of no stated length.
            None => request.header(http::header::CONTENT_LENGTH, 0),
        }
    }

    /// Sends a request and reads the whole reply, whatever its status. `who` names the other side
    /// in failures, such as `chat.slack`.
    pub async fn send(
        &self,
        who: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<Reply, Failure> {
        self.send_capped(who, request, REPLY_MAX_BYTES).await
    }

    /// The same with another limit for the reply, in bytes.
    pub async fn send_capped(
        &self,
        who: &str,
        request: reqwest::RequestBuilder,
        max_bytes: usize,
    ) -> Result<Reply, Failure> {
        let (client, request) = request.build_split();
        let request = request.map_err(|error| unsent(who, &error))?;
        // A name is looked at when it is resolved; a number never is.
        let is_inner = |egress: &Egress| !egress.permits_literal(request.url());
        if self.egress.as_ref().is_some_and(is_inner) {
            return Err(egress::refused(who));
        }
        let response = client.execute(request).await;
        let mut response = response.map_err(|error| unsent(who, &error))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unread(who, &error))? {
            if body.len() + chunk.len() > max_bytes {
                let what = format!("{who}: the reply is larger than {max_bytes} bytes");
                return Err(Failure::retry(what).uncertain());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body: body.freeze() })
    }
}

/// A whole reply.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, at most [`REPLY_MAX_BYTES`] or what was asked for.
    pub body: Bytes,
}

impl Reply {
    /// Turns every status but a success into the failure it commonly means. A vendor with meanings
    /// of its own looks at `status` first.
    pub fn success(self, who: &str) -> Result<Self, Failure> {
        if self.status.is_success() { Ok(self) } else { Err(self.failure(who)) }
    }

    /// Reads the body as JSON. What is not JSON came from something in between, so that nobody
    /// knows whether the vendor acted.
    pub fn json<T: DeserializeOwned>(&self, who: &str) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|_| {
            let what = format!("{who}: the reply is not what the API answers; check base_url");
            Failure::retry(what).uncertain()
        })
    }

    /// The failure that this reply's status commonly means.
    #[must_use]
    pub fn failure(&self, who: &str) -> Failure {
        let status = self.status.as_u16();
        match status {
            429 => self.busy(format!("{who}: asked to wait (429)")),
            503 => self.busy(format!("{who}: not available (503)")),
            408 | 425 => Failure::retry(format!("{who}: try again ({status})")),
            // The request arrived, and what failed may have failed after it took effect.
            500..=599 => Failure::retry(format!("{who}: failed ({status})")).uncertain(),
            401 | 403 | 407 => {
                Failure::denied(format!("{who}: refused our credentials ({status})"))
            }
            300..=399 => Failure::misconfigured(format!(
                "{who}: answered with a redirect ({status}), which is never followed; \
                 set the address it leads to"
            )),
            404 | 405 => Failure::misconfigured(format!(
                "{who}: there is no such API at this address ({status}); check base_url"
            )),
            _ => Failure::permanent(format!("{who}: refused the request ({status})")),
        }
    }

    /// A retry, after the wait that the other side names where it names one.
    #[must_use]
    pub fn busy(&self, what: String) -> Failure {
        match wait_of(&self.headers) {
            Some(after) => Failure::retry_after(after, what),
            None => Failure::retry(what),
        }
    }
}

/// The failure of a request to which no reply came. Only where connecting failed is it certain
/// that nothing happened.
fn unsent(who: &str, error: &reqwest::Error) -> Failure {
    if egress::is_refusal(error) {
        return egress::refused(who);
    }
    if error.is_connect() {
        return Failure::retry(format!("{who}: cannot be reached"));
    }
    if error.is_builder() {
        return Failure::misconfigured(format!("{who}: the request cannot be built"));
    }
    let what = if error.is_timeout() { "did not answer in time" } else { "broke the connection" };
    Failure::retry(format!("{who}: {what}")).uncertain()
}

/// The failure of a reply that broke off.
fn unread(who: &str, error: &reqwest::Error) -> Failure {
    let what = if error.is_timeout() { "did not answer in time" } else { "broke off its answer" };
    Failure::retry(format!("{who}: {what}")).uncertain()
}

#[cfg(test)]
impl HttpClient {
    /// A client for tests, with the cryptography installed.
    pub(crate) fn for_tests() -> Self {
        Self::for_tests_within(TOTAL_TIMEOUT)
    }

    /// The same, which gives up soon.
    pub(crate) fn impatient() -> Self {
        Self::for_tests_within(Duration::from_millis(300))
    }

    fn for_tests_within(total: Duration) -> Self {
        // A second installation fails, and that is fine: the first is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self::within(total).expect("a client")
    }
}

#[cfg(test)]
mod tests;
