//! A list of addresses that are all of one kind, from a file or an address on the web.

mod read;

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use event::Anonymiser;
use http::{HeaderValue, StatusCode, header};
use jiff::fmt::rfc2822::DateTimeParser;
use model::{Span, Timestamp};
use ports::{Clock, Decision, Failure, networks::TableHealth};

use super::{
    Stamp,
    config::Means,
    ranges::{Range, Ranges},
    stamp,
};
use crate::http::{HttpClient, Reply, TargetUrl};

/// The largest list, in bytes.
const LIST_BYTES_MAX: usize = 32 * 1_024 * 1_024;
/// How long fetching one may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);
/// How long after a failed fetch the next one is.
const RETRY: Span = Span::minutes(5);
/// How long an exit of Tor counts after it left the list: its connections live on.
const DEPARTED: Span = Span::hours(24);

/// A list of addresses.
pub struct IpList {
    name: String,
    means: Means,
    from: From,
    every: Span,
    clock: Arc<dyn Clock>,
    taken: ArcSwapOption<Taken>,
    state: Mutex<State>,
}

/// Where a list is.
pub(super) enum From {
    File(PathBuf),
    Url(TargetUrl, HttpClient),
}

/// The list that counts.
struct Taken {
    listed: Ranges,
    /// What left the list, and until when it counts all the same.
    departed: Vec<(Range, Timestamp)>,
    /// Both.
    all: Ranges,
    as_of: Option<Timestamp>,
}

#[derive(Default)]
struct State {
    failure: Option<String>,
    /// When to look again.
    due: Option<Timestamp>,
    /// Which file was read last.
    stamp: Option<Stamp>,
    /// What a conditional request says.
    validators: Vec<(header::HeaderName, HeaderValue)>,
}

/// A list that came.
struct Came {
    text: Vec<u8>,
    as_of: Option<Timestamp>,
}

impl IpList {
    /// A list: a file is read, an address is asked at the first refresh.
    pub(super) fn load(
        name: String,
        means: Means,
        from: From,
        every: Span,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (taken, state) = (ArcSwapOption::empty(), Mutex::default());
        let list = Self { name, means, from, every, clock, taken, state };
        if let From::File(path) = &list.from {
            list.lock().stamp = stamp(path);
            list.take(file(path));
        }
        list
    }

    /// The kind of an address; all kinds false where it is not listed, nothing without a list.
    pub(super) fn look_up(&self, ip: IpAddr) -> Option<Anonymiser> {
        let taken = self.taken.load();
        let is_listed = taken.as_ref()?.all.has(ip);
        let mut kinds = Anonymiser::default();
        match self.means {
            Means::Tor => kinds.is_tor = is_listed,
            Means::Vpn => kinds.is_vpn = is_listed,
            Means::Proxy => kinds.is_proxy = is_listed,
            Means::Hosting => kinds.is_hosting = is_listed,
        }
        Some(kinds)
    }

    pub(super) fn health(&self) -> TableHealth {
        let taken = self.taken.load();
        TableHealth {
            name: self.name.clone(),
            as_of: taken.as_ref().and_then(|taken| taken.as_of),
            entries: taken.as_ref().map(|taken| taken.listed.len() as u64),
            failure: self.lock().failure.clone(),
        }
    }

    /// Looks for a newer list, when it is time.
    pub(super) async fn refresh(&self) {
        let now = self.clock.now();
        if self.lock().due.is_some_and(|due| now < due) {
            return self.forget_departed(now);
        }
        match &self.from {
            From::File(path) => self.refresh_file(path).await,
            From::Url(url, http) => match self.fetched(url, http).await {
                Ok(Some(came)) => self.take(Ok(came)),
                Ok(None) => self.unchanged(now),
                Err(failure) => self.failed(failure.what.clone(), wait_of(&failure)),
            },
        }
        self.forget_departed(now);
    }

    /// Reads the file if it is another than the one that was read last.
    async fn refresh_file(&self, path: &Path) {
        let stamp = stamp(path);
        if stamp.is_some() && stamp == self.lock().stamp {
            return;
        }
        let owned = path.to_owned();
        // A thread that may block reads it, and this waits for it.
        let came = tokio::task::spawn_blocking(move || file(&owned)).await;
        self.lock().stamp = stamp;
        self.take(came.unwrap_or_else(|_| Err("reading it was cut off".to_owned())));
    }

    /// The list of an address, or nothing where it is the one that we have.
    async fn fetched(&self, url: &TargetUrl, http: &HttpClient) -> Result<Option<Came>, Failure> {
        let who = format!("enrich.{}", self.name);
        let mut request = http.get(url.url()).timeout(FETCH_TIMEOUT);
        for (name, value) in self.lock().validators.clone() {
            request = request.header(name, value);
        }
        let reply = http.send_capped(&who, request, LIST_BYTES_MAX).await?;
        if reply.status == StatusCode::NOT_MODIFIED && self.taken.load().is_some() {
            return Ok(None);
        }
        let reply = reply.success(&who)?;
        let as_of = modified(&reply).unwrap_or_else(|| self.clock.now());
        let validators = validators(&reply);
        let came = Came { text: reply.body.to_vec(), as_of: Some(as_of) };
        // A list that is refused is to be sent again, whole.
        if self.read(&came).is_ok() {
            self.lock().validators = validators;
        }
        Ok(Some(came))
    }

    /// Takes a list, or keeps the one before and says why.
    fn take(&self, came: Result<Came, String>) {
        let now = self.clock.now();
        let read = came.and_then(|came| Ok((self.read(&came)?, came.as_of)));
        match read {
            Err(why) => self.failed(why, RETRY),
            Ok((listed, as_of)) => {
                let departed = self.departed(&listed, now);
                self.taken.store(Some(Arc::new(Taken::of(listed, departed, as_of))));
                let mut state = self.lock();
                (state.failure, state.due) = (None, self.next(now));
            }
        }
    }

    /// The entries of a list that may replace the one before.
    fn read(&self, came: &Came) -> Result<Ranges, String> {
        let listed = read::entries(&came.text)?;
        let before = self.taken.load().as_ref().map_or(0, |taken| taken.listed.len());
        if listed.len() * 2 < before {
            return Err(format!(
                "has shrunk from {before} to {} entries: the one before stays in use; restart to \
                 take it all the same",
                listed.len()
            ));
        }
        Ok(listed)
    }

    /// What has left the list, and what left it lately.
    fn departed(&self, listed: &Ranges, now: Timestamp) -> Vec<(Range, Timestamp)> {
        let taken = self.taken.load();
        let Some(before) = taken.as_ref().filter(|_| self.means == Means::Tor) else {
            return Vec::new();
        };
        let left_now = before.listed.entries().iter().map(|range| (*range, DEPARTED.after(now)));
        let left_before = before.departed.iter().copied().filter(|(_, until)| now < *until);
        left_now.chain(left_before).filter(|(range, _)| !listed.has_range(*range)).collect()
    }

    fn forget_departed(&self, now: Timestamp) {
        let taken = self.taken.load();
        let Some(taken) = taken.as_ref() else { return };
        if taken.departed.iter().any(|(_, until)| *until <= now) {
            let departed = taken.departed.iter().copied().filter(|(_, until)| now < *until);
            let (listed, as_of) = (taken.listed.clone(), taken.as_of);
            self.taken.store(Some(Arc::new(Taken::of(listed, departed.collect(), as_of))));
        }
    }

    fn unchanged(&self, now: Timestamp) {
        let mut state = self.lock();
        (state.failure, state.due) = (None, self.next(now));
    }

    fn failed(&self, why: String, wait: Span) {
        let now = self.clock.now();
        let mut state = self.lock();
        if state.failure.as_ref() != Some(&why) {
            tracing::warn!(table = self.name, "the list is not replaced: {why}");
        }
        (state.failure, state.due) = (Some(why), self.next(now).map(|_| wait.after(now)));
    }

    /// A file is looked at each time; an address is asked as often as told.
    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        match self.from {
            From::File(_) => None,
            From::Url(..) => Some(self.every.after(now)),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn of(listed: Ranges, departed: Vec<(Range, Timestamp)>, as_of: Option<Timestamp>) -> Self {
        let gone = departed.iter().map(|(range, _)| *range);
        let all = Ranges::of(listed.entries().iter().copied().chain(gone).collect());
        Self { listed, departed, all, as_of }
    }
}

/// The list of a file, as old as the file is.
fn file(path: &Path) -> Result<Came, String> {
    let told = |error: std::io::Error| format!("{}: cannot be read: {error}", path.display());
    let metadata = fs::metadata(path).map_err(told)?;
    if metadata.len() > LIST_BYTES_MAX as u64 {
        return Err(format!("{}: larger than {LIST_BYTES_MAX} bytes", path.display()));
    }
    let as_of = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    Ok(Came { text: fs::read(path).map_err(told)?, as_of })
}

/// When the other side made it.
fn modified(reply: &Reply) -> Option<Timestamp> {
    let text = reply.headers.get(header::LAST_MODIFIED)?.to_str().ok()?;
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// What asks for the list only if it is another.
fn validators(reply: &Reply) -> Vec<(header::HeaderName, HeaderValue)> {
    let of = |from: header::HeaderName, to: header::HeaderName| {
        reply.headers.get(from).map(|value| (to, value.clone()))
    };
    let tag = of(header::ETAG, header::IF_NONE_MATCH);
    let time = of(header::LAST_MODIFIED, header::IF_MODIFIED_SINCE);
    tag.into_iter().chain(time).collect()
}

fn wait_of(failure: &Failure) -> Span {
    match failure.decision {
        Decision::Retry { after: Some(after) } => Span::seconds(after.as_secs()).max(RETRY),
        _ => RETRY,
    }
}
