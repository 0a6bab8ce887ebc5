//! That an exception ends soon: told to who made it, and to the security team's chat. Whether it is
//! still there, and what it has hidden, is looked up when it is told.

use std::collections::BTreeMap;

use casework::{input::Actor, policy::exception::Exception};
use model::DeliveryId;
use ports::{Failure, store::Space};

use super::Carried;
use crate::{
    engine::{Engine, EngineError},
    lanes::{CALL_LIMIT, LaneKind},
    pause,
};

/// The template of the message to who made it.
const TEMPLATE: &str = "exception-ends";

impl Engine {
    pub(super) async fn tell_of_lapse(
        &self,
        lane: &LaneKind,
        delivery: DeliveryId,
        id: &str,
    ) -> Carried {
        // One that was ended before its time is news to nobody.
        let (exception, hits) = match self.lapsing(id).await {
            Ok(Some(found)) => found,
            Ok(None) => return Carried::silently(),
            Err(error) => return error.into(),
        };
        match (lane, &exception.owner) {
            (LaneKind::Chat(chat), Actor::Person(owner)) => {
                let Some(person) = self.parts.directory.person(*owner) else {
                    return Carried::silently();
                };
                let ends = self.reader_for(&person).moment(&self.templates(), exception.expires_at);
                let values = [
                    ("exception", exception.id.clone()),
                    ("reason", exception.reason.reveal().to_owned()),
                    ("hits", hits.to_string()),
                    ("ends", ends),
                ];
                let values: BTreeMap<_, _> =
                    values.map(|(name, value)| (name.to_owned(), value)).into();
                self.tell(chat, delivery, *owner, TEMPLATE, &values).await
            }
            (LaneKind::Report(chat), _) => {
                self.report_lapse(chat, delivery, &exception, hits).await
            }
            _ => Carried::silently(),
        }
    }

    async fn lapsing(&self, id: &str) -> Result<Option<(Exception, u64)>, EngineError> {
        let record = self.parts.store.record(Space::Exception, id, self.now()).await?;
        let Some(record) = record else { return Ok(None) };
        let exception = crate::bytes::read(&record.value)?;
        Ok(Some((exception, self.hidden_by(id).await?)))
    }

    async fn report_lapse(
        &self,
        name: &str,
        delivery: DeliveryId,
        exception: &Exception,
        hits: u64,
    ) -> Carried {
        let Some(chat) = self.chat(name) else {
            return Failure::permanent("this chat is no longer configured").into();
        };
        let report = self.lapse_report(exception, hits, delivery);
        let call = chat.report(&report, None);
        match pause::within(&*self.parts.clock, CALL_LIMIT, call).await {
            Ok(_) => Carried::silently(),
            Err(failure) => failure.into(),
        }
    }
}
