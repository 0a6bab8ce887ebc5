//! The one call there is.

use std::time::Duration;

use bytes::Bytes;
use ports::{Decision, Failure};

use super::PagerDuty;

/// How long to wait after a 429 that names no wait: the vendor asks for minutes.
const BUSY_WAIT: Duration = Duration::from_secs(60);

impl PagerDuty {
    /// Sends an event. The body holds the routing key, so that nothing of it, and nothing of an
    /// answer that may repeat it, gets into a failure.
    pub(super) async fn enqueue(&self, body: Bytes) -> Result<(), Failure> {
        let request = self
            .http
            .post(self.settings.base_url.join("v2/enqueue"))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body);
        let reply = self.http.send(&self.who, request).await?;
        match reply.status.as_u16() {
            202 => Ok(()),
            400 => {
                let what = "the event was refused as invalid (400); check routing_key";
                Err(Failure::permanent(format!("{}: {what}", self.who)))
            }
            200..=299 => {
                let what = "the reply is not the one of Events API v2; check base_url";
                Err(Failure::retry(format!("{}: {what}", self.who)).uncertain())
            }
            429 => Err(patient(reply.failure(&self.who))),
            _ => Err(reply.failure(&self.who)),
        }
    }
}

fn patient(failure: Failure) -> Failure {
    match failure.decision {
        Decision::Retry { after: None } => Failure::retry_after(BUSY_WAIT, failure.what),
        _ => failure,
    }
}
