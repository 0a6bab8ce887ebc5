//! Where messages ended up. What a press is checked against, and what a refresh changes.

use casework::Message;
use model::{AskId, CaseId, DeliveryId, PersonId, Span, Timestamp};
use ports::{
    chat::Receipt,
    store::{Commit, Record, RecordOp, Space},
};
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, EngineError};

/// How long a message can be pressed and changed: longer than a denial counts after the end.
pub(crate) const DELIVERY_LIFE: Span = Span::days(45);

/// A message and the places where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) case: CaseId,
    pub(crate) chat: String,
    /// The account it went to; none where it was settled without sending.
    pub(crate) account: Option<String>,
    pub(crate) ask: Option<AskId>,
    pub(crate) kind: Kind,
    /// Where it is; nowhere where it was settled without sending.
    pub(crate) receipts: Vec<Receipt>,
    /// Whether a try whose outcome nobody knows may have left a further copy in the same
    /// conversation: that one may be answered too.
    pub(crate) may_have_copies: bool,
}

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Question,
    Reminder,
    Notice,
    Outcome,
    Note,
    Action,
}

impl Kind {
    /// The kind of a message; a refresh is no message of its own.
    pub(crate) fn of(message: &Message) -> Option<Self> {
        match message {
            Message::Question => Some(Self::Question),
            Message::Reminder => Some(Self::Reminder),
            Message::Notice => Some(Self::Notice),
            Message::Outcome => Some(Self::Outcome),
            Message::Note { .. } => Some(Self::Note),
            Message::Action { .. } => Some(Self::Action),
            Message::Refresh { .. } => None,
        }
    }

    /// Whether its fate is the case's concern.
    pub(crate) fn is_main(self) -> bool {
        matches!(self, Self::Question | Self::Notice)
    }
}

impl Delivery {
    /// The record of it, and for each place the way back from there.
    pub(crate) fn records(
        &self,
        id: DeliveryId,
        owner: Option<PersonId>,
        now: Timestamp,
    ) -> Vec<RecordOp> {
        let expires_at = Some(DELIVERY_LIFE.after(now));
        let (space, value) = (Space::Delivery, crate::bytes::write(self));
        let main = Record { space, key: id.to_string(), owner, value, expires_at };
        let places = self.receipts.iter().filter(|_| self.kind.is_main()).map(|receipt| Record {
            space,
            key: place(&self.chat, receipt),
            owner,
            value: crate::bytes::write(&id),
            expires_at,
        });
        std::iter::once(main).chain(places).map(RecordOp::Put).collect()
    }
}

/// Where a message that belongs to no case ended up. Written down before it is sent for the first
/// time: a press can be quicker than our own note of the arrival, and none comes before that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Where it stands, once that is known.
    receipt: Option<Receipt>,
    /// Whether an earlier try may have left a copy, which the platform shows beside it.
    may_have_copies: bool,
}

impl Told {
    /// As it is once the message has arrived.
    pub(crate) fn arrived(self, receipt: Receipt) -> Self {
        Self { receipt: Some(receipt), ..self }
    }

    /// Whether a press there is a press on this message.
    pub(crate) fn is_at(&self, place: &Receipt) -> bool {
        match &self.receipt {
            None => true,
            Some(receipt) if self.may_have_copies => receipt.channel == place.channel,
            Some(receipt) => receipt == place,
        }
    }

    /// Writes it down.
    pub(crate) fn op(
        &self,
        chat: &str,
        delivery: DeliveryId,
        owner: PersonId,
        now: Timestamp,
    ) -> RecordOp {
        RecordOp::Put(Record {
            space: Space::Delivery,
            key: told(chat, delivery),
            owner: Some(owner),
            value: crate::bytes::write(self),
            expires_at: Some(DELIVERY_LIFE.after(now)),
        })
    }
}

impl Engine {
    /// Writes down that a message which belongs to no case is about to be sent.
    pub(crate) async fn telling(
        &self,
        chat: &str,
        delivery: DeliveryId,
        person: PersonId,
    ) -> Result<Told, EngineError> {
        let before = self.told_at(chat, delivery).await?;
        let is_again = before.is_some();
        let told = Told { may_have_copies: is_again, ..before.unwrap_or_default() };
        let records = vec![told.op(chat, delivery, person, self.now())];
        self.parts.store.commit(Commit { records, ..Commit::default() }).await?;
        Ok(told)
    }

    /// Where a message that belongs to no case ended up, if it was ever sent.
    pub(crate) async fn told_at(
        &self,
        chat: &str,
        delivery: DeliveryId,
    ) -> Result<Option<Told>, EngineError> {
        let key = told(chat, delivery);
        let record = self.parts.store.record(Space::Delivery, &key, self.now()).await?;
        record.map(|record| crate::bytes::read(&record.value)).transpose()
    }

    pub(crate) async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, EngineError> {
        let key = id.to_string();
        let record = self.parts.store.record(Space::Delivery, &key, self.now()).await?;
        record.map(|record| crate::bytes::read(&record.value)).transpose()
    }

    /// The message that is at a place.
    pub(crate) async fn delivery_at(
        &self,
        chat: &str,
        receipt: &Receipt,
    ) -> Result<Option<(DeliveryId, Delivery)>, EngineError> {
        for key in [place(chat, receipt), former_place(chat, receipt)] {
            let record = self.parts.store.record(Space::Delivery, &key, self.now()).await?;
            let Some(record) = record else { continue };
            let id: DeliveryId = crate::bytes::read(&record.value)?;
            let found = self.delivery(id).await?;
            return Ok(found.map(|delivery| (id, delivery)));
        }
        Ok(None)
    }

    /// The first report of a case in a chat: later ones go into its thread.
    pub(crate) async fn report_thread(
        &self,
        chat: &str,
        case: CaseId,
    ) -> Result<Option<Receipt>, EngineError> {
        let key = thread(chat, case);
        let record = self.parts.store.record(Space::Delivery, &key, self.now()).await?;
        record.map(|record| crate::bytes::read(&record.value)).transpose()
    }
}

/// The record of the first report of a case.
pub(crate) fn thread_op(chat: &str, case: CaseId, receipt: &Receipt, now: Timestamp) -> RecordOp {
    RecordOp::Put(Record {
        space: Space::Delivery,
        key: thread(chat, case),
        owner: None,
        value: crate::bytes::write(receipt),
        expires_at: Some(DELIVERY_LIFE.after(now)),
    })
}

fn thread(chat: &str, case: CaseId) -> String {
    format!("report/{chat}/{case}")
}

fn told(chat: &str, delivery: DeliveryId) -> String {
    format!("told/{chat}/{delivery}")
}

/// The message comes first: platforms number messages by time, so that what is sent at about the
/// same time lies together, and few pages of the store are written for it.
fn place(chat: &str, receipt: &Receipt) -> String {
    format!("place/{chat}/{}/{}", receipt.message, receipt.channel)
}

/// Where earlier releases kept it. Until [`DELIVERY_LIFE`] after an upgrade such records are there.
pub(crate) fn former_place(chat: &str, receipt: &Receipt) -> String {
    format!("at/{chat}/{}/{}", receipt.channel, receipt.message)
}
