//! From the bytes of a record to its events: the same when it arrives and when it is read from
//! the log again.

use bytes::Bytes;
use detect::baseline::VERDICT_PRODUCT;
use event::{Doc, Event, Uid};
use model::Timestamp;
use ports::{
    event_log::{Record, StoredBatch},
    events::{EventMap, settle_time},
};

use super::{
    EventSource, Inner, OWN_SOURCE,
    annotate::{locate, person},
    handover::Work,
};
use crate::meters::Meter;

/// A record with its events.
pub(super) struct Read {
    pub(super) record: Record,
    pub(super) events: Vec<Event>,
}

/// The events of a record, as detection takes them, and how many oddities it has. `complete` adds
/// what is known of an event; our own verdicts are complete.
///
/// # Errors
/// What is wrong with the record, without any of it.
pub fn read_record(
    source: &str,
    map: &dyn EventMap,
    bytes: &[u8],
    received_at: Timestamp,
    complete: &mut dyn FnMut(&mut Event),
) -> Result<(Vec<Event>, usize), String> {
    let (doc, odd) = Doc::parse(bytes).map_err(|error| error.to_string())?;
    let mut events = Vec::new();
    let read = map.read(doc, &mut |event| events.push(event));
    let mut problems =
        read.map_err(|rejected| rejected.problem)?.len() + usize::from(odd.is_some());
    for event in &mut events {
        if source == OWN_SOURCE {
            event.time = received_at;
            continue;
        }
        if event.logsource.product == VERDICT_PRODUCT {
            return Err(format!("the product {VERDICT_PRODUCT} is our own"));
        }
        problems += usize::from(settle_time(event, received_at).is_some());
        complete(event);
    }
    Ok((events, problems))
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
        let (name, map) = (&*source.name, &*source.map);
        let (events, problems) = read_record(name, map, bytes, received_at, &mut |event| {
            locate(event, &*self.networks);
            event.actor.person = person(event, &*self.engine.parts.directory);
        })?;
        if problems > 0 {
            Meter::EventProblems.add_by("source", name, problems as u64);
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
