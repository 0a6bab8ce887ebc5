//! What every handler can reach.

use std::{collections::BTreeMap, fmt, sync::Arc};

use ports::{Clock, source::Source};
use runtime::{Engine, detection::Detection, posture::Posture};
use url::{Host, Url};

use crate::{
    blocklists::Blocklists, client::Network, gate::Gates, keys::ApiKeys, limits::Limits,
    streams::Streams,
};

/// Renders the metrics in the text format of Prometheus.
pub type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;

/// What every handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// What decides.
    pub engine: Engine,
    /// Devices.
    pub posture: Posture,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where we are.
    pub site: Arc<Site>,
    /// `[sources.NAME]`, by name.
    pub sources: Arc<BTreeMap<String, Source>>,
    /// What takes events, where it is at work.
    pub detection: Option<Detection>,
    /// `[devices.NAME]` that send, by name.
    pub devices: Arc<BTreeMap<String, Source>>,
    /// `[api_keys]`.
    pub keys: Arc<ApiKeys>,
    /// The lists that firewalls fetch.
    pub blocklists: Blocklists,
    /// What is taken at most.
    pub limits: Limits,
    /// The metrics, where the main listener shows them too, to who may `read`.
    pub metrics: Option<MetricsText>,
    /// How much is taken at a time.
    pub gates: Arc<Gates>,
    /// The streams that are open.
    pub streams: Streams,
}

impl AppState {
    /// A server without sources, keys and devices, with the usual limits.
    #[must_use]
    pub fn new(engine: Engine, clock: Arc<dyn Clock>, site: Site) -> Self {
        let limits = Limits::default();
        Self {
            posture: Posture::without_devices(engine.clone()),
            engine,
            clock,
            site: Arc::new(site),
            sources: Arc::default(),
            detection: None,
            devices: Arc::default(),
            keys: Arc::default(),
            blocklists: Blocklists::default(),
            limits,
            metrics: None,
            gates: Arc::new(Gates::new(&limits)),
            streams: Streams::default(),
        }
    }

    /// The same with these sources.
    #[must_use]
    pub fn with_sources(mut self, sources: impl IntoIterator<Item = Source>) -> Self {
        let named = sources.into_iter().map(|source| (source.name.clone(), source));
        self.sources = Arc::new(named.collect());
        self
    }

    /// The same with detection at work.
    #[must_use]
    pub fn with_detection(mut self, detection: Detection) -> Self {
        self.detection = Some(detection);
        self
    }

    /// The same with these devices, and with who sends facts of some.
    #[must_use]
    pub fn with_posture(
        mut self,
        posture: Posture,
        senders: impl IntoIterator<Item = Source>,
    ) -> Self {
        let named = senders.into_iter().map(|source| (source.name.clone(), source));
        (self.posture, self.devices) = (posture, Arc::new(named.collect()));
        self
    }

    /// The same with these keys.
    #[must_use]
    pub fn with_keys(mut self, keys: ApiKeys) -> Self {
        self.keys = Arc::new(keys);
        self
    }

    /// The same with these lists for firewalls.
    #[must_use]
    pub fn with_blocklists(mut self, blocklists: Blocklists) -> Self {
        self.blocklists = blocklists;
        self
    }

    /// The same with these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self.gates = Arc::new(Gates::new(&limits));
        self
    }

    /// The same with metrics to show.
    #[must_use]
    pub fn with_metrics(mut self, metrics: MetricsText) -> Self {
        self.metrics = Some(metrics);
        self
    }
}

/// Where we are, as browsers see it.
#[derive(Debug, Clone)]
pub struct Site {
    url: Url,
    base: String,
    trusted_proxies: Vec<Network>,
}

/// Why an address cannot be that of our pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// It cannot be read.
    #[error("not an address such as https://countersign.example.com")]
    Unreadable,
    /// It has more than scheme, host and port.
    #[error("an address without path, question mark, fragment or user name is needed")]
    NotARoot,
    /// It is plain http and not loopback.
    #[error("plain http is for loopback addresses only: use https")]
    Plain,
}

impl Site {
    /// The site at this `public_url`, behind these proxies.
    ///
    /// # Errors
    /// The address is not the root of an https host, or of a plain-http loopback.
    pub fn new(public_url: &str, trusted_proxies: Vec<Network>) -> Result<Self, SiteError> {
        let url = Url::parse(public_url).map_err(|_| SiteError::Unreadable)?;
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(SiteError::Unreadable),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            "http" => return Err(SiteError::Plain),
            _ => return Err(SiteError::Unreadable),
        }
        let is_root = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_root || !url.username().is_empty() || url.password().is_some() {
            return Err(SiteError::NotARoot);
        }
        let base = url.origin().ascii_serialization();
        Ok(Self { url, base, trusted_proxies })
    }

    /// The address without a trailing slash, which is also the origin that our own pages send.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }
    /// The address as people type it, for the sentence "check it at …": the host, and the port
    /// where it is not the usual one.
    #[must_use]
    pub fn host(&self) -> &str {
        self.base.split_once("://").map_or(&self.base, |(_, host)| host)
    }
    /// Whether browsers reach us over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
    /// The proxies whose word about a client's address counts.
    #[must_use]
    pub fn trusted_proxies(&self) -> &[Network] {
        &self.trusted_proxies
    }
}

impl fmt::Debug for AppState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppState")
            .field("site", &self.site.base)
            .field("sources", &self.sources.keys())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_at_the_root_of_a_host_and_plain_only_on_loopback() {
        for (url, result) in [
            ("https://countersign.example.com", Ok("https://countersign.example.com")),
            ("https://countersign.example.com:8443/", Ok("https://countersign.example.com:8443")),
            ("http://localhost:8400", Ok("http://localhost:8400")),
            ("http://127.0.0.1:8400", Ok("http://127.0.0.1:8400")),
            ("http://[::1]:8400", Ok("http://[::1]:8400")),
            ("http://countersign.example.com", Err(SiteError::Plain)),
            ("http://localhost.example.com", Err(SiteError::Plain)),
            ("https://example.com/countersign", Err(SiteError::NotARoot)),
            ("https://mia@example.com", Err(SiteError::NotARoot)),
            ("https://example.com/?a", Err(SiteError::NotARoot)),
            ("ftp://example.com", Err(SiteError::Unreadable)),
            ("countersign.example.com", Err(SiteError::Unreadable)),
        ] {
            let site = Site::new(url, Vec::new());
            assert_eq!(site.as_ref().map(Site::base), result.as_ref().copied(), "{url}");
        }
    }

    #[test]
    fn s8_the_usual_port_is_left_out_of_addresses_and_others_are_kept() {
        for (url, base) in [
            ("https://countersign.example.com:443", "https://countersign.example.com"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://countersign.example.com:8443", "https://countersign.example.com:8443"),
        ] {
            assert_eq!(Site::new(url, Vec::new()).expect("a site").base(), base);
        }
    }

    #[test]
    fn people_are_told_an_address_that_they_can_type() {
        for (url, host) in [
            ("https://countersign.example.com", "countersign.example.com"),
            ("https://countersign.example.com:443/", "countersign.example.com"),
            ("http://localhost:8400", "localhost:8400"),
            ("http://[::1]:8400", "[::1]:8400"),
        ] {
            assert_eq!(Site::new(url, Vec::new()).expect("a site").host(), host);
        }
    }
}
