//! From the bytes of a record to its events: the same when it arrives and when it is read from
//! the log again.

use bytes::Bytes;
use detect::baseline::VERDICT_PRODUCT;
use event::{Doc, Event, Uid};
use model::Timestamp;
use ports::{
    event_log::{Record, StoredBatch},
    events::settle_time,
};

use super::{EventSource, Inner, OWN_SOURCE, annotate::annotate, handover::Work};
use crate::meters::Meter;

/// A record with its events.
pub(super) struct Read {
    pub(super) record: Record,
    pub(super) events: Vec<Event>,
}

impl Inner {
    /// Reads a record of a source; an error says what is wrong with it, without any of it.
    pub(super) fn read(
        &self,
        source: &EventSource,
        bytes: Bytes,
        received_at: Timestamp,
    ) -> Result<Read, String> {
        let events = self.events(source, &bytes, received_at)?;
        let uid: Uid = events.first().map(|event| event.uid).ok_or("holds no event")?;
        Ok(Read { record: Record { uid, bytes }, events })
    }

    fn events(
        &self,
        source: &EventSource,
        bytes: &[u8],
        received_at: Timestamp,
    ) -> Result<Vec<Event>, String> {
        let (doc, odd) = Doc::parse(bytes).map_err(|error| error.to_string())?;
        let mut events = Vec::new();
        let read = source.map.read(doc, &mut |event| events.push(event));
        let mut problems =
            read.map_err(|rejected| rejected.problem)?.len() + usize::from(odd.is_some());
        let is_own = &*source.name == OWN_SOURCE;
        for event in &mut events {
            if !is_own && event.logsource.product == VERDICT_PRODUCT {
                return Err(format!("the product {VERDICT_PRODUCT} is our own"));
            }
            problems += usize::from(!is_own && settle_time(event, received_at).is_some());
            if is_own {
                event.time = received_at;
            } else {
                annotate(event, &*self.networks, &*self.engine.parts.directory);
            }
        }
        if problems > 0 {
            Meter::EventProblems.add_by("source", &source.name, problems as u64);
        }
        Ok(events)
    }

    /// A batch of the log, read again. What was a good record when it was stored and is none now,
    /// because its source is configured otherwise, is counted and passed over.
    pub(super) fn read_again(&self, position: u64, batch: StoredBatch) -> Work {
        let bytes = batch.records.iter().map(Bytes::len).sum();
        let records = batch.records.len() as u64;
        let mut events = Vec::new();
        match self.sources.get(&batch.source) {
            None => Meter::EventsUnreadable.add_by("source", &batch.source, records),
            Some(source) => {
                for record in &batch.records {
                    match self.events(source, record, batch.received_at) {
                        Ok(read) => events.extend(read),
                        Err(_) => Meter::EventsUnreadable.add_by("source", &batch.source, 1),
                    }
                }
            }
        }
        let (source, received_at) = (batch.source, batch.received_at);
        Work { position, source, received_at, records, bytes, events }
    }
}
