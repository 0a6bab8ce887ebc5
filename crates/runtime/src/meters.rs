//! The names of all measurements, in one place.

use std::fmt;

/// A measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meter {
    /// Counter: alerts taken, by source.
    AlertsAccepted,
    /// Counter: alerts known already, by source.
    AlertsDuplicate,
    /// Counter: records refused, by source.
    AlertsRejected,
    /// Counter: steps of cases, by kind of input.
    CaseSteps,
    /// Counter: steps decided again because another writer was first.
    CaseConflicts,
    /// Counter: messages that arrived, by destination.
    Sent,
    /// Counter: messages that will be tried again, by destination.
    Retried,
    /// Counter: messages given up, by destination.
    Failed,
    /// Counter: pages that no target accepted in their time, by destination. Wakes an operator.
    PagesLost,
    /// Counter: calls that ran into a panic of ours, by destination.
    Panics,
    /// Gauge: messages that wait, by destination.
    Waiting,
    /// Gauge: cases, by state.
    Cases,
    /// Counter: timers that fired.
    Timers,
    /// Gauge: bytes free on the store's volume.
    FreeBytes,
    /// Counter: callbacks of chats, by chat and what they were.
    Callbacks,
    /// Counter: look-ups of enrichment, by step.
    Enriched,
}

impl Meter {
    /// All of them with what they count, for the exporter.
    pub const ALL: &[(Self, &'static str)] = &[
        (Self::AlertsAccepted, "alerts taken"),
        (Self::AlertsDuplicate, "alerts known already"),
        (Self::AlertsRejected, "records refused"),
        (Self::CaseSteps, "steps of cases"),
        (Self::CaseConflicts, "steps decided again because another writer was first"),
        (Self::Sent, "messages that arrived"),
        (Self::Retried, "messages to be tried again"),
        (Self::Failed, "messages given up"),
        (Self::PagesLost, "pages that were given up"),
        (Self::Panics, "calls that ran into a panic"),
        (Self::Waiting, "messages waiting"),
        (Self::Cases, "cases by state"),
        (Self::Timers, "timers fired"),
        (Self::FreeBytes, "bytes free on the store's volume"),
        (Self::Callbacks, "callbacks of chats"),
        (Self::Enriched, "look-ups of enrichment"),
    ];

    /// Its name as exported.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AlertsAccepted => "countersign_alerts_accepted_total",
            Self::AlertsDuplicate => "countersign_alerts_duplicate_total",
            Self::AlertsRejected => "countersign_alerts_rejected_total",
            Self::CaseSteps => "countersign_case_steps_total",
            Self::CaseConflicts => "countersign_case_conflicts_total",
            Self::Sent => "countersign_messages_sent_total",
            Self::Retried => "countersign_messages_retried_total",
            Self::Failed => "countersign_messages_failed_total",
            Self::PagesLost => "countersign_pages_lost_total",
            Self::Panics => "countersign_panics_total",
            Self::Waiting => "countersign_messages_waiting",
            Self::Cases => "countersign_cases",
            Self::Timers => "countersign_timers_fired_total",
            Self::FreeBytes => "countersign_free_bytes",
            Self::Enriched => "countersign_lookups_total",
            Self::Callbacks => "countersign_callbacks_total",
        }
    }

    /// Counts one.
    pub(crate) fn count(self) {
        metrics::counter!(self.name()).increment(1);
    }

    /// Counts one of something that has a name in the configuration or in the code.
    pub(crate) fn count_by(self, label: &'static str, value: &str) {
        metrics::counter!(self.name(), label => value.to_owned()).increment(1);
    }

    /// Sets a gauge.
    pub(crate) fn set_by(self, label: &'static str, value: &str, number: f64) {
        metrics::gauge!(self.name(), label => value.to_owned()).set(number);
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
