//! Pulling in tests: until there is nothing more, and what came.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use model::{Span, Timestamp};
use ports::{
    Clock as _, Decision, Failure,
    clock::ManualClock,
    events::{Cursor, PulledPage, Puller},
};
use serde_json::Value;

use crate::{events::section::Outside, http::HttpClient, secret::SecretRef};

/// When the tests are.
pub(in crate::events) const NOW: &str = "2026-11-20T08:00:00Z";
/// More pages than any test has.
const PAGES_MAX: usize = 100;

/// A clock, and the outside with it.
pub(in crate::events) fn outside() -> (ManualClock, Outside) {
    let clock = ManualClock::at(at(NOW));
    let outside = Outside { http: HttpClient::for_tests(), clock: Arc::new(clock.clone()) };
    (clock, outside)
}

pub(in crate::events) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// So many seconds before the clock's time.
pub(in crate::events) fn ago(clock: &ManualClock, seconds: u64) -> Timestamp {
    Span::seconds(seconds).before(clock.now())
}

/// A secret that is in a file.
pub(in crate::events) fn secret(name: &str, text: &str) -> SecretRef {
    let folder = std::env::temp_dir().join(format!("countersign-pull-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    // Tests run side by side: each has a file of its own.
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let path = folder.join(format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&path, text).expect("written");
    SecretRef::File(path)
}

/// Pulls until there is nothing more: the ids that came, in order, where it stands, and how long
/// it waits.
pub(in crate::events) async fn drained(
    puller: &dyn Puller,
    from: Option<Cursor>,
    id: &str,
) -> (Vec<String>, Cursor, Span) {
    let mut cursor = from;
    let mut ids = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = puller.pull(cursor.as_ref()).await.expect("a page");
        ids.extend(page.records.iter().map(|record| id_of(record, id)));
        if let Some(wait) = page.wait {
            return (ids, page.cursor, wait);
        }
        cursor = Some(page.cursor);
    }
    panic!("there is no end");
}

pub(in crate::events) fn ids(page: &PulledPage, id: &str) -> Vec<String> {
    page.records.iter().map(|record| id_of(record, id)).collect()
}

fn id_of(record: &[u8], pointer: &str) -> String {
    let value: Value = serde_json::from_slice(record).expect("JSON");
    value.pointer(pointer).expect("an id").as_str().expect("a text").to_owned()
}

/// Every fault that a vendor may have, and what is decided.
pub(in crate::events) async fn check_faults(
    puller: &dyn Puller,
    faults: &demo::vendors::Faults,
    call: &str,
) {
    use demo::vendors::Fault;
    let retry = |failure: &Failure| failure.is_retryable();
    for (fault, is_right, told) in [
        (Fault::Status(500), retry as fn(&Failure) -> bool, "failed (500)"),
        (Fault::Status(503), retry, "not available"),
        (Fault::Page, retry, "not what the API answers"),
        (Fault::Half, retry, "not what the API answers"),
        (Fault::Drop, retry, "broke"),
        (Fault::Status(401), |failure| failure.decision == Decision::Denied, "refused"),
        (Fault::Status(302), |failure| failure.decision == Decision::Misconfigured, "redirect"),
        (Fault::Status(404), |failure| failure.decision == Decision::Misconfigured, "no such API"),
        (
            Fault::Busy("7"),
            |failure| {
                let after = Some(std::time::Duration::from_secs(7));
                failure.decision == Decision::Retry { after }
            },
            "asked to wait",
        ),
    ] {
        faults.next(call, fault.clone());
        let failure = puller.pull(None).await.expect_err("a failure");
        assert!(is_right(&failure), "{fault:?}: {failure:?}");
        assert!(failure.what.starts_with("sources."), "{failure}");
        assert!(failure.what.contains(told), "{fault:?}: {failure}");
    }
    faults.next(call, Fault::Slow(std::time::Duration::from_millis(50)));
    puller.pull(None).await.expect("a slow page is a page");
    puller.pull(None).await.expect("all is well again");
}
