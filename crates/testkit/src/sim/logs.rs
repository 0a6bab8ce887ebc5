//! Everything the engine logs, read line by line: no secret and no personal data may be in it.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::witness::{MARK, Witness};

/// Takes every line and keeps none.
pub(super) struct LogReader {
    witness: Witness,
    /// Further words that no line may hold.
    secrets: Vec<String>,
    spans: AtomicU64,
}

impl LogReader {
    pub(super) fn new(witness: &Witness, secrets: Vec<String>) -> Self {
        Self { witness: witness.clone(), secrets, spans: AtomicU64::new(1) }
    }

    fn read(&self, line: &str) {
        let is_leak = line.contains(MARK) || self.secrets.iter().any(|it| line.contains(it));
        if is_leak {
            self.witness.wrong(format!("a log line tells too much: {line}"));
        }
        self.witness.scan_text("a log line", line);
    }
}

impl Subscriber for LogReader {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut line = Line::default();
        span.record(&mut line);
        self.read(&line.0);
        span::Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut line = Line::default();
        values.record(&mut line);
        self.read(&line.0);
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.read(&line.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, "{field}={value:?} ").expect("a string takes all");
    }
}
