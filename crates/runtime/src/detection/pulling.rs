//! Fetching what a source keeps. A place is stored only when what was fetched up to it is.

use std::{sync::Arc, time::Duration};

use model::Span;
use ports::{
    events::{Cursor, Puller},
    failure::Decision,
    store::{Commit, Record, RecordOp, Space},
};
use tokio::sync::watch;

use super::{Detection, EventSource, Inner};
use crate::{engine::EngineError, meters::Meter, pause};

/// The first pause after a failure; it doubles with each.
const BACK_OFF: Span = Span::seconds(5);
/// The longest.
const BACK_OFF_MAX: Span = Span::minutes(10);
/// How long one page may take.
const PAGE_TIME: Span = Span::minutes(2);

/// Fetches until told to stop.
pub(super) async fn run(inner: Arc<Inner>, source: EventSource, mut stop: watch::Receiver<bool>) {
    let Some(puller) = source.puller.clone() else { return };
    let mut failures = 0;
    while !*stop.borrow() {
        let clock = Arc::clone(&inner.engine.parts.clock);
        let wait = match pull(&inner, &source, &*puller).await {
            Ok(wait) => {
                failures = 0;
                wait.unwrap_or(Span::ZERO)
            }
            Err(wait) => {
                failures += 1;
                Meter::PullsFailed.count_by("source", &source.name);
                wait.unwrap_or_else(|| back_off(failures))
            }
        };
        let at = wait.after(clock.now());
        tokio::select! {
            _ = stop.changed() => {}
            () = pause::until(&*clock, at) => {}
        }
    }
}

/// Fetches one page and stores it; how long to wait before the next. An error has the wait that
/// was asked for, if any.
async fn pull(
    inner: &Arc<Inner>,
    source: &EventSource,
    puller: &dyn Puller,
) -> Result<Option<Span>, Option<Span>> {
    let name = &*source.name;
    let cursor = inner.cursor(name).await.map_err(|error| {
        tracing::error!(%error, source = name, "the place in a source's log cannot be read");
        None
    })?;
    let clock = &*inner.engine.parts.clock;
    let page = pause::within(clock, PAGE_TIME, puller.pull(cursor.as_ref())).await;
    let page = page.map_err(|failure| {
        tracing::warn!(%failure, source = name, "a source's log cannot be fetched");
        match failure.decision {
            Decision::Retry { after: Some(after) } => Some(span(after)),
            Decision::Retry { after: None } => None,
            Decision::Permanent | Decision::Denied | Decision::Misconfigured => Some(BACK_OFF_MAX),
        }
    })?;
    if !page.records.is_empty() {
        let taken = Detection(Arc::clone(inner)).take_records(name, page.records).await;
        taken.map_err(|error| {
            tracing::warn!(%error, source = name, "what was fetched cannot be stored");
            None
        })?;
    }
    inner.keep_cursor(name, &page.cursor).await.map_err(|error| {
        tracing::error!(%error, source = name, "the place in a source's log cannot be kept");
        None
    })?;
    Ok(page.wait)
}

fn span(length: Duration) -> Span {
    Span::seconds(length.as_secs().max(1))
}

fn back_off(failures: u32) -> Span {
    let seconds = BACK_OFF.as_seconds() << failures.saturating_sub(1).min(10);
    Span::seconds(seconds.min(BACK_OFF_MAX.as_seconds()))
}

impl Inner {
    async fn cursor(&self, source: &str) -> Result<Option<Cursor>, EngineError> {
        let store = &self.engine.parts.store;
        let record = store.record(Space::Meta, &key(source), self.engine.now()).await?;
        Ok(record.map(|record| Cursor(record.value)))
    }

    async fn keep_cursor(&self, source: &str, cursor: &Cursor) -> Result<(), EngineError> {
        let record = Record {
            space: Space::Meta,
            key: key(source),
            owner: None,
            value: cursor.0.clone(),
            expires_at: None,
        };
        let records = vec![RecordOp::Put(record)];
        self.engine.parts.store.commit(Commit { records, ..Commit::default() }).await?;
        Ok(())
    }
}

fn key(source: &str) -> String {
    format!("events.cursor/{source}")
}
