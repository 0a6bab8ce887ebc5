//! The calls.

use std::{sync::atomic::Ordering, time::Duration};

use http::Method;
use ports::{Failure, responder::ActionCall};
use serde_json::Value;
use url::Url;

use super::{
    WebhookResponder,
    map::{Answer, Ask, poll_url},
};
use crate::{
    http::Reply,
    standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER},
    webhook::client::signatures,
};

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of a reply is read, in bytes.
const REPLY_MAX_BYTES: usize = 64 * 1024;

/// What came back.
pub(super) enum Said {
    /// 200, or 202.
    Yes(Answer),
    /// 409.
    Already,
    /// 422, and why.
    No(String),
}

impl WebhookResponder {
    /// Sends a message that acts: its id is the same over retries.
    pub(super) async fn act(
        &self,
        ask: Ask,
        call: &ActionCall,
        url: Url,
        message: &Value,
    ) -> Result<Said, Failure> {
        let id = format!("{}.{}", call.id, ask.name());
        self.read(self.send(Method::POST, url, &id, message.to_string()).await?)
    }

    /// Sends a message that only asks: each time with another id, since the answer may be another.
    pub(super) async fn ask(
        &self,
        ask: &str,
        call: &ActionCall,
        url: Url,
        message: &Value,
    ) -> Result<Said, Failure> {
        let id = self.look_id(ask, call);
        let reply = self.send(Method::POST, url, &id, message.to_string()).await;
        reply.and_then(|reply| self.read(reply)).map_err(Failure::certain)
    }

    /// Asks how far it is.
    pub(super) async fn poll(&self, call: &ActionCall, path: &str) -> Result<Said, Failure> {
        let url = poll_url(&self.settings.url.url(), path).ok_or_else(|| {
            let what = "the receiver wants to be asked elsewhere than on its own server";
            Failure::permanent(format!("{}: {what}", self.who))
        })?;
        let id = self.look_id("poll", call);
        let reply = self.send(Method::GET, url, &id, String::new()).await;
        reply.and_then(|reply| self.read(reply)).map_err(Failure::certain)
    }

    fn look_id(&self, ask: &str, call: &ActionCall) -> String {
        let (now, number) = (self.clock.now(), self.looks.fetch_add(1, Ordering::Relaxed));
        format!("{}.{ask}.{}.{number}", call.id, now.as_microsecond())
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        id: &str,
        body: String,
    ) -> Result<Reply, Failure> {
        let timestamp = self.clock.now().as_second();
        let signed = signatures(&self.settings.keys, id, timestamp, body.as_bytes());
        let signed = signed
            .ok_or_else(|| Failure::misconfigured(format!("{}: there is no secret", self.who)))?;
        let mut request = self
            .http
            .request(method, url)
            .timeout(TIMEOUT)
            .header(ID_HEADER, id)
            .header(TIMESTAMP_HEADER, timestamp)
            .header(SIGNATURE_HEADER, signed);
        if !body.is_empty() {
            request = request.header(http::header::CONTENT_TYPE, "application/json").body(body);
        }
        self.http.send_capped(&self.who, request, REPLY_MAX_BYTES).await
    }

    fn read(&self, reply: Reply) -> Result<Said, Failure> {
        match reply.status.as_u16() {
            409 => Ok(Said::Already),
            422 => {
                let answer: Answer = serde_json::from_slice(&reply.body).unwrap_or_default();
                Ok(Said::No(answer.reason()))
            }
            _ => Ok(Said::Yes(reply.success(&self.who)?.json(&self.who)?)),
        }
    }
}
