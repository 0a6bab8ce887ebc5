//! Sending batches, again where the server is busy or away for a while.

use std::{io::Write as _, time::Duration};

use anyhow::bail;
use connectors::http::{BaseUrl, HttpClient, Reply};
use flate2::{Compression, write::GzEncoder};
use serde::Deserialize;
use url::Url;

use super::files::Batch;
use crate::{ending::Misuse, terminal::harmless};

/// How often a batch is sent before it is given up: about ten minutes.
const TRIES: u32 = 120;
/// The wait between two tries where the server names none.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// The longest.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(60);
/// The server, in messages.
const SERVER: &str = "the server";

/// Sends to one source of a server.
pub(super) struct Sender {
    http: HttpClient,
    url: Url,
    token: String,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Receipt {
    pub(super) duplicates: u64,
    /// Place in the batch, and problem.
    pub(super) rejected: Vec<(u64, String)>,
}

#[derive(Deserialize)]
struct Answer {
    duplicates: u64,
    rejected: Vec<Rejected>,
}

#[derive(Deserialize)]
struct Rejected {
    index: u64,
    problem: String,
}

impl Sender {
    pub(super) fn new(url: &str, source: &str, token: &str) -> anyhow::Result<Self> {
        let base: BaseUrl = url.parse().map_err(|error| Misuse::of([format!("--url: {error}")]))?;
        let url = base.join(&format!("v1/events/{source}"));
        Ok(Self { http: HttpClient::new()?, url, token: token.to_owned() })
    }

    /// Sends a batch until it is taken.
    pub(super) async fn send(&self, batch: &Batch) -> anyhow::Result<Receipt> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&batch.body)?;
        let body = gzip.finish()?;
        let mut why = String::new();
        for _ in 0..TRIES {
            let request = self.http.post(self.url.clone()).bearer_auth(&self.token);
            let request = request
                .header("content-type", "application/x-ndjson")
                .header("content-encoding", "gzip")
                .body(body.clone());
            let wait = match self.http.send(SERVER, request).await {
                Ok(reply) if reply.status.as_u16() == 202 => {
                    let answer: Answer = serde_json::from_slice(&reply.body)?;
                    let rejected = answer.rejected.into_iter();
                    return Ok(Receipt {
                        duplicates: answer.duplicates,
                        rejected: rejected.map(|it| (it.index, it.problem)).collect(),
                    });
                }
                Ok(reply) if is_passing(&reply) => {
                    why = said(&reply);
                    wait(&reply)
                }
                Ok(reply) => bail!("{}", said(&reply)),
                Err(failure) => {
                    why = failure.to_string();
                    AGAIN_AFTER
                }
            };
            tokio::time::sleep(wait).await;
        }
        bail!("given up after {TRIES} tries: {why}; the same command goes on from here")
    }
}

fn is_passing(reply: &Reply) -> bool {
    matches!(reply.status.as_u16(), 408 | 429 | 500 | 502..=504)
}

fn wait(reply: &Reply) -> Duration {
    let named = reply.headers.get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
    named.map_or(AGAIN_AFTER, Duration::from_secs).min(AGAIN_AFTER_MAX)
}

/// What the server said, for a person.
fn said(reply: &Reply) -> String {
    let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let told = |key: &str| body[key].as_str().map(harmless);
    let what = [told("title"), told("detail")].into_iter().flatten().collect::<Vec<_>>().join(": ");
    format!("{what} ({})", reply.status.as_u16())
}
