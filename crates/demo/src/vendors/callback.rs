//! Calls from a stand-in to Countersign: plain HTTP/1.0 over loopback, one connection a call, so
//! that no HTTP client is needed.

use std::{io, time::Duration};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use bytes::Bytes;
use ports::chat::HttpCall;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// How long a vendor waits for our answer.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// How much of an answer is read, in bytes.
pub(super) const ANSWER_MAX_BYTES: u64 = 1024 * 1024;

/// A correctly signed call, ready to be sent, or to be tampered with first.
#[derive(Debug, Clone)]
pub struct SignedCall {
    /// The last part of the path it goes to.
    pub kind: &'static str,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON, if it is.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl SignedCall {
    pub(crate) fn new(
        kind: &'static str,
        headers: &[(&'static str, &str)],
        body: impl Into<Bytes>,
    ) -> Self {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("our own header values are plain");
            (HeaderName::from_static(name), value)
        });
        Self { kind, headers: headers.collect(), body: body.into() }
    }

    /// The call as a connector reads it, without a network between.
    #[must_use]
    pub fn to_http_call(&self) -> HttpCall {
        HttpCall {
            kind: self.kind.to_owned(),
            headers: self.headers.clone(),
            body: self.body.clone(),
        }
    }

    /// Sends it to `base` (such as `http://127.0.0.1:8400/callbacks/slack`) plus `/kind`.
    pub async fn send(&self, base: &str) -> io::Result<Answer> {
        let sent = async {
            let (host, head) = self.head(base)?;
            let mut stream = TcpStream::connect(host).await?;
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&self.body).await?;
            let mut reply = Vec::new();
            stream.take(ANSWER_MAX_BYTES).read_to_end(&mut reply).await?;
            read(&reply).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
        };
        tokio::time::timeout(ANSWER_TIMEOUT, sent).await?
    }

    fn head(&self, base: &str) -> io::Result<(String, String)> {
        let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
        let uri: Uri = format!("{base}/{}", self.kind).parse().map_err(|_| invalid())?;
        let host = uri.authority().ok_or_else(invalid)?.to_string();
        let mut head = format!("POST {} HTTP/1.0\r\nhost: {host}\r\n", uri.path());
        for (name, value) in &self.headers {
            let value = value.to_str().map_err(|_| invalid())?;
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", self.body.len()));
        Ok((host, head))
    }
}

fn read(reply: &[u8]) -> Option<Answer> {
    let end = reply.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&reply[..end]).ok()?;
    let status = head.split(' ').nth(1)?.get(..3)?.parse().ok()?;
    Some(Answer { status, body: reply[end + 4..].to_vec() })
}
