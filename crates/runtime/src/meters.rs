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
    /// Counter: records of events taken, by source.
    EventsAccepted,
    /// Counter: records known already, by source.
    EventsDuplicate,
    /// Counter: records that could not be read, by source.
    EventsRejected,
    /// Counter: records that are in the log, by source.
    EventsStored,
    /// Counter: records that rules have looked at, by source.
    EventsEvaluated,
    /// Counter: events too late for windows.
    EventsLate,
    /// Counter: requests refused because detection is behind.
    EventsRefused,
    /// Counter: stored records that cannot be read any more, by source.
    EventsUnreadable,
    /// Counter: fields of records that could not be read, by source.
    EventProblems,
    /// Gauge: stored records that wait for rules.
    EventsWaiting,
    /// Counter: batches of the log that are damaged.
    BatchesDamaged,
    /// Counter: what was raised too late to be told.
    AlertsStale,
    /// Counter: what rules in shadow raised that is counted and not recorded.
    AlertsUnrecorded,
    /// Counter: pages that could not be fetched, by source.
    PullsFailed,
    /// Gauge: bytes of the event log.
    LogBytes,
    /// Gauge: records of the event log.
    LogRecords,
    /// Gauge: accounts and the like that detection has in memory.
    Entities,
    /// Gauge: the bytes that they take.
    EntityBytes,
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
        (Self::EventsAccepted, "records of events taken"),
        (Self::EventsDuplicate, "records of events known already"),
        (Self::EventsRejected, "records of events that could not be read"),
        (Self::EventsStored, "records of events stored"),
        (Self::EventsEvaluated, "records of events evaluated"),
        (Self::EventsLate, "events too late for windows"),
        (Self::EventsRefused, "requests of events refused for being behind"),
        (Self::EventsUnreadable, "stored records that cannot be read"),
        (Self::EventProblems, "fields of events that could not be read"),
        (Self::EventsWaiting, "stored records that wait for rules"),
        (Self::BatchesDamaged, "damaged batches of the event log"),
        (Self::AlertsStale, "alerts raised too late to be told"),
        (Self::AlertsUnrecorded, "alerts of rules in shadow that are counted and not recorded"),
        (Self::PullsFailed, "pages that could not be fetched"),
        (Self::LogBytes, "bytes of the event log"),
        (Self::LogRecords, "records of the event log"),
        (Self::Entities, "entities in memory"),
        (Self::EntityBytes, "bytes of entities in memory"),
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
            Self::EventsAccepted => "countersign_events_accepted_total",
            Self::EventsDuplicate => "countersign_events_duplicate_total",
            Self::EventsRejected => "countersign_events_rejected_total",
            Self::EventsStored => "countersign_events_stored_total",
            Self::EventsEvaluated => "countersign_events_evaluated_total",
            Self::EventsLate => "countersign_events_late_total",
            Self::EventsRefused => "countersign_events_refused_total",
            Self::EventsUnreadable => "countersign_events_unreadable_total",
            Self::EventProblems => "countersign_event_problems_total",
            Self::EventsWaiting => "countersign_events_waiting",
            Self::BatchesDamaged => "countersign_batches_damaged_total",
            Self::AlertsStale => "countersign_alerts_stale_total",
            Self::AlertsUnrecorded => "countersign_alerts_unrecorded_total",
            Self::PullsFailed => "countersign_pulls_failed_total",
            Self::LogBytes => "countersign_event_log_bytes",
            Self::LogRecords => "countersign_event_log_records",
            Self::Entities => "countersign_entities",
            Self::EntityBytes => "countersign_entity_bytes",
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

    /// Counts several.
    pub(crate) fn add(self, number: u64) {
        metrics::counter!(self.name()).increment(number);
    }

    /// Counts several of something that has a name in the configuration.
    pub(crate) fn add_by(self, label: &'static str, value: &str, number: u64) {
        metrics::counter!(self.name(), label => value.to_owned()).increment(number);
    }

    /// Sets a gauge that there is one of.
    pub(crate) fn set(self, number: f64) {
        metrics::gauge!(self.name()).set(number);
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
