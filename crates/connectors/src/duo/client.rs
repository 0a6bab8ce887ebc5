//! The three calls we make, signed, and their failures as decisions.

use std::{sync::Arc, time::Duration};

use http::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, DATE},
};
use model::Timestamp;
use ports::{Clock, Failure};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    map::{self, Envelope, Preauth, Started, Status},
    sign::{self, Call},
};
use crate::http::{BaseUrl, HttpClient, Reply};

/// How long one look at a transaction may hold; Duo answers late when nothing happens.
const POLL_TIMEOUT: Duration = Duration::from_secs(30);

/// Talks to one Duo application.
pub(super) struct Client {
    /// Named in failures, such as `verify.duo`.
    pub who: String,
    pub base_url: BaseUrl,
    pub integration_key: String,
    pub secret_key: SecretString,
    pub http: HttpClient,
    pub clock: Arc<dyn Clock>,
}

impl Client {
    /// What a person can do now; with it comes the code of a verified push.
    pub(super) async fn preauth(&self, parameters: &[(&str, &str)]) -> Result<Preauth, Failure> {
        self.post("auth/v2/preauth", parameters).await
    }

    /// Sends the push.
    pub(super) async fn auth(&self, parameters: &[(&str, &str)]) -> Result<Started, Failure> {
        self.post("auth/v2/auth", parameters).await
    }

    /// The state of a transaction; `None` when nothing has happened within this poll.
    pub(super) async fn auth_status(&self, txid: &str) -> Result<Option<Status>, Failure> {
        let parameters = [("txid", txid)];
        let call = self.send(Method::GET, "auth/v2/auth_status", &parameters);
        let Ok(reply) = tokio::time::timeout(POLL_TIMEOUT, call).await else { return Ok(None) };
        let reply = reply?;
        match self.answer(&reply) {
            Err((_, map::INVALID_PARAMETER)) => Ok(None),
            Err((failure, _)) => Err(failure),
            Ok(status) => Ok(Some(status)),
        }
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let reply = self.send(Method::POST, path, parameters).await?;
        self.answer(&reply).map_err(|(failure, _)| failure)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Reply, Failure> {
        let mut url = self.base_url.join(path);
        let date = self.date(self.clock.now())?;
        let is_post = method == Method::POST;
        let query = if is_post { String::new() } else { sign::query(parameters) };
        let body = if is_post { json_of(parameters) } else { Vec::new() };
        let authorization = Call {
            date: &date,
            method: method.as_str(),
            host: &self.base_url.host(),
            path: url.path(),
            query: &query,
            body: &body,
        }
        .authorization(&self.integration_key, &self.secret_key);
        let request = if is_post {
            self.http.post(url).header(CONTENT_TYPE, "application/json").body(body)
        } else {
            url.set_query(Some(&query));
            // The bound on a poll is ours, so that a silent one differs from a broken one.
            self.http.get(url).timeout(POLL_TIMEOUT * 2)
        };
        let request = request.header(DATE, date).header(AUTHORIZATION, authorization);
        self.http.send(&self.who, request).await
    }

    /// Opens the envelope; a failure comes with Duo's number for it.
    fn answer<T: DeserializeOwned>(&self, reply: &Reply) -> Result<T, (Failure, u32)> {
        let envelope: Option<Envelope> = serde_json::from_slice(&reply.body).ok();
        match envelope {
            Some(envelope) if envelope.stat == "OK" && reply.status.is_success() => {
                serde_json::from_value(envelope.response).map_err(|_| (self.unreadable(), 0))
            }
            Some(Envelope { code, .. }) => {
                let failure = map::failure(&self.who, code);
                Err((failure.unwrap_or_else(|| self.by_status(reply, code)), code))
            }
            None if reply.status.is_success() => Err((self.unreadable(), 0)),
            None => Err((reply.failure(&self.who), 0)),
        }
    }

    /// The failure of an envelope without a number that we know: too many requests, or theirs.
    fn by_status(&self, reply: &Reply, code: u32) -> Failure {
        if reply.status.is_success() {
            let what = format!("{}: Duo could not answer ({code})", self.who);
            return Failure::retry(what).uncertain();
        }
        reply.failure(&self.who)
    }

    fn unreadable(&self) -> Failure {
        let what = format!("{}: the reply is not what Duo's API answers", self.who);
        Failure::retry(what).uncertain()
    }

    fn date(&self, now: Timestamp) -> Result<String, Failure> {
        sign::date(now).ok_or_else(|| {
            Failure::misconfigured(format!("{}: set the clock of this server", self.who))
        })
    }
}

fn json_of(parameters: &[(&str, &str)]) -> Vec<u8> {
    let object: Map<String, Value> =
        parameters.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect();
    Value::Object(object).to_string().into_bytes()
}
