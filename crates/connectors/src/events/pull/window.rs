//! Logs that are told newest first: fetched in windows of time, so that what comes out is in order
//! and of a bounded size, and a pull that is cut off loses one window and nothing else.

use async_trait::async_trait;
use bytes::Bytes;
use model::{Span, Timestamp};
use ports::Failure;

/// The most pages of a window. One that has more is cut.
const WINDOW_PAGES_MAX: usize = 10;
/// The most bytes of a window's pages.
const WINDOW_BYTES_MAX: usize = 64 * 1_024 * 1_024;
/// A window is not cut below this; vendors' times are whole seconds.
const WINDOW_SECONDS_MIN: u64 = 2;
/// How much more a window may have that cannot be cut any more.
const LAST_TIMES: usize = 4;

/// How much a window is cut, and grows again afterwards: each cut costs the pages that were fetched.
const STEP: u64 = 4;

/// The next window of one who is at `at`: as wide as the last one suggests, and not beyond now. A
/// clock that was set back would ask for nothing until it has caught up; then it looks back a
/// little.
pub(in crate::events) fn next_window(
    at: Timestamp,
    width: Option<Span>,
    (widest, back): (Span, Span),
    now: Timestamp,
) -> Window {
    let from = if at > now { back.before(now) } else { at };
    let width = width.map_or(widest, |width| Span::seconds(width.as_seconds() * STEP).min(widest));
    Window { from, to: width.after(from).min(now) }
}

/// A span of time; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::events) struct Window {
    pub(in crate::events) from: Timestamp,
    pub(in crate::events) to: Timestamp,
}

impl Window {
    /// How wide it is.
    pub(in crate::events) fn width(self) -> Span {
        let seconds = self.to.duration_since(self.from).as_secs();
        Span::seconds(u64::try_from(seconds).unwrap_or(0).max(1))
    }
}

/// Whoever answers a window page by page, newest first.
#[async_trait]
pub(in crate::events) trait Pages {
    /// The page behind a token; the first without one.
    async fn page(&self, window: Window, token: Option<&str>) -> Result<Page, Failure>;
}

/// A page.
pub(in crate::events) struct Page {
    pub(in crate::events) records: Vec<Bytes>,
    /// The size of what was fetched, which the records keep in memory.
    pub(in crate::events) bytes: usize,
    /// The token of the next one; older records.
    pub(in crate::events) next: Option<String>,
}

/// The records of a window, oldest first, and the window that they are of: the wanted one, or an
/// earlier part of it where that has too much in it.
pub(in crate::events) async fn collected(
    who: &str,
    pages: &(impl Pages + Sync),
    mut window: Window,
) -> Result<(Vec<Bytes>, Window), Failure> {
    loop {
        let seconds = window.width().as_seconds();
        let is_last = seconds <= WINDOW_SECONDS_MIN;
        if let Some(mut records) = whole(who, pages, window, is_last).await? {
            records.reverse();
            return Ok((records, window));
        }
        window.to = Span::seconds((seconds / STEP).max(1)).after(window.from);
    }
}

/// All records of a window, newest first; `None` where it has too much in it.
async fn whole(
    who: &str,
    pages: &(impl Pages + Sync),
    window: Window,
    is_last: bool,
) -> Result<Option<Vec<Bytes>>, Failure> {
    let times = if is_last { LAST_TIMES } else { 1 };
    let (mut records, mut bytes, mut token) = (Vec::new(), 0, None::<String>);
    for _ in 0..WINDOW_PAGES_MAX * times {
        let page = pages.page(window, token.as_deref()).await?;
        bytes += page.bytes;
        records.extend(page.records);
        match page.next {
            None => return Ok(Some(records)),
            next if next == token => {
                return Err(Failure::retry(format!("{who}: its pages lead in a circle")));
            }
            Some(_) if bytes > WINDOW_BYTES_MAX * times => break,
            next => token = next,
        }
    }
    if is_last {
        let what = format!("{who}: {WINDOW_SECONDS_MIN} seconds of its log are too much at once");
        return Err(Failure::retry(what));
    }
    Ok(None)
}
