//! How the company's tools send events.

use std::time::Duration;

use connectors::http::{BaseUrl, HttpClient};
use ports::Failure;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// Between two tries where the server does not take something.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Tries.
const TRIES: usize = 20;

/// Sends events to the demo's server.
pub(super) struct Sender<'a> {
    http: HttpClient,
    base: BaseUrl,
    token: &'a SecretString,
}

impl<'a> Sender<'a> {
    /// To the server at `base`.
    pub(super) fn new(http: HttpClient, base: BaseUrl, token: &'a SecretString) -> Self {
        Self { http, base, token }
    }

    /// Sends records as a tool does: again where they are not taken, and not for ever.
    pub(super) async fn send(&self, source: &str, records: &[Value]) {
        let mut last: Option<Failure> = None;
        for _ in 0..TRIES {
            let request = self.http.post(self.base.join(&format!("v1/events/{source}")));
            let request = request.json(&records).bearer_auth(self.token.expose_secret());
            let sent = self.http.send("the demo's server", request).await;
            match sent.and_then(|reply| reply.success("the demo's server").map(drop)) {
                Ok(()) => return,
                Err(failure) => last = Some(failure),
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
        if let Some(failure) = last {
            tracing::warn!("events of the demo were not taken: {failure}");
        }
    }
}
