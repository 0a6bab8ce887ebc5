//! Microsoft Entra: sign-ins, directory audits and risk detections, and Azure's activity log.
//!
//! The same record has three spellings: Graph's (`status.errorCode`), that of the diagnostic
//! export, which wraps Graph's in `properties` (`resultType`), and the columns of Log Analytics
//! (`ResultType`). All are read; rules written for any of them find their fields through aliases.

mod aliases;
mod config;
mod form;
mod outcome;
mod record;
#[cfg(test)]
mod tests;

use std::ops::Range;

use event::{
    Doc, Event, Logsource,
    split::{self, Envelope},
};
use model::Problem;
use ports::{
    events::{BodyError, EventMap},
    source::Rejected,
};

use super::reading::{Reading, iso, missing, rejected, unframed};
use form::Form;
use record::Record;

pub use config::EntraConfig;

/// Graph's answers; the export to an event hub.
const ENVELOPES: &[Envelope] = &[&["value"], &["records"]];
const FRAMES: &[&[&str]] = &[&["event"]];
const LOGSOURCES: &[Logsource] = &[
    service("signinlogs"),
    service("auditlogs"),
    service("riskdetection"),
    service("activitylogs"),
];
/// Where the time may be, the record's own before the frame's.
const TIMES: &[&[&str]] = &[
    &["activityDateTime"],
    &["createdDateTime"],
    &["detectedDateTime"],
    &["CreatedDateTime"],
    &["ActivityDateTime"],
    &["time"],
    &["eventTimestamp"],
    &["TimeGenerated"],
];

const fn service(service: &'static str) -> Logsource {
    Logsource { product: "azure", service }
}

/// Reads Entra's records.
#[derive(Debug, Clone, Copy, Default)]
pub struct EntraMap;

impl EventMap for EntraMap {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, ENVELOPES, max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let doc = unframed(doc, "id", FRAMES);
        let form = Form::of(doc.root()).ok_or_else(|| {
            rejected("neither a sign-in, an audit, a risk detection nor an activity of Azure")
        })?;
        let mut reading = Reading::of(&doc);
        let record = Record { form, root: doc.root() };
        let time = record.first(TIMES).ok_or_else(|| missing(TIMES[0]))?;
        let time = iso(time).ok_or_else(|| rejected("its time cannot be read"))?;
        let action = record.action().ok_or_else(|| missing(&["activityDisplayName"]))?;
        let uid = record.uid(&mut reading, &doc);
        let (outcome, reason) = outcome::of(&record);
        let event = Event {
            uid,
            time,
            logsource: form.service.logsource(),
            actor: record.actor(),
            action,
            targets: record.targets(),
            origin: record.origin(&mut reading),
            client: record.client(),
            // Graph tells it in its beta form only.
            session: record.text(&[&["sessionId"], &["SessionId"]]),
            outcome,
            reason,
            doc: doc.clone(),
        };
        take(event);
        Ok(reading.finish())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        aliases::ALIASES
    }

    fn logsources(&self) -> &'static [Logsource] {
        LOGSOURCES
    }
}
