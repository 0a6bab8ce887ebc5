//! Public feeds of what is known of operating systems, fetched only when they changed.
//!
//! Each request says who asks (`User-Agent: countersign/VERSION`) and what it has already. A feed
//! is read as a whole and given on as text: whether it takes the place of what is known is the
//! core's to say.

use async_trait::async_trait;
use http::{HeaderMap, StatusCode, header};
use ports::{
    Failure,
    feeds::{Feed, Fetched, Validators},
};

use crate::http::{HttpClient, TargetUrl};

/// The largest feed, in bytes.
const FEED_MAX_BYTES: usize = 16 * 1024 * 1024;
/// The longest validator that is kept, in bytes.
const VALIDATOR_MAX_BYTES: usize = 512;

/// A feed on the web.
#[derive(Debug)]
pub struct WebFeed {
    who: String,
    url: TargetUrl,
    http: HttpClient,
}

impl WebFeed {
    /// The feed of this name at this address.
    #[must_use]
    pub fn new(name: &str, url: TargetUrl, http: HttpClient) -> Self {
        Self { who: format!("os_currency.{name}"), url, http }
    }
}

#[async_trait]
impl Feed for WebFeed {
    async fn fetch(&self, known: &Validators) -> Result<Fetched, Failure> {
        let mut request = self.http.get(self.url.url());
        request = request.header(header::ACCEPT, "application/json");
        for (name, value) in [
            (header::IF_NONE_MATCH, &known.etag),
            (header::IF_MODIFIED_SINCE, &known.last_modified),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let sent = self.http.send_capped(&self.who, request, FEED_MAX_BYTES);
        let reply = sent.await.map_err(Failure::certain)?;
        if reply.status == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::Unchanged);
        }
        let reply = reply.success(&self.who).map_err(Failure::certain)?;
        let body = String::from_utf8(reply.body.to_vec())
            .map_err(|_| Failure::retry(format!("{}: the feed is not UTF-8", self.who)))?;
        let validators = Validators {
            etag: validator(&reply.headers, header::ETAG),
            last_modified: validator(&reply.headers, header::LAST_MODIFIED),
        };
        Ok(Fetched::Fresh { body, validators })
    }
}

fn validator(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (text.len() <= VALIDATOR_MAX_BYTES).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use demo::vendors::{Fault, feeds::FeedWorld};
    use ports::Decision;

    use super::*;

    async fn world() -> (FeedWorld, WebFeed) {
        let world = FeedWorld::start().await.expect("a free port");
        world.put("macos.json", "{\"first\":1}");
        let url = world.url("macos.json").parse().expect("a loopback address");
        (world, WebFeed::new("sofa_macos", url, HttpClient::for_tests()))
    }

    fn fresh(fetched: Fetched) -> (String, Validators) {
        match fetched {
            Fetched::Fresh { body, validators } => (body, validators),
            Fetched::Unchanged => panic!("unchanged"),
        }
    }

    #[tokio::test]
    async fn a_feed_is_read_again_only_when_it_changed() {
        let (world, feed) = world().await;
        let first = feed.fetch(&Validators::default()).await.expect("fetched");
        let (body, known) = fresh(first);
        assert_eq!(body, "{\"first\":1}");
        assert!(known.etag.is_some() && known.last_modified.is_some());
        assert_eq!(feed.fetch(&known).await, Ok(Fetched::Unchanged));
        world.put("macos.json", "{\"second\":2}");
        let (body, later) = fresh(feed.fetch(&known).await.expect("fetched"));
        assert_eq!(body, "{\"second\":2}");
        assert_ne!(later, known);
        assert_eq!(world.sent_bodies(), 2);
    }

    #[tokio::test]
    async fn a_bad_day_of_a_feed_is_told_and_never_uncertain() {
        let (world, feed) = world().await;
        for (fault, decision) in [
            (Fault::Status(500), Decision::Retry { after: None }),
            (Fault::Status(404), Decision::Misconfigured),
            (Fault::Status(301), Decision::Misconfigured),
            (Fault::Status(403), Decision::Denied),
            (Fault::Drop, Decision::Retry { after: None }),
        ] {
            world.faults().next("macos.json", fault.clone());
            let failure = feed.fetch(&Validators::default()).await.expect_err("the fault");
            assert_eq!((failure.decision, failure.uncertain), (decision, false), "{fault:?}");
        }
        world.put("macos.json", &" ".repeat(FEED_MAX_BYTES + 1));
        assert!(feed.fetch(&Validators::default()).await.is_err_and(|it| it.is_retryable()));
    }
}
