//! Asking and telling people where they talk.
//!
//! A connector gets text and data that are ready but for its platform's own escaping, and returns
//! the platform's receipt. What people press comes back as an [`Inbound`], authentic (signature,
//! app and team were checked) but not yet authorised: whether this account may answer this
//! delivery is decided against our own records, never from the payload.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use async_trait::async_trait;
use bytes::Bytes;
use model::{Answer, DeliveryId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Failure;

/// A way to ask and tell people. One instance a configured `[chat.NAME]`.
#[async_trait]
pub trait Chat: Send + Sync + 'static {
    /// Sends a question to a person's account.
    async fn ask(&self, account: &str, question: &Question) -> Result<Receipt, Failure>;
    /// Sends a message that wants no answer (it may carry "this wasn't me").
    async fn tell(&self, account: &str, notice: &Notice) -> Result<Receipt, Failure>;
    /// Replaces an earlier message in place, taking its buttons away. A message that is gone is a
    /// permanent failure.
    async fn update(&self, receipt: &Receipt, notice: &Notice) -> Result<(), Failure>;
    /// Reports to the security team's channel, in the thread of an earlier report where given.
    async fn report(&self, report: &Report, thread: Option<&Receipt>) -> Result<Receipt, Failure>;
    /// Opens the form that "It was me" leads to, for the one who pressed.
    async fn open_form(&self, trigger: &str, form: &Form) -> Result<(), Failure>;
    /// Shows something to one account only, where it pressed, and leaves no trace.
    async fn whisper(&self, account: &str, receipt: &Receipt, text: &str) -> Result<(), Failure>;
    /// The account that belongs to an e-mail address; `None` where there is none that may be asked
    /// (guests, bots and deactivated accounts may not).
    async fn account_of(&self, email: &str) -> Result<Option<String>, Failure>;
    /// Checks credentials and says as whom we act.
    async fn check(&self) -> Result<String, Failure>;
    /// Reads one HTTP call from the platform. Pure: no state, no network.
    fn read(&self, call: &HttpCall, now: Timestamp) -> Result<Inbound, Refusal>;
    /// What to answer on the wire to a submitted form.
    fn form_reply(&self, reply: &FormReply) -> HttpReply;
}

/// A question, ready to be shown. Every text in it may be hostile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The message's own id, opaque to others.
    pub delivery: DeliveryId,
    /// The short code by which a person can check that the message is ours.
    pub code: String,
    /// "Was this you?"
    pub title: String,
    /// What happened, in one or two sentences.
    pub text: String,
    /// Details by label.
    pub facts: Vec<(String, String)>,
    /// What may be answered, in this order.
    pub buttons: Vec<Button>,
    /// What each answer does, by when, and how to check us.
    pub footer: String,
    /// Our page of this question.
    pub url: String,
}

/// A button. Its token means something only to us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Button {
    /// What pressing it says.
    pub answer: Answer,
    /// What it reads.
    pub label: String,
    /// The opaque value that comes back.
    pub token: String,
}

/// A message that wants no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The message's own id.
    pub delivery: DeliveryId,
    /// The headline.
    pub title: String,
    /// The text.
    pub text: String,
    /// Buttons that stay, such as "This wasn't me".
    pub buttons: Vec<Button>,
    /// Where to read more.
    pub url: Option<String>,
}

/// A report to the security team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The message's own id.
    pub delivery: DeliveryId,
    /// One line.
    pub title: String,
    /// Labelled lines: who, what, why, since when.
    pub facts: Vec<(String, String)>,
    /// The person's own words, quoted line by line by the connector; absent when there are none.
    pub comment: Option<String>,
    /// The case in the console.
    pub url: String,
}

/// The form that "It was me" opens: a comment, then on to our page for the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// An unguessable single-use id of this form, opaque to the platform.
    pub id: String,
    /// The headline, at most 24 characters.
    pub title: String,
    /// What it is about, in a line.
    pub text: String,
    /// The label of the comment field.
    pub comment_label: String,
    /// Whether a comment must be given.
    pub is_comment_required: bool,
    /// The label of the button that submits.
    pub submit: String,
    /// The label of the button that cancels.
    pub cancel: String,
}

/// What a submitted form is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormReply {
    /// Close it.
    Close,
    /// The comment is not accepted, and why.
    Error(String),
    /// Show where to go on.
    Show {
        /// The headline, at most 24 characters.
        title: String,
        /// What to do now.
        text: String,
        /// Where: a label and our page's address.
        link: (String, String),
    },
}

/// Where a message ended up, in the platform's own names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Receipt {
    /// The channel, room or conversation.
    pub channel: String,
    /// The message in it.
    pub message: String,
}

/// One HTTP call to us, as it came.
#[derive(Debug, Clone)]
pub struct HttpCall {
    /// The last part of the path: `interactions`, `events`, `dialog` or `messages`.
    pub kind: String,
    /// All headers.
    pub headers: http::HeaderMap,
    /// The raw body: signatures are over exactly these bytes.
    pub body: Bytes,
}

/// What we answer on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// The content type; absent with an empty body.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Bytes,
}

impl HttpReply {
    /// 200 with nothing in it.
    #[must_use]
    pub fn empty() -> Self {
        Self { status: 200, content_type: None, body: Bytes::new() }
    }
    /// 200 with JSON.
    #[must_use]
    pub fn json(value: &serde_json::Value) -> Self {
        let body = Bytes::from(value.to_string());
        Self { status: 200, content_type: Some("application/json"), body }
    }
}

/// An authentic call, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// Answer with this; it was a handshake or a probe.
    Reply(HttpReply),
    /// A button was pressed.
    Pressed(Press),
    /// The form was submitted.
    Submitted {
        /// Who submitted it.
        account: String,
        /// The id the form was opened with.
        form: String,
        /// What was typed, if anything. Hostile text.
        comment: Option<String>,
    },
    /// Something was said to us directly.
    Said {
        /// Who said it.
        account: String,
        /// Where.
        channel: String,
        /// What. Hostile text.
        text: String,
        /// The platform's id of the event, for de-duplication.
        event: String,
    },
    /// One of our messages was deleted.
    Deleted(Receipt),
    /// Nothing that concerns us.
    Ignored,
}

/// A pressed button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// The account that pressed.
    pub account: String,
    /// On which message.
    pub receipt: Receipt,
    /// The button's token.
    pub token: String,
    /// What lets us open a form for the one who pressed, for a few seconds.
    pub trigger: Option<String>,
    /// The same press delivered twice has the same.
    pub event: String,
}

/// A call that is not authentic, or not readable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No signature, a wrong one, a stale one, or one of another app or team.
    #[error("not authentic: {0}")]
    Forged(&'static str),
    /// Authentic and not understood.
    #[error("not understood: {0}")]
    Malformed(&'static str),
}
