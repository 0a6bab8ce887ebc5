//! The port, filled.

use async_trait::async_trait;
use http::{StatusCode, header};
use model::Timestamp;
use ports::{
    Failure,
    compliance::{ComplianceSignal, Delivery, PollRefused, Polled, RelyingParty},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use super::{Caep, config::Way, poll, token};
use crate::{
    http::{Reply, TargetUrl},
    respond::word,
};

/// The media type of a token.
const TOKEN_TYPE: &str = "application/secevent+jwt";

/// What a receiver says that takes no token (RFC 8935, section 2.3).
#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    err: String,
}

#[async_trait]
impl RelyingParty for Caep {
    fn delivery(&self) -> Delivery {
        match self.settings.way {
            Way::Push { .. } => Delivery::Push,
            Way::Poll(_) => Delivery::Poll,
        }
    }

    async fn tell(&self, signal: &ComplianceSignal) -> Result<(), Failure> {
        let Way::Push { url, token } = &self.settings.way else {
            return Err(Failure::misconfigured(format!("{}: asks for what it gets", self.who)));
        };
        let request = self
            .http
            .post(url.url())
            .header(header::CONTENT_TYPE, TOKEN_TYPE)
            .header(header::ACCEPT, "application/json")
            .body(token::token(&self.settings, signal));
        let request = match token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        let reply = self.http.send(&self.who, request).await?;
        match reply.status {
            // 200 and 204 are not the standard's, and mean it all the same.
            status if status.is_success() => Ok(()),
            StatusCode::BAD_REQUEST => Err(self.refusal(&reply)),
            _ => Err(reply.failure(&self.who)),
        }
    }

    fn asked(
        &self,
        headers: &http::HeaderMap,
        body: &[u8],
        waiting: &[ComplianceSignal],
    ) -> Result<Polled, PollRefused> {
        let Way::Poll(auth) = &self.settings.way else {
            return Err(PollRefused::Malformed("this relying party is told and does not ask"));
        };
        auth.check(headers, body, self.now())?;
        poll::answer(body, waiting, |signal| token::token(&self.settings, signal))
    }

    fn keys(&self) -> Option<Value> {
        Some(self.settings.key.public())
    }

    async fn check(&self) -> Result<String, Failure> {
        let key = self.settings.key.id();
        Ok(match &self.settings.way {
            Way::Push { url, .. } => format!("tells {}, signed by {key}", host(url)),
            Way::Poll(_) => format!("waits to be asked, signs by {key}"),
        })
    }
}

fn host(url: &TargetUrl) -> String {
    url.host()
}

impl Caep {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// By the receiver's word.
    fn refusal(&self, reply: &Reply) -> Failure {
        let refused: Refused = serde_json::from_slice(&reply.body).unwrap_or_default();
        let what = format!("{}: refused the token ({})", self.who, word(&refused.err));
        match refused.err.as_str() {
            "authentication_failed" | "access_denied" => Failure::denied(what),
            "invalid_key" | "invalid_issuer" | "invalid_audience" => Failure::misconfigured(what),
            _ => Failure::permanent(what),
        }
    }
}
