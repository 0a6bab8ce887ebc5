//! What comes back from chats.
//!
//! A call is authentic when its connector has read it; whether the one who pressed may answer is
//! decided here, from our own records (R9). Everything is checked and durable before the platform
//! gets its reply, and a reply comes in time: what would take longer is left to our own page.

mod form;
mod press;
mod said;

use std::sync::Arc;

use casework::{Input, Note};
use model::{CaseId, Span, Timestamp};
use ports::{
    chat::{Chat, HttpCall, HttpReply, Inbound, Receipt, Refusal},
    store::{Commit, JournalEntry, Record, RecordOp, Space},
};

use crate::{
    analysts::REMARK,
    apply::Along,
    engine::{Engine, EngineError},
    meters::Meter,
    pause,
};

/// How long one call back to a platform may take while it waits for our reply (it gives 3 s).
const ASIDE_LIMIT: Span = Span::seconds(2);
/// How long a press or an event is known, so that it counts once.
const EVENT_LIFE: Span = Span::hours(24);

/// A call that is not done because of us: it may be made again.
const BUSY: HttpReply =
    HttpReply { status: 503, content_type: None, body: bytes::Bytes::from_static(b"") };

/// The chat a call came from.
pub(crate) struct Origin {
    pub(crate) name: String,
    pub(crate) chat: Arc<dyn Chat>,
}

impl Engine {
    /// Takes one call of a chat platform to `/callbacks/{chat}/…` and says what to answer.
    /// Not authentic calls get 401, malformed ones 400, unknown chats 404.
    #[tracing::instrument(name = "chat.call", skip_all)]
    pub async fn chat_call(&self, chat: &str, call: HttpCall) -> HttpReply {
        let name = chat.to_owned();
        let Some(chat) = self.chat(chat) else { return status(404) };
        let inbound = match chat.read(&call, self.now()) {
            Ok(inbound) => inbound,
            Err(refusal) => return refused(&name, &refusal),
        };
        Meter::Callbacks.count_by("kind", kind_of(&inbound));
        let from = Origin { name, chat };
        match self.take_inbound(&from, inbound).await {
            Ok(reply) => reply,
            Err(EngineError::Unavailable(why)) => {
                tracing::warn!(chat = from.name, why, "a callback cannot be taken now");
                BUSY
            }
            Err(error) => {
                tracing::info!(chat = from.name, %error, "a callback changes nothing");
                HttpReply::empty()
            }
        }
    }

    async fn take_inbound(
        &self,
        from: &Origin,
        inbound: Inbound,
    ) -> Result<HttpReply, EngineError> {
        match inbound {
            Inbound::Reply(reply) => Ok(reply),
            Inbound::Pressed(press) => self.pressed(from, press).await,
            Inbound::Submitted { account, form, comment } => {
                self.submitted(from, &account, &form, comment).await
            }
            Inbound::Said { account, text, event, .. } => {
                self.heard(from, &account, &text, &event).await?;
                Ok(HttpReply::empty())
            }
            Inbound::Deleted(receipt) => {
                self.deleted(from, &receipt).await?;
                Ok(HttpReply::empty())
            }
            Inbound::Ignored => Ok(HttpReply::empty()),
        }
    }

    /// A question that disappears is put elsewhere, and a human is told (R23).
    async fn deleted(&self, from: &Origin, receipt: &Receipt) -> Result<(), EngineError> {
        let Some((_, delivery)) = self.delivery_at(&from.name, receipt).await? else {
            return Ok(());
        };
        let (channel, cause) = (from.name.clone(), "the message was deleted".to_owned());
        let input = Input::ChannelLost { channel, cause };
        self.apply(delivery.case, input, Along::default()).await?;
        Ok(())
    }

    /// Shows something to one account only. Its failure costs nothing but the hint.
    pub(crate) async fn whisper(&self, from: &Origin, account: &str, at: &Receipt, text: &str) {
        let call = from.chat.whisper(account, at, text);
        if let Err(failure) = pause::within(&*self.parts.clock, ASIDE_LIMIT, call).await {
            tracing::info!(chat = from.name, why = %failure, "a hint was not shown");
        }
    }

    /// Writes down that somebody tried what they may not.
    pub(crate) async fn note_refusal(
        &self,
        case: Option<CaseId>,
        from: &Origin,
        why: &str,
    ) -> Result<(), EngineError> {
        let by = format!("chat:{}", from.name);
        let note = Note { kind: "refused".to_owned(), by: by.clone(), text: why.to_owned() };
        let entry = JournalEntry {
            seq: 0,
            case,
            at: self.now(),
            kind: REMARK.to_owned(),
            by,
            salt: self.parts.entropy.bits().to_le_bytes(),
            data: crate::bytes::write(&note),
        };
        let commit = Commit { journal: vec![entry], ..Commit::default() };
        Ok(self.parts.store.commit(commit).await?)
    }

    /// The record by which an event counts once; nothing where it has counted already.
    pub(crate) async fn once(
        &self,
        from: &Origin,
        event: &str,
    ) -> Result<Option<RecordOp>, EngineError> {
        let now = self.now();
        let record = event_record(&from.name, event, now);
        let known = self.parts.store.record(Space::Replay, &record.key, now).await?;
        Ok(known.is_none().then_some(RecordOp::Insert { record, now }))
    }
}

fn event_record(chat: &str, event: &str, now: Timestamp) -> Record {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(event.as_bytes());
    Record {
        space: Space::Replay,
        key: format!("chat/{chat}/{}", data_encoding::HEXLOWER.encode(&hash)),
        owner: None,
        value: Vec::new(),
        expires_at: Some(EVENT_LIFE.after(now)),
    }
}

fn refused(chat: &str, refusal: &Refusal) -> HttpReply {
    Meter::Callbacks.count_by("kind", "refused");
    tracing::warn!(chat, why = %refusal, "a callback is refused");
    match refusal {
        Refusal::Forged(_) => status(401),
        Refusal::Malformed(_) => status(400),
    }
}

fn status(status: u16) -> HttpReply {
    HttpReply { status, ..HttpReply::empty() }
}

fn kind_of(inbound: &Inbound) -> &'static str {
    match inbound {
        Inbound::Reply(_) => "reply",
        Inbound::Pressed(_) => "pressed",
        Inbound::Submitted { .. } => "submitted",
        Inbound::Said { .. } => "said",
        Inbound::Deleted(_) => "deleted",
        Inbound::Ignored => "ignored",
    }
}
