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
/// No window is narrower.
const NARROWEST: Span = Span::seconds(1);

/// The next window of one who is at `at`: as wide as was kept, and not beyond now. A clock that was
/// set back would ask for nothing until it has caught up; then it looks back a little.
pub(in crate::events) fn next_window(
    at: Timestamp,
    width: Option<Span>,
    (widest, back): (Span, Span),
    now: Timestamp,
) -> Window {
    let from = if at > now { back.before(now) } else { at };
    let width = width.unwrap_or(widest).clamp(NARROWEST, widest);
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

    /// How wide the one after it may be.
    pub(in crate::events) fn grown(self) -> Span {
        Span::seconds(self.width().as_seconds() * STEP)
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

/// What came of a window.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::events) enum Collected {
    /// All of its records, oldest first.
    Whole(Vec<Bytes>),
    /// It has too much in it: the next one is to begin where it began, and to be as wide as this.
    /// Whoever pulls keeps that before they ask again: what was learned of a busy log must outlast
    /// a pull that is cut off.
    TooMuch(Span),
}

/// Fetches a window.
pub(in crate::events) async fn collected(
    who: &str,
    pages: &(impl Pages + Sync),
    window: Window,
) -> Result<Collected, Failure> {
    let seconds = window.width().as_seconds();
    match whole(who, pages, window, seconds <= WINDOW_SECONDS_MIN).await? {
        Some(mut records) => {
            records.reverse();
            Ok(Collected::Whole(records))
        }
        None => Ok(Collected::TooMuch(Span::seconds(seconds / STEP).max(NARROWEST))),
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const NOW: i64 = 1_795_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(NOW + seconds).expect("in range")
    }

    /// A log of these seconds, newest first, one record a page.
    struct Seconds {
        log: Vec<i64>,
        calls: AtomicUsize,
        page_bytes: usize,
    }

    #[async_trait]
    impl Pages for Seconds {
        async fn page(&self, window: Window, token: Option<&str>) -> Result<Page, Failure> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let fits = |second: &&i64| (window.from..=window.to).contains(&at(**second));
            let mut fitting: Vec<i64> = self.log.iter().filter(fits).copied().collect();
            fitting.sort_unstable_by(|one, other| other.cmp(one));
            let place: usize = token.map_or(0, |token| token.parse().expect("a place"));
            let records = fitting.get(place).map(|second| Bytes::from(second.to_string()));
            let next = (place + 1 < fitting.len()).then(|| (place + 1).to_string());
            Ok(Page { records: records.into_iter().collect(), bytes: self.page_bytes, next })
        }
    }

    fn log(log: Vec<i64>) -> Seconds {
        Seconds { log, calls: AtomicUsize::new(0), page_bytes: 1 }
    }

    /// Everything of the last hour, window by window.
    async fn all(log: &Seconds) -> Vec<i64> {
        let (mut place, mut width, mut found) = (at(-3_600), None, Vec::new());
        for _ in 0..1_000 {
            let widest = (Span::hours(1), Span::minutes(1));
            let window = next_window(place, width, widest, at(0));
            let records = match collected("sources.x", log, window).await.expect("an answer") {
                Collected::Whole(records) => records,
                Collected::TooMuch(narrower) => {
                    width = Some(narrower);
                    continue;
                }
            };
            let seconds = records.iter().map(|record| {
                str::from_utf8(record).expect("text").parse::<i64>().expect("a second")
            });
            found.extend(seconds);
            if window.to == at(0) {
                return found;
            }
            (place, width) = (window.to, Some(window.grown()));
        }
        panic!("there is no end");
    }

    #[tokio::test]
    async fn a_window_with_too_much_in_it_is_cut_and_what_comes_out_is_in_order() {
        for seconds in [
            (-3_600..=0).step_by(10).collect::<Vec<_>>(),
            vec![-1_800; 35],
            [vec![-3_600; 20], vec![-1; 20], vec![0; 20]].concat(),
            (-100..=0).collect(),
            Vec::new(),
        ] {
            let log = log(seconds.clone());
            let mut found = all(&log).await;
            assert!(found.is_sorted(), "{found:?}");
            // What lies on a border of two windows comes twice.
            let mut wanted = seconds;
            wanted.sort_unstable();
            wanted.dedup();
            found.dedup();
            assert_eq!(found, wanted);
            assert!(log.calls.into_inner() < 1_500, "and not by a call for each second");
        }
    }

    #[tokio::test]
    async fn pages_that_are_large_count_as_many() {
        let heavy = Seconds { page_bytes: WINDOW_BYTES_MAX / 2, ..log((-9..=0).collect()) };
        let wanted = Window { from: at(-3_600), to: at(0) };
        let collected = collected("sources.x", &heavy, wanted).await.expect("an answer");
        assert_eq!(collected, Collected::TooMuch(Span::minutes(15)));
    }

    /// A pull is cut off after a while: what it has learned must be told before it goes on.
    #[tokio::test]
    async fn a_window_with_too_much_in_it_costs_no_more_than_its_pages() {
        let busy = log((-3_600..=0).collect());
        let wanted = Window { from: at(-3_600), to: at(0) };
        let collected = collected("sources.x", &busy, wanted).await.expect("an answer");
        assert!(matches!(collected, Collected::TooMuch(_)), "{collected:?}");
        assert_eq!(busy.calls.into_inner(), WINDOW_PAGES_MAX);
    }

    #[tokio::test]
    async fn too_much_for_a_window_that_cannot_be_cut_is_told_and_so_is_a_circle() {
        let burst = log(vec![-1; WINDOW_PAGES_MAX * LAST_TIMES + 1]);
        let wanted = Window { from: at(-2), to: at(0) };
        let failure = collected("sources.x", &burst, wanted).await.expect_err("too much");
        assert!(failure.is_retryable() && failure.what.contains("too much at once"));

        struct Circle;
        #[async_trait]
        impl Pages for Circle {
            async fn page(&self, _: Window, _: Option<&str>) -> Result<Page, Failure> {
                Ok(Page { records: Vec::new(), bytes: 1, next: Some("again".to_owned()) })
            }
        }
        let failure = collected("sources.x", &Circle, wanted).await.expect_err("a circle");
        assert!(failure.what.contains("in a circle"), "{failure}");
    }

    #[test]
    fn a_window_grows_again_and_never_ends_before_it_begins() {
        let widest = (Span::hours(6), Span::minutes(15));
        let window = |at_: i64, width| next_window(at(at_), width, widest, at(0));
        assert_eq!(window(-86_400, None).width(), Span::hours(6));
        assert_eq!(window(-86_400, Some(Span::minutes(1))).width(), Span::minutes(1));
        assert_eq!(window(-86_400, Some(Span::minutes(1))).grown(), Span::minutes(4));
        assert_eq!(window(-86_400, Some(Span::ZERO)).width(), Span::seconds(1));
        assert_eq!(window(-86_400, Some(Span::days(1))).width(), Span::hours(6));
        assert_eq!(window(-86_400, Some(Span::hours(6))).width(), Span::hours(6));
        assert_eq!(window(-60, None), Window { from: at(-60), to: at(0) });
        assert_eq!(window(60, None), Window { from: at(-900), to: at(0) }, "a clock set back");
    }
}
