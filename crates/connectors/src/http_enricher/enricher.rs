//! The port: looking something up.

use async_trait::async_trait;
use http::{Method, StatusCode, header};
use model::{Facts, Span};
use ports::{
    Failure,
    enricher::{About, Enricher},
};
use serde_json::Value;
use url::Url;

use super::{HttpEnricher, map};
use crate::http::Reply;

/// How much of an answer is read, in bytes.
const REPLY_MAX_BYTES: usize = 64 * 1024;

#[async_trait]
impl Enricher for HttpEnricher {
    fn fields(&self) -> Option<Vec<&str>> {
        Some(self.settings.fields.keys().map(String::as_str).collect())
    }

    fn is_local(&self) -> bool {
        false
    }

    /// What is asked is all that the answer depends on.
    fn key(&self, about: &About<'_>) -> Option<String> {
        self.url(about).map(Into::into)
    }

    async fn enrich(&self, about: &About<'_>) -> Result<Option<Facts>, Failure> {
        let Some(url) = self.url(about) else { return Ok(None) };
        let request = self
            .http
            .request(Method::GET, url)
            .timeout(self.settings.timeout)
            .header(header::ACCEPT, "application/json")
            .headers(self.settings.headers.clone());
        let reply = self.http.send_capped(&self.who, request, REPLY_MAX_BYTES).await;
        let read = reply.and_then(|reply| self.read(reply));
        // Nothing that we do can come of a look.
        read.map_err(Failure::certain)
    }

    fn life(&self) -> Span {
        self.settings.life
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok(format!("asks {}; not tried", self.settings.template.host()))
    }
}

impl HttpEnricher {
    fn url(&self, about: &About<'_>) -> Option<Url> {
        self.settings.template.fill(about, self.settings.asks_about_inner)
    }

    fn read(&self, reply: Reply) -> Result<Option<Facts>, Failure> {
        if reply.status == StatusCode::NOT_FOUND && self.settings.is_unknown_an_answer {
            return Ok(None);
        }
        let reply = reply.success(&self.who)?;
        let kind = reply.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        let is_json = kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json");
        if !is_json {
            // Whoever stands in the way answers with a page.
            let what = format!("{}: answered with something else than JSON", self.who);
            return Err(Failure::retry(what));
        }
        let answer: Value = reply.json(&self.who)?;
        Ok(Some(map::facts(&answer, &self.settings.fields)))
    }
}
