//! Access tokens of our own (RFC 6749, section 4.4, and RFC 7523): fetched, kept until shortly
//! before they expire, and forgotten when they are refused.

use std::sync::Arc;

use model::{Span, Timestamp};
use ports::{Clock, Failure};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::{http::HttpClient, respond::word};

/// How long before its end a token is not used any more.
const MARGIN: Span = Span::seconds(60);
/// How long a token may be kept at most.
const LIFE_MAX: Span = Span::hours(1);
/// The same where the other side does not say.
const LIFE_DEFAULT: Span = Span::minutes(10);

/// Keeps the one token of a connector.
pub(crate) struct TokenCache {
    who: String,
    http: HttpClient,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    token: SecretString,
    until: Timestamp,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: String,
}

impl TokenCache {
    /// Without a token yet. `who` names the connector in failures.
    pub(crate) fn new(who: &str, http: HttpClient, clock: Arc<dyn Clock>) -> Self {
        Self { who: who.to_owned(), http, clock, kept: Mutex::default() }
    }

    /// The token, fetched by this request where there is none that is good. Failing to fetch one
    /// changes nothing, so that such a failure is certain.
    pub(crate) async fn token(
        &self,
        request: impl FnOnce() -> Result<reqwest::RequestBuilder, Failure>,
    ) -> Result<SecretString, Failure> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.until > now) {
            return Ok(kept.token.clone());
        }
        *kept = None;
        let fresh = self.fetch(request()?, now).await.map_err(Failure::certain)?;
        let token = fresh.token.clone();
        *kept = Some(fresh);
        Ok(token)
    }

    /// The token was refused: the next call fetches another.
    pub(crate) async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    async fn fetch(
        &self,
        request: reqwest::RequestBuilder,
        now: Timestamp,
    ) -> Result<Kept, Failure> {
        let reply = self.http.send(&self.who, request).await?;
        if matches!(reply.status.as_u16(), 400 | 401 | 403) {
            let why = serde_json::from_slice::<Refused>(&reply.body).unwrap_or_default().error;
            let what = format!("{}: no access token for our credentials", self.who);
            return Err(Failure::denied(format!("{what} ({})", word(&why))));
        }
        let answer: Answer = reply.success(&self.who)?.json(&self.who)?;
        let life = answer.expires_in.map_or(LIFE_DEFAULT, Span::seconds).min(LIFE_MAX);
        let until = MARGIN.before(life.after(now));
        Ok(Kept { token: answer.access_token.into(), until })
    }
}
